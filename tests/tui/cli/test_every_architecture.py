"""Every architecture that the engine scores is answered by the commands alike.

Command lines, targets, plans, jobs, processes, events, the store and the answers are those of any run.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from catalog.models.architecture import Architecture
from catalog.models.architectures import ARCHITECTURES, scored
from probes.checkpoint.classes import auto_class
from tests.probes.chatglm import small as chatglm
from tests.probes.perplexity.small_models import small as small_config
from tests.probes.tiny import write_rows, write_tokenizer
from tests.tui.cli.conftest import Basefit

SHAPE = {
    "vocab_size": 400,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "max_position_embeddings": 256,
    "pad_token_id": 0,
    "bos_token_id": 0,
    "eos_token_id": 1,
}
ALL = pytest.mark.parametrize("name", sorted(scored()))
CPU = ("--device", "cpu", "--json")
Checkpoint = Callable[[str], Path]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """A tiny random model of an architecture with a tokenizer, as its authors would publish it."""
    folder = tmp_path_factory.mktemp("architectures")

    def written(name: str) -> Path:
        path = folder / name
        if path.exists():
            return path
        if name == "chatglm":
            return chatglm.write(path, "chatglm-6b")
        torch.manual_seed(3)
        config = AutoConfig.for_model(name, **SHAPE)
        AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).save_pretrained(path)
        write_tokenizer(path)
        return path

    return written


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough to score two windows of."""
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("The grey river runs past the white tower.\n" * 60, "utf-8")
    return path


@ALL
def test_plan(basefit: Basefit, checkpoint: Checkpoint, name: str) -> None:
    for use in ("infer", "qlora"):
        answer = basefit("plan", checkpoint(name), "--use", use, "--budget", "8GiB", "--json")
        assert answer.status == 0, answer.err
        assert "weights_only" not in answer.json
        assert answer.json["parameters"] > 0


@ALL
def test_perplexity(basefit: Basefit, checkpoint: Checkpoint, text: Path, name: str) -> None:
    asked = ("--levels", "bf16,nf4", "--windows", 2, "--text", text)
    answer = basefit("perplexity", checkpoint(name), *asked, *CPU)
    assert answer.status == 0, answer.err
    reference, quantized = answer.json["levels"]
    assert 0 < reference["bits_per_byte"] < 20
    assert quantized["kl_nats"] > 0 == reference["kl_nats"]
    assert quantized["weight_bytes"] < reference["weight_bytes"]


@ALL
def test_deploy(basefit: Basefit, checkpoint: Checkpoint, name: str) -> None:
    """The predicted peak holds too: the record says how the layer's memory is used."""
    asked = ("--level", "bf16", "--context", 128, "--new-tokens", 2)
    answer = basefit("deploy", checkpoint(name), *asked, *CPU)
    assert answer.status == 0, answer.err
    assert answer.json["decode_tokens_per_s"] > 0
    assert abs(answer.json["error"]) < 0.1


@ALL
def test_trial(basefit: Basefit, checkpoint: Checkpoint, tmp_path: Path, name: str) -> None:
    rows = write_rows(tmp_path / "rows.jsonl")
    asked = ("--data", rows, "--examples", 8, "--samples", 1, "--out", tmp_path / "adapters")
    answer = basefit("trial", checkpoint(name), *asked, *CPU)
    assert answer.status == 0, answer.err
    (row,) = answer.json["trials"]
    assert row["status"] == "done"
    assert 0 < row["points"][-1]["bits_per_byte"] < row["points"][0]["bits_per_byte"]
    assert (Path(row["adapter"]) / "adapter_config.json").is_file()


@pytest.mark.parametrize("name", ["llama4", "qwen3_moe", "qwen3_vl"])
def test_a_type_without_a_record_is_answered_for(
    basefit: Basefit, tmp_path: Path, text: Path, name: str
) -> None:
    """Experts, and a wrapper with vision: what is not known of their memory is said to be so."""
    config, path = small_config(name), tmp_path / name
    part = config.get_text_config()
    part.vocab_size, part.bos_token_id, part.eos_token_id = 400, 0, 1
    torch.manual_seed(3)
    auto_class(config, name).from_config(config, dtype=torch.bfloat16).save_pretrained(path)
    write_tokenizer(path)
    answer = basefit("plan", path, "--use", "infer", "--budget", "8GiB", "--json")
    assert "activations" in answer.json["unknown"]
    test_perplexity(basefit, lambda _: path, text, name)
    asked = ("perplexity", path, "--levels", "bf16,nf4", "--windows", 2, "--text", text, "--device", "cpu")
    known = basefit(*asked, "--json").json["levels"]
    assert ("same_experts" in known[1]) == ("same experts" in basefit(*asked).out) == (name != "qwen3_vl")
    assert [row["same_experts"] for row in known if "same_experts" in row][:1] in ([], [1.0])
    test_trial(basefit, lambda _: path, tmp_path, name)
    answer = basefit("deploy", path, "--level", "nf4", "--context", 64, "--new-tokens", 2, *CPU)
    assert answer.status == 0, answer.err
    assert answer.json["decode_tokens_per_s"] > 0
    assert "activations" in answer.json["unknown"]


class MadeUpConfig(LlamaConfig):
    """An architecture that transformers learns of, and this program not yet."""

    model_type = "made_up"


class MadeUpForCausalLM(LlamaForCausalLM):
    """Its model."""

    config_class = MadeUpConfig


def test_a_new_architecture_is_one_record(
    basefit: Basefit,
    checkpoint: Checkpoint,
    text: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What docs/adding.md says."""
    AutoConfig.register("made_up", MadeUpConfig, exist_ok=True)
    AutoModelForCausalLM.register(MadeUpConfig, MadeUpForCausalLM, exist_ok=True)
    unproved = basefit(
        "perplexity", checkpoint("made_up"), "--levels", "bf16", "--windows", 2, "--text", text, *CPU
    )
    assert "architecture-unproved" in unproved.json["notes"]
    monkeypatch.setitem(ARCHITECTURES, "made_up", Architecture("made_up"))
    test_plan(basefit, checkpoint, "made_up")
    test_perplexity(basefit, checkpoint, text, "made_up")
    test_deploy(basefit, checkpoint, "made_up")
    test_trial(basefit, checkpoint, tmp_path, "made_up")
