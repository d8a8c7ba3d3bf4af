"""Every architecture that the engine scores is answered by the commands alike.

Command lines, targets, plans, jobs, probes, events, the store and the answers are those of any run; only
the processes are spared: the probes run in this one.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from catalog.models.architectures import scored
from tests.probes.chatglm import small as chatglm
from tests.probes.jobs.in_process import InProcess
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


@pytest.fixture(autouse=True)
def _probes_run_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.jobs.runner.LocalProcesses", InProcess)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
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
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("The grey river runs past the white tower.\n" * 60, "utf-8")
    return path


@ALL
def test_plan(basefit: Basefit, checkpoint: Callable[[str], Path], name: str) -> None:
    stored = (
        AutoModelForCausalLM.from_pretrained(checkpoint(name)).num_parameters() if name != "chatglm" else 0
    )
    for use in ("infer", "qlora"):
        answer = basefit("plan", checkpoint(name), "--use", use, "--budget", "8GiB", "--json")
        assert answer.status == 0, answer.err
        assert answer.json["fits"] == "yes"
        assert "weights_only" not in answer.json
        assert not stored or answer.json["parameters"] == stored


@ALL
def test_perplexity(basefit: Basefit, checkpoint: Callable[[str], Path], text: Path, name: str) -> None:
    asked = ("--levels", "bf16,nf4", "--windows", 2, "--text", text)
    answer = basefit("perplexity", checkpoint(name), *asked, *CPU)
    assert answer.status == 0, answer.err
    reference, quantized = answer.json["levels"]
    assert 0 < reference["bits_per_byte"] < 20
    assert quantized["kl_nats"] > 0 == reference["kl_nats"]
    assert quantized["weight_bytes"] < reference["weight_bytes"]


@ALL
def test_deploy(basefit: Basefit, checkpoint: Callable[[str], Path], name: str) -> None:
    asked = ("--level", "bf16", "--context", 128, "--new-tokens", 2)
    answer = basefit("deploy", checkpoint(name), *asked, *CPU)
    assert answer.status == 0, answer.err
    assert answer.json["decode_tokens_per_s"] > 0
    assert abs(answer.json["error"]) < 0.1


@ALL
def test_trial(basefit: Basefit, checkpoint: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    rows = write_rows(tmp_path / "rows.jsonl")
    asked = ("--data", rows, "--examples", 8, "--samples", 1, "--out", tmp_path / "adapters")
    answer = basefit("trial", checkpoint(name), *asked, *CPU)
    assert answer.status == 0, answer.err
    (row,) = answer.json["trials"]
    assert row["status"] == "done"
    assert 0 < row["points"][-1]["bits_per_byte"] < row["points"][0]["bits_per_byte"]
    assert (Path(row["adapter"]) / "adapter_config.json").is_file()
