"""Names, rows and configurations that hold escape sequences: no command lets a raw one through."""

import io
import json
import re
import shutil
from pathlib import Path

import pytest
from rich.cells import cell_len

from catalog.problem import Problem
from probes.checkpoint.target import DEMO
from tests.tui.cli.conftest import Basefit
from tui.cli.output import print_table
from tui.cli.tokenizers import print_pieces
from tui.foreign import clean, clean_json, clean_line, fitted
from tui.wording import problem_words

EVIL = "\x1b]0;owned\x07\x1b[2J\x7f\x9b31m\u202egpj\u2066"
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """A model, a model of an evil architecture, a text and a dataset, all of evil names."""
    model, strange = tmp_path / f"m{EVIL}", tmp_path / f"s{EVIL}"
    shutil.copytree(DEMO / "demo-llama-s", model)
    shutil.copytree(DEMO / "demo-llama-s", strange)
    config = json.loads((strange / "config.json").read_text("utf-8"))
    config |= {"architectures": [EVIL], "model_type": EVIL}
    (strange / "config.json").write_text(json.dumps(config), "utf-8")
    text = tmp_path / f"t{EVIL}.txt"
    text.write_text(f"{EVIL} words {EVIL}\n" * 400, "utf-8")
    data = tmp_path / f"d{EVIL}.jsonl"
    rows = [{"prompt" + EVIL: f"{EVIL} {n}", "completion" + EVIL: f"{n} {EVIL}"} for n in range(30)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    named = {"model": model, "strange": strange, "text": text, "data": data}
    return {name: str(path) for name, path in named.items()} | {"evil": EVIL}


COMMANDS = {
    "plan": "plan {model}",
    "plan-strange": "plan {strange}",
    "plan-missing": "plan ./{evil}",
    "plan-no-level": "plan demo-llama-s --level {evil}",
    "plan-no-option": "plan demo-llama-s --{evil}",
    "models": "models --budget {evil}",
    "models-language": "models --language {evil} --budget 24GiB",
    "tokenizers": "tokenizers {model} --text {text}",
    "tokenizers-strange": "tokenizers {strange}",
    "vocab": "vocab {model} --text {text} --add 20",
    "perplexity": "perplexity {model} --text {text} --levels bf16 --windows 2 --device cpu",
    "perplexity-strange": "perplexity {strange} --levels bf16 --device cpu",
    "trial-columns": "trial {model} --data {data}",
    "trial-preview": "trial {model} --data {data} --preview 2 --columns prompt{evil},completion{evil}",
    "cost": "cost --tokens 1M --hosted {evil}",
    "recommend": "recommend --candidates {evil},./{evil} --budget 24GiB",
    "deploy": "deploy {strange} --level nf4",
    "quantize": "quantize {strange} --level gptq-4-g128 --out {evil}",
    "export": "export --to {evil}",
    "report": "report {evil}",
    "report-form": "report --out {evil}.{evil}",
    "runs": "runs",
    "no-command": "{evil}",
}


@pytest.mark.parametrize("case", COMMANDS)
def test_no_raw_byte(basefit: Basefit, places: dict[str, str], case: str) -> None:
    arguments = [part.format(**places) for part in COMMANDS[case].split()]
    answer = basefit(*arguments)
    assert not RAW.search(answer.out), ascii(RAW.split(answer.out)[:2])
    assert not RAW.search(answer.err), ascii(answer.err)
    assert answer.out or answer.err
    assert answer.status in (0, 1, 2)
    assert "crash.log" not in answer.err


@pytest.mark.parametrize("case", ["plan", "perplexity", "tokenizers", "plan-missing"])
def test_json_is_json_and_means_the_same(basefit: Basefit, places: dict[str, str], case: str) -> None:
    answer = basefit(*[part.format(**places) for part in COMMANDS[case].split()], "--json")
    assert not RAW.search(answer.out)
    assert answer.json["schema"] == 1
    if case == "plan":
        assert answer.json["model"] == f"m{EVIL}"


def test_what_an_escape_looks_like() -> None:
    assert clean("a\x1b[31m\nb\t\u202e\ud800\x9b") == "a\\x1b[31m\nb\\t\\u202e\\ud800\\x9b"
    assert clean_line("a\nb") == r"a\nb"
    assert clean("中文 naïve – 🙂 é") == "中文 naïve – 🙂 é"
    assert clean(clean(EVIL)) == clean(EVIL)
    assert json.loads(clean_json(json.dumps(EVIL, ensure_ascii=False))) == EVIL
    assert not RAW.search(problem_words(Problem("target-missing", path=EVIL), "zh"))


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_a_line_for_a_terminal_is_as_wide_as_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr("sys.stdout", shown := Terminal())
    rows = [(EVIL * 4, "1.0 MiB", EVIL * 2), ("字" * 10, "2.0 MiB", "a plain note")]
    print_table(["name", "weights", "note"], rows, left=1)
    lines = shown.getvalue().splitlines()
    assert len(lines) == 3
    assert max(map(cell_len, lines)) <= 60
    assert lines[1].startswith(r"\x1b]0;")
    assert "…" in lines[1]
    assert lines[2].startswith("字" * 10 + " ")


def test_honest_names_and_what_no_terminal_shows_stay_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    print_table(["name"], [(EVIL * 4,)])
    assert capsys.readouterr().out.splitlines()[1] == clean_line(EVIL * 4)
    monkeypatch.setattr("sys.stdout", shown := Terminal())
    print_table(["name"], [("a" * 100,)])
    assert "a" * 100 in shown.getvalue()


@pytest.mark.parametrize(
    ("text", "cells", "line"),
    [
        ("\x1b]", 0, ""),
        ("\x1b]", 1, "…"),
        ("\x1b]", 4, "\\x1…"),
        ("\x1b]", 5, "\\x1b]"),
        ("a字字", 4, "a字…"),
        ("a字字", 3, "a …"),
    ],
)
def test_what_is_fitted_never_goes_beyond(text: str, cells: int, line: str) -> None:
    assert fitted(text, cells) == line


def test_tokens_are_coloured_and_their_escapes_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout", shown := Terminal())
    print_pieces([{"kind": "text", "text": "a"}, {"kind": "text", "text": "\x1b[2J"}])
    first, second = shown.getvalue().strip().split("|")
    assert re.fullmatch(r"\x1b\[[\d;]*ma\x1b\[0m", first)
    assert re.fullmatch(r"\x1b\[[\d;]*m\\x1b\[2J\x1b\[0m", second)
