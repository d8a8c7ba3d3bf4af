"""Where tests find files: the checkout, the bundled family, the recorded numbers, and real tokenizers."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "catalog" / "demo"
SAMPLE = DEMO / "sample.txt"
FIXTURES = ROOT / "tests" / "fixtures"
SHARED = ROOT.parent / "shared"
"""Outside the repository: what needs it is skipped where it is not."""
