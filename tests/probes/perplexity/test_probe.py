"""The probe as it is asked for: a job in, metrics and a result out, on a bundled model."""

import io
import json
import math
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from catalog.problem import Problem
from probes.jobs.events import Emit, Metric, Progress, decode
from probes.jobs.record import read
from probes.perplexity.frames import cut
from probes.perplexity.job import PerplexityJob, on_card
from probes.perplexity.passes import NOISE_LEVEL
from probes.perplexity.probe import run
from probes.perplexity.stopping_rule import FIRST
from probes.tokenization.load import load_tokenizer
from tests.places import DEMO
from tests.probes.perplexity.whole_model import load, nats

MODEL = DEMO / "demo-llama-s"


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """The first 20 KiB of the bundled sample, at a line end."""
    sample = (DEMO / "sample.txt").read_text(encoding="utf-8")
    file = tmp_path / "text.txt"
    file.write_text(sample[: sample.index("\n", 9000)], encoding="utf-8")
    return file


def asked(**job: object) -> tuple[dict[str, object], list[Metric], list[Progress]]:
    stream = io.StringIO()
    result = run({"target": str(MODEL), "name": "demo", "threads": 1} | job, Emit(stream))
    events = [decode(line) for line in stream.getvalue().splitlines()]
    metrics = [event for event in events if isinstance(event, Metric)]
    return (
        json.loads(json.dumps(result)),
        metrics,
        [event for event in events if isinstance(event, Progress)],
    )


@pytest.mark.usefixtures("torchs_own_products")
def test_levels_of_a_bundled_model_equal_the_whole_model(text: Path) -> None:
    result, metrics, progress = asked(text=str(text), levels=["bf16", "nf4", "int8"], windows=4)
    assert [metric.level for metric in metrics] == ["bf16", "nf4", "int8"]
    windows = cut("probe", text.read_text(encoding="utf-8"), load_tokenizer(MODEL), 4)
    for metric in metrics:
        expected = nats(load(MODEL, metric.level), windows)
        found = [window["nats"] for window in metric.values["windows"]]
        assert [n / w.tokens for n, w in zip(found, windows, strict=True)] == pytest.approx(
            [n / w.tokens for n, w in zip(expected, windows, strict=True)], abs=1e-3
        )
        assert metric.kind == "perplexity"
        assert metric.values["bits_per_byte"] == pytest.approx(
            sum(expected) / sum(w.bytes for w in windows) / math.log(2), rel=1e-3
        )
    assert result["levels"] == [dict(metric.values) for metric in metrics]
    assert 0 < result["noise_floor"] < 0.005
    assert result["levels"][2]["verdict"] == "indistinguishable"
    assert result["levels"][1]["weight_bytes"] < result["levels"][2]["weight_bytes"]
    assert {event.phase for event in progress} >= {"read", "layers", "head"}
    assert NOISE_LEVEL not in {metric.level for metric in metrics}


def test_key_is_what_the_commands_compute_without_torch(text: Path) -> None:
    job = {"text": str(text), "levels": ["bf16"], "windows": 2}
    _, (metric,), _ = asked(**job)
    record = read(PerplexityJob, job | {"target": str(MODEL), "name": "demo"})
    assert dict(metric.key) == record.key(str(metric.key["text_sha256"]))
    assert replace(record, spend="decide").key("x") != record.key("x")


def test_known_levels_are_not_measured_again(text: Path) -> None:
    result, metrics, _ = asked(text=str(text), levels=["bf16", "fp4"], windows=2, known=["bf16"])
    assert [metric.level for metric in metrics] == ["fp4"]
    result, metrics, _ = asked(text=str(text), levels=["bf16"], windows=2, known=["bf16"])
    assert metrics == []
    assert result["bytes_read"] == 0


def test_tokens_are_spent_where_they_decide(text: Path) -> None:
    levels = ["bf16", "int8", "rtn-2-g128", "nf4"]
    full, _, _ = asked(text=str(text), levels=levels, windows=8)
    less, metrics, _ = asked(text=str(text), levels=levels, windows=8, spend="decide")
    words = [{row["level"]: row["verdict"] for row in result["levels"]} for result in (full, less)]
    assert words[0] == words[1]
    spent = {metric.level: len(metric.values["windows"]) for metric in metrics}
    assert spent["bf16"] == 8
    assert spent["int8"] == spent["rtn-2-g128"] == FIRST
    whole = {row["level"]: row for row in full["levels"]}
    for row in less["levels"]:
        # Pairing: few windows give the level's bits per byte on all of them nearly as well.
        gap = abs(row["bits_per_byte"] - whole[row["level"]]["bits_per_byte"])
        assert gap < 0.02 + 3 * row["delta_se"] * row["tokens_scored"] / 1000


def test_several_texts_in_one_pass_are_each_text_alone(text: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(
        "The quick brown fox jumps over the lazy dog, and then it rests.\n" * 80, encoding="utf-8"
    )
    both, _, _ = asked(text=[str(text), str(other)], levels=["bf16", "nf4"], windows=2)
    alone, _, _ = asked(text=str(other), levels=["bf16", "nf4"], windows=2)
    assert [row["text"] for row in both["levels"]] == ["text", "text", "other", "other"]
    for row, expected in zip(both["levels"][2:], alone["levels"], strict=True):
        assert row["bits_per_byte"] == pytest.approx(expected["bits_per_byte"], rel=1e-6)
        assert row["kl_nats"] == pytest.approx(expected["kl_nats"], abs=1e-7)


def test_gptq_levels_use_text_that_is_not_scored(text: Path) -> None:
    levels = ["gptq-3-g128", "gptq-2-g128", "gptq-3-g128-act", "rtn-3-g128", "rtn-2-g128"]
    result, _, _ = asked(text=str(text), levels=levels, windows=4)
    kl = {row["level"]: row["kl_nats"] for row in result["levels"]}
    assert kl["gptq-3-g128"] < kl["rtn-3-g128"]
    assert kl["gptq-3-g128-act"] < kl["rtn-3-g128"]
    assert kl["gptq-2-g128"] < kl["rtn-2-g128"]
    rows = {row["level"]: row for row in result["levels"]}
    assert rows["gptq-3-g128"]["weight_bytes"] > rows["gptq-2-g128"]["weight_bytes"]


@pytest.mark.parametrize(
    ("job", "code"),
    [
        ({"levels": ["nf5"]}, "level-unknown"),
        ({"levels": ["awq-4-g128"]}, "level-unmeasured"),
        ({"text": "/nowhere.txt"}, "text-missing"),
        ({"target": "/nowhere"}, "tokenizer-missing"),
        ({"frame": "other"}, "frame-unknown"),
        ({"levels": ["gptq:/nowhere"]}, "target-missing"),
    ],
)
def test_what_is_refused(text: Path, job: dict[str, object], code: str) -> None:
    with pytest.raises(Problem) as caught:
        asked(**({"text": str(text), "levels": ["bf16"], "windows": 2} | job))
    assert caught.value.code == code


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_no_gpu_is_said(text: Path) -> None:
    with pytest.raises(Problem, match="device-missing"):
        asked(text=str(text), device="cuda")


def test_the_key_needs_no_heavy_import() -> None:
    import subprocess

    code = "import sys, probes.perplexity.job; print([m for m in ('torch', 'numpy') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_little_calibration_text_is_said(text: Path, tmp_path: Path) -> None:
    little = tmp_path / "little.txt"
    little.write_text("A line or two.\n" * 4, encoding="utf-8")
    short, _, _ = asked(text=str(text), levels=["bf16", "gptq-4-g128"], windows=2, calibration=str(little))
    assert "calibration-short" in short["notes"]
    plain, _, _ = asked(text=str(text), levels=["bf16"], windows=2, calibration=str(little))
    assert "calibration-short" not in plain["notes"]


def test_without_bfloat16_levels_are_compared_with_float16_and_it_is_said(
    text: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probes.perplexity.probe.capability_of", lambda device: 7.5)
    monkeypatch.setattr("probes.perplexity.probe.half_on", lambda device: torch.float16)
    result, metrics, _ = asked(text=str(text), levels=["bf16", "nf4"], windows=2)
    assert [metric.level for metric in metrics] == ["fp16", "nf4"]
    assert {metric.key["reference"] for metric in metrics} == {"fp16"}
    assert "float16" in result["notes"]
    job = on_card(read(PerplexityJob, {"target": "", "name": "", "text": [str(text)]}), 7.5)
    assert (job.reference, job.levels[0]) == ("fp16", "fp16")
