"""Budgets as people write them, cards as drivers name them."""

import pytest

from catalog.hardware.gpu import find_gpu, load_gpus, parse_budget, parse_size, same_card
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
        ("NVIDIA H200 NVL", "h200"),
        ("NVIDIA H100 NVL", "h100-nvl"),
        ("NVIDIA H20", "h20"),
        ("NVIDIA H800", "h800"),
        ("NVIDIA H800 PCIe", "h800-pcie"),
        ("NVIDIA A800-SXM4-80GB", "a800-80gb"),
        ("NVIDIA A800 80GB PCIe", "a800-80gb"),
        ("NVIDIA A800 40GB Active", None),
        ("NVIDIA A10", "a10"),
        ("NVIDIA A10G", "a10g"),
        ("NVIDIA L4", "l4"),
        ("NVIDIA L40", "l40"),
        ("NVIDIA L40S", "l40s"),
        ("NVIDIA L20", "l20"),
        ("NVIDIA B200", "b200"),
        ("NVIDIA GB200", None),
        ("NVIDIA GB10", "gb10"),
        ("NVIDIA RTX A4000", "rtx-a4000"),
        ("NVIDIA RTX A4500", "rtx-a4500"),
        ("NVIDIA RTX A4000 Laptop GPU", None),
        ("NVIDIA RTX 4000 Ada Generation", "rtx-4000-ada"),
        ("NVIDIA RTX 4000 SFF Ada Generation", None),
        ("Quadro RTX 4000", None),
        ("Quadro RTX 6000", None),
        ("NVIDIA RTX A6000", "rtx-a6000"),
        ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", "rtx-pro-6000"),
        ("NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", "rtx-pro-6000-max-q"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "rtx-pro-6000-server"),
        ("NVIDIA GeForce RTX 4090 D", "rtx-4090-d"),
        ("NVIDIA GeForce RTX 5090", "rtx-5090"),
        ("NVIDIA GeForce RTX 5090 D", "rtx-5090-d"),
        ("NVIDIA GeForce RTX 5090 D v2", None),
        ("NVIDIA GeForce RTX 5090 Laptop GPU", "rtx-5090-laptop"),
        ("NVIDIA GeForce RTX 4070", "rtx-4070"),
        ("NVIDIA GeForce RTX 4070 SUPER", "rtx-4070-super"),
        ("NVIDIA GeForce RTX 4070 Ti", "rtx-4070-ti"),
        ("NVIDIA GeForce RTX 4070 Ti SUPER", "rtx-4070-ti-super"),
        ("NVIDIA GeForce RTX 3050", "rtx-3050"),
        ("NVIDIA GeForce RTX 3050 Laptop GPU", None),
        ("NVIDIA GeForce RTX 2060", "rtx-2060"),
        ("NVIDIA GeForce RTX 2060 SUPER", None),
        ("NVIDIA GeForce RTX 2080", "rtx-2080"),
        ("NVIDIA GeForce RTX 2080 SUPER", None),
        ("NVIDIA GeForce RTX 2080 Ti", "rtx-2080-ti"),
        ("NVIDIA GeForce RTX 5060", "rtx-5060"),
        ("NVIDIA GeForce RTX 5060 Ti", "rtx-5060-ti"),
        ("NVIDIA GeForce RTX 5060 Laptop GPU", "rtx-5060-laptop"),
        ("Tesla V100-SXM2-16GB", "v100-16gb"),
        ("Tesla V100-PCIE-32GB", "v100-32gb"),
        ("Tesla P40", "p40"),
    ],
)
def test_drivers_names(driver: str, name: str | None) -> None:
    if name is None:
        with pytest.raises(Problem):
            find_gpu(driver)
    else:
        assert find_gpu(driver).name == name


@pytest.mark.parametrize(
    ("driver", "mib", "name"),
    [
        ("NVIDIA GeForce RTX 2080 Ti", 11264, "rtx-2080-ti"),
        ("NVIDIA GeForce RTX 2080 Ti", 22528, "rtx-2080-ti-22gb"),
        ("NVIDIA GeForce RTX 2060", 12288, "rtx-2060-12gb"),
        ("NVIDIA GeForce RTX 3050", 6144, "rtx-3050-6gb"),
        ("NVIDIA GeForce RTX 3060", 8192, "rtx-3060-8gb"),
        ("NVIDIA GeForce RTX 3060", 12288, "rtx-3060"),
        ("NVIDIA GeForce RTX 3080", 12288, "rtx-3080-12gb"),
        ("NVIDIA GeForce RTX 4060 Ti", 8188, "rtx-4060-ti"),
        ("NVIDIA GeForce RTX 4060 Ti", 16380, "rtx-4060-ti-16gb"),
        ("NVIDIA GeForce RTX 5060 Ti", 16311, "rtx-5060-ti-16gb"),
        ("NVIDIA GeForce RTX 4090", 49140, "rtx-4090"),
    ],
)
def test_cards_of_one_name_are_told_by_their_memory(driver: str, mib: int, name: str) -> None:
    assert find_gpu(driver, mib * 2**20).name == name
    assert same_card(driver, name)


def test_cards_that_share_the_beginning_of_a_name_are_not_the_same() -> None:
    assert same_card("NVIDIA GeForce RTX 4090", "rtx-4090")
    assert not same_card("NVIDIA GeForce RTX 4090 D", "rtx-4090")
    assert not same_card("NVIDIA GeForce RTX 4060", "rtx-4060-ti-16gb")
    assert not same_card("NVIDIA A100-SXM4-40GB", "a100-80gb")
    assert same_card("NVIDIA New Card", "NVIDIA New Card")


@pytest.mark.parametrize("name", ["p100", "Quadro P6000", "GTX 1080 Ti", "2x p100"])
def test_cards_of_old_are_refused(name: str) -> None:
    with pytest.raises(Problem, match="gpu-too-old"):
        parse_budget(name)


def test_cards_are_plausible() -> None:
    """A unit slipped would be off by 1,000: bytes moved per operation lie between 1/30 and 1/500."""
    for card in load_gpus().values():
        assert 5 * GIB < card.memory_bytes < 200 * GIB, card.name
        assert 30 < card.bf16_flops / card.bandwidth_bytes_per_s < 500, card.name
        assert card.source


def test_every_card_has_values_that_can_be() -> None:
    for gpu in load_gpus().values():
        assert 2 * GIB <= gpu.memory_bytes < 1024 * GIB, gpu.name
        assert 50e9 <= gpu.bandwidth_bytes_per_s <= 20e12, gpu.name
        assert 1e12 <= gpu.bf16_flops <= 5e15, gpu.name
        assert 3.0 <= gpu.capability < 20, gpu.name
