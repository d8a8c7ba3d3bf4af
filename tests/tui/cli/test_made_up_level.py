"""A level added in two places, its record and its builder, is answered by every command alike."""

import math

import pytest
import torch
from transformers import AutoConfig

from catalog.problem import Problem
from catalog.quantization.levels import LEVELS
from probes.checkpoint.target import DEMO, resolve
from probes.deploy.assembly import assemble, random_source
from probes.quantize import find
from probes.quantize.levels import BUILDERS
from tests.made_up_level import BUILDER, RECORD, NibbleLinear
from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence

NAME, MODEL, CPU = RECORD.name, "demo-llama-s", torch.device("cpu")
TRIAL = ("--data", DEMO / "instructions.jsonl", "--examples", 8, "--samples", 0, "--device", "cpu")


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The level is known here and in every fork."""
    monkeypatch.setitem(LEVELS, NAME, RECORD)
    monkeypatch.setitem(BUILDERS, RECORD.builder, BUILDER)


def test_plan_and_models_reckon_with_it(basefit: Basefit) -> None:
    spec = resolve("llama-2-7b").spec
    planned = basefit("plan", "llama-2-7b", "--level", NAME, "--budget", "24GiB", "--json")
    assert planned.status == 0, planned.err
    matrices = sum(x.weights // 2 + 2 * x.outputs * x.count for x in spec.all_linears())
    assert planned.json["weight_bytes"] == matrices + 2 * spec.unquantized_parameters
    assert 4 < planned.json["bits_per_weight"] < 4.01
    tuned = basefit("plan", "llama-2-7b", "--level", NAME, "--use", "qlora", "--json", "--budget", "24GiB")
    assert tuned.json["terms"][0] == planned.json["terms"][0]
    for use in ("infer", "qlora"):
        asked = ("models", "--budget", "24GiB", "--use", use, "--levels", NAME, "--json")
        assert {row["level"] for row in basefit(*asked).json["rows"]} == {NAME}


def test_perplexity_measures_it(basefit: Basefit) -> None:
    options = ("--levels", f"bf16,{NAME},nf4", "--windows", 2, "--device", "cpu")
    answer = basefit("perplexity", MODEL, *options, "--json")
    assert answer.status == 0, answer.err
    plain, ours, nf4 = answer.json["levels"]
    assert [row["level"] for row in answer.json["levels"]] == ["bf16", NAME, "nf4"]
    assert ours["weight_bytes"] == RECORD.weight_bytes(resolve(MODEL).spec)
    assert plain["kl_nats"] == 0 < nf4["kl_nats"] < ours["kl_nats"] < 1  # one scale a row is coarse


def test_deploy_runs_it(basefit: Basefit) -> None:
    options = ("--context", 128, "--new-tokens", 4, "--device", "cpu", "--json")
    ours, plain = (basefit("deploy", MODEL, "--level", level, *options) for level in (NAME, "bf16"))
    assert ours.status == 0, ours.err
    assert ours.json["level"] == NAME
    assert ours.json["decode_tokens_per_s"] > 0
    saved = LEVELS["bf16"].weight_bytes(resolve(MODEL).spec) - RECORD.weight_bytes(resolve(MODEL).spec)
    less = plain.json["peak_bytes"]["allocated"] - ours.json["peak_bytes"]["allocated"]
    assert 0.5 * saved < less < 1.5 * saved


def test_a_model_holds_the_bytes_that_the_record_says() -> None:
    spec, level = resolve(MODEL).spec, find(NAME)
    config = AutoConfig.from_pretrained(DEMO / MODEL)
    model = assemble(config, random_source(CPU, level.dtype), level=level, device=CPU)
    built = [module for module in model.modules() if isinstance(module, NibbleLinear)]
    assert len(built) == sum(linear.count for linear in spec.all_linears())
    assert sum(parameter.nbytes for parameter in model.parameters()) == RECORD.weight_bytes(spec)


def test_trial_trains_on_it_and_its_export_is_refused(basefit: Basefit) -> None:
    answer = basefit("trial", MODEL, *TRIAL, "--level", NAME, "--json")
    assert answer.status == 0, answer.err
    (row,) = answer.json["trials"]
    assert (row["level"], row["method"], row["status"]) == (NAME, "qlora", "done")
    assert all(math.isfinite(point["bits_per_byte"]) for point in row["points"])
    assert row["points"][-1]["bits_per_byte"] < row["points"][0]["bits_per_byte"]
    # No tool that basefit exports to quantizes like this: 16 bits in its place would be another run.
    assert_one_sentence(basefit("export", MODEL, "--to", "trl"), "trl", NAME)


def test_a_builder_that_nobody_registered_is_no_other_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(BUILDERS, RECORD.builder)
    with pytest.raises(Problem) as raised:
        find(NAME)
    assert raised.value.code == "level-unmeasured"
    assert NAME not in str(raised.value.params["nearest"])
