"""The probe as it is called: a job in, events and a result out."""

import errno
import io
import itertools
import json
import os
import signal
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from catalog.problem import Problem
from probes.jobs.events import Emit, Metric, Progress, Told, decode
from probes.jobs.stopping import Stopped
from probes.training import attempt, loop
from probes.training.evaluate import Held
from probes.trial import probe
from probes.trial.job import parse
from probes.trial.presets import PRESETS
from tui.strings import say_problem, table
from tui.wording import problem_words


def run(job: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    stream = io.StringIO()
    result = probe.run(job, Emit(stream))
    return result, [decode(line) for line in stream.getvalue().splitlines()]


def job(tiny: Path, rows: Path, **more: Any) -> dict[str, Any]:
    made = {
        "target": str(tiny),
        "name": "tiny",
        "data": str(rows),
        "examples": 64,
        "holdout": 8,
        "batch": 4,
    }
    return made | {"rank": 4, "rate": 4e-3, "revision": "told for the store"} | more


def test_a_full_disk_is_told_and_nothing_measured_is_lost(
    tiny: Path, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "adapter"
    run(job(tiny, rows, examples=16, out=str(out)))
    before = (out / "adapter_model.safetensors").read_bytes()

    monkeypatch.setattr(PeftModel, "save_pretrained", no_room)
    result, events = run(job(tiny, rows, examples=32, out=str(out)))
    metric = next(event for event in events if isinstance(event, Metric))
    assert (metric.key["examples"], metric.values["adapter"]) == (32, None)
    assert (result["trials"][0]["status"], result["trials"][0]["adapter"]) == ("done", None)
    assert told(events) == [("adapter-unkept", str(out))]
    assert (out / "adapter_model.safetensors").read_bytes() == before


def no_room(*_: object, **__: object) -> None:
    raise RuntimeError("I/O error: No space left on device (os error 28)")


def gone(*_: object) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def told(events: list[Any]) -> list[tuple[str, str]]:
    found = [event for event in events if isinstance(event, Told)]
    assert not any("<" in problem_words(event) for event in found), "a field of the sentence is missing"
    return [(event.code, event.params["path"]) for event in found]


def test_a_damaged_state_is_told_and_the_run_begins_anew(tiny: Path, rows: Path, tmp_path: Path) -> None:
    whole, _ = run(job(tiny, rows, examples=32, out=str(tmp_path / "adapter")))
    state = tmp_path / "adapter.state"
    kept = state.read_bytes()
    for torn in (kept[:-200], kept[200:], b"\x80\x02}q\x00."):
        state.write_bytes(torn)
        again, events = run(job(tiny, rows, examples=32, out=str(tmp_path / "adapter")))
        assert told(events) == [("state-damaged", str(state))]
        both = [[p["bits_per_byte"] for p in one["trials"][0]["points"]] for one in (whole, again)]
        assert both[0] == both[1]


@pytest.mark.parametrize("refusal", [no_room, gone])
def test_a_disk_that_fills_in_mid_run_costs_the_state_and_nothing_else(
    tiny: Path, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: Any
) -> None:
    plain, _ = run(job(tiny, rows, examples=64, out=str(tmp_path / "plain")))
    out = tmp_path / "adapter"
    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", refusal)
        result, events = run(job(tiny, rows, examples=64, out=str(out)))
    assert told(events) == [("state-unkept", str(out) + ".state")]
    curves = [[p["bits_per_byte"] for p in one["trials"][0]["points"]] for one in (result, plain)]
    assert curves[0] == curves[1]
    assert (out / "adapter_model.safetensors").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "adapter",
        "plain",
        "plain.state",
        "rows.jsonl",
    ]


@pytest.fixture(scope="module")
def done(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[Any], Path]:
    from tests.probes.tiny import write_rows

    folder = tmp_path_factory.mktemp("trial")
    return *run(
        job(tiny, write_rows(folder / "rows.jsonl"), out=str(folder / "adapter"))
    ), folder / "adapter"


def test_a_trial_learns_and_says_so(done: tuple[dict[str, Any], list[Any], Path]) -> None:
    result, _, _ = done
    (row,) = result["trials"]
    assert (row["status"], row["method"], row["retried"]) == ("done", "qlora", False)
    assert [point["examples"] for point in row["points"]] == [0, 16, 32, 64]
    bits = [point["bits_per_byte"] for point in row["points"]]
    assert bits[-1] < bits[0] - 4 * row["points"][0]["se"]
    assert row["tokens_per_second"] > 0
    assert row["peak_memory_bytes"] > 2**20
    assert result["data"] | {"format": "alpaca", "examples": 40, "holdout": 8} == result["data"]


def test_the_metric_can_be_paired_and_repeated(done: tuple[dict[str, Any], list[Any], Path]) -> None:
    result, events, _ = done
    (metric,) = [event for event in events if isinstance(event, Metric)]
    values = metric.values
    assert sum(span["bytes"] for span in values["spans"]) == result["data"]["target_bytes"]
    again = Held(*(tuple(span[key] for span in values["spans"]) for key in ("nats", "bytes")))
    assert values["bits_per_byte"] == pytest.approx(again.bits_per_byte)
    assert values["before"] == result["trials"][0]["points"][0]["bits_per_byte"]
    assert len(values["holdout_ids"]) == len(values["spans"]) == 8
    wanted = {
        "data_sha256",
        "method",
        "rank",
        "rate",
        "batch",
        "examples",
        "holdout",
        "seed",
        "device",
        "versions",
    }
    assert wanted <= metric.key.keys()
    assert any(isinstance(event, Progress) and "held_out=" in event.note for event in events)


def test_the_adapter_loads_with_peft_and_gives_the_same_score(
    done: tuple[dict[str, Any], list[Any], Path], tiny: Path
) -> None:
    _, _, folder = done
    base = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.bfloat16).float()
    ids = torch.arange(2, 40)[None]
    plain = base(input_ids=ids).logits
    tuned = PeftModel.from_pretrained(base, folder)(input_ids=ids).logits
    assert tuned.shape == plain.shape
    assert float((tuned - plain).abs().max()) > 0.1
    card = (folder / "README.md").read_text("utf-8")
    assert "| 64 | " in card
    assert "vllm serve" in card


def test_lora_on_an_unquantized_model_is_called_lora(tiny: Path, rows: Path) -> None:
    result, _ = run(job(tiny, rows, level="bf16", examples=8))
    assert result["trials"][0]["method"] == "lora"
    assert result["trials"][0]["adapter"] is None


def test_minutes_stop_the_training_early(tiny: Path, rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = itertools.count()
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: float(next(seconds))))
    result, _ = run(job(tiny, rows, examples=4000, minutes=0.2))
    last = result["trials"][0]["points"][-1]
    # A step of four examples takes a second of this clock.
    assert (last["examples"], last["seconds"]) == (48, 12.0)


def test_a_failed_run_is_tried_again_at_a_third_and_named(tiny: Path, rows: Path) -> None:
    result, events = run(job(tiny, rows, rate=1e5))
    (row,) = result["trials"]
    assert (row["status"], row["retried"]) == ("failed", True)
    assert row["rate"] == pytest.approx(1e5 / 3)
    assert f"trial.failed.{row['reason']}" in table()
    assert not [event for event in events if isinstance(event, Metric)]


def test_the_second_attempt_may_succeed(tiny: Path, rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = attempt._train
    rates = []

    def once(loaded: Any, settings: Any, *more: Any) -> tuple[Any, str | None]:
        trainer, failure = real(loaded, settings, *more)
        rates.append(settings.rate)
        return trainer, "nan-loss" if len(rates) == 1 else failure

    monkeypatch.setattr(attempt, "_train", once)
    result, _ = run(job(tiny, rows, examples=16))
    (row,) = result["trials"]
    assert (row["status"], row["retried"], rates) == ("done", True, [4e-3, pytest.approx(4e-3 / 3)])
    assert row["points"][0]["bits_per_byte"] > row["points"][-1]["bits_per_byte"]


class Killed(BaseException):
    """What stands for a SIGKILL in a test."""


def test_a_killed_run_goes_on_from_its_last_evaluation(
    tiny: Path, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = run(job(tiny, rows, out=str(tmp_path / "whole")))
    real = attempt.Trainer.score

    def score(trainer: Any, *told: Any) -> Any:
        if trainer.seen == 64:
            raise Killed
        return real(trainer, *told)

    monkeypatch.setattr(attempt.Trainer, "score", score)
    with pytest.raises(Killed):
        run(job(tiny, rows, out=str(tmp_path / "cut")))
    monkeypatch.undo()
    again, events = run(job(tiny, rows, out=str(tmp_path / "cut")))
    first = next(event for event in events if isinstance(event, Progress) and event.phase == "train")
    assert first.done == 36
    bits = [[p["bits_per_byte"] for p in r["trials"][0]["points"]] for r in (whole, again)]
    assert bits[0] == bits[1]


@pytest.mark.parametrize("where", ["step", "score"])
def test_a_run_that_is_told_to_stop_loses_no_step(
    tiny: Path, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    whole, _ = run(job(tiny, rows, out=str(tmp_path / "whole")))
    name = {"step": "after_step", "score": "evaluate"}[where]
    real = getattr(loop, name)
    calls = iter(range(100))

    def told_to_stop(*arguments: Any) -> Any:
        if next(calls) == {"step": 11, "score": 3}[where]:
            os.kill(os.getpid(), signal.SIGTERM)
        return real(*arguments)

    monkeypatch.setattr(loop, name, told_to_stop)
    with pytest.raises(Stopped):
        run(job(tiny, rows, out=str(tmp_path / "cut")))
    monkeypatch.undo()
    again, events = run(job(tiny, rows, out=str(tmp_path / "cut")))
    trained = [event for event in events if isinstance(event, Progress) and event.phase == "train"]
    assert [event.start for event in trained[:1]] == ([48] if where == "step" else [])
    bits = [[p["bits_per_byte"] for p in r["trials"][0]["points"]] for r in (whole, again)]
    assert bits[0] == bits[1]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_longer_run_is_left_alone_by_a_shorter_one(tiny: Path, rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "a"
    run(job(tiny, rows, examples=64, out=str(out)))
    state = (tmp_path / "a.state").read_bytes()
    shorter, _ = run(job(tiny, rows, examples=32, out=str(out)))
    assert [point["examples"] for point in shorter["trials"][0]["points"]] == [0, 16, 32]
    assert (tmp_path / "a.state").read_bytes() == state


def test_progress_carries_both_curves(done: tuple[dict[str, Any], list[Any], Path]) -> None:
    trained = [e for e in done[1] if isinstance(e, Progress) and e.phase == "train"]
    assert all(event.values["loss"] > 0 for event in trained)
    last = trained[-1].values
    assert (last["examples"], last["held_out_examples"]) == (64, 32)
    assert last["held_out"] == done[0]["trials"][0]["points"][-2]["bits_per_byte"]


def test_a_holdout_of_its_own_is_scored_whole(tiny: Path, rows: Path, tmp_path: Path) -> None:
    lines = rows.read_text("utf-8").splitlines()
    held = tmp_path / "held.jsonl"
    held.write_text("\n".join(lines[:12]), encoding="utf-8")
    result, events = run(job(tiny, rows, examples=8, holdout_file=str(held)))
    facts = result["data"]
    assert (facts["examples"], facts["holdout"], facts["leaked"]) == (36, 12, 12)
    (metric,) = [event for event in events if isinstance(event, Metric)]
    assert metric.key["holdout_file"] == sha256(held.read_bytes()).hexdigest()
    with pytest.raises(Problem, match="data-leaks"):
        run(job(tiny, rows, holdout_file=str(rows)))


def test_a_longer_run_continues_a_shorter_one(tiny: Path, rows: Path, tmp_path: Path) -> None:
    run(job(tiny, rows, examples=32, out=str(tmp_path / "a")))
    longer, _ = run(job(tiny, rows, examples=64, out=str(tmp_path / "a")))
    fresh, _ = run(job(tiny, rows, examples=64, out=str(tmp_path / "b")))
    last = [r["trials"][0]["points"][-1]["bits_per_byte"] for r in (longer, fresh)]
    assert last[0] == last[1]


def test_another_run_or_a_damaged_state_is_not_gone_on_from(tiny: Path, rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "a"
    run(job(tiny, rows, examples=32, out=str(out)))
    other, _ = run(job(tiny, rows, examples=32, seed=1, out=str(out)))
    assert other["trials"][0]["tokens_per_second"]
    state = tmp_path / "a.state"
    state.write_bytes(state.read_bytes()[:-200])
    again, _ = run(job(tiny, rows, examples=32, seed=1, out=str(out)))
    assert (
        again["trials"][0]["points"][-1]["bits_per_byte"]
        == other["trials"][0]["points"][-1]["bits_per_byte"]
    )


def test_the_full_run_is_predicted(done: tuple[dict[str, Any], list[Any], Path]) -> None:
    prediction = done[0]["prediction"]
    assert prediction["examples"] == 120
    assert prediction["optimistic"] <= prediction["at_most"]
    assert 0 < prediction["low"] <= prediction["middle"] <= prediction["high"] <= prediction["at_most"]
    assert prediction["tasks"] >= 4
    assert prediction["at_most"] <= done[0]["trials"][0]["points"][-1]["bits_per_byte"]
    assert "repeats-data" in prediction["caveats"]
    assert prediction["hours"] > 0


def test_a_chat_template_is_used(tmp_path: Path, rows: Path) -> None:
    from tests.probes.tiny import write_model

    model = write_model(tmp_path / "chat")
    settings = json.loads((model / "tokenizer_config.json").read_text())
    settings["chat_template"] = "{% for m in messages %}[{{ m.role }}]{{ m.content }}</s>{% endfor %}"
    (model / "tokenizer_config.json").write_text(json.dumps(settings))
    result, _ = run(job(model, rows, examples=8))
    assert result["data"]["layout"] == "chat"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"data": "none.jsonl"}, "data-missing"),
        ({"target": "nowhere"}, "target-missing"),
        ({"layout": "poem"}, "layout-unknown"),
        ({"layout": "chat"}, "chat-template-missing"),
        ({"method": "magic"}, "method-unknown"),
        ({"level": "gptq-4-g128"}, "level-not-trainable"),
        ({"format": "poem"}, "data-format-unknown"),
        ({"format": "adgen"}, "data-format-not-here"),
        ({"columns": ["a", "b"]}, "data-column-missing"),
        ({"preset": "poem"}, "preset-unknown"),
        ({"method": "adalora", "examples": 4}, "run-too-short"),
        ({"examples": 0}, "trial-setting"),
        ({"rate": -1.0}, "trial-not-positive"),
        ({"minutes": 0.0}, "trial-not-positive"),
    ],
)
def test_bad_input_is_one_sentence(tiny: Path, rows: Path, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Problem) as told:
        run(job(tiny, rows, **more))
    assert told.value.code == code
    for language in ("en", "zh"):
        sentence = say_problem(code, told.value.params, language)
        assert sentence != say_problem("no-such-code", {}, language)
        assert "{" not in sentence


def test_presets_give_way_to_what_is_asked(tiny: Path, rows: Path) -> None:
    sql = parse(job(tiny, rows, preset="codellama-sql", rank=None, level=None))
    assert (sql.rank, sql.alpha, sql.level, sql.targets) == (
        8,
        16,
        "int8",
        ("q_proj", "k_proj", "v_proj", "o_proj"),
    )
    assert parse(job(tiny, rows, preset="codellama-sql", rank=4)).rank == 4
    for name in PRESETS:
        parse(job(tiny, rows, preset=name))


def test_longqlora_reads_beyond_the_models_own_context(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    rows = [{"prompt": f"{i} " + "word " * 90, "completion": "yes"} for i in range(24)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(Problem, match="example-exceeds-context"):
        run(job(tiny, path, examples=8, max_chars=24_000))
    result, _ = run(job(tiny, path, examples=8, preset="longqlora"))
    assert result["data"]["too_long"] == 0
    assert result["trials"][0]["status"] == "done"


@pytest.mark.parametrize("method", ["qlora", "prefix", "prompt"])
def test_answers_before_and_after_are_scored_and_shown(tiny: Path, rows: Path, method: str) -> None:
    result, _ = run(
        job(tiny, rows, method=method, metric="rouge-l", samples=3, examples=48, virtual_tokens=4)
    )
    (row,) = result["trials"]
    scores = row["metric"]
    assert scores["before"]["count"] == scores["after"]["count"] == 8
    assert 0 <= scores["after"]["low"] <= scores["after"]["mean"] <= scores["after"]["high"] <= 1
    assert result["samples"][0].keys() == {"prompt", "target", "before", "after"}
    assert result["samples"][0]["target"].startswith("thing=")


def test_an_unknown_metric_or_a_missing_database_is_told_before_training(tiny: Path, rows: Path) -> None:
    with pytest.raises(Problem, match="metric-unknown"):
        run(job(tiny, rows, metric="bleu"))
    with pytest.raises(Problem, match="metric-database-missing"):
        run(job(tiny, rows, metric="sqlite", databases="nowhere.sqlite"))


def test_targets_that_a_metric_cannot_use_are_told_before_training(tiny: Path, rows: Path) -> None:
    with pytest.raises(Problem, match="metric-target-no-json"):
        run(job(tiny, rows, metric="json"))
    with pytest.raises(Problem, match="metric-no-options"):
        run(job(tiny, rows, metric="choice"))


@pytest.mark.parametrize("method", ["qlora", "prefix"])
def test_options_are_chosen_by_likelihood(tiny: Path, tmp_path: Path, method: str) -> None:
    path = tmp_path / "options.jsonl"
    asked = [
        {"prompt": f"{i} is {'even' if i % 2 else 'odd'}", "completion": "AC"[i % 2]} for i in range(60)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in asked), encoding="utf-8")
    result, _ = run(job(tiny, path, method=method, metric="choice", examples=48, virtual_tokens=4))
    scores = result["trials"][0]["metric"]
    assert scores["before"]["count"] == scores["after"]["count"] == 8
    assert {sample["after"] for sample in result["samples"]} <= set("ABC")
    right = [float(sample["after"] == sample["target"]) for sample in result["samples"]]
    assert scores["after"]["mean"] == pytest.approx(sum(right) / len(right))
