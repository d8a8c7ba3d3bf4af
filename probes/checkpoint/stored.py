"""What a directory's files are stored as, from its settings and the headers of its weights alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalog.bounded_json import read_json
from catalog.models.stored_as import stored_as
from catalog.models.stored_settings import SIDE_FILES, StoredAs
from catalog.models.stored_tensors import Header, read_safetensors_header
from catalog.problem import Problem
from catalog.quantization.level import QuantLevel
from catalog.quantization.levels import EXISTING, find_level
from catalog.quantization.stored_level import stored_level


def read_stored(directory: Path, header: Header | None = None) -> StoredAs:
    """See catalog.models.stored_as; `header` is of all tensors, read from the safetensors files if absent.

    Problems: config-unreadable, safetensors-unreadable, safetensors-truncated.
    """
    if header is None:
        header = {}
        for file in sorted(directory.glob("*.safetensors")):
            header |= read_safetensors_header(file)
    beside = {name: _settings(directory / name) for name in SIDE_FILES}
    return stored_as(_settings(directory / "config.json"), beside, header)


def describe(directory: Path) -> StoredAs:
    """The same for those who read no weights: by `config.json` alone where a file cannot be read."""
    try:
        return read_stored(directory)
    except Problem:
        return stored_as(_settings(directory / "config.json"), {}, {})


def refuse_codes(directory: Path, stored: StoredAs, header: Header) -> None:
    """Raise what is wrong where the files hold no plain numbers.

    Problems: tensor-unclaimed, checkpoint-quantized.
    """
    if stored.unclaimed:
        tensor = stored.unclaimed[0]
        raise Problem(
            "tensor-unclaimed",
            tensor=tensor,
            dtype=header[tensor][0],
            path=str(directory),
            stored=stored.word,
            count=len(stored.unclaimed),
        )
    if stored.quantized:
        raise Problem("checkpoint-quantized", path=str(directory), stored=stored.word)


def directory_of(level: str) -> Path:
    """Where a level lies that is a checkpoint on disk: `gptq:DIR`."""
    return Path(level.partition(":")[2]).expanduser()


def level_on_disk(name: str) -> QuantLevel:
    """The level of a checkpoint on disk, `gptq:DIR`, `awq:DIR` or `fp8:DIR`, by its settings and headers.

    Problems: target-missing, level-stored-otherwise, and those of read_stored.
    """
    directory, kind = directory_of(name), name.partition(":")[0]
    if not directory.is_dir():
        raise Problem("target-missing", path=str(directory))
    stored = read_stored(directory)
    level = stored_level(stored, name)
    if level is None or stored.word.partition("-")[0] != kind:
        raise Problem("level-stored-otherwise", level=name, stored=stored.word)
    return level


def level_named(name: str) -> QuantLevel:
    """The level of that name, in the table or on disk. Problems: level-unknown, those of level_on_disk."""
    return level_on_disk(name) if name.startswith(EXISTING) else find_level(name)


def _settings(path: Path) -> Mapping[str, Any]:
    """The object in a JSON file; an empty one where there is no file."""
    try:
        found = read_json(path)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Problem("config-unreadable", path=str(path), detail=str(error)[:120]) from error
    return found if isinstance(found, dict) else {}
