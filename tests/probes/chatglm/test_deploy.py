"""A published directory loaded for real: its prompt ends as ChatGLM-6B must have it."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from catalog.models.from_config import spec_from_config
from catalog.models.registry import find_model
from catalog.models.to_config import config_of
from catalog.problem import Problem
from probes.chatglm import load
from probes.deploy import probe
from probes.deploy.job import DeployJob
from probes.jobs.events import Emit, Metric, decode
from probes.jobs.record import read
from tests.probes.chatglm.conftest import RECORDED

FAMILIES = ("chatglm-6b", "chatglm2-6b", "chatglm3-6b")


def job(name: str, **more: Any) -> dict[str, Any]:
    return {"target": str(RECORDED / name), "level": "bf16", "context": 96, "new_tokens": 4} | more


def run(**job: Any) -> tuple[dict[str, Any], list[Any]]:
    stream = io.StringIO()
    result = probe.run(job, Emit(stream))
    return result, [decode(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(
    ("level", "random_weights", "batch"), [("bf16", False, 2), ("nf4", False, 1), ("int8", True, 1)]
)
def test_a_published_directory_answers(name: str, level: str, random_weights: bool, batch: int) -> None:
    result, events = run(**job(name, level=level, random_weights=random_weights, batch=batch))
    (metric,) = [event for event in events if isinstance(event, Metric)]
    assert metric.level == level
    assert metric.key["random_weights"] is random_weights
    assert result["peak_bytes"]["allocated"] > result["resident_bytes"] > 100_000
    assert result["prefill_tokens_per_s"] > 0
    assert result["decode_tokens_per_s"] > 0


def test_a_model_known_by_its_shapes() -> None:
    """The catalog's ChatGLM-6B, made smaller, without any directory."""
    published = find_model("chatglm-6b").spec
    small = {"layers": 2, "hidden": 64, "intermediate": 256, "heads": 4, "kv_heads": 4, "head_dim": 16}
    spec = replace(published, **small)
    config = config_of(spec)
    assert spec_from_config(config, spec.name) == spec
    result, _ = run(config=config, name=spec.name, level="nf4", context=32, new_tokens=2)
    assert result["decode_tokens_per_s"] > 0
    assert abs(result["error"]) < 0.2


@pytest.mark.parametrize("name", ["chatglm-6b", "chatglm2-6b"])
def test_what_is_deployed_is_what_is_scored(name: str) -> None:
    """The assembled model gives the loaded model's logits."""
    asked = probe.read_job(read(DeployJob, job(name, level="fp32")))
    assembled = probe.load(asked, Emit(io.StringIO()))
    ids = probe.prompt_ids(assembled.config, asked)
    with torch.inference_mode():
        wanted = load(RECORDED / name, torch.float32)[0](ids).logits
        assert torch.allclose(assembled(ids).logits, wanted, atol=1e-5)


def test_the_prompt_ends_with_its_marks() -> None:
    for name, end in (("chatglm-6b", [481, 484]), ("chatglm2-6b", [])):
        asked = probe.read_job(read(DeployJob, job(name, batch=3, context=40)))
        config = probe.load(asked, Emit(io.StringIO())).config
        ids = probe.prompt_ids(config, asked)
        assert ids.shape == (3, 36)
        assert all(row[36 - len(end) :] == end for row in ids.tolist())
        assert all(not {481, 484} & set(row[: 36 - len(end)]) for row in ids.tolist() if end)


def test_a_prompt_without_room_for_them() -> None:
    with pytest.raises(Problem) as caught:
        run(**job("chatglm-6b", context=5, new_tokens=4))
    assert caught.value.code == "deploy-length"
    result, _ = run(**job("chatglm2-6b", context=5, new_tokens=4))
    assert result["decode_tokens_per_s"] > 0


def test_a_vocabulary_of_the_first_release(directory: Callable[..., Path]) -> None:
    """150,528 rows: its marks are numbered from 150,000."""
    ids = {"bos_token_id": 150004, "mask_token_id": 150000, "gmask_token_id": 150001}
    folder = directory("chatglm-6b", vocab_size=150528, **ids)
    asked = probe.read_job(DeployJob(str(folder), level="bf16", context=16, new_tokens=2))
    with pytest.raises(Problem) as caught:
        probe.load(asked, Emit(io.StringIO()))
    assert caught.value.code == "tensor-shape", "the recorded weights have 512 rows"
    result, _ = run(target=str(folder), level="bf16", context=16, new_tokens=2, random_weights=True)
    assert result["decode_tokens_per_s"] > 0
