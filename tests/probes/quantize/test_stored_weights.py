"""Codes in files, written out: against the libraries that wrote them, or against the format itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bitsandbytes
import pytest
import torch
from bitsandbytes import functional
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

from catalog.problem import Problem
from probes.quantize.stored_weights import StoredWeights, open_weights
from tests.places import FIXTURES
from tests.probes.tiny import write_model

NAME = "model.layers.0.mlp.up_proj.weight"
BASE = NAME.removesuffix("weight")


def opened(folder: Path, tensors: Mapping[str, Tensor], **config: Any) -> StoredWeights:
    """A directory of these tensors and settings."""
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config))
    weights = open_weights(folder)
    assert isinstance(weights, StoredWeights)
    return weights


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def by_hand(codes: Tensor, scale: Tensor, block: tuple[int, int]) -> Tensor:
    """Each code times the scale of the block it lies in."""
    found = torch.empty(codes.shape)
    for row in range(codes.shape[0]):
        for column in range(codes.shape[1]):
            factor = scale[row // block[0], column // block[1]]
            found[row, column] = codes[row, column].float() * factor.float()
    return found


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2, torch.int8])
@pytest.mark.parametrize("scale_dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(), (1,), (6,), (6, 1)])
def test_one_scale_or_one_a_row(
    tmp_path: Path, dtype: torch.dtype, scale_dtype: torch.dtype, shape: tuple[int, ...]
) -> None:
    codes = (random(6, 10) * 50).to(dtype)
    scale = random(*shape, seed=1).to(scale_dtype)
    weights = opened(tmp_path, {NAME: codes, f"{NAME}_scale": scale, f"{BASE}input_scale": torch.ones(())})
    wanted = by_hand(codes, scale.reshape(-1, 1), (6 // max(1, scale.numel()), 10))
    assert torch.equal(weights.load(NAME, shape=(6, 10)), wanted)
    assert torch.equal(weights.load(NAME, slice(2, 4)), wanted[2:4])
    assert NAME in weights
    with pytest.raises(Problem, match="tensor-shape"):
        weights.load(NAME, shape=(10, 6))


@pytest.mark.parametrize(("side", "size"), [(4, (8, 12)), (4, (7, 10)), (128, (130, 256))])
def test_one_scale_a_block(tmp_path: Path, side: int, size: tuple[int, int]) -> None:
    codes = (random(*size) * 50).to(torch.float8_e4m3fn)
    scale = random(-(-size[0] // side), -(-size[1] // side), seed=1)
    quantization = {"quant_method": "fp8", "weight_block_size": [side, side]}
    weights = opened(tmp_path, {NAME: codes, f"{NAME}_scale_inv": scale}, quantization_config=quantization)
    assert weights.stored.word == "fp8-block"
    assert torch.equal(weights.load(NAME), by_hand(codes, scale, (side, side)))
    exponents = scale.abs().to(torch.float8_e8m0fnu)
    other = tmp_path / "exponents"
    other.mkdir()
    weights = opened(other, {NAME: codes, f"{NAME}_scale_inv": exponents}, quantization_config=quantization)
    assert torch.equal(weights.load(NAME), by_hand(codes, exponents, (side, side)))


def test_a_scale_of_another_shape(tmp_path: Path) -> None:
    codes = random(8, 12).to(torch.float8_e4m3fn)
    weights = opened(tmp_path, {NAME: codes, f"{NAME}_scale": torch.ones(3, 5)})
    with pytest.raises(Problem, match="scale-shape"):
        weights.load(NAME)


def test_experts_in_one_tensor(tmp_path: Path) -> None:
    name = "model.layers.0.mlp.experts.gate_up_proj"
    codes = (random(3, 8, 12) * 50).to(torch.float8_e4m3fn)
    scale = random(3, 2, 3, seed=1)
    quantization = {"quant_method": "fp8", "weight_block_size": [4, 4]}
    weights = opened(tmp_path, {name: codes, f"{name}_scale_inv": scale}, quantization_config=quantization)
    found = weights.load(name)
    for expert in range(3):
        assert torch.equal(found[expert], by_hand(codes[expert], scale[expert], (4, 4)))


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("kind", ["nf4", "fp4"])
def test_four_bits_that_transformers_wrote(tmp_path: Path, kind: str, double: bool) -> None:
    base = write_model(tmp_path / "base")
    settings = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type=kind, bnb_4bit_use_double_quant=double
    )
    model = AutoModelForCausalLM.from_pretrained(base, quantization_config=settings, dtype=torch.bfloat16)
    out = tmp_path / "out"
    model.save_pretrained(out)
    # Settings may be lost on the way; the tensors still say what they are.
    (out / "config.json").write_text((base / "config.json").read_text())
    weights = open_weights(out)
    assert isinstance(weights, StoredWeights)
    assert (weights.stored.word, weights.stored.form) == (f"bnb-{kind}", "double" if double else "")
    modules = {n: m for n, m in model.named_modules() if isinstance(m, bitsandbytes.nn.Linear4bit)}
    assert len(modules) == 14
    for name, module in modules.items():
        wanted = functional.dequantize_4bit(module.weight.data, module.weight.quant_state)
        assert torch.equal(weights.load(f"{name}.weight", shape=tuple(wanted.shape)), wanted)


def test_int8_that_transformers_wrote(tmp_path: Path) -> None:
    base = write_model(tmp_path / "base")
    settings = BitsAndBytesConfig(load_in_8bit=True)
    model = AutoModelForCausalLM.from_pretrained(base, quantization_config=settings, dtype=torch.float16)
    model.save_pretrained(tmp_path / "out")
    weights = open_weights(tmp_path / "out")
    assert isinstance(weights, StoredWeights)
    assert weights.stored.word == "bnb-int8"
    stored = load_file(tmp_path / "out" / "model.safetensors")
    original = load_file(base / "model.safetensors")
    for name in original:
        found = weights.load(name, shape=tuple(original[name].shape))
        if f"{name.removesuffix('weight')}SCB" not in stored:
            continue
        codes, rows = stored[name], stored[f"{name.removesuffix('weight')}SCB"]
        assert torch.equal(found, functional.int8_vectorwise_dequant(codes, rows))
        step = original[name].float().abs().amax(-1, keepdim=True) / 127
        assert bool(((found - original[name].float()).abs() <= step * 0.51).all())


def test_gpt_oss_experts(tmp_path: Path) -> None:
    name = "model.layers.0.mlp.experts.down_proj"
    generator = torch.Generator().manual_seed(0)
    blocks = torch.randint(0, 256, (3, 40, 2, 16), dtype=torch.uint8, generator=generator)
    scales = torch.randint(100, 140, (3, 40, 2), dtype=torch.uint8, generator=generator)
    weights = opened(tmp_path, {f"{name}_blocks": blocks, f"{name}_scales": scales})
    assert torch.equal(weights.load(name, shape=(3, 64, 40)), convert_moe_packed_tensors(blocks, scales))
    assert weights.stored.word == "mxfp4"


def pack_awq(values: Tensor) -> Tensor:
    """4-bit values [rows, n] as AutoAWQ packs them: field i of a word is its output ORDER[i]."""
    order = (0, 2, 4, 6, 1, 3, 5, 7)
    words = torch.zeros(len(values), values.shape[1] // 8, dtype=torch.int64)
    for row in range(len(values)):
        for word in range(words.shape[1]):
            for field, place in enumerate(order):
                words[row, word] |= int(values[row, word * 8 + place]) << (4 * field)
    return words.to(torch.int32)


def write_awq(codes: Tensor, zeros: Tensor, scales: Tensor, prefix: str) -> dict[str, Tensor]:
    """Codes [in, out], zeros and scales [groups, out] under AutoAWQ's names."""
    packed = {"qweight": pack_awq(codes), "qzeros": pack_awq(zeros), "scales": scales.half()}
    return {prefix + end: tensor for end, tensor in packed.items()}


@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("place", ["config", "quant_config.json", "nowhere"])
def test_awq_word_by_word(tmp_path: Path, groups: int, place: str) -> None:
    generator = torch.Generator().manual_seed(1)
    codes = torch.randint(0, 16, (32, 24), generator=generator)
    zeros = torch.randint(0, 16, (groups, 24), generator=generator)
    scales = torch.rand(groups, 24, generator=generator).half()
    settings = {"bits": 4, "group_size": 32 // groups, "version": "gemm", "quant_method": "awq"}
    if place == "quant_config.json":
        beside = {"zero_point": True, "q_group_size": 32 // groups, "w_bit": 4, "version": "GEMM"}
        (tmp_path / place).write_text(json.dumps(beside))
    config = {"quantization_config": settings} if place == "config" else {}
    weights = opened(tmp_path, write_awq(codes, zeros, scales, BASE), **config)
    assert weights.stored.word == "awq-4"
    group = torch.arange(32) // (32 // groups)
    wanted = (codes - zeros[group]).float() * scales[group].float()
    assert torch.equal(weights.load(NAME, shape=(24, 32)), wanted.t())


def test_gptq_by_plain_names() -> None:
    weights = open_weights(FIXTURES / "gptq" / "autogptq-3bit-g128-sym")
    assert isinstance(weights, StoredWeights)
    assert weights.load("model.layers.0.mlp.up_proj.weight").dtype == torch.float32


def test_awq_in_another_order_is_refused(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(1)
    codes = torch.randint(0, 16, (32, 24), generator=generator)
    awq = {"quant_method": "awq", "bits": 4, "group_size": 8, "version": "gemv"}
    with pytest.raises(Problem, match="checkpoint-quantized"):
        opened(tmp_path, write_awq(codes, codes[:4], torch.ones(4, 24), BASE), quantization_config=awq)
