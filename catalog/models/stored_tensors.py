"""What a safetensors header says about a checkpoint: exact tensors, bytes and counts, no weights read.

Format: eight bytes of little-endian header length, a JSON header, then the data
(https://huggingface.co/docs/safetensors).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class StoredTensors:
    """Totals of a checkpoint's tensors: elements, bytes, and bytes by dtype."""

    tensors: int
    parameters: int
    bytes: int
    bytes_by_dtype: Mapping[str, int]
    linear_parameters: int
    """Elements of two-dimensional weights that are neither embedding nor head."""


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


def spec_from_safetensors_headers(headers: Iterable[Header]) -> StoredTensors:
    """Totals over all shards of one checkpoint; a tensor stored in two shards counts once."""
    tensors: Header = {}
    for header in headers:
        tensors.update(header)
    by_dtype: dict[str, int] = {}
    linear = 0
    for name, (dtype, shape) in tensors.items():
        by_dtype[dtype] = by_dtype.get(dtype, 0) + -(-prod(shape) * DTYPE_BITS[dtype] // 8)
        if _is_linear(name, shape):
            linear += prod(shape)
    return StoredTensors(
        tensors=len(tensors),
        parameters=sum(prod(shape) for _, shape in tensors.values()),
        bytes=sum(by_dtype.values()),
        bytes_by_dtype=by_dtype,
        linear_parameters=linear,
    )


def stored_tensors(folder: Path) -> StoredTensors:
    """Totals of all safetensors files of a folder; Problem("safetensors-missing") where it has none."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise Problem("safetensors-missing", path=str(folder))
    return spec_from_safetensors_headers(read_safetensors_header(file) for file in files)


def _is_linear(name: str, shape: Shape) -> bool:
    lowered = name.lower()
    table = any(word in lowered for word in ("embed", "lm_head", "output_layer", "wte", "wpe"))
    return len(shape) == 2 and lowered.endswith("weight") and not table
