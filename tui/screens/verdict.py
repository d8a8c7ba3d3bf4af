"""Verdict: the ranking with its reasons in words, what would change it, and the evidence behind it."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from catalog.hardware.gpu import Budget
from catalog.problem import Problem
from catalog.quantization.levels import find_level
from catalog.verdict.option import footprints, most
from catalog.verdict.pareto import pareto
from catalog.verdict.recommend import recommend
from catalog.verdict.request import Ranked, Request, Verdict
from probes.measurement.question import prepare
from tui.screens.base import BasefitScreen
from tui.widgets.memory_bar import MemoryBar
from tui.widgets.scatter import Point, ScatterPlot
from tui.widgets.table import Table, cell
from tui.wording import (
    cards_words,
    fit_word,
    plus_minus,
    problem_words,
    provenance_word,
    range_words,
    reason_words,
    size_words,
    tuned_words,
    verdict_word,
)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
COLOURS = {"recommended": "success", "possible": "primary", "unmeasured": "warning", "rejected": "error"}


class VerdictScreen(BasefitScreen):
    """Judges anew whenever it is shown: the verdict is a pure function of question and evidence."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "evidence", "app.key.evidence", id="verdict.evidence"),
        Binding("left", "step(-1)", "app.key.less", show=False, id="verdict.less"),
        Binding("right", "step(1)", "app.key.more", key_display="< >", id="verdict.more"),
        Binding("p", "plot", "app.key.plot", id="verdict.plot"),
        Binding("w", "app.report", "app.key.report", show=False, id="verdict.report"),
        Binding("r", "again", "app.key.measure", show=False, id="verdict.run"),
    ]

    def body(self) -> Iterable[Widget]:
        yield Static(id="verdict-title", markup=False)
        yield MemoryBar(id="verdict-memory")
        with Container(classes="results"):
            yield Table(id="ranking")
            yield ScatterPlot(id="verdict-plot")
        with VerticalScroll(id="why"):
            yield Static(id="reasons", markup=False)

    def on_mount(self) -> None:
        self._request: Request | None = None
        self._asked: object = None
        self._budget: Budget | None = None
        self._problem: Problem | None = None
        self.query_one(Table).focus()

    def on_screen_resume(self) -> None:
        self._budget = None

    def refresh_words(self) -> None:
        question = self.basefit.question
        measurement = self.basefit.measurement
        if question is None:
            self._show_nothing()
        elif measurement is not None and measurement.request is not None:
            self._asked, self._request = question, measurement.request
            self._show()
        elif question != self._asked:
            self._asked, self._request, self._problem = question, None, None
            self.run_worker(self._understand(), exit_on_error=False)
        else:
            self._show()

    async def _understand(self) -> None:
        """Read the files of the remembered question, off the event loop: checkpoints are hashed."""
        question = self.basefit.question
        assert question is not None
        try:
            request, _ = await asyncio.to_thread(prepare, question)
        except Problem as problem:
            self._problem = problem
        else:
            if question == self._asked:
                self._request = request
        self._show()

    def _show_nothing(self) -> None:
        words = (
            problem_words(self._problem, self.basefit.language)
            if self._problem
            else self.say("verdict.nothing")
        )
        self.query_one("#verdict-title", Static).update(words)
        self.query_one("#reasons", Static).update("")
        self.query_one(MemoryBar).show(None, 0, self.basefit.language)

    @property
    def request(self) -> Request | None:
        """The question at the budget that is looked at."""
        if self._request is None or self._budget is None:
            return self._request
        return replace(self._request, budget=self._budget)

    def _show(self) -> None:
        request = self.request
        if request is None:
            self._show_nothing()
            return
        known = self.basefit.store.find(revision=request.revisions, imported=True)
        self._verdict: Verdict = recommend(request, known)
        self.query_one("#verdict-title", Static).update(self._title(self._verdict, request.budget))
        self._show_ranking(self._verdict.ranking)
        self._show_reasons()

    def _title(self, verdict: Verdict, budget: Budget) -> Content:
        params = {"budget": size_words(budget.total_bytes), "label": budget.label}
        winner = verdict.winner
        if winner is None:
            return Content(self.say("verdict.none", **params))
        words = self.say(
            f"verdict.winner-{winner.provenance}",
            model=winner.model,
            level=winner.level,
            quality=plus_minus(winner.quality, winner.quality_margin),
            memory=range_words(winner.low_bytes, winner.expected_bytes, winner.high_bytes),
            **params,
        )
        return Content.styled(words, "bold")

    def _show_ranking(self, ranking: tuple[Ranked, ...]) -> None:
        heads = [self.say(f"column.{name}") for name in ("letter", "model", "level", "verdict")]
        heads += [self.say(f"column.{name}") + "\t" for name in ("quality", "tuned", "memory")]
        heads += [self.say(f"column.{name}") for name in (("fit", "source") if self.roomy else ("fit",))]
        rows = [
            (f"{row.model}\n{row.level}", self._cells(letter, row))
            for letter, row in zip(LETTERS, ranking, strict=False)
        ]
        self.query_one(Table).fill(heads, rows)
        self.query_one(ScatterPlot).show(
            _points(ranking), self.say("verdict.plot-x"), self.say("run.plot-y")
        )

    def _cells(self, letter: str, row: Ranked) -> list[Text]:
        language = self.basefit.language
        colour = self.app.theme_variables[COLOURS.get(row.verdict, "foreground")]
        return [
            cell(letter),
            cell(row.model),
            cell(row.level),
            cell(verdict_word(row.verdict, language), colour),
            cell(plus_minus(row.quality, row.quality_margin), right=True),
            cell(self._tuned(row), right=True),
            cell(size_words(row.expected_bytes), right=True),
            cell(fit_word(row.fits, language)),
            *([cell(provenance_word(row.provenance, language))] if self.roomy else []),
        ]

    def _tuned(self, row: Ranked) -> str:
        found = plus_minus(row.tuned, row.tuned_margin if self.roomy else None)
        return tuned_words(found, row.tuned_level, row.level, self.basefit.language, not self.roomy)

    def _chosen(self) -> Ranked | None:
        key = self.query_one(Table).cursor_key()
        ranking = self._verdict.ranking if self.request else ()
        return next((row for row in ranking if f"{row.model}\n{row.level}" == key), None)

    def _show_reasons(self) -> None:
        request, row = self.request, self._chosen()
        if request is None or row is None:
            return
        language = self.basefit.language
        lines = [Content.styled(self.say("verdict.why", model=row.model, level=row.level), "bold")]
        lines += [Content("- " + reason_words(reason, language)) for reason in row.reasons]
        if self._verdict.would_change:
            lines.append(Content.styled(self.say("verdict.would-change"), "bold"))
            lines += [
                Content("- " + reason_words(reason, language)) for reason in self._verdict.would_change
            ]
        if self._verdict.vocabulary:
            lines.append(Content.styled(self.say("verdict.vocabulary"), "bold"))
            lines += [Content("- " + reason_words(reason, language)) for reason in self._verdict.vocabulary]
        self.query_one("#reasons", Static).update(Content("\n").join(lines))
        candidate = next(c for c in request.candidates if c.name == row.model)
        needed = most(footprints(request, candidate, find_level(row.level)))
        self.query_one(MemoryBar).show(needed, request.budget.bytes, language)

    def on_data_table_row_highlighted(self) -> None:
        self._show_reasons()

    def action_evidence(self) -> None:
        """The measurements behind the row under the cursor; with nothing measured, the demo."""
        from tui.screens.evidence import EvidenceDialog

        row = self._chosen() if self.request else None
        if row is None:
            if self.basefit.question is None:
                self.basefit.action_demo()
            return
        ids = {id_ for reason in row.reasons for id_ in reason.evidence}
        about = self.basefit.store.find(ids=ids, imported=True)
        named = sorted(ids - {e.id for e in about})
        self.app.push_screen(EvidenceDialog(row, about, named))

    def action_step(self, by: int) -> None:
        """The next budget at which something else fits."""
        request = self.request
        if request is None:
            return
        sizes = sorted({row.high_bytes for row in self._verdict.ranking})
        now = request.budget.bytes
        found = [s for s in sizes if s > now] if by > 0 else [s for s in reversed(sizes) if s < now]
        if found:
            count = request.budget.count
            self._budget = Budget(cards_words(found[0], count), found[0], None, True, count)
            self._show()

    def action_again(self) -> None:
        """Measure what the verdict still lacks."""
        question = self.basefit.question
        if question is not None:
            self.basefit.measure(question)

    def action_plot(self) -> None:
        """The ranking or the plot, where there is no room for both."""
        self.toggle_class("-plot")


def _points(ranking: tuple[Ranked, ...]) -> list[Point]:
    """Bits per byte against the memory needed (MiB), lettered as in the table."""
    found = [
        (letter, row.expected_bytes / 2**20, row.quality)
        for letter, row in zip(LETTERS, ranking, strict=False)
        if row.quality is not None
    ]
    front = pareto([(x, y) for _, x, y in found])
    return [Point(letter, x, y, best) for (letter, x, y), best in zip(found, front, strict=True)]
