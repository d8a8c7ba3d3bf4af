"""Cards of other makers are shown with their memory, and are not run on."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from probes.machine.hardware import read_machine
from probes.machine.nvml import Cards, Unknown
from probes.machine.other_cards import other_cards
from probes.machine.torch_build import TorchBuild
from tui.screens.home import machine_words

GIB = 2**30


class _AmdSmiError(Exception):
    pass


def amdsmi(**replaced: object) -> SimpleNamespace:
    """AMD's library with one card of 24 GiB, a third of it taken."""
    answers = {
        "AmdSmiException": _AmdSmiError,
        "AmdSmiMemoryType": SimpleNamespace(VRAM=0),
        "amdsmi_init": lambda: None,
        "amdsmi_shut_down": lambda: None,
        "amdsmi_get_processor_handles": lambda: ["one"],
        "amdsmi_get_gpu_asic_info": lambda handle: {"market_name": "AMD Radeon RX 7900 XTX"},
        "amdsmi_get_gpu_device_uuid": lambda handle: "ff-1",
        "amdsmi_get_gpu_memory_total": lambda handle, kind: 24 * GIB,
        "amdsmi_get_gpu_memory_usage": lambda handle, kind: 8 * GIB,
    }
    return SimpleNamespace(**(answers | replaced))


def failing(*_: object) -> None:
    raise _AmdSmiError


def test_an_amd_card_by_its_library(tmp_path: Path):
    (card,) = other_cards(TorchBuild(), tmp_path, amdsmi())
    assert (card.name, card.total_bytes, card.free_bytes) == ("AMD Radeon RX 7900 XTX", 24 * GIB, 16 * GIB)


@pytest.mark.parametrize("name", ["amdsmi_init", "amdsmi_get_processor_handles"])
def test_a_library_that_does_not_answer_shows_no_card(tmp_path: Path, name: str):
    assert other_cards(TorchBuild(), tmp_path, amdsmi(**{name: failing})) == ()


def test_memory_that_is_not_told_is_unknown(tmp_path: Path):
    (card,) = other_cards(TorchBuild(), tmp_path, amdsmi(amdsmi_get_gpu_memory_usage=failing))
    assert card.free_bytes is None


def test_an_amd_card_by_the_kernel(tmp_path: Path):
    for name, vendor, total in (
        ("card0", "0x1002", 16 * GIB),
        ("card1", "0x1002", GIB // 2),
        ("card2", "0x10de", 0),
    ):
        folder = tmp_path / name / "device"
        folder.mkdir(parents=True)
        (folder / "vendor").write_text(f"{vendor}\n")
        (folder / "mem_info_vram_total").write_text(f"{total}\n")
        (folder / "mem_info_vram_used").write_text(f"{total // 4}\n")
    (card,) = other_cards(TorchBuild(), tmp_path, amdsmi(amdsmi_init=failing))
    assert (card.maker, card.free_bytes) == ("amd", 12 * GIB)


def test_they_are_not_supported_yet(tmp_path: Path):
    cards = other_cards(TorchBuild("2.13.0+xpu", xpu="2025"), tmp_path, amdsmi())
    machine = read_machine(Cards(cards, None, Unknown("nvml-missing")), build=TorchBuild("2.13.0+xpu"))
    assert machine.best.id == "cpu"
    assert [one.why_not.reason for one in machine.devices[:-1]] == ["rocm-unsupported", "xpu-unsupported"]
    shown = machine_words(machine, "en")
    assert "AMD Radeon RX 7900 XTX (amd:0) cannot be used: AMD cards (ROCm) are not supported yet." in shown
