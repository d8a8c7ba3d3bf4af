"""What a safetensors header says without its weights."""

import json
import struct
from pathlib import Path

import pytest

from catalog.models.stored_tensors import read_safetensors_header
from catalog.problem import Problem


def write(path: Path, tensors: dict[str, tuple[str, list[int], int]], cut: int = 0) -> Path:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, (dtype, shape, size) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    body = struct.pack("<Q", len(text)) + text + bytes(offset)
    path.write_bytes(body[: len(body) - cut])
    return path


def test_names_types_and_shapes(tmp_path: Path) -> None:
    tensors = {"model.layers.0.mlp.up_proj.weight": ("BF16", [8, 4], 64), "norm.weight": ("F32", [4], 16)}
    header = read_safetensors_header(write(tmp_path / "b.safetensors", tensors))
    assert header == {name: (dtype, tuple(shape)) for name, (dtype, shape, _) in tensors.items()}


@pytest.mark.parametrize("cut", [1, 79])
def test_truncated_data(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path / "a.safetensors", {"w": ("BF16", [10, 4], 80)}, cut)
    with pytest.raises(Problem) as raised:
        read_safetensors_header(path)
    assert raised.value.code == "safetensors-truncated"
    assert int(raised.value.params["expected"] or 0) - int(raised.value.params["found"] or 0) == cut


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"short",
        b"PK\x03\x04" + bytes(60),
        struct.pack("<Q", 2**60) + b"{}",
        struct.pack("<Q", 4) + b"[1]}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 9) + b'{"a":{}} ',
        struct.pack("<Q", 3) + b"\xff\xfe\xfd",
    ],
)
def test_not_a_safetensors_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(Problem) as raised:
        read_safetensors_header(path)
    assert raised.value.code == "safetensors-unreadable"


def test_a_shape_that_contradicts_its_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.safetensors", {"w": ("BF16", [10, 4], 81)})
    with pytest.raises(Problem, match="safetensors-unreadable"):
        read_safetensors_header(path)


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="safetensors-unreadable"):
        read_safetensors_header(tmp_path / "none.safetensors")
