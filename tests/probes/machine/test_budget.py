"""The room to plan for, with what the store holds of its card."""

import pytest

from catalog.evidence.records import Evidence
from catalog.hardware.gpu import BANDWIDTH, find_gpu, load_gpus, parse_budget
from catalog.hardware.speed import matrix_rate_of
from catalog.verdict.next_measurement import FLOPS, JOB_SHARE, Effort
from catalog.verdict.request import Request
from catalog.verdict.verdict_json import card_json
from probes.machine.budget import room_elsewhere, room_here
from probes.machine.driver_gpu import gpu_by_driver
from probes.machine.hardware import Machine, device_keys, read_machine
from probes.machine.nvml import read_cards
from tests.probes.machine.fake_nvml import FakeCard, FakeNvml

GIB = 2**30
RATES = {"context_bytes": 400 * 2**20, "bandwidth_bytes_per_s": 9e11, "bf16_flops": 1.4e14}


def machine_of(card: FakeCard) -> Machine:
    return read_machine(read_cards(FakeNvml(card), visible=None))


def profiled(machine: Machine, **key: str) -> list[Evidence]:
    return [Evidence("hardware", "x", "", "", device_keys(machine)["cuda:0"] | key, RATES)]


def test_measured_figures_are_this_cards_under_this_driver() -> None:
    machine = machine_of(FakeCard())
    room = room_here(machine, profiled(machine))
    gpu = room.budget.gpu
    assert gpu is not None
    assert gpu.name == "rtx-4090"
    assert (gpu.bandwidth_bytes_per_s, gpu.bf16_flops) == (9e11, 1.4e14)
    assert room.context_bytes == 400 * 2**20
    told = card_json(gpu, room.context_bytes)
    assert told is not None
    assert told["bandwidth_from"] == told["bf16_flops_from"] == "measured"
    assert Effort(device="cuda", gpu=gpu).flops == JOB_SHARE * matrix_rate_of(gpu) != FLOPS["cuda"]
    other = room_here(machine, profiled(machine, driver="470.1"))
    assert other.context_bytes is None
    assert other.budget.gpu == find_gpu("rtx-4090")


def test_a_card_planned_for_by_name_has_what_was_measured_on_one_like_it() -> None:
    machine = machine_of(FakeCard())
    room = room_elsewhere(parse_budget("rtx-4090"), profiled(machine))
    assert room.budget.gpu is not None
    assert room.budget.gpu.measured
    assert room.context_bytes == 400 * 2**20
    for name in ("rtx-4090-d", "rtx-4090-laptop", "24GiB"):
        assert room_elsewhere(parse_budget(name), profiled(machine)).budget == parse_budget(name)


def test_the_context_measured_is_the_context_reckoned_with() -> None:
    from catalog.models.registry import find_model
    from catalog.quantization.levels import find_level
    from catalog.verdict.option import footprints
    from catalog.verdict.request import Candidate

    candidate = Candidate("qwen2.5-7b", find_model("qwen2.5-7b").spec)
    request = Request(parse_budget("rtx-4090"), (candidate,), ("nf4",), context_bytes=123)
    (found,) = footprints(request, candidate, find_level("nf4"))
    assert found.term("context") == ("context", 123, 123, 123)


def test_a_card_that_the_table_lacks_is_known_by_its_bus_and_clocks() -> None:
    card = FakeCard("NVIDIA Unheard Of", bus_bits=5120, memory_mhz=2619, capability=(9, 0))
    gpu = room_here(machine_of(card)).budget.gpu
    assert gpu is not None
    assert gpu.from_where(BANDWIDTH) == "driver"
    assert gpu.bandwidth_bytes_per_s == pytest.approx(3352e9, rel=0.001)


@pytest.mark.parametrize(
    ("name", "capability", "bus", "memory", "cores", "core"),
    [
        ("rtx-4090", (8, 9), 384, 10501, 16384, 3105),
        ("rtx-3090", (8, 6), 384, 9751, 10496, 2100),
        ("rtx-5090", (12, 0), 512, 14001, 21760, 3090),
        ("rtx-2080-ti", (7, 5), 352, 7000, 4352, 2100),
        ("a100-80gb", (8, 0), 5120, 1593, 6912, 1410),
        ("h100", (9, 0), 5120, 2619, 16896, 1980),
        ("t4", (7, 5), 256, 5001, 2560, 1590),
        ("l4", (8, 9), 192, 6251, 7424, 2040),
        ("rtx-a6000", (8, 6), 384, 8001, 10752, 1800),
    ],
)
def test_what_the_driver_says_is_near_the_data_sheet(
    name: str, capability: tuple[int, int], bus: int, memory: int, cores: int, core: int
) -> None:
    """Of cards that the table has, as their drivers describe them: the formula holds there."""
    driver = f"NVIDIA GeForce {name}" if name.startswith("rtx-") and name[4].isdigit() else name
    fake = FakeCard(
        driver, capability=capability, bus_bits=bus, memory_mhz=memory, cores=cores, core_mhz=core
    )
    (card,) = read_cards(FakeNvml(fake), visible=None).cards
    gpu, known = gpu_by_driver(card), load_gpus()[name]
    assert gpu is not None
    assert gpu.bandwidth_bytes_per_s == pytest.approx(known.bandwidth_bytes_per_s, rel=0.01)
    assert gpu.bf16_flops == pytest.approx(known.bf16_flops, rel=0.2)


@pytest.mark.parametrize("missing", ["bus", "clock", "cores", "capability"])
def test_without_them_nothing_is_made_up(missing: str) -> None:
    import pynvml

    card = FakeCard("NVIDIA Unheard Of", fails={missing: pynvml.NVML_ERROR_NOT_SUPPORTED})
    (found,) = read_cards(FakeNvml(card), visible=None).cards
    assert gpu_by_driver(found) is None
    assert not {"figures", "bus", "clock"} & found.unknown.keys()
