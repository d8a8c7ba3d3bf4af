"""What lies beside the weights of a stranger's checkpoint, bounded before a library reads it."""

from pathlib import Path

from catalog.bounded_json import SMALL_BYTES, read_json
from catalog.problem import Problem

_SMALL = ("*.json", "*.jinja", "*.txt", "*.model", "*.tiktoken")
_READ_WITH_IT = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.json",
    "processor_config.json",
    "preprocessor_config.json",
)
"""Settings that transformers reads with a model or its tokenizer."""


def check_small_files(directory: Path) -> None:
    """Problem checkpoint-file-too-large for a file beyond SMALL_BYTES, config-unreadable for settings that
    are malformed or nested without end.
    """
    for pattern in _SMALL:
        for path in sorted(directory.glob(pattern)):
            _check_size(path)
    for name in _READ_WITH_IT:
        path = directory / name
        if path.is_file():
            try:
                read_json(path)
            except ValueError as error:
                raise Problem("config-unreadable", path=str(path), detail=str(error)[:120]) from error


def read_small(path: Path) -> bytes:
    """The whole of a file. Problem checkpoint-file-too-large."""
    _check_size(path)
    return path.read_bytes()


def _check_size(path: Path) -> None:
    if (size := path.stat().st_size) > SMALL_BYTES:
        raise Problem("checkpoint-file-too-large", path=str(path), size_bytes=size, most_bytes=SMALL_BYTES)


def small_text(path: Path) -> str:
    """The text of a file as far as it is small and UTF-8; "" where there is no such file."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(SMALL_BYTES).decode("utf-8", "replace")
