"""Budgets as people write them, cards as drivers name them."""

import pytest

from catalog.hardware.gpu import find_gpu, load_gpus, parse_budget, parse_size
from catalog.problem import Problem

GIB = 2**30


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("24", 24 * GIB),
        ("24G", 24 * GIB),
        ("24g", 24 * GIB),
        ("24GB", 24 * GIB),
        ("24GiB", 24 * GIB),
        (" 24 gib ", 24 * GIB),
        ("24000MiB", 24000 * 2**20),
        ("24000M", 24000 * 2**20),
        ("12MiB", 12 * 2**20),
        ("1.5G", 3 * GIB // 2),
        ("1,5G", 3 * GIB // 2),
        ("512KiB", 512 * 1024),
        ("500B", 500),
        ("1T", 1024 * GIB),
    ],
)
def test_sizes_mean_what_a_person_expects(text: str, size: int) -> None:
    assert parse_size(text) == size
    assert parse_budget(text).bytes == size
    assert parse_budget(text).simulated


@pytest.mark.parametrize(
    ("text", "count", "each", "gpu"),
    [
        ("2x24GiB", 2, 24 * GIB, None),
        ("2 x 24", 2, 24 * GIB, None),
        ("2×24GB", 2, 24 * GIB, None),
        ("2x a40", 2, 46068 * 2**20, "a40"),
        ("4*rtx-4090", 4, 24564 * 2**20, "rtx-4090"),
        ("rtx-4090", 1, 24564 * 2**20, "rtx-4090"),
        ("RTX 4090", 1, 24564 * 2**20, "rtx-4090"),
        ("4090", 1, 24564 * 2**20, "rtx-4090"),
        ("2x4090", 2, 24564 * 2**20, "rtx-4090"),
    ],
)
def test_several_cards_and_names(text: str, count: int, each: int, gpu: str | None) -> None:
    budget = parse_budget(text)
    assert (budget.count, budget.bytes, budget.total_bytes) == (count, each, count * each)
    assert (budget.gpu.name if budget.gpu else None) == gpu


@pytest.mark.parametrize(
    "text", ["", "0", "-3", "24 apples", "nan", "2x", "x24", "0x24", "rtx 4091", "a100", "1e9", "24GG"]
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Problem) as raised:
        parse_budget(text)
    assert raised.value.code == "budget-unreadable"
    assert raised.value.params["text"] == text
    assert raised.value.params["nearest"]


def test_near_names_are_suggested() -> None:
    with pytest.raises(Problem) as raised:
        parse_budget("a100")
    assert "a100-80gb" in str(raised.value.params["nearest"])


@pytest.mark.parametrize(
    ("driver", "name"),
    [
        ("NVIDIA GeForce RTX 4090", "rtx-4090"),
        ("NVIDIA A100-SXM4-80GB", "a100-80gb"),
        ("NVIDIA A100-PCIE-40GB", "a100-40gb"),
        ("NVIDIA H100 80GB HBM3", "h100"),
        ("NVIDIA H100 PCIe", "h100-pcie"),
        ("NVIDIA RTX 6000 Ada Generation", "rtx-6000-ada"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", "rtx-4090-laptop"),
        ("Tesla T4", "t4"),
        ("NVIDIA H200", "h200"),
    ],
)
def test_drivers_names(driver: str, name: str) -> None:
    assert find_gpu(driver).name == name


@pytest.mark.parametrize("name", ["p40", "Tesla P40", "GTX 1080 Ti", "2x p100"])
def test_cards_below_capability_7_are_refused(name: str) -> None:
    with pytest.raises(Problem, match="gpu-too-old"):
        parse_budget(name)


def test_cards_are_plausible() -> None:
    """A unit slipped would be off by 1,000: bytes moved per operation lie between 1/30 and 1/500."""
    for card in load_gpus().values():
        assert 5 * GIB < card.memory_bytes < 150 * GIB, card.name
        assert 30 < card.bf16_flops / card.bandwidth_bytes_per_s < 500, card.name
        assert card.source


def test_every_card_has_values_that_can_be() -> None:
    for gpu in load_gpus().values():
        assert 2 * GIB <= gpu.memory_bytes < 1024 * GIB, gpu.name
        assert 50e9 <= gpu.bandwidth_bytes_per_s <= 20e12, gpu.name
        assert 1e12 <= gpu.bf16_flops <= 5e15, gpu.name
        assert 3.0 <= gpu.capability < 20, gpu.name
