"""What a safetensors header says about a checkpoint: exact tensors, no weights read.

Format: eight bytes of little-endian header length, a JSON header, then the data
(https://huggingface.co/docs/safetensors).
"""

from math import prod
from pathlib import Path

from catalog.bounded_json import parse_json
from catalog.problem import Problem

Shape = tuple[int, ...]
Header = dict[str, tuple[str, Shape]]

DTYPE_BITS = {
    "F64": 64, "F32": 32, "F16": 16, "BF16": 16, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8,
    "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U64": 64, "U32": 32, "U16": 16, "U8": 8, "BOOL": 8,
    "C64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip
MAX_HEADER = 100_000_000
"""The format's own limit on the header, in bytes."""


def read_safetensors_header(path: Path) -> Header:
    """name -> (dtype, shape) of every tensor in one file.

    Raises Problem("safetensors-unreadable") where it is no such file, and
    Problem("safetensors-truncated", expected=, found=) where the data ends too early.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or not 2 <= length <= MAX_HEADER:
                raise Problem("safetensors-unreadable", path=str(path))
            if file.read(1) not in (b"{", b""):
                raise Problem("safetensors-unreadable", path=str(path))
            file.seek(8)
            if size < 8 + length:
                raise Problem("safetensors-truncated", path=str(path), expected=8 + length, found=size)
            entries = parse_json(file.read(length), MAX_HEADER)
    except (OSError, ValueError) as error:
        raise Problem("safetensors-unreadable", path=str(path)) from error
    header, end = _parse(entries, path)
    if size < 8 + length + end:
        raise Problem("safetensors-truncated", path=str(path), expected=8 + length + end, found=size)
    return header


def _parse(entries: object, path: Path) -> tuple[Header, int]:
    """The header's tensors and where their data ends."""
    header: Header = {}
    end = 0
    try:
        for name, entry in entries.items():  # type: ignore[attr-defined]
            if name == "__metadata__":
                continue
            dtype, shape = entry["dtype"], tuple(int(size) for size in entry["shape"])
            start, stop = entry["data_offsets"]
            if stop - start != -(-prod(shape) * DTYPE_BITS[dtype] // 8):
                raise Problem("safetensors-unreadable", path=str(path))
            header[name] = (dtype, shape)
            end = max(end, stop)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Problem("safetensors-unreadable", path=str(path)) from error
    return header, end
