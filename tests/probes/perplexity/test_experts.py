"""Experts read one at a time: how much is read at once, levels that quantize them, and several looks."""

import json
from math import prod
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from catalog.problem import Problem
from probes.open_checkpoint import open_checkpoint
from probes.perplexity.one_pass import Track, one_pass
from probes.perplexity.skeleton import Skeleton
from probes.perplexity.walk import jobs
from probes.quantize import find
from tests.probes.perplexity.conftest import MakeSmall
from tests.probes.perplexity.test_architectures import streamed, windows
from tests.probes.perplexity.test_known_answers import score
from tests.probes.perplexity.whole_model import load, nats

CPU = torch.device("cpu")
EXPERT = {"gate_up_proj": (1, 128, 64), "down_proj": (1, 64, 64)}
"""Shapes of one of the four experts of the small models."""


@pytest.mark.parametrize("model_type", ["qwen3_moe", "gpt_oss", "qwen3_vl_moe"])
def test_no_part_that_is_read_holds_two_experts(make_small: MakeSmall, model_type: str) -> None:
    checkpoint = open_checkpoint(make_small(model_type))
    plan = Skeleton(checkpoint.config, checkpoint.tensors, torch.bfloat16, CPU)
    parts = [job() for job in jobs(plan)]
    assert len(parts) == 2 * (1 + 4)
    for part in parts:
        held = {key: tuple(tensor.shape) for key, tensor in part.items()}
        one = held.keys() >= EXPERT.keys()
        assert one or not any("experts" in key for key in held)
        assert not one or sum(map(prod, held.values())) <= sum(map(prod, EXPERT.values())) + 128 + 64
    assert sum(tensor.numel() for part in parts for tensor in part.values()) < plan.parameters


def test_rounded_experts_are_the_whole_models(make_small: MakeSmall) -> None:
    directory, level = make_small("qwen3_moe"), find("rtn-3-g128")
    found = streamed(directory, ("bf16", level.name))
    whole = load(directory, "bf16")
    for name, module in list(whole.named_modules()):
        if type(module) is torch.nn.Linear and name != "lm_head":
            whole.set_submodule(name, level.linear(name, module.weight.detach(), None))
        for parameter in module.parameters(recurse=False):
            if parameter.ndim == 3:
                rounded = [level.linear("", weight.detach(), None).weight for weight in parameter]
                parameter.data = torch.stack(rounded)
    for mine, expected in zip(found.scores[level.name], nats(whole, windows()), strict=True):
        assert mine.nats / mine.tokens == pytest.approx(expected / mine.tokens, abs=1e-4)
    matrices = 2 * (4 * 3 * 64 * 64 + 64 * (64 + 32 + 32 + 64))
    assert found.bits_per_weight["bf16"] == 16
    assert found.bits_per_weight[level.name] < 4
    assert found.weight_bytes["bf16"] - found.weight_bytes[level.name] == pytest.approx(
        matrices * (16 - found.bits_per_weight[level.name]) / 8, abs=8
    )


def test_gptq_is_not_solved_for_experts_and_says_so(make_small: MakeSmall) -> None:
    with pytest.raises(Problem) as caught:
        streamed(make_small("mixtral"), ("bf16", "gptq-4-g128"))
    assert caught.value.code == "level-experts-unsolved"
    assert caught.value.params == {"levels": "gptq-4-g128", "count": 4}


def write_fp8(base: Path, out: Path) -> None:
    """As Qwen publishes it: each matrix, experts one by one, in FP8 with a scale for each block of 128."""
    out.mkdir()
    written: dict[str, Tensor] = {}
    for name, tensor in load_file(base / "model.safetensors").items():
        written[name] = tensor
        if name.endswith("_proj.weight"):
            scale = tensor.float().abs().max() / 448
            written[name] = (tensor.float() / scale).to(torch.float8_e4m3fn)
            written[f"{name}_scale_inv"] = scale.reshape(1, 1)
    save_file(written, out / "model.safetensors")
    config = json.loads((base / "config.json").read_text())
    settings = {"quant_method": "fp8", "weight_block_size": [128, 128], "activation_scheme": "dynamic"}
    (out / "config.json").write_text(json.dumps(config | {"quantization_config": settings}))


def test_experts_of_a_level_on_disk_are_its_own(make_small: MakeSmall, tmp_path: Path) -> None:
    base, out = make_small("qwen3_moe"), tmp_path / "fp8"
    write_fp8(base, out)
    level = f"fp8:{out}"
    as_level = score(base, windows(), ("bf16", level)).scores[level]
    alone = score(out, windows(), ("bf16",)).scores["bf16"]
    for one, other in zip(as_level, alone, strict=True):
        assert one.nats == pytest.approx(other.nats, abs=1e-4)
        assert one.kl > 0
        assert one.same_experts < one.routed == 2 * one.tokens


def test_a_further_look_knows_where_the_reference_went(make_small: MakeSmall) -> None:
    checkpoint = open_checkpoint(make_small("olmoe"))
    bf16, nf4 = find("bf16"), find("nf4")

    def look(*tracks: Track, kept: object = None) -> object:
        return one_pass(checkpoint, windows(), tracks, "bf16", CPU, lambda *_: None, kept=kept)

    whole = look(Track(bf16, (0, 1)), Track(nf4, (0, 1)))
    first = look(Track(bf16, (0, 1)), Track(nf4, (0,)))
    second = look(Track(bf16, (1,)), Track(nf4, (1,)), kept=first.kept)
    assert [*first.scores["nf4"], *second.scores["nf4"]] == whole.scores["nf4"]
    assert 0 < second.scores["nf4"][0].same_experts < second.scores["nf4"][0].routed
