"""Each thing that basefit needs is good, or says what to do."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from probes.machine import doctor
from probes.machine.doctor import MIRROR, Check, State, examine, imported
from probes.machine.hardware import Machine, read_machine
from probes.machine.nvml import Cards, Unknown, read_cards
from probes.machine.torch_build import TorchBuild
from tests.probes.machine.fake_nvml import FakeCard, FakeNvml
from tui.strings import table
from tui.wording import check_words

CU130 = TorchBuild("2.13.0+cu130", (13, 0), architectures=("sm_86", "sm_90"))
GOOD = {
    "torch": {"version": "2.13.0+cu130", "cuda": "13.0", "sees": 1},
    "bitsandbytes": {"version": "0.50.2", "cuda": True},
    "gptqmodel": {"version": "7.6.0"},
}
NO_DRIVER = Cards((), None, Unknown("nvml-missing"))


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    monkeypatch.setattr(doctor, "disk_free", lambda folder: 100 * 2**30)


def with_card(build: TorchBuild = CU130, **card: Any) -> Machine:
    return read_machine(read_cards(FakeNvml(FakeCard(**card)), visible=None), build=build)


def looked_at(
    machine: Machine, silent: tuple[str, ...] = (), **libraries: Mapping[str, Any]
) -> dict[str, Check]:
    """Name -> check; `libraries` differ from the good ones, `silent` addresses do not answer."""
    found = GOOD | libraries

    def say(code: str, environment: Mapping[str, str]) -> Mapping[str, Any]:
        return next(found[name] for name in ("bitsandbytes", "gptqmodel", "torch") if f" {name}\n" in code)

    checks = examine(machine, say, lambda address: "no route" if address in silent else "")
    assert not any(re.search(r"<\w+>", check_words(check.code, check.params)) for check in checks)
    return {check.name: check for check in checks}


def test_all_is_good_on_a_good_machine():
    found = looked_at(with_card())
    assert [(name, check.state.value) for name, check in found.items()] == [
        *((name, "good") for name in ("driver", "card", "torch", "bitsandbytes")),
        *((name, "good") for name in ("gptqmodel", "disk", "hub", "store")),
    ]
    assert check_words("card", found["card"].params, "en") == (
        "NVIDIA GeForce RTX 4090 (cuda:0): 20.0 GiB free of 24.0 GiB, computes in bfloat16"
    )


def test_a_machine_without_a_card_is_no_fault():
    cpu = {"version": "2.13.0+cpu", "cuda": None, "sees": 0}
    found = looked_at(read_machine(NO_DRIVER), torch=cpu, bitsandbytes={"version": "1", "cuda": False})
    assert {check.state for check in found.values()} == {State.GOOD, State.NOTE}
    assert found["torch"].code == "torch-cpu"


@pytest.mark.parametrize("reason", ["nvml-permission", "nvml-mismatch", "nvml-no-driver"])
def test_a_driver_that_does_not_answer_is_to_be_mended(reason: str):
    found = looked_at(read_machine(Cards((), None, Unknown(reason))))
    assert found["driver"].state is State.MEND


@pytest.mark.parametrize(
    ("machine", "libraries", "name", "said"),
    [
        (with_card(TorchBuild("2.13.0+cpu")), {}, "card", "--torch-backend cu130"),
        (with_card(replace(CU130, architectures=("sm_75",))), {}, "card", "no code"),
        (with_card(), {"torch": GOOD["torch"] | {"sees": 0}}, "torch", "does not find NVIDIA"),
        (with_card(), {"torch": {"error": "ImportError: x"}}, "torch", "pip install 'torch>="),
        (with_card(), {"bitsandbytes": {"version": "1", "cuda": False}}, "bitsandbytes", "pip install"),
        (
            with_card(),
            {"bitsandbytes": {"error": "OSError"}},
            "bitsandbytes",
            "cannot be imported (OSError)",
        ),
        (with_card(), {"gptqmodel": {"error": "No module"}}, "gptqmodel", "pip install gptqmodel optimum"),
    ],
)
def test_what_is_wrong_says_what_to_do(
    machine: Machine, libraries: dict[str, Any], name: str, said: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("platform.system", lambda: "Linux")
    check = looked_at(machine, **libraries)[name]
    assert check.state is State.MEND
    assert said in check_words(check.code, check.params, "en")


def test_gptqmodel_is_not_missed_where_there_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert looked_at(with_card(), gptqmodel={"error": "No module"})["gptqmodel"].state is State.NOTE


def test_little_room_on_the_disk(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "disk_free", lambda folder: 2**30)
    check = looked_at(with_card())["disk"]
    assert (check.state, check.code) == (State.MEND, "disk-little")


@pytest.mark.parametrize(
    ("silent", "code", "state"),
    [
        (("https://huggingface.co",), "hub-mirror", State.MEND),
        (("https://huggingface.co", MIRROR), "hub-silent", State.NOTE),
    ],
)
def test_a_hub_that_does_not_answer(silent: tuple[str, ...], code: str, state: State):
    check = looked_at(with_card(), silent)["hub"]
    assert (check.code, check.state) == (code, state)


def test_the_mirror_that_is_set_is_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example")
    check = looked_at(with_card())["hub"]
    assert check_words(check.code, check.params, "en") == "https://mirror.example answers"


def test_a_store_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path / "file" / "below"))
    check = looked_at(with_card())["store"]
    assert (check.state, check.code) == (State.MEND, "problem.home-unusable")


def test_a_process_that_dies_is_told_with_its_last_words():
    assert imported("import json\nprint(json.dumps({'version': '1'}))", {}) == {"version": "1"}
    assert "No module named" in imported("import not_there_at_all", {})["error"]
    assert imported("import os; os._exit(3)", {}) == {"error": "exit status 3"}


def test_every_name_and_state_has_words():
    names = {"driver", "card", "torch", "bitsandbytes", "gptqmodel", "disk", "hub", "store"}
    keys = {f"doctor.name.{name}" for name in names} | {f"doctor.state.{state}" for state in State}
    assert keys <= table().keys()
