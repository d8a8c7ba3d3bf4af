"""What each of thirty machines is taken for: by profile, models and Home, and by the job that runs there.

The driver's library is a stand-in (tests/fake_nvml); the torch installed is said to be built for CUDA.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog.problem import Problem
from probes.jobs.record import job_of
from probes.jobs.runner import Exit, Job, LocalProcesses, environment
from probes.machine import hardware
from probes.machine.hardware import Machine, measuring_jobs, offers, read_machine
from probes.machine.torch_build import TorchBuild
from probes.perplexity.job import PerplexityJob
from tests.fake_nvml.machines import MACHINES, NAMES, FakeDriver
from tui.cli import run
from tui.cli.measuring import device_here, room_and_device
from tui.cli.session import told_store
from tui.screens.home import machine_words

MIB = 2**20
CU126 = TorchBuild(
    "2.13.0+cu126", (12, 6), architectures=("sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90")
)
CU130 = TorchBuild(
    "2.13.0+cu130",
    (13, 0),
    architectures=("sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120", "compute_120"),
)
WITHOUT = TorchBuild("2.13.0+cpu")
"""Builds of torch, by what they can run."""
NO_CARD = {
    "no-permission": "nvml-permission",
    "driver-not-loaded": "nvml-no-driver",
    "driver-mismatch": "nvml-mismatch",
}
CHOSEN = {
    "two-cards-mixed": "GPU-77777777-1111-0000-0000-000000000000",
    "rtx4090-desktop": "GPU-11111111-1111-1111-1111-111111111111",
    "eight-a100": "GPU-00000007-0000-0000-0000-000000000000",
    "mig": "MIG-00000000-0003-0000-0000-000000000000",
    "lost-card": "GPU-00000001-0000-0000-0000-000000000000",
}
ONLY_CARD = "GPU-00000000-0000-0000-0000-000000000000"
UNIFIED = ("gb10", "jetson")
EMULATED = ("t4", "v100", "gtx1080ti", "name-2080ti-22g", "name-p40")
NEWEST = ("gb10", "name-5060laptop", "name-b200", "name-rtx-pro-6000")
"""Cards that only a build for CUDA 12.8 or 13 has code for."""


def build_for(name: str) -> TorchBuild:
    """One that the machine can run, as `make run` would choose it."""
    return CU130 if name in NEWEST else CU126


@pytest.fixture
def here(
    driver: FakeDriver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[str, TorchBuild], Machine]:
    """`here("mig", build)`: this process is on that machine, with that torch; the machine as read."""
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BASEFIT_LANG", "en")

    def go(name: str, build: TorchBuild) -> Machine:
        driver.describes(name)
        monkeypatch.setattr(hardware, "read_build", lambda: build)
        return read_machine()

    return go


def answer(capsys: pytest.CaptureFixture[str], *command: str) -> dict[str, Any]:
    """The JSON of a command that succeeds."""
    capsys.readouterr()
    assert run([*command, "--json"]) in (0, 1)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def job_on(device: str) -> Job:
    return job_of(PerplexityJob("m", "m", ("t",), device=device))


def the_card(name: str) -> dict[str, Any]:
    """The facts of the card (or slice) that is to be chosen."""
    cards = MACHINES[name]["card"]
    return cards[-1]["slice"][-1] if "slice" in cards[-1] else cards[-1]


@pytest.mark.parametrize("name", NAMES)
def test_profile_home_and_jobs_mean_the_same_device(
    name: str,
    here: Callable[[str, TorchBuild], Machine],
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine = here(name, build_for(name))
    found = answer(capsys, "profile", "--quick")
    device = device_here(None)
    shown = environment(job_on(device))["CUDA_VISIBLE_DEVICES"]
    home = machine_words(machine, "en")

    assert found["device"] == device
    if name in NO_CARD or name == "driver-old":
        assert (device, shown, found["budget_device"]) == ("cpu", "", "cpu")
        assert found["budget_bytes"] == pytest.approx(found["ram_available_bytes"], rel=0.05)
    if name in NO_CARD:
        assert found["no_gpu"]["reason"] == NO_CARD[name]
        assert home.startswith("No GPU: ")
        assert machine_words(machine, "zh").startswith("没有 GPU：")
    elif name == "driver-old":
        assert found["gpus"][0]["why_not"]["reason"] == "driver-too-old"
        assert "470.256.02 runs CUDA 11.4" in home
        assert "update the driver to 525 or newer" in home
    else:
        card = the_card(name)
        assert device == shown == CHOSEN.get(name, ONLY_CARD)
        (told,) = [one for one in found["gpus"] if one["uuid"] == device]
        assert (told["name"], told["usable"], told["why_not"]) == (card["name"], True, None)
        assert told["dtype"] == ("float16" if name in EMULATED else "bfloat16")
        assert told["unified"] == (name in UNIFIED)
        free = found["ram_available_bytes"] if name in UNIFIED else card["free"] * MIB
        assert found["budget_bytes"] == told["free_bytes"] == pytest.approx(free, rel=0.05)
        assert found["budget_device"] == "cuda"
        assert home.startswith(card["name"])


@pytest.mark.parametrize("name", NAMES)
def test_models_plans_for_the_memory_of_that_device(
    name: str, here: Callable[[str, TorchBuild], Machine], capsys: pytest.CaptureFixture[str]
) -> None:
    machine = here(name, build_for(name))
    found = answer(capsys, "models", "--levels", "nf4")

    budget = found["budget"]
    assert budget["bytes"] == pytest.approx(machine.budget_bytes, rel=0.05)
    assert not budget["simulated"]
    if machine.card is not None:
        card = the_card(name)["name"]
        assert budget["label"].startswith(card)
    fitting = [row for row in found["rows"] if row["fits"] != "no"]
    assert all(row["low_bytes"] <= budget["bytes"] for row in fitting)
    assert fitting


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NO_CARD])
def test_a_torch_without_cuda_is_told_and_the_processor_taken(
    name: str, here: Callable[[str, TorchBuild], Machine], capsys: pytest.CaptureFixture[str]
) -> None:
    machine = here(name, WITHOUT)
    capsys.readouterr()
    assert device_here(None) == "cpu"
    told = capsys.readouterr().err
    card = the_card(name)
    assert told.startswith(f"{machine.unused.name} cannot be used: the installed torch (2.13.0+cpu)")
    assert told.rstrip().endswith("The CPU is taken instead.")
    newer = name == "driver-old"
    assert ("525 or newer" in told) == newer
    if not newer:
        wheel = (
            "cu130" if MACHINES[name].get("cuda", 13000) >= 13000 and card["capability"] >= 7.5 else "cu126"
        )
        assert f"--torch-backend {wheel}" in told
    with pytest.raises(Problem) as refused:
        device_here("cuda")
    assert refused.value.code == "device-unusable"
    assert machine_words(machine, "en").count("cannot be used") >= 1


@pytest.mark.parametrize(
    ("name", "build", "reason", "wheel"),
    [
        ("gtx1080ti", CU130, "driver-too-old", "cu126"),
        ("name-p40", CU130, "card-no-code", "cu126"),
        ("v100", CU130, "driver-too-old", "cu126"),
        ("name-5060laptop", CU126, "card-no-code", "cu130"),
        ("name-b200", CU126, "card-no-code", "cu130"),
        ("gb10", CU126, "card-no-code", "cu130"),
        ("t4", CU130, "driver-too-old", "cu126"),
        ("h200", replace(CU126, version="", cuda=None), "torch-missing", "cu130"),
    ],
)
def test_a_build_that_the_card_cannot_run_is_named_with_one_that_it_can(
    name: str,
    build: TorchBuild,
    reason: str,
    wheel: str,
    here: Callable[[str, TorchBuild], Machine],
) -> None:
    machine = here(name, build)
    assert machine.best.id == "cpu"
    assert machine.unused.why_not.reason == reason
    assert f"--torch-backend {wheel}" in machine.unused.why_not.about["mend"]


@pytest.mark.parametrize(
    ("name", "wanted", "expected"),
    [
        ("two-cards-mixed", "cuda:0", "GPU-77777777-0000-0000-0000-000000000000"),
        ("two-cards-mixed", "0", "GPU-77777777-0000-0000-0000-000000000000"),
        ("two-cards-mixed", "cuda", "GPU-77777777-1111-0000-0000-000000000000"),
        ("two-cards-mixed", "rtx-3060", "GPU-77777777-0000-0000-0000-000000000000"),
        ("two-cards-mixed", "GPU-77777777-1", "GPU-77777777-1111-0000-0000-000000000000"),
        ("two-cards-mixed", "NVIDIA GeForce RTX 4090", "GPU-77777777-1111-0000-0000-000000000000"),
        (
            "two-cards-mixed",
            "cuda:1,cuda:0",
            "GPU-77777777-1111-0000-0000-000000000000,GPU-77777777-0000-0000-0000-000000000000",
        ),
        ("two-cards-mixed", "cpu", "cpu"),
        ("eight-a100", "a100", "GPU-00000007-0000-0000-0000-000000000000"),
        ("eight-a100", "cuda:3", "GPU-00000003-0000-0000-0000-000000000000"),
        ("mig", "1g.5gb", "MIG-00000000-0001-0000-0000-000000000000"),
        ("lost-card", "rtx-3090", "GPU-00000001-0000-0000-0000-000000000000"),
    ],
)
def test_a_device_is_named_by_place_name_or_identity(
    name: str, wanted: str, expected: str, here: Callable[[str, TorchBuild], Machine]
) -> None:
    here(name, CU126)
    assert device_here(wanted) == expected


@pytest.mark.parametrize(
    ("name", "wanted", "code"),
    [
        ("two-cards-mixed", "cuda:2", "device-unknown"),
        ("two-cards-mixed", "rtx-5090", "device-unknown"),
        ("two-cards-mixed", "GPU-999", "device-unknown"),
        ("two-cards-mixed", "cpu,cuda:0", "device-mixed"),
        ("lost-card", "cuda:0", "device-unusable"),
        ("no-permission", "cuda", "device-none"),
        ("driver-old", "cuda", "device-unusable"),
    ],
)
def test_a_device_that_is_not_there_is_said_to_be_so(
    name: str,
    wanted: str,
    code: str,
    here: Callable[[str, TorchBuild], Machine],
    capsys: pytest.CaptureFixture[str],
) -> None:
    here(name, CU126)
    capsys.readouterr()
    assert run(["perplexity", "demo-llama-s", "--device", wanted, "--json"]) == 2
    told = capsys.readouterr()
    assert json.loads(told.out)["error"]["code"] == code
    assert "<" not in told.err
    assert "None" not in told.err


def test_the_room_planned_for_is_of_the_device_named(here: Callable[[str, TorchBuild], Machine]) -> None:
    here("two-cards-mixed", CU126)
    store = told_store()
    room, device = room_and_device(None, "cuda:0", store)
    assert (room.budget.label, room.budget.bytes) == ("NVIDIA GeForce RTX 3060", 2100 * MIB)
    assert device.startswith("GPU-77777777-0000")
    both, devices = room_and_device(None, "cuda:0,cuda:1", store)
    assert (both.budget.count, both.budget.bytes, devices.count("GPU-")) == (2, 2100 * MIB, 2)
    elsewhere, device = room_and_device("rtx-5090", None, store)
    assert (elsewhere.budget.label, device[:17]) == ("rtx-5090", "GPU-77777777-1111")


def test_each_kind_of_card_is_measured_by_itself(here: Callable[[str, TorchBuild], Machine]) -> None:
    machine = here("two-cards-mixed", CU126)
    jobs = measuring_jobs(machine)
    assert [job.arguments["device"][:17] for job in jobs] == [
        "GPU-77777777-1111",
        "GPU-77777777-0000",
        "cpu",
    ]
    assert [[one["device"] for one in job.arguments["devices"]] for job in jobs] == [
        ["cuda:0"],
        ["cuda:0"],
        ["cpu"],
    ]
    assert len(measuring_jobs(here("eight-a100", CU126))) == 2


@pytest.mark.parametrize(
    ("name", "count"), [("rtx4090-desktop", 2), ("two-cards-mixed", 3), ("eight-a100", 10), ("mig", 4)]
)
def test_every_card_is_offered_all_alike_together_and_the_processor(
    name: str, count: int, here: Callable[[str, TorchBuild], Machine]
) -> None:
    machine = here(name, CU126)
    offered = offers(machine)
    labels = {hardware.machine_budget(machine, meant).label for meant in offered}
    assert len(offered) == len(labels) == count
    assert offered[0] == (machine.best,)
    assert [one.kind for one in offered[-1]] == ["cpu"]


def test_home_shows_every_card(here: Callable[[str, TorchBuild], Machine]) -> None:
    mixed = machine_words(here("two-cards-mixed", CU126), "en").splitlines()
    assert mixed[0] == "NVIDIA GeForce RTX 4090 (cuda:1): 23.5 GiB free of 24.0 GiB."
    assert mixed[1].startswith("NVIDIA GeForce RTX 3060 (cuda:0): 2.1 GiB free of 12.0 GiB.")
    assert "python3 9.6 GiB" in mixed[1]
    eight = machine_words(here("eight-a100", CU126), "en").splitlines()
    assert eight[0].startswith("NVIDIA A100-SXM4-80GB (cuda:7): 79.1 GiB free")
    assert eight[1].startswith("NVIDIA A100-SXM4-80GB (cuda:0 … cuda:6): 1.5 GiB free")
    assert len(eight) == 3


def test_profile_says_who_holds_memory(
    here: Callable[[str, TorchBuild], Machine], capsys: pytest.CaptureFixture[str]
) -> None:
    here("rtx4090-desktop", CU126)
    run(["profile", "--quick"])
    shown = capsys.readouterr().out
    assert "Xorg uses 812.0 MiB" in shown
    assert "gnome-shell uses 388.0 MiB" in shown
    here("wsl2", CU126)
    run(["profile", "--quick"])
    assert "Xwayland uses a share that the driver does not tell" in capsys.readouterr().out


class _Asked(LocalProcesses):
    """Runs a line of Python in place of the probe."""

    def command(self, job: Job, job_file: Path) -> tuple[str, ...]:
        names = "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"
        return sys.executable, "-c", f"import os; print(*map(os.environ.get, {names}), sep='|')"


async def test_the_process_of_a_job_sees_that_card_alone(
    here: Callable[[str, TorchBuild], Machine],
) -> None:
    here("eight-a100", CU126)
    lines = [line async for line in _Asked().lines(job_on(device_here(None)))]
    assert lines[0].strip() == "GPU-00000007-0000-0000-0000-000000000000|PCI_BUS_ID"
    assert lines[1] == Exit(0, "")


def test_another_process_reads_the_same_machine(here: Callable[[str, TorchBuild], Machine]) -> None:
    here("two-cards-mixed", CU126)
    done = subprocess.run(
        [sys.executable, "-c", "from tui.cli import run; run(['profile', '--quick', '--json'])"],
        capture_output=True,
        text=True,
        check=True,
    )
    cards = json.loads(done.stdout)["gpus"]
    assert [card["name"] for card in cards] == ["NVIDIA GeForce RTX 3060", "NVIDIA GeForce RTX 4090"]
