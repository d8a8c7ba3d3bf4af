"""Directories whose files are codes: what they are is said, and no code is taken for a number."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from probes.checkpoint.target import DEMO
from tests.places import FIXTURES
from tests.probes.tiny import write_rows
from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence

Weights = dict[str, Tensor]


def rewrite(folder: Path, change: Callable[[str, Tensor], Weights]) -> None:
    """The linear layers' weights as `change` gives them: name and weight -> tensors in their place."""
    file = folder / "model.safetensors"
    written: Weights = {}
    for name, tensor in load_file(file).items():
        linear = name.endswith("_proj.weight")
        written |= change(name, tensor.float()) if linear else {name: tensor}
    save_file({name: tensor.contiguous() for name, tensor in written.items()}, file)


def rows_of_int8(name: str, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Codes and scale [out, 1] by rows."""
    scale = weight.abs().amax(-1, keepdim=True) / 127
    return (weight / scale).round().to(torch.int8), scale


def without_scales(name: str, weight: Tensor) -> Weights:
    return {name: rows_of_int8(name, weight)[0]}


def with_a_zero_point(name: str, weight: Tensor) -> Weights:
    codes, scale = rows_of_int8(name, weight)
    return {
        name: codes,
        f"{name}_scale": scale,
        f"{name}_zero_point": torch.zeros_like(scale).to(torch.int8),
    }


def scale_nobody_claims(name: str, weight: Tensor) -> Weights:
    codes, scale = rows_of_int8(name, weight)
    return {name: codes.to(torch.bfloat16), f"{name}_scale": scale}


def nvfp4(name: str, weight: Tensor) -> Weights:
    packed = torch.zeros(weight.shape[0], weight.shape[1] // 2, dtype=torch.uint8)
    scale = torch.ones(weight.shape[0], weight.shape[1] // 16).to(torch.float8_e4m3fn)
    return {name: packed, f"{name}_scale": scale, f"{name}_scale_2": torch.tensor(1.0)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without_scales, ("_proj.weight", "I8")),
        (with_a_zero_point, ("zero_point", "int8")),
        (scale_nobody_claims, ("weight_scale",)),
        (nvfp4, ("nvfp4",)),
    ],
)
def test_codes_are_never_scored_run_or_trained_on(
    basefit: Basefit,
    small: Path,
    tmp_path: Path,
    change: Callable[[str, Tensor], Weights],
    words: tuple[str, ...],
) -> None:
    rewrite(small, change)
    assert_one_sentence(basefit("perplexity", small, "--device", "cpu"), "16 bits", *words)
    assert_one_sentence(basefit("deploy", small, "--context", 32, "--new-tokens", 2), "16 bits", *words)
    data = write_rows(tmp_path / "rows.jsonl")
    assert_one_sentence(basefit("trial", small, "--data", data), "16 bits", *words)


def test_settings_of_tensors_that_are_not_there(basefit: Basefit, small: Path) -> None:
    (small / "quantize_config.json").write_text(json.dumps({"bits": 4, "group_size": 128}))
    assert_one_sentence(basefit("perplexity", small, "--device", "cpu"), "gptq-4")


def fp8(name: str, weight: Tensor) -> Weights:
    scale = weight.abs().amax() / 448
    return {name: (weight / scale).to(torch.float8_e4m3fn), f"{name}_scale": scale}


def int8(name: str, weight: Tensor) -> Weights:
    codes, scale = rows_of_int8(name, weight)
    return {name: codes, f"{name}_scale": scale}


def test_fp8_as_modelopt_keeps_it(basefit: Basefit, small: Path, tmp_path: Path) -> None:
    """Settings in a file beside the configuration, a scale for each weight (cases/models/01)."""
    plain = DEMO / "demo-llama-s"
    rewrite(small, fp8)
    (small / "hf_quant_config.json").write_text(json.dumps({"quantization": {"quant_algo": "FP8"}}))
    options = ("--windows", 4, "--device", "cpu", "--json")
    answer = basefit("perplexity", plain, small, "--levels", "bf16", *options).json
    first, second = answer["levels"]
    assert second["ppl"] == pytest.approx(first["ppl"], rel=0.01)
    assert second["ppl"] != first["ppl"]
    assert answer["stored"] == {"demo-llama-s": "fp16", "small": "fp8-tensor"}
    # As a level of its base it is the same weights: the same perplexity, and a small distance.
    (level,) = basefit("perplexity", plain, "--levels", f"fp8:{small}", *options).json["levels"]
    assert level["ppl"] == second["ppl"]
    assert 0 < level["kl_nats"] < 0.02
    assert level["weight_bytes"] < first["weight_bytes"]
    assert_one_sentence(basefit("perplexity", plain, "--levels", f"gptq:{small}"), "fp8-tensor")
    # Neither runs it for real: the loader of these files is another than that of any level.
    assert_one_sentence(basefit("deploy", small, "--context", 32, "--new-tokens", 2), "fp8-tensor")


def test_int8_under_the_old_key(basefit: Basefit, small: Path) -> None:
    """compressed-tensors' settings under `compression_config` (cases/models/01)."""
    rewrite(small, int8)
    weights = {"num_bits": 8, "type": "int", "strategy": "channel", "symmetric": True}
    settings = {
        "quant_method": "compressed-tensors",
        "format": "int-quantized",
        "config_groups": {"group_0": {"targets": ["Linear"], "weights": weights}},
    }
    config = json.loads((small / "config.json").read_text())
    (small / "config.json").write_text(json.dumps(config | {"compression_config": settings}))
    options = ("--levels", "bf16", "--windows", 4, "--device", "cpu")
    answer = basefit("perplexity", DEMO / "demo-llama-s", small, *options, "--json").json
    assert answer["levels"][1]["ppl"] == pytest.approx(answer["levels"][0]["ppl"], rel=0.01)
    assert "ct-w8a8" in basefit("perplexity", small, *options).err


LLAMA_7B = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096,
    "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
    "num_key_value_heads": 32, "vocab_size": 32000, "max_position_embeddings": 4096,
    "tie_word_embeddings": False, "torch_dtype": "float16",
}  # fmt: skip
W8 = {"num_bits": 8, "strategy": "channel", "symmetric": True, "type": "int"}
CT = {"quant_method": "compressed-tensors", "format": "int-quantized"}
TOOLS = {
    "awq-4": (3.7, {"quant_method": "awq", "bits": 4, "group_size": 128}),
    "bnb-int8": (6.5, {"quant_method": "bitsandbytes", "load_in_8bit": True}),
    "bnb-nf4": (3.9, {"quant_method": "bitsandbytes", "bnb_4bit_quant_type": "nf4"}),
    "ct-w8a8": (6.5, CT | {"config_groups": {"group_0": {"weights": W8}}}),
    "fp8-block": (6.5, {"quant_method": "fp8", "weight_block_size": [128, 128]}),
    "gptq-4": (3.6, {"quant_method": "gptq", "bits": 4, "group_size": 128}),
    "mlx-4": (3.9, {"group_size": 64, "bits": 4}),
}
"""GiB of Llama-2-7B's weights as each tool stores them, and the tool's settings."""


@pytest.mark.parametrize("word", TOOLS)
def test_a_plan_follows_what_is_stored(basefit: Basefit, tmp_path: Path, word: str) -> None:
    """Llama-2-7B's configuration with each tool's settings (cases/models/07)."""
    gib, settings = TOOLS[word]
    key = "quantization" if word == "mlx-4" else "quantization_config"
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_7B | {key: settings}))
    asked = ("plan", tmp_path, "--budget", "24GiB")
    plan = basefit(*asked, "--json").json
    assert (plan["stored"], plan["level"]) == (word, word)
    assert plan["weight_bytes"] / 2**30 == pytest.approx(gib, abs=0.15)
    assert word in basefit(*asked).out
    assert basefit(*asked, "--level", "bf16", "--json").json["level"] == "bf16"


def test_experts_as_they_are_published(basefit: Basefit, tmp_path: Path) -> None:
    """gpt-oss' experts alone are FP4, at 4.25 bits; all of Qwen3's linear layers are FP8.

    Qwen's own 30,296 MiB is of a run, with 192 MiB of cache and what else it held.
    """
    for model, word, total, more in (
        ("gpt-oss-20b", "mxfp4", 13_761_264_768, {}),
        (
            "Qwen3-30B-A3B",
            "fp8-block",
            (30_296 - 192) * 2**20,
            {"quantization_config": TOOLS["fp8-block"][1]},
        ),
    ):
        config = json.loads((FIXTURES / "configs" / f"{model}.json").read_text())
        (tmp_path / "config.json").write_text(json.dumps(config | more))
        plan = basefit("plan", tmp_path, "--budget", "80GiB", "--json").json
        assert plan["stored"] == word
        assert plan["weight_bytes"] == pytest.approx(total, rel=0.015)


def test_a_plan_for_a_level_on_disk(basefit: Basefit, small: Path, tmp_path: Path) -> None:
    rewrite(small, fp8)
    plan = basefit("plan", "demo-llama-s", "--level", f"fp8:{small}", "--json").json
    files = (small / "model.safetensors").stat().st_size
    assert plan["weight_bytes"] == pytest.approx(files, rel=0.01)
    assert plan["stored"] == "fp16"
    assert_one_sentence(basefit("plan", "demo-llama-s", "--level", f"awq:{small}"), "fp8-tensor")
    assert_one_sentence(basefit("plan", "demo-llama-s", "--level", "gptq:/nowhere"), "/nowhere")


def test_models_say_what_a_local_checkpoint_is(basefit: Basefit, small: Path) -> None:
    rewrite(small, fp8)
    asked = ("models", "--budget", "1GiB", "--folder", small.parent, "--kind", "any", "--all")
    rows = basefit(*asked, "--json").json["rows"]
    assert {row["stored"] for row in rows if row["model"] == "small"} == {"fp8-tensor"}
    assert "fp8-tensor" in basefit(*asked).out
