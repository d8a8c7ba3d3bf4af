"""One case, run in a folder of its own."""

import shutil
import tempfile
import traceback
from pathlib import Path

from tests.reliability.case import Case, Found


def ran(case: Case, folder: Path) -> Found:
    """What came of it; a case that itself fails is a fault."""
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        return case.run(place)
    except Exception:
        return Found(faults=[f"the case failed: {traceback.format_exc()[-600:]}"])
    finally:
        shutil.rmtree(place, ignore_errors=True)
