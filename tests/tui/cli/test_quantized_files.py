"""Directories whose files are codes: what they are is said, and no code is taken for a number."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

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
