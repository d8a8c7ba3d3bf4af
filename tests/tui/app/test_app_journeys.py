"""What a person does, key by key."""

import time
from pathlib import Path

import app_fakes as fakes
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from catalog.gpu import parse_budget
from tui.app import BasefitApp
from tui.board import CANCELLED, DONE, FAILED, RUNNING
from tui.screens.budget import BudgetDialog
from tui.screens.cancel import CancelDialog
from tui.screens.own import OwnDialog
from tui.widgets.job_panel import JobPanel
from tui.widgets.table import Table

SIZE = (80, 24)


async def until(pilot: Pilot[int], condition: object, seconds: float = 90.0) -> None:
    """Wait for something to become true; fails loudly when it does not."""
    assert callable(condition)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("it never happened")


def words(app: BasefitApp, name: str) -> str:
    return str(app.screen.query_one(f"#{name}", Static).content)


def cells(app: BasefitApp, name: str) -> list[list[str]]:
    found = app.screen.query(f"#{name}").results(Table)
    table = next(found, None)
    if table is None:
        return []
    return [[str(cell) for cell in table.get_row_at(row)] for row in range(table.row_count)]


async def test_one_key_leads_a_newcomer_to_a_measured_verdict(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "verdict")
        await until(pilot, lambda: cells(app, "ranking"))
        assert app.board.state == DONE
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
        await pilot.press("enter")
        await until(pilot, lambda: first.current_mode == "verdict")
    executor = fakes.FakeExecutor()
    again = make(executor=executor)
    async with again.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "see the verdict" in str(again.screen.query_one("#act").label)
        await pilot.press("enter")
        await until(pilot, lambda: again.current_mode == "verdict" and cells(again, "ranking"))
        assert cells(again, "ranking")[0][1:3] == ["large-model", "nf4"]
        assert executor.ran == []


async def test_a_killed_child_costs_one_row_and_the_rest_goes_on(make) -> None:
    app = make(executor=fakes.FakeExecutor(dead="small-model"))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: app.board and app.board.state == DONE)
        states = {(row.job.probe, row.job.subject): row.state for row in app.board.jobs}
        assert states[("perplexity", "small-model")] == FAILED
        assert states[("perplexity", "large-model")] == DONE
        assert app.board.count(FAILED) == 1
        (failure,) = app.store.failures()
        assert failure["failure"]["code"] == "probe-killed"
        assert {e.model for e in app.store.find("perplexity")} == {"large-model"}
        assert app.is_running


async def test_x_ends_one_job_and_the_others_go_on(make) -> None:
    app = make(executor=fakes.FakeExecutor(stuck="tokenizers"))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: app.board and app.board.count(RUNNING) and len(app.board.jobs) >= 3)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, CancelDialog))
        await pilot.press("x")
        await until(pilot, lambda: app.board.state == DONE)
        assert app.board.jobs[0].state == CANCELLED
        assert all(row.state == DONE for row in app.board.jobs[1:])


async def test_x_then_a_ends_everything_and_keeps_what_is_measured(make) -> None:
    app = make(executor=fakes.FakeExecutor(stuck="trial"))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: app.board and any(r.job.probe == "trial" for r in app.board.jobs))
        await pilot.press("x", "a")
        await until(pilot, lambda: app.board.state == CANCELLED)
        assert len(app.store.find("perplexity")) == 8
        assert app.store.find("trial") == []
        assert app.store.runs()[0].status == "cancelled"
        await pilot.press("5")
        await until(pilot, lambda: app.current_mode == "verdict" and cells(app, "ranking"))
        assert "large-model at nf4, measured" in words(app, "verdict-title")


async def test_the_job_of_measuring_own_models_takes_a_form(make, folder: Path) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, OwnDialog))
        app.screen.query_one("#targets", Input).value = ", ".join(fakes.models(folder))
        app.screen.query_one("#text", Input).value = str(folder / "text.txt")
        await pilot.press("enter", "enter", "enter")
        await until(pilot, lambda: app.current_mode == "verdict" and cells(app, "ranking"))
        assert app.question.data is None
        assert app.store.find("trial") == []
        assert app.state.text == str(folder / "text.txt")


async def test_the_form_says_what_is_wrong_and_stays(make, folder: Path) -> None:
    app = make()
    empty = folder / "[empty].txt"
    empty.write_text("")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, OwnDialog))
        form = app.screen
        for target, text, said in (
            ("/nowhere/[bold]x", "", "/nowhere/[bold]x"),
            (fakes.models(folder)[0], str(empty), "[empty].txt"),
            ("", "", "No model"),
        ):
            form.query_one("#targets", Input).value = target
            form.query_one("#text", Input).value = text
            form.query_one("#data", Input).focus()
            await pilot.press("enter")
            await until(
                pilot, lambda said=said: said in str(form.query_one("#own-problem", Static).content)
            )
        assert app.screen is form
        assert not app.measuring


async def test_budget_steps_and_is_remembered(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        before = words(app, "answer")
        assert "On 24.0 GiB" in before
        await pilot.press("right")
        await pilot.pause()
        assert app.budget.label == "rtx-5090"
        assert words(app, "answer") != before
    assert make(state={"budget": app.state.budget}).budget == parse_budget("rtx-5090")


async def test_budget_by_key_from_the_list_or_written(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, BudgetDialog))
        app.screen.query_one(Input).focus()
        await pilot.press(*"9quux", "enter")
        await pilot.pause()
        assert isinstance(app.screen, BudgetDialog)
        assert "9quux" in str(app.screen.query_one("#budget-problem", Static).content)
        app.screen.query_one(Input).value = "2x24GiB"
        await pilot.press("enter")
        await pilot.pause()
        assert app.budget.total_bytes == 48 * fakes.GIB
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, BudgetDialog))
        assert app.screen.query_one(OptionList).has_focus
        await pilot.press("down", "enter")
        await pilot.pause()
        assert app.budget.simulated


async def test_a_gpu_is_planned_for_by_its_free_memory(make) -> None:
    app = make(machine=fakes.WITH_GPU)
    async with app.run_test(size=SIZE):
        assert app.budget.bytes == 23000 * 2**20
        assert not app.budget.simulated
        assert "[/usr/bin/x] 3.0 GiB" in words(app, "machine")
        assert words(app, "sim-badge") == ""


async def test_language_switches_every_word_at_once(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        assert "Which base model" in words(app, "home-title")
        await pilot.press("l")
        await pilot.pause()
        assert "量化" in words(app, "home-title")
        assert words(app, "tab-models") == "2 模型"
        described = {active.binding.description for active in app.screen.active_bindings.values()}
        assert {"预算", "退出", "自选模型"} <= described
        await pilot.press("2")
        await pilot.pause()
        assert "可容纳" in words(app, "models-title")
    assert make(language=app.state.language).language == "zh"


async def test_theme_switches_and_is_remembered(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("t")
        await pilot.pause()
        assert app.theme == "basefit-light"
    assert make(state={"theme": app.state.theme}).theme == "basefit-light"


async def test_models_filter_sort_mark_and_what_if(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: cells(app, "models-table"))
        everything = cells(app, "models-table")
        await pilot.press("slash", *"qwen2.5-7b", "enter")
        await pilot.pause()
        assert {row[1] for row in cells(app, "models-table")} == {"qwen2.5-7b", "qwen2.5-7b-instruct"}
        await pilot.press("space")
        await pilot.pause()
        assert app.marked == ("qwen2.5-7b",)
        assert cells(app, "models-table")[0][0] == "*"
        assert "context 4096:" in words(app, "steps")
        before = words(app, "model-line")
        await pilot.press("right_square_bracket", "u")
        await pilot.pause()
        assert (app.state.context, app.state.use) == (4096, "qlora")
        assert words(app, "model-line") != before
        await pilot.press("escape", "s", "s")
        await pilot.pause()
        sizes = [row[2] for row in cells(app, "models-table")]
        assert len(sizes) >= len(everything) - 10
        assert "s parameters" in words(app, "models-title")


async def test_tokenizers_are_counted_and_cut_in_colours(make, folder: Path) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3")
        await until(pilot, lambda: app.current_mode == "tokenizers")
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
        assert "E8|[树]|?㐀" in words(app, "cut")
        app.screen.query_one("#pick", Input).value = "/nowhere"
        await pilot.press("r")
        await until(pilot, lambda: "/nowhere" in words(app, "tokenizers-state"))


async def test_the_verdict_can_be_asked_of_the_next_budget(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "verdict" and cells(app, "ranking"))
        rejected = sum(row[3] == "rejected" for row in cells(app, "ranking"))
        for _ in range(8):
            await pilot.press("right")
            await pilot.pause()
        assert sum(row[3] == "rejected" for row in cells(app, "ranking")) < rejected


async def test_evidence_shows_identity_and_the_command(make, folder) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "verdict" and cells(app, "ranking"))
        await pilot.press("enter")
        await pilot.pause()
        shown = "\n".join(str(static.content) for static in app.screen.query(".evidence").results(Static))
        ids = {e.id for e in app.store.find("trial") if e.model == "large-model"}
        assert any(id_ in shown for id_ in ids)
        assert f"$ basefit trial {folder / 'large-model'}" in shown, "found from any folder"
        assert "measured" in shown
        await pilot.press("escape")
        assert app.current_mode == "verdict"


async def test_every_screen_has_help_and_the_palette_knows_everything(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        for key in "12345":
            await pilot.press(key, "question_mark")
            await pilot.pause()
            assert len(app.screen_stack) == 2
            await pilot.press("escape")
            await pilot.pause()
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"budget: h200")
        await pilot.pause(0.4)
        await pilot.press("enter")
        await until(pilot, lambda: app.budget.label == "h200")


async def test_a_damaged_store_is_told_and_set_aside(make, folder: Path) -> None:
    app = make()
    app._store.close()
    app._store = None
    (folder / "evidence.sqlite").write_bytes(b"not a database" * 100)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert app.store.set_aside is not None
        assert any(str(app.store.set_aside) in note.message for note in app._notifications)


async def test_a_failed_row_says_how_to_mend_it_under_the_cursor(make) -> None:
    app = make(executor=fakes.FakeExecutor(dead="perplexity"))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: app.board and app.board.ended is not None)
        await pilot.press("4")
        await until(pilot, lambda: app.screen.query(JobPanel) and app.screen.query_one(JobPanel).row)
        await pilot.press("k", "k", "k", "k", "j")
        await until(pilot, lambda: "Killed by the system" in words(app, "run-log"))
        assert "run the same command again" in words(app, "run-log")


async def test_resuming_shows_what_is_known_and_measures_the_rest(make) -> None:
    executor = fakes.FakeExecutor(stuck="trial")
    app = make(executor=executor)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: app.board and any(r.job.probe == "trial" for r in app.board.jobs))
        await pilot.press("x", "a")
        await until(pilot, lambda: app.board.state == CANCELLED and not app.measuring)
        executor.stuck = ""
        executor.ran.clear()
        await pilot.press("r")
        await until(pilot, lambda: app.board.state == DONE)
        assert {job.probe for job in executor.ran} == {"trial"}
        assert len(app.board.metrics) == 10
