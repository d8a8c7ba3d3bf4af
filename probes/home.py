"""Where basefit keeps what it measured: `$BASEFIT_HOME`, else the platform's data directory."""

import os
from pathlib import Path

import platformdirs

from catalog.evidence import Store


def home() -> Path:
    """The folder, created if need be."""
    given = os.environ.get("BASEFIT_HOME")
    folder = Path(given).expanduser() if given else platformdirs.user_data_path("basefit")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def open_store() -> Store:
    """The evidence store of this person on this machine."""
    return Store(home() / "evidence.sqlite")
