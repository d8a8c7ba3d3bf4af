"""The bounds of examples, read without weights, are those of the loaded model."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from probes.checkpoint.target import DEMO
from probes.training.limits import limits
from probes.training.model import load

CPU = torch.device("cpu")


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_they_are_the_loaded_models(factor: float) -> None:
    loaded = load(DEMO / "demo-llama-s", "bf16", CPU, factor)
    found = limits(DEMO / "demo-llama-s", factor)
    assert (found.context, found.end_id) == (loaded.context, loaded.end_id)


def test_the_generation_settings_name_the_end_first(tmp_path: Path) -> None:
    for name in ("config.json", "generation_config.json"):
        shutil.copy(DEMO / "demo-llama-s" / name, tmp_path / name)
    (tmp_path / "generation_config.json").write_text(json.dumps({"eos_token_id": [7, 2]}), encoding="utf-8")
    assert limits(tmp_path).end_id == 7
    (tmp_path / "generation_config.json").unlink()
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    assert limits(tmp_path).end_id == config["eos_token_id"]
