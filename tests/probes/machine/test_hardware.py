"""The machine as one reading, and its measured rates."""

import json
import subprocess
import sys
from pathlib import Path

import pynvml
import pytest

from catalog.evidence.kinds import Hardware
from catalog.evidence.records import Evidence
from probes.machine.hardware import (
    device_keys,
    machine_budget,
    measured,
    measuring_jobs,
    profile,
    read_machine,
)
from probes.machine.host import read_host
from probes.machine.nvml import Cards, Unknown, read_cards
from tests.probes.machine.fake_nvml import GIB, FakeCard, FakeNvml
from tui.strings import say, table

NO_DRIVER = Cards((), None, Unknown("nvml-missing", "NVML Shared Library Not Found"))
CONTRACT = {"gpus", "cpu", "ram_bytes", "disk_free_bytes", "budget_bytes"}
RATES = {"context_bytes", "bandwidth_bytes_per_s", "bf16_flops"}
GPU_CONTRACT = RATES | {"name", "total_bytes", "free_bytes", "processes"}


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path))


def test_without_a_card_the_budget_is_the_memory_of_the_processor():
    machine = read_machine(NO_DRIVER)
    assert (machine.device, machine.budget_device) == ("cpu", "cpu")
    assert 0 < machine.budget_bytes == machine.host.ram_available_bytes <= machine.host.ram_bytes
    assert machine_budget(machine).label.startswith("CPU")
    assert profile(machine)["no_gpu"]["reason"] == "nvml-missing"


def test_the_card_with_most_free_memory_is_planned_for():
    library = FakeNvml(FakeCard(free=3 * GIB), FakeCard(free=20 * GIB))
    machine = read_machine(read_cards(library, visible=None))
    assert (machine.device, machine.budget_bytes) == ("cuda:1", 20 * GIB)
    budget = machine_budget(machine)
    assert (budget.simulated, budget.bytes, budget.gpu and budget.gpu.name) == (False, 20 * GIB, "rtx-4090")


def test_a_card_whose_memory_is_unknown_is_listed_and_not_planned_for():
    library = FakeNvml(FakeCard(fails={"memory": pynvml.NVML_ERROR_NO_PERMISSION}))
    machine = read_machine(read_cards(library, visible=None))
    assert machine.budget_device == "cpu"
    (gpu,) = profile(machine)["gpus"]
    assert gpu["free_bytes"] is None
    assert gpu["why_not"]["reason"] == gpu["unknown"]["memory"]["reason"] == "nvml-permission"


def test_a_card_that_has_no_memory_of_its_own_has_the_hosts():
    library = FakeNvml(FakeCard(fails={"memory": pynvml.NVML_ERROR_NOT_SUPPORTED}))
    machine = read_machine(read_cards(library, visible=None))
    assert (machine.budget_device, machine.budget_bytes) == ("cuda", machine.host.ram_available_bytes)
    (gpu,) = profile(machine)["gpus"]
    assert (gpu["unified"], gpu["total_bytes"]) == (True, machine.host.ram_bytes)


def test_profile_keeps_the_contract_and_is_json():
    library = FakeNvml(FakeCard(processes=((4_194_399, GIB),)), FakeCard(name="NVIDIA H200"))
    body = json.loads(json.dumps(profile(read_machine(read_cards(library, visible=None)))))
    assert body.keys() >= CONTRACT
    assert all(gpu.keys() >= GPU_CONTRACT for gpu in body["gpus"])
    assert body["gpus"][0]["processes"] == [{"pid": 4_194_399, "name": "", "used_bytes": GIB}]
    assert body["gpus"][0]["bandwidth_bytes_per_s"] is None


def test_what_is_measured_holds_for_one_device_driver_and_torch():
    machine = read_machine(read_cards(FakeNvml(FakeCard()), visible=None))
    keys = device_keys(machine)
    rates = {"context_bytes": 300, "bandwidth_bytes_per_s": 9e11, "bf16_flops": 1e14}
    known = [
        Evidence("hardware", "x", "", "", keys["cuda:0"] | {"torch": "0.1"}, rates | {"context_bytes": 1}),
        Evidence("hardware", "x", "", "", keys["cuda:0"], rates | {"context_bytes": 2}),
        Evidence("hardware", "x", "", "", keys["cuda:0"], rates),
    ]
    assert measured(machine, known) == {"cuda:0": Hardware(**rates)}
    assert profile(machine, known)["gpus"][0]["context_bytes"] == 300
    (job,) = measuring_jobs(machine, known)
    assert [entry["device"] for entry in job.arguments["devices"]] == ["cpu"]


def test_every_reason_is_worded_in_both_languages():
    from probes.machine import nvml

    reasons = {*nvml._REASONS.values(), nvml.FAILED, nvml.HIDDEN, nvml.NO_CARD}
    assert {f"unknown.{reason}" for reason in reasons} <= table().keys()
    assert "-1" in say("unknown.cuda-hidden", "zh", detail="-1")


def test_a_container_limit_counts(tmp_path: Path):
    files = {
        "memory.max": 4 * GIB,
        "memory.current": 3 * GIB,
        "memory.stat": f"anon 1\ninactive_file {GIB}\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(str(content))
    host = read_host(tmp_path, cgroup=tmp_path)
    assert host.ram_bytes == min(4 * GIB, read_host(tmp_path, cgroup=tmp_path / "no").ram_bytes)
    assert host.ram_available_bytes <= 2 * GIB


def test_no_container_limit_is_the_machine_itself(tmp_path: Path):
    (tmp_path / "memory.max").write_text("max\n")
    host = read_host(tmp_path / "not" / "there", cgroup=tmp_path)
    assert host.ram_bytes == read_host(tmp_path, cgroup=tmp_path / "no").ram_bytes
    assert host.disk_free_bytes
    assert host.cpu
    assert host.cores >= 1


def test_reading_needs_no_heavy_library():
    code = (
        "import sys; from probes.machine.hardware import read_machine; read_machine();"
        "print(*{'torch', 'transformers', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


async def test_the_probe_measures_once_and_is_cached():
    from catalog.evidence.store import Store
    from probes.home import home
    from probes.jobs.runner import Runner

    store = Store(home() / "evidence.sqlite")
    machine = read_machine(NO_DRIVER)
    (job,) = measuring_jobs(machine)

    result = await Runner(store).result(job)

    rates = result["measured"]["cpu"]
    assert rates["unknown"] == {}
    assert 1e8 < rates["bandwidth_bytes_per_s"] < 1e13
    assert 1e8 < rates["fp32_flops"] < 1e15
    assert rates["bf16_flops"] > 1e7
    disk = result["measured"]["disk"]
    assert disk["read_bytes_per_s"] > 1e5
    assert disk["cache"] in ("bypassed", "dropped", "possible")
    known = store.find("hardware")
    assert measuring_jobs(machine, known) == []
    body = profile(machine, known)
    assert body["cpu"]["fp32_flops"] == rates["fp32_flops"]
    assert body["disk_read_bytes_per_s"] == disk["read_bytes_per_s"]
    assert list(home().glob("disk-rate-*")) == []


@pytest.mark.gpu
def test_a_real_card_is_measured():
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    from probes.machine import rates

    values = {name: step() for name, step in rates.steps("cuda:0").items()}
    assert 50 * 2**20 < values["context_bytes"] < 3 * GIB
    assert 1e11 < values["bandwidth_bytes_per_s"] < 2e13
    assert 1e12 < values["bf16_flops"] < 1e16
