"""NF4, FP4 and int8 are bitsandbytes' own to the bit: what its modules hold after loading.

Products in 16 bits are compared as torch makes them, whatever this processor has instructions for.
"""

import bitsandbytes
import pytest
import torch

from catalog.quantization.levels import find_level
from probes.quantize import find
from probes.quantize.bitsandbytes import four_bit, int8, quantize_four_bit

pytestmark = pytest.mark.usefixtures("torchs_own_products")

WEIGHT = torch.randn(192, 320, generator=torch.Generator().manual_seed(5)).bfloat16() * 0.05
INPUT = torch.randn(1, 40, 320, generator=torch.Generator().manual_seed(6)).bfloat16()


@pytest.mark.parametrize("name", ["nf4", "nf4-dq", "fp4"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_four_bit_weights_are_what_linear4bit_multiplies_with(name: str, dtype: torch.dtype) -> None:
    about, weight = find_level(name), WEIGHT.to(dtype)
    how = {"quant_type": about.builder, "compress_statistics": about.double_quant}
    module = bitsandbytes.nn.Linear4bit(320, 192, bias=False, compute_dtype=dtype, **how)
    module.support_avx512bf16_for_cpu = False
    module.weight = bitsandbytes.nn.Params4bit(weight, requires_grad=False, **how).to("cpu")
    ours = four_bit(weight, about.builder, about.double_quant)
    theirs = bitsandbytes.functional.dequantize_4bit(module.weight.data, module.weight.quant_state)
    assert torch.equal(ours, theirs)
    with torch.no_grad():
        built = find(name, dtype).linear("any", weight, None)
        assert torch.equal(built(INPUT.to(dtype)), module(INPUT.to(dtype)))


@pytest.mark.parametrize("kind", ["nf4", "fp4"])
@pytest.mark.parametrize("double_quant", [False, True])
def test_codes_and_scales_are_bitsandbytes(kind: str, double_quant: bool) -> None:
    # More than one piece, a block of zeros, values on the bounds, and an odd piece at the end.
    weight = torch.randn(700, 192, generator=torch.Generator().manual_seed(9)).bfloat16()
    weight[3, :64] = 0
    weight[4, :64] = torch.linspace(-1, 1, 64).bfloat16()
    packed, state = quantize_four_bit(weight, kind, double_quant)
    expected, wanted = bitsandbytes.functional.quantize_4bit(
        weight, blocksize=64, quant_type=kind, compress_statistics=double_quant
    )
    assert torch.equal(packed, expected)
    assert torch.equal(state.absmax, wanted.absmax)
    if double_quant:
        assert torch.equal(state.state2.absmax, wanted.state2.absmax)
        assert torch.equal(state.offset, wanted.offset)


@pytest.mark.parametrize("outliers", [0, 1, 30])
@pytest.mark.parametrize("length", [1, 40, 500])
def test_int8_is_linear8bitlt_to_the_bit(outliers: int, length: int) -> None:
    states = torch.randn(1, length, 320, generator=torch.Generator().manual_seed(length)).bfloat16()
    states[:, ::3, :outliers] *= 20
    bias = torch.linspace(-1, 1, 192).bfloat16()
    module, ours = int8(WEIGHT, bias), find("int8").linear("any", WEIGHT, bias)
    with torch.no_grad():
        assert torch.equal(ours(states), module(states))
    assert torch.equal(ours.codes, module.weight.data)
    assert torch.equal(ours.most, module.state.SCB)


def test_int8_is_linear8bitlt_with_its_outliers() -> None:
    states = INPUT.clone()
    states[..., 11] *= 20
    module = bitsandbytes.nn.Linear8bitLt(320, 192, bias=True, has_fp16_weights=False, threshold=6.0)
    module.weight = bitsandbytes.nn.Int8Params(WEIGHT.clone(), requires_grad=False, has_fp16_weights=False)
    module.bias = torch.nn.Parameter(torch.arange(192).bfloat16(), requires_grad=False)
    module = module.to("cpu").eval()
    ours = find("int8").linear("any", WEIGHT, torch.arange(192).bfloat16())
    with torch.no_grad():
        assert torch.equal(ours(states), module(states))
        assert torch.equal(ours.codes, module.weight.data)
        # The outlier column is not quantized with the rest: without its own path the error would show.
        exact = torch.nn.functional.linear(states.float(), WEIGHT.float(), torch.arange(192).float())
        assert float((ours(states).float() - exact).std() / exact.std()) < 0.02


@pytest.mark.parametrize(("kind", "expected"), [("nf4", 0.0085), ("fp4", 0.0149)])
def test_error_on_gaussian_weights(kind: str, expected: float) -> None:
    weight = torch.randn(512, 1024, generator=torch.Generator().manual_seed(8))
    error = (four_bit(weight, kind, False) - weight).square().mean() / weight.square().mean()
    assert float(error) == pytest.approx(expected, rel=0.05)
