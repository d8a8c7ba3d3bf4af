"""A configuration from the file to its shapes: by formula, counted in a process of its own, or refused."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from catalog.problem import Problem
from probes.shapes import spec as module
from probes.shapes.bounds import LONGEST, bounded
from probes.shapes.choose import class_of
from probes.shapes.spec import spec_of
from tests.forked import probes_are_forked
from tests.probes.shapes.test_count import EXPECTED, LLAMA, public, record


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path))
    return tmp_path


def test_what_was_counted_once_is_kept(own_home: Path, monkeypatch: pytest.MonkeyPatch):
    name = "Qwen3-30B-A3B"
    first = spec_of(public(name), name)
    assert first.parameters == EXPECTED[name]["parameters"]
    monkeypatch.setattr(module, "_count", lambda config: pytest.fail("counted again"))
    began = time.process_time()
    assert spec_of(public(name), name) == first
    assert time.process_time() - began < 0.5


def test_a_known_architecture_starts_no_process(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_count", lambda config: pytest.fail("counted"))
    assert spec_of({**LLAMA, "architectures": ["LlamaForCausalLM"]}, "x").counted is None


def test_a_refusal_is_kept_too(monkeypatch: pytest.MonkeyPatch):
    probes_are_forked(monkeypatch)
    config = {**LLAMA, "model_type": "qwen"}
    for _ in range(2):
        with pytest.raises(Problem) as raised:
            spec_of(config, "x")
        assert raised.value.code == "model-type-unsupported"
        assert "qwen2" in str(raised.value.params["near"])
        monkeypatch.setattr(module, "_count", lambda config: pytest.fail("counted again"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model_type": None, "architectures": ["LlamaForCausalLM"]}, "model-type-missing"),
        ({"model_type": None, "architectures": ["NobodysForCausalLM"]}, "model-type-unknown"),
        ({"model_type": None}, "model-type-unknown"),
        ({"model_type": "internlm2"}, "model-type-unsupported"),
        ({"model_type": ""}, "model-type-unsupported"),
        ({"model_type": 7}, "model-type-unsupported"),
        ({"model_type": ["llama"]}, "model-type-unsupported"),
        ({"architectures": {"a": 1}}, "config-unsupported"),
        ({"architectures": [1]}, "config-unsupported"),
        ({"architectures": 5}, "config-unsupported"),
        ({"architectures": ["MistralForCausalLM"]}, "model-type-contradicted"),
    ],
)
def test_a_type_that_means_nothing_is_refused(change: dict[str, Any], code: str):
    with pytest.raises(Problem) as raised:
        class_of({**LLAMA, **change})
    assert raised.value.code == code
    if code == "model-type-missing":
        assert raised.value.params["meant"] == "llama"


@pytest.mark.parametrize("kind", ["baichuan", "internlm2", "qwen", "minicpm", "Yi", "7"])
def test_a_type_that_transformers_lacks_is_refused_with_those_that_are_supported(kind: str):
    with pytest.raises(Problem) as raised:
        class_of({**LLAMA, "model_type": kind})
    near = str(raised.value.params["near"]).split(", ")
    assert 1 <= len(near) <= 4
    assert all(class_of({**LLAMA, "model_type": name}) for name in near)


def test_one_name_in_place_of_a_list_is_read_as_such():
    assert class_of({**LLAMA, "architectures": "LlamaModel"})[1].__name__ == "LlamaModel"


def test_a_number_of_hundreds_of_digits_is_told_by_how_many_it_has():
    for change in ({"hidden_size": -(10**400)}, {"model_type": "qwen3_moe", "x": 10**400}):
        with pytest.raises(Problem, match="config-too-large") as raised:
            spec_of({**LLAMA, **change}, "x")
        assert str(raised.value.params["value"]).endswith("10^400")


@pytest.mark.parametrize(
    "change",
    [
        {"num_hidden_layers": 10**9},
        {"num_local_experts": 10**6},
        {"vocab_size": 10**10},
        {"hidden_size": -(10**9)},
        {"text_config": {"num_hidden_layers": 4096}},
        {"layer_types": ["full_attention"] * (LONGEST + 1)},
    ],
)
def test_a_configuration_that_asks_for_too_much_is_refused(change: dict[str, Any]):
    with pytest.raises(Problem, match="config-too-large"):
        bounded({**LLAMA, **change})


def test_nothing_in_a_configuration_names_the_code_that_runs():
    named = {"_attn_implementation": "someone/kernel", "auto_map": {"AutoConfig": "x.py"}}
    assert bounded({**LLAMA, **named, "text_config": {**named, "hidden_size": 3}}) == {
        **LLAMA,
        "text_config": {"hidden_size": 3},
    }


@pytest.mark.parametrize("written", ["[", '{"counted": 3}', json.dumps({"counted": {"groups": []}})])
def test_a_spoilt_record_is_counted_again(written: str, own_home: Path, monkeypatch: pytest.MonkeyPatch):
    config = {**LLAMA, "architectures": ["LlamaModel"]}
    whole = record(config)
    monkeypatch.setattr(module, "_count", lambda config: {"counted": whole.to_json()})
    assert spec_of(config, "x").counted == whole
    (kept,) = (own_home / "shapes").iterdir()
    kept.write_text(written, "utf-8")
    assert spec_of(config, "x").counted == whole
    assert len(kept.read_text("utf-8")) > len(written)
