"""What the store has to say is said in the app, and what is measured while it is held is written later."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from catalog.evidence.migrations import LATEST
from catalog.evidence.store import RunState, Store
from catalog.problem import Problem
from probes.jobs.queue import JobState
from tests.catalog.evidence.test_held import evidence, held
from tests.catalog.evidence.test_store import spoil
from tests.tui.app import app_fakes as fakes
from tests.tui.app.driving import SIZE, until
from tui.app import run_app


def said(app) -> list[str]:
    return [note.message for note in app._notifications]


async def test_a_damaged_row_is_told_once(make, folder: Path) -> None:
    with closing(Store(folder / "evidence.sqlite")) as store:
        store.append(evidence(1))
    spoil(folder / "evidence.sqlite", "values", "{", where="1")
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        app.store.find()
        app.store.find()
        await until(pilot, lambda: any(evidence(1).id in words for words in said(app)))
        assert len(said(app)) == 1


async def test_what_is_measured_while_the_store_is_held_is_written_later(make, folder: Path) -> None:
    app = make(executor=fakes.FakeExecutor(stuck="tokenizers"))
    async with app.run_test(size=SIZE) as pilot:
        app.measure(fakes.question(folder))
        await until(pilot, lambda: any(row.progress for row in app.board.jobs))
        with held(folder / "evidence.sqlite"):
            app.measurement.cancel(0)
            await until(pilot, lambda: app.board.count(JobState.DONE) == 4)
            await until(pilot, lambda: sum("Another program" in words for words in said(app)) == 1)
            assert app.board.running
        await until(pilot, lambda: app.board.state is RunState.DONE and not app.measuring)
        assert [run.status for run in app.store.runs()] == ["done"]
        assert len(app.store.evidence_of(1)) == len(app.store.find()) > 0


def test_a_store_of_a_later_form_is_refused_before_a_screen_is_there(folder: Path) -> None:
    path = folder / "evidence.sqlite"
    Store(path).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {LATEST + 1}")
    with pytest.raises(Problem, match="store-newer"):
        run_app(lambda problem: None)
