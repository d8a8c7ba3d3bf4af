"""The tensors-only reader, on every form of checkpoint and on broken ones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from catalog.problem import Problem
from probes.checkpoint.tensors import Tensors

WEIGHTS = {
    "a": torch.arange(12, dtype=torch.float32).reshape(4, 3),
    "b": torch.arange(5, dtype=torch.bfloat16),
    "c": torch.tensor([1, 2, 3], dtype=torch.int32),
}


def _one_safetensors(folder: Path) -> None:
    save_file(WEIGHTS, folder / "model.safetensors")


def _sharded(folder: Path, suffix: str, save: Callable[[Any, Path], Any], index: str) -> None:
    shards = {f"x-1.{suffix}": ("c", "a"), f"x-2.{suffix}": ("b",)}
    for file, names in shards.items():
        save({name: WEIGHTS[name] for name in names}, folder / file)
    where = {name: file for file, names in shards.items() for name in names}
    (folder / index).write_text(json.dumps({"weight_map": where}), encoding="utf-8")


def _safetensors_shards(folder: Path) -> None:
    _sharded(folder, "safetensors", save_file, "model.safetensors.index.json")


def _bin_shards(folder: Path) -> None:
    _sharded(folder, "bin", torch.save, "pytorch_model.bin.index.json")


def _one_bin(folder: Path) -> None:
    torch.save(WEIGHTS, folder / "pytorch_model.bin")


def _old_bin(folder: Path) -> None:
    torch.save(WEIGHTS, folder / "pytorch_model.bin", _use_new_zipfile_serialization=False)


@pytest.mark.parametrize("write", [_one_safetensors, _safetensors_shards, _bin_shards, _one_bin, _old_bin])
def test_every_form_reads_alike(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path)
    with Tensors(tmp_path) as tensors:
        assert sorted(tensors.names()) == sorted(WEIGHTS)
        for name, wanted in WEIGHTS.items():
            assert name in tensors
            assert tensors.shape(name) == tuple(wanted.shape)
            assert tensors.dtype(name) == wanted.dtype
            assert torch.equal(tensors.load_stored(name, shape=tuple(wanted.shape)), wanted)
            assert torch.equal(tensors.load_stored(name, slice(1, 3)), wanted[1:3])
        assert torch.equal(tensors.load("a"), WEIGHTS["a"])
        with pytest.raises(Problem, match="tensor-codes"):
            tensors.load("c")
        assert tensors.header() == {"a": ("F32", (4, 3)), "b": ("BF16", (5,)), "c": ("I32", (3,))}


def test_names_come_shard_by_shard(tmp_path: Path) -> None:
    _safetensors_shards(tmp_path)
    tensors = Tensors(tmp_path)
    places = [tensors.shard_of(name).name for name in tensors.names()]
    assert places == sorted(places)
    assert [shard.name for shard in tensors.shards()] == ["x-1.safetensors", "x-2.safetensors"]


def refused(folder: Path, name: str = "a", **options: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Problem) as caught:
        Tensors(folder).load(name, **options)
    return caught.value.code, dict(caught.value.params)


def test_nothing_there(tmp_path: Path) -> None:
    assert refused(tmp_path) == ("weights-missing", {"path": str(tmp_path)})


def test_a_missing_tensor_and_a_wrong_shape(tmp_path: Path) -> None:
    _one_safetensors(tmp_path)
    assert refused(tmp_path, "z")[0] == "tensor-missing"
    code, params = refused(tmp_path, shape=(3, 4))
    assert (code, params["expected"], params["found"]) == ("tensor-shape", "3 x 4", "4 x 3")


def test_an_index_that_promises_too_much(tmp_path: Path) -> None:
    _bin_shards(tmp_path)
    index = tmp_path / "pytorch_model.bin.index.json"
    where = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
    index.write_text(json.dumps({"weight_map": where | {"z": "x-1.bin"}}), encoding="utf-8")
    assert refused(tmp_path, "z")[0] == "tensor-missing"
    index.write_text(json.dumps({"weight_map": where | {"z": "x-3.bin"}}), encoding="utf-8")
    assert refused(tmp_path) == ("shard-missing", {"shard": "x-3.bin", "path": str(tmp_path)})
    for bad in ("[1]", "{", '{"weight_map": {"a": "../outside.bin"}}'):
        index.write_text(bad, encoding="utf-8")
        assert refused(tmp_path)[0] == "index-unreadable"


@pytest.mark.parametrize("write", [_one_safetensors, _one_bin, _old_bin])
@pytest.mark.parametrize("kept", [0, 4, 60, 0.5, -1])
def test_files_cut_short(tmp_path: Path, write: Callable[[Path], None], kept: float) -> None:
    write(tmp_path)
    (file,) = tmp_path.glob("*model.*")
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * kept) if isinstance(kept, float) else kept])
    expected = (
        {"safetensors-truncated", "safetensors-unreadable"}
        if file.suffix == ".safetensors"
        # Cut in the middle of a name, an old file asks for something that is no tensor.
        else {"bin-unreadable"} | ({"pickle-holds-code"} if write is _old_bin else set())
    )
    assert refused(tmp_path)[0] in expected


class _Module(torch.nn.Module):
    pass


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    "held", [{"a": _Module()}, {"a": WEIGHTS["a"], "step": 3}, [WEIGHTS["a"]], {1: WEIGHTS["a"]}]
)
def test_a_bin_with_more_than_tensors(tmp_path: Path, held: Any, zipped: bool) -> None:
    torch.save(held, tmp_path / "pytorch_model.bin", _use_new_zipfile_serialization=zipped)
    assert refused(tmp_path)[0] == "pickle-holds-code"


def test_a_dtype_that_is_not_read(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(2, dtype=torch.uint16)}, tmp_path / "model.safetensors")
    with pytest.raises(Problem) as caught:
        Tensors(tmp_path).dtype("a")
    assert caught.value.code == "tensor-dtype-unsupported"
