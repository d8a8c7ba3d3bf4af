"""The Tokenizers screen beyond counting: the ladder with its advice, export, encodings, cancelling."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from probes.jobs.events import Event, Failed, FailureKind, Finished, Progress, Started, encode
from probes.jobs.runner import Exit, Job
from probes.measurement.saved_requests import Asked
from tests.tui.app import app_fakes as fakes
from tests.tui.app.driving import cells, closed, dialog, go, idle, until, words
from tui.screens.encoding import EncodingDialog
from tui.screens.export import ExportDialog
from tui.screens.tokenizers import GROUP
from tui.widgets.canvas import LEFT
from tui.widgets.ladder import Ladder, LadderPlot
from tui.widgets.table import Table

SIZES = {"80x24": (80, 24), "120x36": (120, 36)}


def rung(learnt: int, per_han: float) -> dict[str, Any]:
    return {
        "learnt": learnt,
        "added": learnt * 9 // 10,
        "tokens_per_char": per_han * 0.9,
        "tokens_per_han_char": per_han,
    }


LADDER = [rung(*pair) for pair in ((0, 1.68), (1000, 1.29), (2000, 1.13), (5000, 0.96), (10_000, 0.86))]
REASONS = [
    {
        "code": "vocabulary-change-base",
        "params": {"candidate": "large-model", "tokens_per_char": 0.71, "after": 0.774},
    },
    {"code": "vocabulary-saving", "params": {"saving": 0.49, "before": 1.512, "after": 0.774}},
]


class Vocabulary(fakes.FakeExecutor):
    """Answers a vocabulary job from the ladder above; `encoding` is what the text has to be read in."""

    def __init__(self, stuck: str = "", encoding: str | None = None) -> None:
        super().__init__(stuck=stuck)
        self.encoding = encoding

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        if self.encoding and job.arguments.get("encoding") != self.encoding:
            self.ran.append(job)
            path = str(job.arguments["text"][0])
            params = {"path": path, "offset": 0, "guess": self.encoding}
            yield encode(Failed(FailureKind.BAD_INPUT, "text-not-utf8", params))
            yield Exit(2, "")
        elif job.probe != "vocabulary" or self.stuck == "vocabulary":
            async for line in super().lines(job):
                yield line
        else:
            self.ran.append(job)
            for event in told(job):
                yield encode(event)
            yield Exit(0, "")


def told(job: Job) -> list[Event]:
    others = [
        {"name": other["name"], "tokens_per_char": 0.71, "tokens_per_han_char": 0.79}
        for other in job.arguments["others"]
    ]
    result = {
        "tokenizer": job.arguments["name"],
        "before": LADDER[0],
        "after": LADDER[-1],
        "ladder": LADDER,
        "knee": 5000,
        "others": others,
        "new_parameters": 73_728_000,
        "extra_bytes_infer": 147_456_000,
        "extra_bytes_train": 4_030_000_000,
        "train_chars": 2_190_000,
        "held_out_chars": 372_300,
        "verdict": "no",
        "reasons": REASONS,
    }
    return [Started("vocabulary", 1), Progress("measure", 1, 4, "rungs", 1.0), Finished(result)]


async def picked(pilot: Pilot[int]) -> None:
    """The screen, with both models and the text named."""
    await go(pilot, "tokenizers")
    pilot.app.screen.query_one("#pick-text", Input).value = "text.txt"
    pilot.app.screen.query_one("#pick", Input).value = "small-model, large-model"


async def counted(pilot: Pilot[int]) -> None:
    """Both are counted, and the next key may start something."""
    await pilot.press("r")
    await until(pilot, lambda: cells(pilot.app, "counts"))
    await idle(pilot, GROUP)


async def ladder(pilot: Pilot[int]) -> None:
    await picked(pilot)
    await counted(pilot)
    await pilot.press("v")
    await until(pilot, lambda: "large-model" in words(pilot.app, "advice"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", list(SIZES))
def test_ladder(make, folder: Path, monkeypatch, snap_compare, size: str, language: str) -> None:
    monkeypatch.chdir(folder)
    app = make(language=language, executor=Vocabulary())

    assert snap_compare(app, terminal_size=SIZES[size], run_before=ladder)


async def test_the_row_under_the_cursor_is_extended_and_the_rest_are_the_others(
    make, folder: Path, monkeypatch
) -> None:
    monkeypatch.chdir(folder)
    executor = Vocabulary()
    app = make(executor=executor, state={"asked": Asked(use="qlora")})
    async with app.run_test(size=SIZES["80x24"]) as pilot:
        await picked(pilot)
        await counted(pilot)
        app.screen.query_one("#pick-add", Input).value = "3000 / 2B"
        await pilot.press("down")
        await until(pilot, lambda: app.screen.query_one("#counts", Table).cursor_row == 1)
        await pilot.press("v")
        await until(pilot, lambda: words(app, "advice"))
        await idle(pilot, GROUP)
        asked = executor.ran[-1].arguments
        assert asked["name"] == "large-model"
        assert [other["name"] for other in asked["others"]] == ["small-model"]
        assert (asked["add"], asked["corpus_tokens"], asked["use"]) == (3000, 2e9, "qlora")
        assert "Extend it? No." in words(app, "advice")
        assert "0.710 tokens a character" in words(app, "advice")
        assert "Beyond 4,500 added pieces" in words(app, "advice")
        assert app.screen.query_one("#ladder").display
        assert not app.screen.query_one("#cuts").display
        await pilot.press("p")
        await until(pilot, lambda: app.screen.query_one("#cuts").display)
        app.screen.query_one("#pick-add", Input).value = "many"
        await pilot.press("v")
        await until(pilot, lambda: "many" in words(app, "tokenizers-state"))


async def test_what_is_shown_is_written_to_a_file(make, folder: Path, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    app = make(executor=Vocabulary())
    async with app.run_test(size=SIZES["80x24"]) as pilot:
        await ladder(pilot)
        await write(pilot, "vocabulary.svg", folder / "ladder.json")
        assert json.loads((folder / "ladder.json").read_text("utf-8"))["knee"] == 5000
        await pilot.press("p")
        await until(pilot, lambda: app.screen.query_one("#cuts").display)
        await write(pilot, "tokenizers.svg", folder / "cut.svg")
        assert "[树]" in (folder / "cut.svg").read_text("utf-8")
        await pilot.press("e")
        asked = await dialog(pilot, ExportDialog)
        asked.query_one("#export-path", Input).value = "cut.png"
        await pilot.press("enter")
        await until(pilot, lambda: ".json" in words(app, "export-problem"))


async def write(pilot: Pilot[int], proposed: str, path: Path) -> None:
    await idle(pilot, GROUP)
    await pilot.press("e")
    box = (await dialog(pilot, ExportDialog)).query_one("#export-path", Input)
    assert box.value == proposed
    box.value = str(path)
    await pilot.press("enter")
    await closed(pilot)
    await until(pilot, lambda: path.name in words(pilot.app, "tokenizers-state"))


@pytest.mark.parametrize("key", ["r", "v"])
async def test_another_encoding_is_offered_and_taken(make, folder: Path, monkeypatch, key: str) -> None:
    monkeypatch.chdir(folder)
    executor = Vocabulary(encoding="gb18030")
    app = make(executor=executor)
    async with app.run_test(size=SIZES["80x24"]) as pilot:
        await picked(pilot)
        await pilot.press(key)
        await dialog(pilot, EncodingDialog)
        await pilot.press("y")
        await until(pilot, lambda: len(executor.ran) == 2)
        await until(pilot, lambda: words(app, "advice") if key == "v" else cells(app, "counts"))
        assert executor.ran[-1].arguments["encoding"] == "gb18030"


async def test_learning_can_be_cancelled(make, folder: Path, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    executor = Vocabulary(stuck="vocabulary")
    app = make(executor=executor)
    async with app.run_test(size=SIZES["80x24"]) as pilot:
        await picked(pilot)
        await pilot.press("v")
        await until(pilot, lambda: "Learning pieces for small-model" in words(app, "tokenizers-state"))
        await until(pilot, lambda: executor.ran)
        await pilot.press("v")
        await pilot.press("x")
        await until(pilot, lambda: "r counts" in words(app, "tokenizers-state"))
        await idle(pilot, GROUP)
        assert len(executor.ran) == 1


async def test_the_plot_names_others_where_the_curve_is_not_and_keeps_its_width(make) -> None:
    app = make()
    async with app.run_test(size=(60, 16)) as pilot:
        plot = LadderPlot()
        await app.screen.mount(plot)
        plot.styles.height, plot.styles.width = 13, 60
        low = ("低处的词表", 0.5)
        high = ("high", 1.95)
        plot.show(Ladder([(0, 2.0), (500, 1.0), (1000, 0.9)], 1, (low, high)), "x", "y")
        await until(pilot, lambda: plot.size == (60, 13))
        rows = [plot.render_line(y).text for y in range(13)]
        assert all(plot.render_line(y).cell_length == plot.size.width for y in range(13))
        (named,) = [row for row in rows if "低处的词表 0.500" in row]
        assert named[LEFT:].startswith("┄ 低")
        (above,) = [row for row in rows if "high 1.950" in row]
        assert above.rstrip().endswith("┄")
        assert above.index("high") > 30
        assert "".join(rows).count("◆") == 1
        assert rows[-1].split() == ["0", "x", "1,000"]
