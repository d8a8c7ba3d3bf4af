"""Measuring by the plan in the app: the form's minutes, why this is measured now, why nothing more is."""

import threading
from collections.abc import AsyncGenerator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from textual.widgets import Checkbox, Input, Select

from catalog.evidence.store import RunState
from catalog.problem import Problem
from catalog.quantities import minutes_of
from probes.jobs.runner import Exit, Job
from probes.measurement.question_json import plain, question_of
from probes.measurement.saved_requests import Asked
from tests.tui.app import app_fakes as fakes
from tests.tui.app.driving import SIZE, cells, dialog, focus, go, ranked, shown, until, words
from tui.screens.own import CHOICES, FIELDS, WRITTEN, OwnDialog, in_words


class Broken(fakes.FakeExecutor):
    """An executor with a fault of its own."""

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        raise KeyError("no such [bold]thing")
        yield ""


def test_minutes_as_they_are_written() -> None:
    for said, minutes in {
        "": None,
        " 30 ": 30,
        "30 min": 30,
        "1.5h": 90,
        "20 分钟": 20,
        "2小时": 120,
    }.items():
        assert minutes_of(said) == minutes
    for wrong in ("soon", "0", "-3", "3 days", "10 10"):
        with pytest.raises(Problem, match="minutes-unreadable"):
            minutes_of(wrong)


async def test_with_minutes_only_what_could_change_the_verdict_is_measured(make, folder: Path) -> None:
    whole = make()
    question = fakes.question(folder)
    async with whole.run_test(size=SIZE) as pilot:
        whole.measure(question)
        await until(
            pilot, lambda: whole.board and whole.board.state is RunState.DONE and not whole.measuring
        )
        everything = len(whole.executor.ran)
        assert whole.board.reason is None
    (folder / "evidence.sqlite").unlink()
    app = make(executor=fakes.FakeExecutor(stuck="large-model"))
    async with app.run_test(size=SIZE) as pilot:
        app.measure(replace(question, minutes=30))
        await until(pilot, lambda: "Measure large-model (" in words(app, "run-plan"))
        await until(pilot, lambda: "by plan: jobs ended 1, 0:00 of 30:00" in words(app, "run-title"))
        assert "the verdict rests on an estimate of it" in words(app, "run-plan")
        app.cancel_measurement()
        await until(pilot, lambda: app.board.state is RunState.CANCELLED and not app.measuring)
        app.executor.stuck = ""
        await pilot.press("r")
        await until(pilot, lambda: app.board.state is RunState.DONE and not app.measuring)
        assert app.board.minutes == 30, "what is resumed keeps to its time"
        assert len(app.executor.ran) - 1 <= everything
        await go(pilot, "run")
        await until(pilot, lambda: "Measured enough" in words(app, "run-plan"))
        assert any(line.reason is app.board.reason for line in app.board.log)


async def test_what_no_time_is_left_for_is_named(make, folder: Path) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        app.measure(replace(fakes.question(folder), minutes=0.01))
        await until(pilot, lambda: app.board and app.board.state is RunState.DONE and not app.measuring)
        assert [job.probe for job in app.executor.ran] == ["tokenizers"]
        await go(pilot, "run")
        await until(pilot, lambda: "next would be large-model" in words(app, "run-plan"))


async def test_the_form_takes_minutes_and_foretells_the_cost_without(make, folder: Path) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("m")
        form = await dialog(pilot, OwnDialog)
        form.query_one("#candidates", Input).value = ", ".join(fakes.models(folder))
        form.query_one("#text", Input).value = str(folder / "text.txt")
        await pilot.press("enter")
        await until(pilot, lambda: "everything that is missing, about 0:" in words(app, "own-minutes"))
        form.query_one("#minutes", Input).value = "[soon]"
        await focus(pilot, "minutes")
        await pilot.press("enter")
        await until(pilot, lambda: "[soon] is no length of time" in words(app, "own-problem"))
        form.query_one("#minutes", Input).value = "20 min"
        await pilot.press("enter")
        await ranked(pilot)
        assert app.board.minutes == 20
        assert app.state.minutes == "20 min"
        assert question_of(plain(app.question)) == app.question


async def test_the_form_asks_all_that_a_command_can(make, folder: Path) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("m")
        form = await dialog(pilot, OwnDialog)
        asked = Asked(
            use="qlora", kind="base", task="code", commercial=True, language="zh:70,en:30", context=1024,
            batch=2, levels=("bf16", "nf4"), min_speed=5.0, hours=2.5, money=9.0, gpu_hour=1.5, windows=8,
            engine="transformers", prefill="512", offload="experts", kv_bits=8, trainer="unsloth",
            examples=64,
            candidates=tuple(fakes.models(folder)), text=str(folder / "text.txt"),
        )  # fmt: skip
        filled = {name: in_words(getattr(asked, name)) for name in (*FIELDS[:-1], *WRITTEN)}
        for name, value in filled.items():
            form.query_one(f"#{name}", Input).value = value
        for name in CHOICES:
            form.query_one(f"#{name}", Select).value = getattr(asked, name)
        form.query_one("#commercial", Checkbox).value = True
        form.query_one("#hours", Input).value = "soon"
        await focus(pilot, WRITTEN[-1])
        await pilot.press("enter")
        await until(
            pilot, lambda: "hours has to be a number, and soon is none" in words(app, "own-problem")
        )
        form.query_one("#hours", Input).value = "2.5"
        await pilot.press("enter")
        await until(pilot, lambda: app.measurement and not app.measuring)
        await shown(pilot, app.current_mode)
        assert app.state.asked == asked
        question = app.question
        assert question.wishes == asked.wishes
        assert (question.levels, question.windows, question.examples) == (("bf16", "nf4"), 8, 64)
        assert {field.name for field in fields(Asked)} == {*filled, *CHOICES, "commercial", "budget"}


async def test_a_fault_of_basefit_itself_is_told_and_ends_the_measurement(make, folder: Path) -> None:
    app = make(executor=Broken())
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("enter")
        await until(pilot, lambda: "no such [bold]thing" in words(app, "run-log"))
        assert app.board.state is RunState.FAILED
        await until(pilot, lambda: not app.measuring)
        (run,) = app.store.runs()
        assert run.status == "failed"
        assert "KeyError" in run.result["fault"]


async def test_cancelling_while_the_files_are_read_ends_the_measurement(make, monkeypatch) -> None:
    read = threading.Event()
    monkeypatch.setattr("probes.measurement.measurement.prepare", lambda question: read.wait())
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("enter")
        await until(pilot, lambda: app.board and app.board.state is RunState.RUNNING)
        app.cancel_measurement()
        await until(pilot, lambda: app.board.state is RunState.CANCELLED and not app.measuring)
        read.set()


async def test_the_next_start_shows_what_was_measured_and_measures_the_rest(make, folder: Path) -> None:
    app = make(executor=fakes.FakeExecutor(stuck="trial"))
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("enter")
        await until(pilot, lambda: app.board and len(app.store.find("perplexity")) == 8)
    next_start = make(state={"screen": "models"})
    async with next_start.run_test(size=SIZE) as pilot:
        await go(pilot, "run")
        await until(pilot, lambda: "Measured before, for demo card" in words(next_start, "run-title"))
        await until(pilot, lambda: len(cells(next_start, "levels")) == 8)
        assert next_start.executor.ran == []
        await pilot.press("r")
        await until(pilot, lambda: next_start.board.state is RunState.DONE and not next_start.measuring)
        assert {job.probe for job in next_start.executor.ran} == {"trial"}


async def test_a_measurement_whose_text_is_gone_is_said_to_be(make, folder: Path) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("enter")
        await until(pilot, lambda: app.board and app.board.state is RunState.DONE and not app.measuring)
    (folder / "text.txt").unlink()
    next_start = make(state={"screen": "models"})
    async with next_start.run_test(size=SIZE) as pilot:
        await go(pilot, "run")
        await until(pilot, lambda: "text.txt" in words(next_start, "run-log"))


async def test_a_start_on_a_verdict_that_was_cut_off_says_so(make) -> None:
    app = make(executor=fakes.FakeExecutor(stuck="trial"))
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("enter")
        await until(pilot, lambda: app.board and len(app.store.find("perplexity")) == 8)
    next_start = make(state={"screen": "run"})
    async with next_start.run_test(size=SIZE) as pilot:
        await ranked(pilot)
        notes = next_start._notifications
        await until(pilot, lambda: any("is not complete: r measures" in note.message for note in notes))
        await pilot.press("r")
        await until(
            pilot,
            lambda: (
                next_start.board and next_start.board.state is RunState.DONE and not next_start.measuring
            ),
        )
    complete = make(state={"screen": "run"})
    async with complete.run_test(size=SIZE) as pilot:
        await ranked(pilot)
        assert not list(complete._notifications)


async def test_a_plan_says_that_what_was_left_failed_or_that_nothing_fits(make, folder: Path) -> None:
    question = replace(fakes.question(folder), minutes=30)
    failing = make(executor=fakes.FakeExecutor(dead="perplexity"))
    async with failing.run_test(size=SIZE) as pilot:
        failing.measure(question)
        await until(pilot, lambda: "Nothing new was measured" in words(failing, "run-title"))
        await until(pilot, lambda: "tried, and failed or was ended" in words(failing, "run-plan"))
        assert failing.store.runs()[0].status is RunState.FAILED
    (folder / "evidence.sqlite").unlink()
    app = make(executor=fakes.FakeExecutor(dead="tokenizers"))
    async with app.run_test(size=SIZE) as pilot:
        app.measure(question)
        await ranked(pilot)
        notes = app._notifications
        await until(pilot, lambda: any("Run (4) says why" in note.message for note in notes))
    nothing = make()
    async with nothing.run_test(size=SIZE) as pilot:
        nothing.measure(replace(question, budget=replace(question.budget, bytes=2**16)))
        await until(pilot, lambda: "no model of these could be chosen" in words(nothing, "run-plan"))
