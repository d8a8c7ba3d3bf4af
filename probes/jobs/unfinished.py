"""A folder that takes long to fill: what was cut off goes on, and what is another's is left alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from catalog.bounded_json import read_json
from catalog.files import write_text

MARK = "unfinished.json"
"""In the folder until it is whole: of what it is going to be."""
STATE = "unfinished.state"


class Unfinished:
    """A folder that is being filled. What stands in it under its own name is whole (catalog.files)."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder, folder / STATE
        """`state` is where whoever fills it may keep what it needs to go on."""

    @classmethod
    def take_up(cls, folder: Path, identity: Mapping[str, Any]) -> Self | None:
        """The folder: new, empty, or left by a run of the same `identity`. None for any other."""
        mark, wanted = folder / MARK, json.dumps(dict(identity), sort_keys=True)
        if folder.exists():
            if not folder.is_dir():
                return None
            begun = [one for one in folder.iterdir() if not one.name.startswith(f".{MARK}")]
            if begun and not _says(mark, wanted):
                return None
        write_text(mark, wanted)
        return cls(folder)

    def finished(self) -> None:
        """The folder is whole."""
        self.state.unlink(missing_ok=True)
        (self.folder / MARK).unlink()


def _says(mark: Path, wanted: str) -> bool:
    try:
        return json.dumps(read_json(mark), sort_keys=True) == wanted
    except (OSError, ValueError):
        return False
