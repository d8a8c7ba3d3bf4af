"""The one reader of a checkpoint's weights: tensors only, one shard open at a time.

safetensors (sharded by an index, or one file) or the older `pytorch_model*.bin`, which is a pickle: it is
read with `torch.load(weights_only=True, mmap=True)`, and whatever holds more than named tensors is
refused, so no code of a checkpoint ever runs. Codes of a quantized checkpoint are never given out as
numbers: only who asks for what is stored gets it.
"""

import pickle
import struct
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Protocol, Self

import torch

from catalog.bounded_json import parse_json, read_json
from catalog.models.stored_as import PLAIN_TYPES
from catalog.models.stored_settings import StoredAs
from catalog.models.stored_tensors import MAX_HEADER, Header, Shape, read_safetensors_header
from catalog.problem import Problem
from probes.checkpoint.read_buffers import ReadBuffers
from probes.checkpoint.stored import read_stored, refuse_codes

INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
SINGLE_FILES = ("model.safetensors", "pytorch_model.bin")
DTYPES: dict[str, torch.dtype] = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2, "F8_E8M0": torch.float8_e8m0fnu,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8,
    "U32": torch.uint32, "BOOL": torch.bool,
}  # fmt: skip
_WORDS = {dtype: word for word, dtype in DTYPES.items()}


class TensorSource(Protocol):
    """What gives a model's weights by name, as plain numbers, whatever they are stored as."""

    @property
    def directory(self) -> Path:
        """Where the files lie."""

    def load(self, name: str, rows: slice | None = None, shape: Shape | None = None) -> torch.Tensor:
        """The tensor, or some of its rows, on the CPU; `shape` is what the whole of it must have."""

    def names(self) -> tuple[str, ...]:
        """Every tensor's name."""

    def reads_rows(self, name: str) -> bool:
        """Whether some rows of a tensor are read without the others."""

    def __contains__(self, name: object) -> bool: ...


class _SafetensorsShard:
    """Read with plain reads, not mapped: a mapped shard counts in full against memory and its limits."""

    def __init__(self, path: Path, buffers: ReadBuffers) -> None:
        self._path, self._buffers = path, buffers
        self.header: Header = read_safetensors_header(path)
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            entries = parse_json(file.read(length), MAX_HEADER)
        self._starts = {name: 8 + length + entries[name]["data_offsets"][0] for name in self.header}

    def shape(self, name: str) -> Shape:
        return self.header[name][1]

    def entry(self, name: str) -> tuple[str, Shape]:
        return self.header[name]

    def dtype(self, name: str) -> torch.dtype:
        kind = self.header[name][0]
        if kind not in DTYPES:
            raise Problem("tensor-dtype-unsupported", tensor=name, dtype=kind, path=str(self._path))
        return DTYPES[kind]

    def load(self, name: str, rows: slice | None) -> torch.Tensor:
        shape, dtype = self.shape(name), self.dtype(name)
        first, last, _ = (rows or slice(None)).indices(shape[0] if shape else 1)
        if rows is not None:
            shape = (max(0, last - first), *shape[1:])
        tensor = self._buffers.empty(shape, dtype)
        row_bytes = tensor.element_size() * prod(shape[1:])
        data = tensor.reshape(-1).view(torch.uint8).numpy().data.cast("B") if tensor.numel() else b""
        with self._path.open("rb", buffering=0) as file:
            file.seek(self._starts[name] + (first * row_bytes if rows is not None else 0))
            done = 0
            while done < len(data):
                read = file.readinto(data[done:])
                if not read:
                    raise Problem("safetensors-unreadable", path=str(self._path))
                done += read
        return tensor

    def __contains__(self, name: str) -> bool:
        return name in self.header

    def __iter__(self) -> Iterator[str]:
        return iter(self.header)


class _PickleShard:
    def __init__(self, path: Path) -> None:
        self._tensors = _tensors_of_pickle(path)

    def shape(self, name: str) -> Shape:
        return tuple(self._tensors[name].shape)

    def entry(self, name: str) -> tuple[str, Shape]:
        return _WORDS.get(self.dtype(name), str(self.dtype(name))), self.shape(name)

    def dtype(self, name: str) -> torch.dtype:
        return self._tensors[name].dtype

    def load(self, name: str, rows: slice | None) -> torch.Tensor:
        tensor = self._tensors[name].detach()
        # A copy: nothing that is kept may lean on the mapped file.
        return (tensor if rows is None else tensor[rows]).clone()

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)


def _tensors_of_pickle(path: Path) -> dict[str, torch.Tensor]:
    """The named tensors of one `.bin`, mapped and not yet read.

    Problem("pickle-holds-code") where unpickling would need anything but tensors,
    Problem("bin-unreadable") where the file is cut short or no torch file at all.
    """
    try:
        try:
            held = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        except RuntimeError as error:
            if "mmap can only be used" not in str(error):
                raise
            # Files from before torch 1.6 are no zip archives and cannot be mapped.
            held = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise Problem("pickle-holds-code", path=str(path)) from error
    except (RuntimeError, EOFError, ValueError, LookupError, struct.error) as error:
        raise Problem("bin-unreadable", path=str(path)) from error
    if not isinstance(held, dict):
        raise Problem("pickle-holds-code", path=str(path))
    for name, tensor in held.items():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor):
            raise Problem("pickle-holds-code", path=str(path))
    return held


class Tensors:
    """The weights of a checkpoint directory (a TensorSource).

    Threads may share one; each switch between shards opens a file again.
    """

    def __init__(self, directory: Path | str) -> None:
        self.directory = Path(directory)
        self._open: tuple[Path, _SafetensorsShard | _PickleShard] | None = None
        self._buffers = ReadBuffers()
        self._where = self._indexed() or self._single()

    def names(self) -> tuple[str, ...]:
        """Every tensor's name, those of one shard together."""
        order = {shard: place for place, shard in enumerate(self.shards())}
        return tuple(sorted(self._where, key=lambda name: order[self._where[name]]))

    def shards(self) -> tuple[Path, ...]:
        """The files, in the order of their names."""
        return tuple(sorted(set(self._where.values())))

    def shard_of(self, name: str) -> Path:
        """The file that holds `name`; Problem("tensor-missing") where none does."""
        if name not in self._where:
            raise Problem("tensor-missing", tensor=name, path=str(self.directory))
        return self._where[name]

    def shape(self, name: str) -> Shape:
        """The shape of `name`, from the shard's header alone."""
        return self._shard(name).shape(name)

    def dtype(self, name: str) -> torch.dtype:
        """The stored dtype of `name`, from the shard's header alone."""
        return self._shard(name).dtype(name)

    def header(self) -> Header:
        """name -> (dtype as safetensors calls it, shape) of every tensor."""
        return {name: self._shard(name).entry(name) for name in self.names()}

    def stored(self) -> StoredAs:
        """What the files are. Problems: those of read_stored."""
        return read_stored(self.directory, self.header())

    def check_plain(self) -> None:
        """Refuse weights that are no plain numbers. Problems: those of refuse_codes."""
        refuse_codes(self.directory, self.stored(), self.header())

    def load(self, name: str, rows: slice | None = None, shape: Shape | None = None) -> torch.Tensor:
        """`name` (or some of its rows) on the CPU; `shape` is what the whole tensor must have.

        Raises Problem("tensor-missing"), Problem("tensor-shape", expected=, found=) and
        Problem("tensor-codes", dtype=) where what is stored are no plain numbers.
        """
        kind = self._shard(name).entry(name)[0]
        if kind not in PLAIN_TYPES:
            raise Problem("tensor-codes", tensor=name, path=str(self.shard_of(name)), dtype=kind)
        return self.load_stored(name, rows, shape)

    def load_stored(self, name: str, rows: slice | None = None, shape: Shape | None = None) -> torch.Tensor:
        """The same of any type: for who knows what its codes mean."""
        shard = self._shard(name)
        check_shape(name, self.shard_of(name), shard.shape(name), shape)
        return shard.load(name, rows)

    def reads_rows(self, name: str) -> bool:
        """Always: each row has its place in the file."""
        return True

    def close(self) -> None:
        """Let the open shard go."""
        self._open = None

    def __contains__(self, name: object) -> bool:
        return name in self._where

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _shard(self, name: str) -> _SafetensorsShard | _PickleShard:
        path = self.shard_of(name)
        opened = self._open
        if opened is None or opened[0] != path:
            self._open = opened = None
            self._open = opened = (path, self._shard_at(path))
        if name not in opened[1]:
            raise Problem("tensor-missing", tensor=name, path=str(path))
        return opened[1]

    def _indexed(self) -> dict[str, Path] | None:
        """name -> shard by the index file; None where there is none."""
        index = self._first(INDEXES, "*.safetensors.index.json")
        if index is None:
            return None
        try:
            weight_map = read_json(index)["weight_map"]
            where = {str(name): self.directory / str(shard) for name, shard in weight_map.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Problem("index-unreadable", path=str(index)) from error
        for shard in sorted(set(where.values())):
            if shard.parent != self.directory:
                raise Problem("index-unreadable", path=str(index))
            if not shard.is_file():
                raise Problem("shard-missing", shard=shard.name, path=str(self.directory))
        return where

    def _first(self, names: tuple[str, ...], other: str) -> Path | None:
        """A file by one of the usual names, or the only one of another name (AutoGPTQ has its own)."""
        usual = [self.directory / name for name in names if (self.directory / name).is_file()]
        found = usual or list(self.directory.glob(other))
        return found[0] if usual or len(found) == 1 else None

    def _single(self) -> dict[str, Path]:
        path = self._first(SINGLE_FILES, "*.safetensors")
        if path is None:
            raise Problem("weights-missing", path=str(self.directory))
        shard = self._shard_at(path)
        self._open = (path, shard)
        return dict.fromkeys(shard, path)

    def _shard_at(self, path: Path) -> _SafetensorsShard | _PickleShard:
        if path.suffix == ".safetensors":
            return _SafetensorsShard(path, self._buffers)
        return _PickleShard(path)


def check_shape(name: str, path: Path, found: Shape, wanted: Shape | None) -> None:
    """Problem("tensor-shape", expected=, found=) where a shape is wanted and another found."""
    if wanted is not None and found != tuple(wanted):
        raise Problem(
            "tensor-shape", tensor=name, path=str(path), expected=times(wanted), found=times(found)
        )


def times(shape: Shape) -> str:
    """A shape as it is read: `4096 x 128`."""
    return " x ".join(map(str, shape))
