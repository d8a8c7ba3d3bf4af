"""A comparison of tokenizers, or a vocabulary ladder, written to a file: its ending says in which form."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from catalog.files import write_text
from catalog.problem import Problem
from tui.foreign import clean_json
from tui.report import tokenizers_file, vocabulary_file
from tui.strings import say, table

ENDINGS = (".md", ".svg", ".json")


def check_ending(path: Path) -> None:
    """Problem picture-unknown for a file that could not be written in any form."""
    if path.suffix not in ENDINGS:
        raise Problem("picture-unknown", path=str(path))


def export(result: Mapping[str, Any], path: Path, language: str) -> None:
    """Write the result of `tokenizers` or `vocabulary`. Problems: picture-unknown, picture-unwritable."""
    check_ending(path)
    try:
        write_text(path, _written(result, path.suffix, language))
    except OSError as error:
        raise Problem("picture-unwritable", path=str(path), detail=error.strerror or str(error)) from error


def _written(result: Mapping[str, Any], ending: str, language: str) -> str:
    if ending == ".json":
        return clean_json(json.dumps(result, ensure_ascii=False, indent=2)) + "\n"
    file = vocabulary_file if "ladder" in result else tokenizers_file
    write: Callable[..., str] = file.to_svg if ending == ".svg" else file.to_markdown
    return write(result, labels(language))


def labels(language: str) -> dict[str, str]:
    """What is written for each field: the words of `export.FIELD`."""
    head = "export."
    return {key.removeprefix(head): say(key, language) for key in table() if key.startswith(head)}
