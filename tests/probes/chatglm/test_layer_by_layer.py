"""The streamed engine reads published ChatGLM directories, and scores what the whole model scores."""

from typing import Any

import pytest
import torch
from transformers import BitsAndBytesConfig

from probes.chatglm import load
from probes.open_checkpoint import open_checkpoint
from probes.perplexity.frames import Window
from probes.perplexity.one_pass import Track, one_pass
from probes.quantize import find
from tests.probes.chatglm.conftest import RECORDED

LEVELS = ("bf16", "int8", "nf4", "gptq-4-col")
PREFIX = (481, 484)


def windows() -> list[Window]:
    """`[gMASK] <sop>` and 40 or 57 tokens, the later half scored."""
    torch.manual_seed(3)
    rows = [(*PREFIX, *torch.randint(5, 470, (length,)).tolist()) for length in (40, 57)]
    return [Window(row, len(row) // 2, len(row), len(row), 0, 0) for row in rows]


def whole(name: str, level: str) -> list[float]:
    """Σ -ln p of each window through the whole model as transformers and bitsandbytes run it."""
    options: dict[str, Any] = {}
    if level == "int8":
        options["quantization_config"] = BitsAndBytesConfig(load_in_8bit=True)
    if level == "nf4":
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
        )
    model, _ = load(RECORDED / name, torch.bfloat16, device_map={"": "cpu"}, **options)
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    found = []
    for window in windows():
        ids = torch.tensor([window.ids])
        with torch.no_grad():
            logp = torch.log_softmax(model(ids).logits[0, window.first - 1 : -1].float(), -1)
        found.append(-float(logp.gather(-1, ids[0, window.first :, None]).double().sum()))
    return found


@pytest.mark.parametrize("name", ["chatglm-6b", "chatglm2-6b"])
@pytest.mark.usefixtures("torchs_own_products")
def test_one_pass_scores_what_the_whole_model_scores(name: str) -> None:
    found = windows()
    torch.manual_seed(4)
    calibration = [(*PREFIX, *torch.randint(5, 470, (60,)).tolist()) for _ in range(4)]
    passed = one_pass(
        open_checkpoint(RECORDED / name),
        found,
        [Track(find(level), (0, 1)) for level in LEVELS],
        "bf16",
        torch.device("cpu"),
        lambda *_: None,
        calibration=calibration,
    )
    assert not passed.failed_at
    for level in ("bf16", "int8", "nf4"):
        for score, window, wanted in zip(passed.scores[level], found, whole(name, level), strict=True):
            per_token = abs(score.nats - wanted) / (len(window.ids) - window.first)
            assert per_token < 1e-3, (level, score.nats, wanted)
    damage = {level: sum(score.kl for score in passed.scores[level]) for level in LEVELS}
    assert damage["bf16"] == 0 < damage["int8"] < damage["nf4"]
    assert 0 < damage["gptq-4-col"] < float("inf")
