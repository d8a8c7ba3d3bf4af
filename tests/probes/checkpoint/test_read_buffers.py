"""Memory is used again once nothing leans on it, and never before."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from probes.checkpoint import read_buffers
from probes.checkpoint.read_buffers import ReadBuffers
from probes.checkpoint.tensors import DTYPES, Tensors


@pytest.fixture(autouse=True)
def small_counts_too(monkeypatch) -> None:
    monkeypatch.setattr(read_buffers, "SMALL", 64)


def test_a_block_is_lent_again_only_when_every_view_of_it_is_gone() -> None:
    buffers = ReadBuffers()
    first = buffers.empty((8, 16), torch.float32)
    place, part = first.data_ptr(), first[2:, ::2].t()
    del first
    assert buffers.idle_bytes == 0
    second = buffers.empty((16, 8), torch.float32)
    assert second.data_ptr() != place, "a part of the first is still in use"
    del part
    assert buffers.idle_bytes == 512
    third = buffers.empty((4, 64), torch.bfloat16)
    assert third.data_ptr() == place
    assert third.shape == (4, 64)


def test_another_size_lets_the_idle_ones_go() -> None:
    buffers = ReadBuffers()
    one = buffers.empty((128,), torch.float32)
    del one
    assert buffers.idle_bytes == 512
    kept = buffers.empty((129,), torch.float32)
    assert buffers.idle_bytes == 0
    assert kept.numel() == 129


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=str)
def test_every_type_of_a_file(dtype: torch.dtype) -> None:
    assert ReadBuffers().empty((3, 64), dtype).dtype is dtype


def test_layers_read_one_after_another_keep_their_numbers(tmp_path: Path) -> None:
    weights = {f"{layer}.w": torch.randn(33, 17) for layer in range(6)} | {"head": torch.randn(70, 17)}
    save_file(weights, tmp_path / "model.safetensors")
    tensors, held = Tensors(tmp_path), []
    for name in (*weights, *reversed(weights)):
        held = [*held[-1:], (name, tensors.load(name), tensors.load(name, slice(3, 30)))]
        for wanted, whole, rows in held:
            assert torch.equal(whole, weights[wanted])
            assert torch.equal(rows, weights[wanted][3:30])
