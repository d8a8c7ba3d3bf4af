"""`basefit report`, and the commands that a report gives: each is one that basefit itself understands."""

import json
import shlex
from itertools import pairwise
from pathlib import Path

import click
import pytest

from catalog.evidence.store import Store
from probes.checkpoint.target import DEMO
from probes.home import open_store
from probes.measurement.jobs import perplexity_job, tokenizer_job, trial_job
from probes.tokenization.job import Target
from tests.tui.cli.conftest import basefit, probes  # noqa: F401
from tests.tui.report import stored
from tui.cli.commands import Commands
from tui.report.command import question_command
from tui.report.gather import gather, plain


def parse(command: str) -> click.Context:
    """The command line taken apart as the console script would; click raises where it is not one."""
    name, *words = shlex.split(command)
    assert name == "basefit"
    context: click.Context = Commands()[words[0]].make_context(words[0], words[1:])
    return context


def test_every_command_of_a_report_is_one(store: Store) -> None:
    stored.family(store, model="demo-llama-s")
    document = json.loads(text(store))
    commands = {number["command"] for number in document["numbers"]} | {document["reproduce"]}
    commands |= {row["estimate_command"] for row in document["verdict"]["ranking"]} - {None}
    assert len(commands) >= 4
    for command in commands:
        parse(command)


def text(store: Store) -> str:
    from tui.report.write import text_of

    return text_of(gather(store), "json", "en")


def test_the_jobs_own_commands_say_all_that_was_asked(tmp_path: Path) -> None:
    odd = tmp_path / "a model's home" / "m"
    odd.mkdir(parents=True)
    corpus, data = tmp_path / "a b.txt", tmp_path / "$d.jsonl"
    identity = ("m", str(odd), "r")
    job = perplexity_job(
        identity, ["bf16", "nf4"], [corpus, corpus], "cpu", frame="gptq", windows=5, spend="decide"
    )
    found = parse(job.source).params
    assert found["targets"] == [str(odd)], "from any folder, not only from where it was typed"
    assert (found["levels"], found["frame"], found["windows"]) == ("bf16,nf4", "gptq", 5)
    assert (found["spend"], found["device"], found["text"]) == ("decide", "cpu", [corpus, corpus])
    settings = {"level": "nf4", "columns": ["q", "a"], "minutes": 1.5, "full_epochs": 2.0, "metric": None}
    found = parse(trial_job(identity, data, "cpu", tmp_path, settings).source).params
    assert (found["data"], found["prompt_column"], found["target_column"]) == (data, "q", "a")
    assert (found["minutes"], found["full_epochs"], found["device"]) == (1.5, 2.0, "cpu")
    demo = Target(str(DEMO / "demo-glm"), "demo-glm")
    settings = {"parallel": str(data), "price": 2.0}
    found = parse(tokenizer_job([demo], [corpus], settings).source).params
    assert found["targets"] == ["demo-glm"]
    assert (found["parallel"], found["price"]) == (data, 2.0)


def test_a_question_of_the_app_is_a_command() -> None:
    from probes.measurement.question import demo_question
    from probes.measurement.question_json import plain as as_stored

    demo = plain(as_stored(demo_question()))
    assert question_command(demo) == "basefit demo"
    other = demo | {"text": "/a b/t.txt", "wishes": {"languages": [["zh", 0.7], ["en", 0.3]], "hours": 2.0}}
    found = parse(question_command(other)).params
    assert found["candidates"] == ",".join(demo["targets"])
    assert found["budget"] == "12582912B"
    assert found["language"] == "zh:70,en:30"
    assert found["trainer"] is None
    assert parse(question_command(other | {"trainer": "unsloth"})).params["trainer"] == "unsloth"
    older = {name: value for name, value in demo.items() if name != "trainer"}
    assert question_command(older) == "basefit demo"


def test_the_estimates_command_gives_the_estimate(basefit, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr("sys.argv", ["basefit", "recommend"])
    arguments = (
        "--candidates",
        "demo-llama-s",
        "--budget",
        "12MiB",
        "--levels",
        "bf16,nf4",
        "--context",
        256,
    )
    assert basefit("recommend", *arguments).status == 0
    document = basefit("report", "--json").json
    rows = document["verdict"]["ranking"]
    assert rows
    for row in rows:
        assert sum(term["bytes"] for term in row["terms"]) == row["expected_bytes"]
        words = shlex.split(row["estimate_command"])[1:]
        assert basefit(*words, "--json").json["expected_bytes"] == row["expected_bytes"]


def test_a_numbers_command_gives_the_number(basefit, tmp_path, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr("sys.argv", ["basefit", "perplexity"])
    first = basefit("perplexity", "demo-llama-s", "--levels", "bf16,nf4", "--windows", 2, "--device", "cpu")
    assert first.status == 0, first.err
    numbers = basefit("report", "--format", "json").json["numbers"]
    (command,) = {number["command"] for number in numbers}
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path / "another home"))
    again = basefit(*shlex.split(command)[1:], "--json").json["levels"]
    told = {(n["level"], n["quantity"]): n["value"] for n in numbers}
    assert len(again) == 2
    for row in again:
        for quantity in ("bits_per_byte", "ppl", "kl_nats", "weight_bytes"):
            assert row[quantity] == told[row["level"], quantity]


def test_a_run_that_only_reused_has_its_numbers_too(basefit) -> None:  # noqa: F811
    basefit("tokenizers", "demo-llama-s")
    store = open_store()
    known = stored.perplexity("m", "nf4", 2.0)
    store.append(known)
    run = stored.measured(store, "basefit perplexity m")
    store.close()
    assert basefit("report", run, "--json").json["evidence"] == []
    assert basefit("report", 1, "--json").json["evidence"][0]["kind"] == "tokenizer"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("report",), "no run to report on yet"),
        (("report", 7), "no run to report on yet"),
        (("report", "--format", "pdf"), "No report format is called pdf"),
        (("report", "--out", "report.doc"), "names no report format"),
        (("report", "--language", "fr"), "No report is written in fr"),
        (("report", "--json", "--format", "html"), "name a file with --out"),
        (("report", "seven"), "basefit --help"),
    ],
)
def test_one_clear_sentence(basefit, arguments, words) -> None:  # noqa: F811
    answer = basefit(*arguments)
    assert answer.status == 2
    assert words in answer.err + answer.out
    assert "Traceback" not in answer.err


def test_unknown_runs_and_places_that_cannot_be_written(basefit, tmp_path) -> None:  # noqa: F811
    store = open_store()
    stored.family(store)
    stored.family(store, shift=0.1)
    store.close()
    assert "No run has the number 9: the latest is 2" in basefit("report", 9).err
    assert basefit("report", 1, "--against", 9).status == 2
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file" / "r.html", tmp_path):
        answer = basefit("report", "--format", "html", "--out", out)
        assert answer.status == 2
        assert "cannot be written" in answer.err
        assert len(answer.err.strip().splitlines()) == 1


def test_the_file_the_screen_and_the_comparison(basefit, tmp_path) -> None:  # noqa: F811
    store = open_store()
    stored.family(store)
    stored.family(store, shift=0.1)
    store.close()
    shown = basefit("report", 2, "--against", 1)
    assert shown.status == 0
    assert "The verdict is the same: demo-llama-s at nf4." in shown.out
    assert "## What changed: run 1 → run 2" in shown.out
    assert "结论相同" in basefit("report", 2, "--against", 1, "--language", "zh").out
    out = tmp_path / "new folder" / "r.html"
    written = basefit("report", 2, "--out", out, "--json")
    assert written.json["run"]["id"] == 2
    assert out.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert str(out) in written.err


def test_the_estimate_of_both_uses_on_two_cards_is_reproduced(basefit) -> None:  # noqa: F811
    """The command beside each row gives that row's bytes: of the use that needs more, of each card."""
    basefit("recommend", "--budget", "2x24GiB", "--candidates", "qwen2.5-7b", "--use", "both", "--json")
    rows = basefit("report", "--format", "json").json["verdict"]["ranking"]
    assert rows
    for row in rows:
        name, *words = shlex.split(row["estimate_command"])
        assert basefit(*words, "--json").json["expected_bytes"] == row["expected_bytes"], name


def test_markdown_has_no_heading_over_pictures_alone(store: Store) -> None:
    from tui.report.write import text_of

    stored.family(store, model="demo-llama-s")
    assert "<svg" in text_of(gather(store), "html", "en")
    lines = [line for line in text_of(gather(store), "md", "en").splitlines() if line]
    assert not [a for a, b in pairwise(lines) if a[:3] == b[:3] == "## "]
