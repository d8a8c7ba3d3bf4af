"""The bar of the verdict screen shows the memory that the table speaks of."""

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.hardware.gpu import Budget
from tests.tui.app import app_fakes as fakes
from tests.tui.app.driving import cells, judged, until
from tui.widgets.memory_bar import MemoryBar

MIB = 2**20


@pytest.mark.parametrize("use", ["both", "infer", "qlora"])
@pytest.mark.parametrize("count", [1, 2])
async def test_the_bar_shows_what_the_row_needs(
    make, folder: Path, monkeypatch: pytest.MonkeyPatch, use: str, count: int
) -> None:
    """Of both uses the one that needs more; of several cards the fullest."""
    app = make()
    budget = Budget("cards", 480 * MIB, simulated=True, count=count)
    question = replace(fakes.question(folder), use=use, budget=budget)
    monkeypatch.setattr("probes.measurement.question.demo_question", lambda: question)
    async with app.run_test(size=(120, 36)) as pilot:
        await judged(pilot)
        screen = app.screen
        bar = screen.query_one(MemoryBar)
        for row in screen._verdict.ranking[: len(cells(app, "ranking"))]:
            await until(pilot, lambda row=row: screen._chosen() == row)
            await until(pilot, lambda row=row: bar._footprint.high == row.high_bytes)
            assert bar._footprint.expected == row.expected_bytes
            await pilot.press("down")


async def test_another_budget_keeps_the_number_of_cards(
    make, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make()
    question = replace(fakes.question(folder), budget=Budget("2 cards", 48 * MIB, simulated=True, count=2))
    monkeypatch.setattr("probes.measurement.question.demo_question", lambda: question)
    async with app.run_test(size=(120, 36)) as pilot:
        await judged(pilot)
        screen = app.screen
        before = {row.high_bytes for row in screen._verdict.ranking}
        await pilot.press("left")
        await until(pilot, lambda: screen.request.budget.bytes < 48 * MIB)
        assert screen.request.budget.count == 2
        assert {row.high_bytes for row in screen._verdict.ranking} == before
