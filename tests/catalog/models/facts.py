"""The tables of facts the tests compare with."""

from pathlib import Path

MODELS = Path(__file__).parent / "models.csv"
