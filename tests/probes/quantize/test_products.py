"""Products of narrow numbers are the same where the processor has no instructions for them."""

import pytest
import torch
from torch.nn import functional

from probes.quantize import products


@pytest.fixture(params=[True, False], ids=["native", "widened"])
def native(request, monkeypatch) -> bool:
    monkeypatch.setattr(products, "native", lambda dtype: request.param)
    return request.param


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("biased", [False, True])
def test_16_bits_are_rounded_once_from_a_wide_sum(native, dtype, biased, monkeypatch) -> None:
    monkeypatch.setattr(products, "_PIECE", 96 * 5)  # pieces that do not divide the rows
    torch.manual_seed(0)
    states, weight = torch.randn(2, 7, 96).to(dtype), torch.randn(33, 96).to(dtype)
    bias = torch.randn(33).to(dtype) if biased else None
    exact = functional.linear(states.double(), weight.double(), None if bias is None else bias.double())
    found = products.linear(states, weight, bias)
    assert found.dtype is dtype
    assert found.shape == (2, 7, 33)
    one_rounding = exact.abs() * torch.finfo(dtype).eps / 2
    assert bool(((found.double() - exact).abs() <= one_rounding + 1e-4).all())


@pytest.mark.parametrize("inner", [1, 1024, 1025, 5000])
def test_codes_are_multiplied_exactly(native, inner, monkeypatch) -> None:
    monkeypatch.setattr(products, "_PIECE", 2048)
    torch.manual_seed(inner)
    left = torch.randint(-127, 128, (18, inner), dtype=torch.int8)
    right = torch.randint(-127, 128, (16, inner), dtype=torch.int8)
    left[0], right[0] = 127, 127  # the largest sum there is
    assert torch.equal(products.of_codes(left, right), (left.long() @ right.long().t()).to(torch.int32))
