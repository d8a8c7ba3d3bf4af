"""What the app keeps over a restart, what its estimates learn, and what the palette and help know."""

import pytest
from textual.command import DiscoveryHit

from catalog.evidence.records import Evidence
from probes.machine.hardware import machine_budget
from probes.measurement.saved_requests import Asked
from tests.tui.app import app_fakes as fakes
from tests.tui.app.driving import cells, closed, dialog, go, ranked, said, shown, until, words
from tui.app import BasefitApp
from tui.palette import Commands
from tui.screens.help import HelpDialog
from tui.widgets.topbar import SCREENS


def again(app: BasefitApp, folder) -> BasefitApp:
    """The same person's next start: nothing is handed over but the folder."""
    return BasefitApp(
        machine=fakes.CPU_ONLY, folder=folder, store=fakes.store(folder), executor=fakes.FakeExecutor()
    )


async def test_a_restart_goes_on_where_the_person_was(make, folder) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "home")
        await pilot.press("g", "right", "l", "t", "2")
        await shown(pilot, "models")
        await pilot.press("u", "right_square_bracket", "plus")
        asked = Asked(language="en", use="qlora", context=4096, batch=2)
        await until(pilot, lambda: app.state.asked == asked)
        left = app.state
    next_start = again(app, folder)
    async with next_start.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "models")
        await until(pilot, lambda: cells(next_start, "models-table"))
        assert (next_start.language, next_start.theme) == ("zh", "basefit-light")
        assert next_start.budget.label == "rtx-5090"
        assert next_start.state == left
        assert (left.screen, left.asked) == ("models", asked)


async def test_a_measurement_that_ended_with_the_app_has_its_verdict_at_the_next_start(
    make, folder
) -> None:
    app = make(executor=fakes.FakeExecutor(stuck="trial"))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "home")
        await pilot.press("enter")
        await until(pilot, lambda: app.board and len(app.store.find("perplexity")) == 8)
        assert app.state.screen == "run"
    next_start = again(app, folder)
    async with next_start.run_test(size=(80, 24)) as pilot:
        await ranked(pilot)


async def test_a_peak_measured_here_corrects_what_the_screens_plan_with(make, folder) -> None:
    app = make()
    app.budget = machine_budget(app.machine)
    async with app.run_test(size=(80, 24)) as pilot:
        await go(pilot, "models")
        await until(pilot, lambda: words(app, "model-line"))
        before = words(app, "model-line")
        assert app.room().correction is None
        key = {"device": fakes.HOST.cpu, "context": 512, "batch": 1}
        values = {"measured_bytes": 150, "expected_bytes": 100}
        app.store.append(Evidence("deploy", "m", "r", "nf4", key, values))
        app.screen.refresh_words()
        assert app.room().correction.ratio == pytest.approx(1.5)
        await until(pilot, lambda: words(app, "model-line") != before)
        await until(pilot, lambda: "1.50" in words(app, "steps"))


async def test_the_palette_offers_every_key_of_every_screen(make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        for mode in SCREENS:
            await go(pilot, mode)
            hits = [hit async for hit in Commands(app.screen).discover() if isinstance(hit, DiscoveryHit)]
            offered = {str(hit.display) for hit in hits}
            for active in app.screen.active_bindings.values():
                if active.binding.id and active.node is app.screen and active.enabled:
                    word = active.binding.description
                    own = active.binding.action.startswith("app.")
                    assert own or f"here: {word}" in offered, (mode, word)
            assert {"quit", "theme: dark or light", "language: 中文"} <= offered


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_help_fits_and_names_every_key(make, language: str) -> None:
    app = make(language=language)
    async with app.run_test(size=(80, 24)) as pilot:
        for mode in SCREENS:
            await go(pilot, mode)
            wanted = {
                active.binding.description
                for active in app.screen.active_bindings.values()
                if active.binding.id and active.binding.description
            }
            await pilot.press("question_mark")
            box = (await dialog(pilot, HelpDialog)).query_one(".dialog")
            help_words = said(app)
            assert not [word for word in wanted if word not in help_words]
            await until(pilot, lambda box=box: box.region.width)
            assert box.region.right <= 80
            assert box.virtual_size.width <= box.size.width
            await pilot.press("escape")
            await closed(pilot)
