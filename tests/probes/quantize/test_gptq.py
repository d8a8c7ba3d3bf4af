"""GPTQ against AutoGPTQ and GPTQModel: their codes on their Hessians, their files to the bit."""

import hashlib
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from catalog.problem import Problem
from probes.quantize import read_gptq
from probes.quantize.gptq import factor, solve
from probes.quantize.gptq_files import unpack, unpack_zeros
from probes.quantize.grid import Quantized, Spec, round_to_nearest
from tests.places import FIXTURES

GPTQ = FIXTURES / "gptq"
EXPECTED = json.loads((GPTQ / "expected.json").read_text())


@pytest.fixture(scope="module")
def recorded() -> dict[str, torch.Tensor]:
    return load_file(GPTQ / "hessians.safetensors")


def codes_of(recorded: dict[str, torch.Tensor], run: str, groups: torch.Tensor) -> torch.Tensor:
    scales, zeros = (recorded[f"{run}.{part}"][:, groups] for part in ("scales", "zeros"))
    return (recorded[f"{run}.weight"] / scales + zeros).round()


@pytest.mark.parametrize("variant", sorted(EXPECTED))
def test_every_bit_of_a_checkpoint(variant: str) -> None:
    found = dict(read_gptq(GPTQ / variant))
    assert len(found) == 7
    for name, weight in found.items():
        assert weight.dtype == torch.float32
        digest = hashlib.sha256(weight.contiguous().numpy().tobytes()).hexdigest()
        assert digest == EXPECTED[variant][name]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("bits", [3, 4])
def test_zero_points_of_zero(bits: int, version: int) -> None:
    edge = load_file(GPTQ / "zero-point-0.safetensors")
    zeros = unpack_zeros(edge[f"{bits}bit.qzeros_v{version}"], bits, version)
    assert 0 in zeros
    codes = unpack(edge[f"{bits}bit.qweight"].t().contiguous(), bits)
    scales, groups = edge[f"{bits}bit.scales"].t().float(), edge[f"{bits}bit.g_idx"].long()
    assert torch.equal(
        Quantized(codes, scales, zeros.t().float(), groups).weight(), edge[f"{bits}bit.weight"]
    )


@pytest.mark.parametrize("tool", ["autogptq", "gptqmodel"])
def test_codes_of_both_tools_from_one_solution(recorded, tool: str) -> None:
    found = solve(recorded["weight"], factor(recorded[f"{tool}.H"]), [Spec(4, 128), Spec(3, 128)])
    for bits, quantized in zip((4, 3), found, strict=True):
        expected = codes_of(recorded, f"{tool}.{bits}bit", quantized.groups)
        assert torch.equal(quantized.codes, expected.to(torch.uint8))
        assert torch.equal(quantized.zeros, recorded[f"{tool}.{bits}bit.zeros"])
        torch.testing.assert_close(
            quantized.scales, recorded[f"{tool}.{bits}bit.scales"], rtol=1e-5, atol=0
        )


def test_codes_with_act_order_and_zero_points(recorded) -> None:
    run = "autogptq.4bit-asym-actorder"
    (found,) = solve(recorded["weight"], factor(recorded["autogptq.H"], True), [Spec(4, 128, True, False)])
    groups = recorded[f"{run}.g_idx"].long()
    assert torch.equal(found.groups, groups)
    assert torch.equal(found.zeros, recorded[f"{run}.zeros"])
    assert torch.equal(found.codes, codes_of(recorded, run, groups).to(torch.uint8))


def test_widths_side_by_side_are_the_widths_alone(recorded) -> None:
    inputs = factor(recorded["autogptq.H"])
    specs = [Spec(4, 128), Spec(3, None), Spec(2, 64)]
    together = solve(recorded["weight"], inputs, specs)
    for spec, quantized in zip(specs, together, strict=True):
        (alone,) = solve(recorded["weight"], inputs, [spec])
        assert torch.equal(alone.codes, quantized.codes)
        assert torch.equal(alone.scales, quantized.scales)


@pytest.mark.parametrize("bits", [8, 4, 3, 2])
@pytest.mark.parametrize("group", [128, None])
def test_gptq_loses_less_than_rounding(recorded, bits: int, group: int | None) -> None:
    weight, inputs = recorded["weight"].float(), recorded["X"].reshape(-1, 256).float()
    spec = Spec(bits, group)
    (solved,) = solve(weight, factor(inputs.T @ inputs), [spec])
    plain = round_to_nearest(weight, spec)
    lost = [float(((found.weight() - weight) @ inputs.T).square().sum()) for found in (solved, plain)]
    assert lost[0] < lost[1]
    assert int(plain.codes.max()) <= 2**bits - 1


def test_rounding_is_to_the_nearest_point() -> None:
    weight = torch.randn(8, 300, generator=torch.Generator().manual_seed(1))
    found = round_to_nearest(weight, Spec(4, 128))
    assert found.scales.shape == (8, 3)
    half = found.scales[:, found.groups] / 2
    # The largest value of a symmetric group lies half a step beyond the last point.
    assert bool(((found.weight(stored_scales=False) - weight).abs() <= half * 1.001).all())


def test_inputs_that_never_come_are_rounded_to_zero_error() -> None:
    weight = torch.randn(4, 64)
    hessian = torch.eye(64)
    hessian[7, 7] = 0
    (found,) = solve(weight, factor(hessian), [Spec(8, 64)])
    assert bool((found.weight()[:, 7] == 0).all())


def test_hessian_of_numbers_that_are_none() -> None:
    with pytest.raises(Problem, match="hessian-singular"):
        factor(torch.full((4, 4), float("nan")))


@pytest.mark.parametrize("settings", [{}, {"bits": 5}, {"bits": 4, "checkpoint_format": "marlin"}])
def test_settings_that_are_not_read(tmp_path: Path, settings: dict[str, object]) -> None:
    tensors = dict(load_file(next((GPTQ / "autogptq-4bit-g128-sym").glob("*.safetensors"))))
    save_file({name: tensor for name, tensor in tensors.items()}, tmp_path / "model.safetensors")
    if settings:
        (tmp_path / "quantize_config.json").write_text(json.dumps(settings))
    with pytest.raises(Problem, match="gptq-settings"):
        next(read_gptq(tmp_path))
