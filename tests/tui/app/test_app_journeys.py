"""What a person does, key by key."""

from pathlib import Path

from textual.command import CommandList, CommandPalette
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from catalog.evidence.store import RunState
from catalog.hardware.gpu import parse_budget
from probes.jobs.queue import JobState
from tests.tui.app import app_fakes as fakes
from tests.tui.app.driving import (
    SIZE,
    cells,
    closed,
    dialog,
    focus,
    focused,
    go,
    idle,
    judged,
    ranked,
    said,
    shown,
    submit_own,
    until,
    words,
)
from tui.app import BasefitApp
from tui.screens.budget import BudgetDialog
from tui.screens.cancel import CancelDialog
from tui.screens.evidence import EvidenceDialog
from tui.screens.help import HelpDialog
from tui.screens.own import FIELDS, OwnDialog
from tui.widgets.job_panel import JobPanel


async def measuring(app: BasefitApp, pilot: Pilot[int], probe: str) -> None:
    """Enter on Home, until the first job of `probe` runs and the cursor of the Run screen is on it."""
    await shown(pilot, "home")
    await pilot.press("enter")
    await shown(pilot, "run")

    def there() -> bool:
        row = app.screen.query_one(JobPanel).row
        first = next((job for job in app.board.jobs if job.job.probe == probe), None)
        return first is not None and first.state is JobState.RUNNING and row is first

    await until(pilot, there)


async def end(pilot: Pilot[int], key: str) -> None:
    """x, and then `x` for the job under the cursor or `a` for all."""
    await pilot.press("x")
    await dialog(pilot, CancelDialog)
    await pilot.press(key)
    await closed(pilot)


async def test_one_key_leads_a_newcomer_to_a_measured_verdict(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await judged(pilot)
        assert app.board.state is RunState.DONE
        assert [job.job.probe for job in app.board.jobs] == [
            "tokenizers",
            "perplexity",
            "perplexity",
            "trial",
            "trial",
        ]
        assert "large-model at nf4, measured" in words(app, "verdict-title")
        assert cells(app, "ranking")[0][1:4] == ["large-model", "nf4", "recommended"]
        assert "rejected" in {row[3] for row in cells(app, "ranking")}
        assert "Best after the trial" in words(app, "reasons")


async def test_the_second_start_goes_straight_to_the_verdict(make, folder: Path) -> None:
    first = make()
    async with first.run_test(size=SIZE) as pilot:
        await judged(pilot)
    executor = fakes.FakeExecutor()
    again = make(executor=executor)
    async with again.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "see the verdict" in str(again.screen.query_one("#act").label))
        await judged(pilot)
        assert cells(again, "ranking")[0][1:3] == ["large-model", "nf4"]
        assert executor.ran == []


async def test_a_killed_child_costs_one_row_and_the_rest_goes_on(make) -> None:
    app = make(executor=fakes.FakeExecutor(dead="small-model"))
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("enter")
        await until(pilot, lambda: app.board and app.board.state is RunState.DONE and not app.measuring)
        states = {(row.job.probe, row.job.subject): row.state for row in app.board.jobs}
        assert states[("perplexity", "small-model")] is JobState.FAILED
        assert states[("perplexity", "large-model")] is JobState.DONE
        assert app.board.count(JobState.FAILED) == 1
        (failure,) = app.store.failures()
        assert failure["failure"]["code"] == "probe-killed"
        assert {e.model for e in app.store.find("perplexity")} == {"large-model"}
        assert app.is_running


async def test_x_ends_one_job_and_the_others_go_on(make) -> None:
    app = make(executor=fakes.FakeExecutor(stuck="tokenizers"))
    async with app.run_test(size=SIZE) as pilot:
        await measuring(app, pilot, "tokenizers")
        await end(pilot, "x")
        await until(pilot, lambda: app.board.state is RunState.DONE and not app.measuring)
        assert app.board.jobs[0].state is JobState.CANCELLED
        assert all(row.state is JobState.DONE for row in app.board.jobs[1:])


async def test_x_then_a_ends_everything_and_keeps_what_is_measured(make) -> None:
    app = make(executor=fakes.FakeExecutor(stuck="trial"))
    async with app.run_test(size=SIZE) as pilot:
        await measuring(app, pilot, "trial")
        await end(pilot, "a")
        await until(pilot, lambda: app.board.state is RunState.CANCELLED)
        assert len(app.store.find("perplexity")) == 8
        assert app.store.find("trial") == []
        assert app.store.runs()[0].status == "cancelled"
        await go(pilot, "verdict")
        await ranked(pilot)
        assert "large-model at nf4, measured" in words(app, "verdict-title")


async def test_the_job_of_measuring_own_models_takes_a_form(make, folder: Path) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("m")
        form = await dialog(pilot, OwnDialog)
        form.query_one("#candidates", Input).value = ", ".join(fakes.models(folder))
        form.query_one("#text", Input).value = str(folder / "text.txt")
        await submit_own(pilot)
        await ranked(pilot)
        assert app.question.data is None
        assert app.store.find("trial") == []
        assert app.state.asked.text == str(folder / "text.txt")


async def test_the_form_says_what_is_wrong_and_stays(make, folder: Path) -> None:
    app = make()
    empty = folder / "[empty].txt"
    empty.write_text("")
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("m")
        form = await dialog(pilot, OwnDialog)
        for target, text, why in (
            ("/nowhere/[bold]x", "", "/nowhere/[bold]x"),
            (fakes.models(folder)[0], str(empty), "[empty].txt"),
            ("", "", "No model"),
        ):
            form.query_one("#candidates", Input).value = target
            form.query_one("#text", Input).value = text
            await focus(pilot, FIELDS[-1])
            await pilot.press("enter")
            await until(pilot, lambda why=why: why in words(app, "own-problem"))
        assert app.screen is form
        assert not app.measuring


async def test_budget_steps_and_is_remembered(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await until(pilot, lambda: "On 24.0 GiB" in words(app, "answer"))
        await pilot.press("right")
        await until(pilot, lambda: "On 31.8 GiB" in words(app, "answer"))
        assert app.budget.label == "rtx-5090"
    assert make(state={"budget": app.state.budget}).budget == parse_budget("rtx-5090")


async def test_budget_by_key_from_the_list_or_written(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("b")
        asked = await dialog(pilot, BudgetDialog)
        await focus(pilot, "budget-input")
        await pilot.press(*"9quux", "enter")
        await until(pilot, lambda: "9quux" in words(app, "budget-problem"))
        assert app.screen is asked
        asked.query_one(Input).value = "2x24GiB"
        await pilot.press("enter")
        await until(pilot, lambda: app.budget.total_bytes == 48 * fakes.GIB)
        await closed(pilot)
        await pilot.press("b")
        asked = await dialog(pilot, BudgetDialog)
        await focused(pilot, "budget-list")
        await pilot.press("down")
        await until(pilot, lambda: asked.query_one(OptionList).highlighted == 1)
        await pilot.press("enter")
        await until(pilot, lambda: app.budget.simulated)


async def test_a_gpu_is_planned_for_by_its_free_memory(make) -> None:
    app = make(machine=fakes.WITH_GPU)
    async with app.run_test(size=SIZE) as pilot:
        assert app.budget.bytes == 23000 * 2**20
        assert not app.budget.simulated
        await until(pilot, lambda: "[/usr/bin/x] 3.0 GiB" in words(app, "machine"))
        assert words(app, "sim-badge") == ""


async def test_language_switches_every_word_at_once(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Which base model" in words(app, "home-title"))
        await shown(pilot, "home")
        await pilot.press("l")
        await until(pilot, lambda: "量化" in words(app, "home-title"))
        await until(pilot, lambda: words(app, "tab-models") == "2 模型")
        described = {active.binding.description for active in app.screen.active_bindings.values()}
        assert {"预算", "退出", "自选模型"} <= described
        await go(pilot, "models")
        await until(pilot, lambda: "可容纳" in words(app, "models-title"))
    assert make(language=app.state.language).language == "zh"


async def test_theme_switches_and_is_remembered(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("t")
        await until(pilot, lambda: app.theme == app.state.theme == "basefit-light")
    assert make(state={"theme": app.state.theme}).theme == "basefit-light"


async def test_models_filter_sort_mark_and_what_if(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await go(pilot, "models")
        await until(pilot, lambda: cells(app, "models-table"))
        everything = cells(app, "models-table")
        await pilot.press("slash")
        await focused(pilot, "filter")
        await pilot.press(*"qwen2.5-7b", "enter")
        await focused(pilot, "models-table")
        wanted = {"qwen2.5-7b", "qwen2.5-7b-instruct"}
        await until(pilot, lambda: {row[1] for row in cells(app, "models-table")} == wanted)
        await pilot.press("space")
        await until(pilot, lambda: cells(app, "models-table")[0][0] == "*")
        assert app.marked == (cells(app, "models-table")[0][1],)
        await until(pilot, lambda: "context 4096:" in words(app, "steps"))
        before = words(app, "model-line")
        await pilot.press("right_square_bracket", "u")
        await until(pilot, lambda: (app.state.asked.context, app.state.asked.use) == (4096, "qlora"))
        await until(pilot, lambda: words(app, "model-line") != before)
        await pilot.press("escape")
        await until(pilot, lambda: "base models (c), left out:" in words(app, "steps"))
        assert len(cells(app, "models-table")) < len(everything)
        await pilot.press("c")
        await until(pilot, lambda: "chat models (c), left out:" in words(app, "steps"))
        await pilot.press("a")
        await until(pilot, lambda: len(cells(app, "models-table")) > len(everything))
        await pilot.press("s", "s")
        await until(pilot, lambda: "s parameters" in words(app, "models-title"))


async def test_tokenizers_are_counted_and_cut_in_colours(make, folder: Path) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await go(pilot, "tokenizers")
        app.screen.query_one("#pick", Input).value = ", ".join(fakes.models(folder))
        app.screen.query_one("#pick-text", Input).value = str(folder / "text.txt")
        await pilot.press("r")
        await until(pilot, lambda: cells(app, "counts"))
        assert cells(app, "counts")[0] == [
            "small-model",
            "4,096",
            "1,500",
            "0.760",
            "1.900",
            "42.0%",
            "1.67",
        ]
        await until(pilot, lambda: "E8|[树]|?㐀" in words(app, "cut"))
        await idle(pilot, "measure-text")
        app.screen.query_one("#pick", Input).value = "/nowhere"
        await pilot.press("r")
        await until(pilot, lambda: "/nowhere" in words(app, "tokenizers-state"))


async def test_the_verdict_can_be_asked_of_the_next_budget(make) -> None:
    app = make()

    def rejected() -> int:
        return sum(row[3] == "rejected" for row in cells(app, "ranking"))

    async with app.run_test(size=SIZE) as pilot:
        await judged(pilot)
        before = rejected()
        while rejected() >= before:
            title = words(app, "verdict-title")
            await pilot.press("right")
            await until(pilot, lambda title=title: words(app, "verdict-title") != title)


async def test_evidence_shows_identity_and_the_command(make, folder) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await judged(pilot)
        await pilot.press("enter")
        await dialog(pilot, EvidenceDialog)
        evidence = said(app, ".evidence")
        ids = {e.id for e in app.store.find("trial") if e.model == "large-model"}
        assert any(id_ in evidence for id_ in ids)
        assert f"$ basefit trial {folder / 'large-model'}" in evidence, "found from any folder"
        assert "measured" in evidence
        await pilot.press("escape")
        await shown(pilot, "verdict")


async def test_every_screen_has_help_and_the_palette_knows_everything(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        for mode in ("models", "tokenizers", "run", "verdict", "home"):
            await go(pilot, mode)
            await pilot.press("question_mark")
            await dialog(pilot, HelpDialog)
            await pilot.press("escape")
            await closed(pilot)
        await pilot.press("ctrl+p")
        await dialog(pilot, CommandPalette)
        await pilot.press(*"budget: h200")

        def found() -> bool:
            hits = app.screen.query_one(CommandList)
            return hits.option_count == 1 and "h200" in str(hits.get_option_at_index(0).prompt)

        await until(pilot, found)
        await pilot.press("enter")
        await until(pilot, lambda: app.budget.label == "h200")


async def test_a_damaged_store_is_told_and_set_aside(make, folder: Path) -> None:
    app = make()
    app._store.close()
    app._store = None
    (folder / "evidence.sqlite").write_bytes(b"not a database" * 100)
    async with app.run_test(size=SIZE) as pilot:
        assert app.store.set_aside is not None
        aside = str(app.store.set_aside)
        await until(pilot, lambda: any(aside in note.message for note in app._notifications))


async def test_a_failed_row_says_how_to_mend_it_under_the_cursor(make) -> None:
    app = make(executor=fakes.FakeExecutor(dead="perplexity"))
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("enter")
        await until(pilot, lambda: app.board and app.board.ended is not None and not app.measuring)
        await go(pilot, "run")
        await until(pilot, lambda: app.screen.query_one(JobPanel).row)
        await pilot.press("k", "k", "k", "k", "j")
        await until(pilot, lambda: "Killed by the system" in words(app, "run-log"))
        assert "run the same command again" in words(app, "run-log")


async def test_resuming_shows_what_is_known_and_measures_the_rest(make) -> None:
    executor = fakes.FakeExecutor(stuck="trial")
    app = make(executor=executor)
    async with app.run_test(size=SIZE) as pilot:
        await measuring(app, pilot, "trial")
        await end(pilot, "a")
        await until(pilot, lambda: app.board.state is RunState.CANCELLED and not app.measuring)
        executor.stuck = ""
        executor.ran.clear()
        await pilot.press("r")
        await until(pilot, lambda: app.board.state is RunState.DONE and not app.measuring)
        assert {job.probe for job in executor.ran} == {"trial"}
        assert len(app.board.metrics) == 10
