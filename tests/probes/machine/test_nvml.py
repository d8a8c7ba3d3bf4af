"""What a driver may say, and may refuse to say, about its cards."""

import os

import pynvml
import pytest

from probes.machine.nvml import NO_CARD, CardProcess, own_bytes, read_cards
from tests.probes.machine.fake_nvml import GIB, FakeCard, FakeNvml

TWO = (
    FakeCard(uuid="GPU-aaaa"),
    FakeCard(name="NVIDIA A100-SXM4-80GB", uuid="GPU-bbbb", capability=(8, 0)),
)


def test_one_card_with_the_processes_of_others():
    card = FakeCard(processes=((os.getpid(), GIB), (4_000_001, 2 * GIB), (4_000_002, 3 * GIB)))
    library = FakeNvml(card, names={4_000_001: "/usr/bin/blender", 4_000_002: "/opt/python"})

    cards = read_cards(library, visible=None)

    (found,) = cards.cards
    assert (cards.driver, cards.unknown) == ("580.65.06", None)
    assert (found.total_bytes, found.free_bytes, found.capability) == (24 * GIB, 20 * GIB, 8.9)
    assert found.processes == (
        CardProcess(4_000_002, "python", 3 * GIB),
        CardProcess(4_000_001, "blender", 2 * GIB),
    )
    assert not found.unknown
    assert not found.mig
    assert library.shutdowns == 1


def test_two_cards_keep_their_order():
    cards = read_cards(FakeNvml(*TWO), visible=None)
    assert [card.name for card in cards.cards] == ["NVIDIA GeForce RTX 4090", "NVIDIA A100-SXM4-80GB"]
    assert [card.index for card in cards.cards] == [0, 1]


@pytest.mark.parametrize(
    ("visible", "expected"),
    [("1", [1]), ("1,0", [1, 0]), ("GPU-bb", [1]), ("0,7,1", [0]), ("0,0", [0]), (" 1 , 0", [1, 0])],
)
def test_visible_devices_choose_and_order_the_cards(visible: str, expected: list[int]):
    cards = read_cards(FakeNvml(*TWO), visible=visible)
    assert [card.index for card in cards.cards] == expected


@pytest.mark.parametrize("visible", ["", "-1", "NoDevFiles"])
def test_hidden_cards_are_said_to_be_hidden(visible: str):
    cards = read_cards(FakeNvml(*TWO), visible=visible)
    assert cards.cards == ()
    assert cards.unknown is not None
    assert cards.unknown.reason == "cuda-hidden"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert [card.index for card in read_cards(FakeNvml(*TWO)).cards] == [1]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, "nvml-missing"),
        (pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH, "nvml-mismatch"),
        (pynvml.NVML_ERROR_DRIVER_NOT_LOADED, "nvml-no-driver"),
        (pynvml.NVML_ERROR_NO_PERMISSION, "nvml-permission"),
        (pynvml.NVML_ERROR_UNKNOWN, "nvml-failed"),
    ],
)
def test_a_driver_that_does_not_answer_gives_its_reason(code: int, reason: str):
    cards = read_cards(FakeNvml(FakeCard(), init=code), visible=None)
    assert cards.cards == ()
    assert cards.unknown is not None
    assert cards.unknown.reason == reason
    assert cards.unknown.detail


def test_a_failing_count_is_no_crash():
    cards = read_cards(FakeNvml(count=pynvml.NVML_ERROR_UNKNOWN), visible=None)
    assert cards.unknown is not None
    assert cards.unknown.reason == "nvml-failed"


def test_a_driver_without_cards():
    cards = read_cards(FakeNvml(), visible=None)
    assert cards.unknown is not None
    assert cards.unknown.reason == NO_CARD


def test_no_permission_for_processes_is_unknown_and_not_none_running():
    card = FakeCard(fails={"processes": pynvml.NVML_ERROR_NO_PERMISSION})
    (found,) = read_cards(FakeNvml(card), visible=None).cards
    assert found.processes is None
    assert found.unknown["processes"].reason == "nvml-permission"
    assert found.free_bytes == 20 * GIB


def test_a_process_may_have_neither_name_nor_size():
    (found,) = read_cards(FakeNvml(FakeCard(processes=((4_194_399, None),))), visible=None).cards
    assert found.processes == (CardProcess(4_194_399, "", None),)


def test_memory_that_is_not_reported_is_unknown_and_not_zero():
    card = FakeCard(fails={"memory": pynvml.NVML_ERROR_NOT_SUPPORTED})
    (found,) = read_cards(FakeNvml(card), visible=None).cards
    assert (found.total_bytes, found.free_bytes) == (None, None)
    assert found.unknown["memory"].reason == "nvml-unsupported"


def test_a_lost_card_does_not_hide_the_other():
    lost = FakeCard(fails={"handle": pynvml.NVML_ERROR_GPU_IS_LOST})
    first, second = read_cards(FakeNvml(lost, FakeCard()), visible=None).cards
    assert first.free_bytes is None
    assert first.unknown["memory"].reason == "nvml-failed"
    assert second.free_bytes == 20 * GIB


def test_mig_not_supported_is_a_whole_card():
    card = FakeCard(fails={"mig": pynvml.NVML_ERROR_NOT_SUPPORTED})
    (found,) = read_cards(FakeNvml(card), visible=None).cards
    assert not found.mig
    assert "mig" not in found.unknown


def test_slices_stand_in_for_their_card():
    part = FakeCard(name="NVIDIA A100-SXM4-80GB MIG 3g.40gb", uuid="MIG-1", total=40 * GIB, free=39 * GIB)
    whole = FakeCard(slices=(part, FakeCard(uuid="MIG-2", total=20 * GIB, free=20 * GIB)))
    found = read_cards(FakeNvml(whole), visible=None).cards
    assert [(card.uuid, card.total_bytes, card.mig) for card in found] == [
        ("MIG-1", 40 * GIB, True),
        ("MIG-2", 20 * GIB, True),
    ]
    assert [c.uuid for c in read_cards(FakeNvml(whole), visible="MIG-2").cards] == ["MIG-2"]


@pytest.mark.parametrize(
    ("processes", "expected"),
    [
        (((77, GIB), (78, 5 * GIB)), GIB),
        (((1, GIB),), GIB),
        (((77, None),), None),
        (((78, GIB), (79, GIB)), None),
        ((), None),
    ],
)
def test_what_a_process_holds(processes: tuple[tuple[int, int | None], ...], expected: int | None):
    assert own_bytes(FakeNvml(FakeCard(uuid="GPU-1", processes=processes)), "GPU-1", 77) == expected


@pytest.mark.gpu
def test_the_real_driver_agrees_with_torch():
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    card = read_cards().cards[0]
    free, total = torch.cuda.mem_get_info(0)
    assert card.total_bytes == pytest.approx(total, rel=0.03)
    assert card.free_bytes == pytest.approx(free, rel=0.05)
    assert card.name == torch.cuda.get_device_name(0)
