"""Run: the queue as it is worked off, what was measured so far, and the log."""

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from catalog.evidence.kinds import Perplexity, Trial
from catalog.problem import Problem
from catalog.verdict.pareto import pareto
from probes.jobs.events import Metric
from probes.jobs.queue import JobState
from probes.measurement.board import Board, JobRow, LogLine
from tui.screens.base import BasefitScreen
from tui.screens.windows import WindowsDialog, reference_of
from tui.widgets.job_panel import JobPanel
from tui.widgets.progress import bar_words, left_words, now_words
from tui.widgets.scatter import Point, ScatterPlot
from tui.widgets.table import Table, cell
from tui.wording import (
    damage_word,
    duration_words,
    kl_words,
    plus_minus,
    problem_words,
    reason_words,
    size_words,
)

REFRESH_S = 0.1
BAR = 24
"""Cells of the whole run's bar."""
WEIGHTS, TUNED, KL = 3, 5, 6
"""Places of columns: trials take the place of the weights, and there is room for both, and KL, or not."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
COLUMNS = {"bits": "quality", "ppl": "ppl"}
"""What the plot and its column can show."""
DIGITS = {"bits": 3, "ppl": 2}


class LevelTable(Table):
    """The levels; Enter looks into the row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.windows", "app.key.windows", id="run.windows-enter"),
    ]


class RunScreen(BasefitScreen):
    """Draws the app's board ten times a second at most; of its own it holds what the plot shows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "cancel", "app.key.cancel", id="run.cancel"),
        Binding("r", "again", "app.key.run-again", id="run.again"),
        Binding("w", "windows", "app.key.windows", show=False, id="run.windows"),
        Binding("p", "plot", "app.key.plot", show=False, id="run.plot"),
        Binding("y", "quantity", "app.key.quantity", show=False, id="run.quantity"),
        Binding("6", "app.go('trial')", "app.key.trial", id="run.trial"),
        Binding("tab", "app.focus_next", "app.key.other-list", show=False, id="run.other-list"),
        Binding("enter", "app.go('verdict')", "app.key.verdict", show=False, id="run.verdict"),
    ]

    def body(self) -> Iterable[Widget]:
        yield Static(id="run-title", markup=False)
        yield Static(id="run-clock", markup=False)
        yield Static(id="run-plan", markup=False)
        yield JobPanel(id="jobs")
        with Container(classes="results"):
            yield LevelTable(id="levels")
            yield ScatterPlot(id="run-plot")
        yield Static(id="run-log", markup=False)

    def on_mount(self) -> None:
        self._drawn: tuple[object, ...] = ()
        self._quantity = "bits"
        self._possible = (False, False)
        self.query_one(JobPanel).focus()
        self.set_interval(REFRESH_S, self._tick)
        if self.basefit.measurement is None:
            self.run_worker(self._recall(), group="recall", exit_on_error=False)

    async def _recall(self) -> None:
        """What was measured before the app was last left."""
        try:
            await self.basefit.recall()
        except Problem as problem:
            self.query_one("#run-log", Static).update(problem_words(problem, self.basefit.language))
        else:
            self.refresh_words()

    def _tick(self) -> None:
        board = self.basefit.board
        if self.is_current and board is not None and (board.running or self._drawn[:1] != (board.version,)):
            self.refresh_words()

    def refresh_words(self) -> None:
        board, language = self.basefit.board, self.basefit.language
        self.query_one(JobPanel).show(board, language)
        self.query_one("#run-title", Static).update(self._title(board))
        self._show_clock(board)
        self._show_plan(board)
        state = (board.version if board else 0, language, self.app.theme, self.size, self._quantity)
        if state == getattr(self, "_drawn", ()):
            return
        self._drawn = state
        self._show_log(board)
        self._show_levels()
        possible = (bool(self._metrics), self.basefit.measuring)
        if possible != self._possible:
            self._possible = possible
            self.refresh_bindings()

    def _title(self, board: Board | None) -> str:
        question = self.basefit.question
        if board is None or question is None:
            return self.say("run.nothing")
        params = {
            "budget": f"{question.budget.label} {size_words(question.budget.total_bytes)}",
            "ended": board.over,
            "jobs": len(board.jobs),
            "failed": board.count(JobState.FAILED),
            "time": duration_words(board.seconds),
        }
        if board.running and board.minutes is not None:
            return self.say("run.title-planned", limit=duration_words(board.minutes * 60), **params)
        return self.say(f"run.title-{'earlier' if board.earlier else board.state}", **params)

    def _show_clock(self, board: Board | None) -> None:
        """How far the whole run is, and how long it still takes."""
        clock = self.query_one("#run-clock", Static)
        found = board.reckoned() if board else None
        clock.display = found is not None
        if found is not None:
            clock.update(f"{bar_words(found.share, BAR)} {left_words(found, self.basefit.language)}")

    def _show_plan(self, board: Board | None) -> None:
        """By the plan: what is measured now and why; at the end, why nothing more is."""
        plan = self.query_one("#run-plan", Static)
        reason = board.reason if board else None
        plan.display = reason is not None
        if reason is not None:
            plan.update(reason_words(reason, self.basefit.language))

    @property
    def _metrics(self) -> list[Metric]:
        """What the table shows, in its order."""
        board = self.basefit.board
        return [m for m in board.metrics if m.kind in ("perplexity", "trial")] if board else []

    def _show_levels(self) -> None:
        metrics, language = self._metrics, self.basefit.language
        heads = [self.say(f"column.{name}") for name in ("letter", "model", "level")]
        tried = any(metric.kind == "trial" for metric in metrics)
        left_out = {KL} if not self.roomy else set()
        left_out |= ({WEIGHTS} if not self.roomy else set()) if tried else {TUNED}
        numbers = ["weights", COLUMNS[self._quantity], "tuned", "kl"]
        heads += [
            self.say(f"column.{name}") + "\t"
            for at, name in enumerate(numbers, WEIGHTS)
            if at not in left_out
        ]
        heads.append(self.say("column.damage"))
        rows = []
        for place, metric in enumerate(metrics):
            found = level_cells(letter_of(place), metric, language, self.say("run.tuned"), self._quantity)
            rows.append((str(place), [one for at, one in enumerate(found) if at not in left_out]))
        self.query_one("#levels", Table).fill(heads, rows)
        plot = self.query_one(ScatterPlot)
        label = self.say("run.plot-y" if self._quantity == "bits" else "run.plot-ppl")
        plot.show(points(metrics, self._quantity), self.say("run.plot-x"), label)

    def on_job_panel_moved(self) -> None:
        self._show_log(self.basefit.board)

    def _show_log(self, board: Board | None) -> None:
        """The last lines; on a failed job the whole sentence of what went wrong and how to mend it."""
        log, row = self.query_one("#run-log", Static), self.query_one(JobPanel).row
        failed = row.failed if row is not None and row.state is JobState.FAILED else None
        log.set_class(failed is not None, "-failure")
        log.update(problem_words(failed, self.basefit.language) if failed else self._log(board, row))

    def _log(self, board: Board | None, row: JobRow | None) -> Content:
        """How the running job under the cursor stands, and the last lines."""
        if board is None:
            return Content("")
        room = max(1, self.query_one("#run-log").size.height or 3)
        lines = [self._log_words(line) for line in board.log]
        if row is not None and row.state is JobState.RUNNING and row.progress is not None:
            lines = [*lines[1 - room :], self._now_words(board, row)]
        return Content("\n").join(Content(line) for line in lines[-room:])

    def _now_words(self, board: Board, row: JobRow) -> str:
        assert row.progress is not None
        return now_words(row.job.subject, row.progress, board.reckoned(row), self.basefit.language)

    def _log_words(self, line: LogLine) -> str:
        params = dict(line.params)
        if "probe" in params:
            params["probe"] = self.say(f"probe.{params['probe']}")
        if line.reason is not None:
            params["why"] = reason_words(line.reason, self.basefit.language)
        if line.failed is not None:
            params["why"] = problem_words(line.failed, self.basefit.language)
        words = self.say(f"log.{line.key}", **params)
        if line.key == "ended-failed" and line.failed is not None:
            words = params["why"]
        return f"{duration_words(line.at):>5} {words}"

    def action_cancel(self) -> None:
        """Ask what to end: the job under the cursor, or everything."""
        from tui.screens.cancel import CancelDialog

        measurement = self.basefit.measurement
        if measurement is None or not self.basefit.measuring:
            return
        row = self.query_one(JobPanel).row
        going = row is not None and row.state in (JobState.QUEUED, JobState.RUNNING)
        job = row if going else None

        def ended(choice: str | None) -> None:
            if choice == "all":
                self.basefit.cancel_measurement()
            elif choice == "job" and job is not None:
                measurement.cancel(job.number)

        self.app.push_screen(CancelDialog(job.job.subject if job else ""), ended)

    def action_again(self) -> None:
        """Measure what is still missing: what is known is not measured again."""
        question = self.basefit.question
        if question is not None and not self.basefit.measuring:
            self.basefit.measure(question)

    def action_windows(self) -> None:
        """Which parts of the text the level under the cursor was hurt on."""
        metric, question = self._chosen(), self.basefit.question
        if metric is not None and question is not None:
            self.app.push_screen(WindowsDialog(metric, reference_of(metric, self._metrics), question.text))

    def _chosen(self) -> Metric | None:
        """The measured level under the table's cursor; None on a trial, which has no windows."""
        found = self.query(LevelTable)
        key = found.first().cursor_key() if found else None
        metrics = self._metrics
        if key is None or int(key) >= len(metrics) or metrics[int(key)].kind != "perplexity":
            return None
        return metrics[int(key)]

    def action_quantity(self) -> None:
        """Bits per byte, or perplexity, which compares levels of one model only."""
        self._quantity = "ppl" if self._quantity == "bits" else "bits"
        self.refresh_words()

    def action_plot(self) -> None:
        """The table or the plot, where there is no room for both."""
        self.toggle_class("-plot")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is possible now is shown."""
        if action == "cancel":
            return self.basefit.measuring
        if action == "again":
            return not self.basefit.measuring and self.basefit.measurement is not None
        if action in ("windows", "quantity"):
            return bool(self._metrics)
        return True


def letter_of(place: int) -> str:
    """The letter of a row in table and plot; a dot where letters have run out."""
    return LETTERS[place] if place < len(LETTERS) else "."


def level_cells(
    letter: str, metric: Metric, language: str, tuned: str, quantity: str = "bits"
) -> list[Text]:
    """One measured level, or the model after its trial, whose bits per byte are of the data's answers and
    not of the text: they have a column of their own.
    """
    trial = metric.kind == "trial"
    after = Trial.of(metric) if trial else None
    found = Perplexity.of(metric)  # of a trial too: it has no weights of its own, no KL and no damage
    size = found.weight_bytes
    return [
        cell(letter),
        cell(metric.model),
        cell(f"{metric.level} {tuned}" if trial else metric.level),
        cell(size_words(size) if size else "-", right=True),
        cell("-" if trial else plus_minus(*quality_of(found, quantity), DIGITS[quantity]), right=True),
        cell(plus_minus(after.bits_per_byte, after.margin, DIGITS["bits"]) if after else "-", right=True),
        cell(kl_words(found.kl_nats, found.kl_margin), right=True),
        cell(damage_word(found.verdict, language)),
    ]


def quality_of(found: Perplexity, quantity: str) -> tuple[float | None, float | None]:
    """Bits per byte or perplexity, with half of its 95 % interval."""
    if quantity == "bits":
        return found.bits_per_byte, found.margin
    return found.ppl, found.ppl_margin


def points(metrics: Iterable[Metric], quantity: str = "bits") -> list[Point]:
    """Quality against weight bytes (MiB), lettered as in the table; the Pareto front marked."""
    found = []
    for place, metric in enumerate(metrics):
        level = Perplexity.of(metric)
        value, _ = quality_of(level, quantity)
        if level.weight_bytes and value is not None:
            found.append((letter_of(place), level.weight_bytes / 2**20, value))
    front = pareto([(x, y) for _, x, y in found])
    return [Point(letter, x, y, best) for (letter, x, y), best in zip(found, front, strict=True)]
