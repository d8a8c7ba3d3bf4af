"""Models whose perplexity is known without computing: uniform, deterministic, and not a number."""

import json
import math
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from catalog.problem import Problem
from probes.open_checkpoint import open_checkpoint
from probes.perplexity.frames import Window
from probes.perplexity.one_pass import Passed, Track, one_pass
from probes.perplexity.scores import row
from probes.quantize import find


def window(ids: list[int]) -> Window:
    return Window(tuple(ids), 1, len(ids) - 1, len(ids) - 1, 0, len(ids) - 1)


def score(directory: Path, windows: list[Window], levels: tuple[str, ...] = ("bf16", "nf4")) -> Passed:
    everywhere = tuple(range(len(windows)))
    tracks = [Track(find(level), everywhere) for level in levels]
    checkpoint = open_checkpoint(directory)
    return one_pass(checkpoint, windows, tracks, levels[0], torch.device("cpu"), lambda *_: None)


def change(directory: Path, **tensors: torch.Tensor) -> None:
    file = directory / "model.safetensors"
    held = load_file(file)
    assert tensors.keys() <= held.keys()
    save_file(held | tensors, file, {"format": "pt"})


def test_a_model_of_zeros_has_its_vocabulary_as_perplexity(make_model) -> None:
    directory = make_model("llama")
    file = directory / "model.safetensors"
    (length,) = struct.unpack("<Q", file.read_bytes()[:8])
    size = file.stat().st_size
    # Zeros as a hole in the file: how models far larger than memory are scored in tests.
    with file.open("r+b") as stream:
        stream.truncate(8 + length)
        stream.truncate(size)
    passed = score(
        directory, [window([1, 5, 9, 200, 4, 17]), window([1, 8, 8])], ("fp32", "nf4", "rtn-4-g128")
    )
    for level, scores in passed.scores.items():
        found = row(scores, passed.scores["fp32"], 0.0)
        assert found.ppl == pytest.approx(320, rel=1e-5), level
        assert found.kl_nats == pytest.approx(0, abs=1e-6)


def test_a_model_that_knows_the_next_token_has_perplexity_one(make_model) -> None:
    directory = make_model("llama", vocab_size=128, tie_word_embeddings=False)
    layers = {
        f"model.layers.{layer}.{name}.weight": torch.zeros(shape, dtype=torch.bfloat16)
        for layer in range(3)
        for name, shape in (("self_attn.o_proj", (128, 128)), ("mlp.down_proj", (128, 256)))
    }
    one_hot = torch.eye(128, dtype=torch.bfloat16)
    head = torch.roll(one_hot, 1, dims=0).contiguous() * 8
    norm = torch.ones(128, dtype=torch.bfloat16)
    change(
        directory,
        **layers,
        **{"model.embed_tokens.weight": one_hot, "lm_head.weight": head, "model.norm.weight": norm},
    )
    passed = score(directory, [window(list(range(3, 90)))])
    for scores in passed.scores.values():
        assert math.exp(scores[0].nats / scores[0].tokens) == pytest.approx(1.0, abs=1e-6)


def test_a_weight_that_is_no_number_is_named(make_model) -> None:
    directory = make_model("qwen2")
    bad = torch.full((256, 128), float("nan"), dtype=torch.bfloat16)
    change(directory, **{"model.layers.1.mlp.up_proj.weight": bad})
    with pytest.raises(Problem) as caught:
        score(directory, [window([1, 2, 3])])
    assert caught.value.code == "weights-not-finite"
    assert caught.value.params == {"tensor": "mlp.up_proj.weight", "layer": 1}


def test_a_level_that_overflows_is_broken_and_the_others_stand(make_model) -> None:
    directory = make_model("llama")
    large = load_file(directory / "model.safetensors")["model.layers.1.mlp.down_proj.weight"] * 2e6
    change(directory, **{"model.layers.1.mlp.down_proj.weight": large})
    passed = score(directory, [window([1, 2, 3, 4])], ("bf16", "fp16", "nf4"))
    assert passed.failed_at == {"fp16": 1}
    found = row(passed.scores["fp16"], passed.scores["bf16"], 0.0)
    assert found.verdict == "broken"
    assert passed.scores["bf16"][0].finite
    assert passed.scores["nf4"][0].finite


def test_a_reference_that_leaves_the_range_of_float16_is_named_with_its_layer(make_model) -> None:
    directory = make_model("llama")
    large = load_file(directory / "model.safetensors")["model.layers.1.mlp.down_proj.weight"] * 2e6
    change(directory, **{"model.layers.1.mlp.down_proj.weight": large})
    with pytest.raises(Problem) as caught:
        score(directory, [window([1, 2, 3, 4])], ("fp16", "nf4"))
    assert caught.value.code == "states-overflow"
    assert caught.value.params == {"level": "fp16", "layer": 1}


def test_what_is_wrong_with_a_checkpoint_is_said(make_model, tmp_path: Path) -> None:
    directory = make_model("llama")
    config = json.loads((directory / "config.json").read_text())

    def code_with(**changes: object) -> str:
        (directory / "config.json").write_text(json.dumps(config | changes))
        with pytest.raises(Problem) as caught:
            score(directory, [window([1, 2, 3])])
        return caught.value.code

    assert code_with(intermediate_size=128) == "tensor-shape"
    assert code_with(num_hidden_layers=4) == "tensor-missing"
    for model_type in ("strangeformer", "t5"):
        assert code_with(model_type=model_type) == "architecture-unsupported"
    assert code_with(quantization_config={"quant_method": "gptq", "bits": 4}) == "checkpoint-quantized"
    (directory / "config.json").write_text("{")
    with pytest.raises(Problem, match="config-unreadable"):
        open_checkpoint(directory)
    (directory / "config.json").unlink()
    with pytest.raises(Problem, match="config-missing"):
        open_checkpoint(directory)
    with pytest.raises(Problem, match="target-missing"):
        open_checkpoint(tmp_path / "nowhere")


def test_a_tokenizer_of_another_model_is_told(make_model) -> None:
    with pytest.raises(Problem, match="tokenizer-too-large"):
        score(make_model("llama"), [window([1, 999, 3])])
