"""The tables of facts the tests compare with."""

from pathlib import Path

MODELS = Path(__file__).parent / "models.csv"
COUNTS = Path(__file__).parent / "counts.csv"
"""Exact totals that others counted from the published configurations."""
