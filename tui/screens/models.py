"""Models: what fits the budget, at which level, and what one step more or less would change."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from catalog.evidence.records import Evidence
from catalog.problem import Problem
from catalog.quantization.precision import FLOAT16, half_for
from catalog.verdict.fit import FitRow, rows
from catalog.verdict.request import Request
from catalog.verdict.wishes import KIND_WISHES, USES, after
from probes.checkpoint.target import cached_entry
from tui.screens.base import BasefitScreen
from tui.widgets.memory_bar import MemoryBar
from tui.widgets.table import Table, cell
from tui.wording import (
    count_words,
    figures_words,
    fit_word,
    problem_words,
    range_words,
    size_words,
    speed_words,
)

CONTEXTS = (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072)
BATCHES = (1, 2, 4, 8, 16, 32)
FIT_COLOUR = {"yes": "success", "tight": "warning", "no": "error"}
SORTS: dict[str, Callable[[FitRow], tuple[object, ...]]] = {
    "best": lambda row: (),  # as the verdict has them
    "memory": lambda row: (row.expected_bytes, row.model),
    "parameters": lambda row: (-row.parameters, row.model),
    "speed": lambda row: (-(row.tokens_per_second_estimate or 0), row.model),
    "name": lambda row: (row.model,),
}


class FilterInput(Input):
    """Escape shows every row again, and the footer says so."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "screen.clear_filter", "app.key.clear", id="models.clear-typing"),
    ]


class ModelsScreen(BasefitScreen):
    """Everything here is an estimate with its range; measuring starts with a mark and `r`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "app.key.filter", key_display="/", id="models.filter"),
        Binding("space", "mark", "app.key.mark", id="models.mark"),
        Binding("r", "app.measure_own", "app.key.measure", id="models.run"),
        Binding("s", "sort", "app.key.sort", show=False, id="models.sort"),
        Binding("u", "use", "app.key.use", show=False, id="models.use"),
        Binding("c", "kind", "app.key.kind", show=False, id="models.kind"),
        Binding(
            "left_square_bracket", "context(-1)", "app.key.context-less", show=False, id="models.shorter"
        ),
        Binding(
            "right_square_bracket", "context(1)", "app.key.context-more", show=False, id="models.longer"
        ),
        Binding("minus", "batch(-1)", "app.key.batch-less", show=False, id="models.fewer"),
        Binding("plus,equals_sign", "batch(1)", "app.key.batch-more", show=False, id="models.more"),
        Binding("a", "all", "app.key.all", show=False, id="models.all"),
        Binding("escape", "clear_filter", "app.key.clear", show=False, id="models.clear"),
    ]

    def body(self) -> Iterable[Widget]:
        yield Static(id="models-title", markup=False)
        yield FilterInput(id="filter", classes="-hidden")
        with Container(id="models-body"):
            yield Table(id="models-table")
            with VerticalScroll(id="models-detail", can_focus=False):
                yield Static(id="model-line", markup=False)
                yield MemoryBar(id="model-memory")
                yield Static(id="steps", markup=False)

    def on_mount(self) -> None:
        self._sort, self._everything, self._filter = "best", False, ""
        self._rows: list[FitRow] = []
        self._left_out: list[FitRow] = []
        self._request: Request | None = None
        self._known: list[Evidence] = []
        self._problem: Problem | None = None
        self._on_disk: dict[str, bool] = {}
        self.query_one(Table).focus()

    def refresh_words(self) -> None:
        app, asked = self.basefit, self.basefit.state.asked
        found = self._found()
        self._left_out = [row for row in found if row.left_out]
        if not self._everything:
            found = [row for row in found if not row.left_out]
        wanted = self._filter.lower().split()
        self._rows = sorted(
            (row for row in found if all(word in searchable(row) for word in wanted)), key=SORTS[self._sort]
        )
        title = self.say(
            "models.title",
            fitting=sum(row.fits == "yes" for row in self._rows),
            shown=len(self._rows),
            size=size_words(app.budget.total_bytes),
            use=self.say(f"use.{asked.use}"),
            context=asked.context,
            batch=asked.batch,
            sort=self.say(f"sort.{self._sort}"),
        )
        self.query_one("#models-title", Static).update(title)
        self.query_one("#filter", Input).placeholder = self.say("models.filter-example")
        heads = [
            " ",
            self.say("column.model"),
            self.say("column.parameters") + "\t",
            self.say("column.level"),
        ]
        heads += [self.say("column.memory") + "\t", self.say("column.fit"), self.say("column.speed") + "\t"]
        if self.roomy:
            heads += [self.say("column.disk"), self.say("column.licence")]
        self.query_one(Table).fill(heads, [(row.model, self._cells(row)) for row in self._rows])
        self._show_detail()

    def _found(self) -> list[FitRow]:
        """Every row of what is asked now; none where it cannot be answered, and why."""
        self._problem = None
        try:
            self._request, self._known = self.basefit.starting_request(self._everything)
        except Problem as problem:  # of what was asked, or of a models.toml of one's own
            self._problem = problem
            return []
        return rows(self._request, self._known)

    def _refit(self, row: FitRow, **changes: Any) -> FitRow:
        """The same model where something else is asked."""
        assert self._request is not None
        (found,) = rows(replace(self._request, candidates=(row.candidate,), **changes), self._known)
        return found

    def _cells(self, row: FitRow) -> list[Text]:
        colour = self.app.theme_variables[FIT_COLOUR[row.fits]]
        rate = row.rate
        return [
            cell("*" if row.model in self.basefit.marked else " "),
            cell(row.model),
            cell(count_words(row.parameters), right=True),
            cell(row.level),
            cell(size_words(row.expected_bytes), right=True),
            cell(fit_word(row.fits, self.basefit.language), colour),
            cell(speed_words(rate.expected, rate.calibrated) if rate else "-", right=True),
            *(self._more_cells(row) if self.roomy else ()),
        ]

    def _more_cells(self, row: FitRow) -> tuple[Text, Text]:
        """Whether its weights are on this disk, and whether its licence allows commercial use."""
        here = self.say("models.here") if self._is_here(row) else "-"
        return cell(here), cell(self.say(f"licence.{row.entry.commercial}"))

    def _is_here(self, row: FitRow) -> bool:
        if row.model not in self._on_disk:
            self._on_disk[row.model] = cached_entry(row.entry) is not None
        return self._on_disk[row.model]

    def _chosen(self) -> FitRow | None:
        key = self.query_one(Table).cursor_key()
        return next((row for row in self._rows if row.model == key), None)

    def _show_detail(self) -> None:
        row, app = self._chosen(), self.basefit
        bar = self.query_one(MemoryBar)
        if row is None:
            why = problem_words(self._problem, app.language) if self._problem else self.say("models.none")
            self.query_one("#model-line", Static).update(why)
            self.query_one("#steps", Static).update("")
            bar.show(None, 0, app.language)
            return
        line = self.say(
            "models.line",
            model=row.model,
            level=row.level,
            memory=range_words(row.low_bytes, row.expected_bytes, row.high_bytes),
            fit=fit_word(row.fits, app.language),
            licence=row.entry.licence or self.say("unknown"),
        )
        self.query_one("#model-line", Static).update(Content.styled(line, "bold"))
        bar.show(row.footprint, app.budget.bytes, app.language)
        self.query_one("#steps", Static).update(flowed(self._steps(row), self._detail_width))

    @property
    def _detail_width(self) -> int:
        """Cells for the words on the row under the cursor, beside the table or below it."""
        detail = self.query_one("#models-detail").content_size.width
        return detail if self.has_class("-broad") and detail else self.size.width - 4

    def _steps(self, row: FitRow) -> Iterable[str]:
        """What one step of context, batch, rank or budget would change for the row under the cursor."""
        app, asked = self.basefit, self.basefit.state.asked
        request = self._request
        assert request is not None
        if self._left_out and not self._everything:
            yield self.say(
                "models.left-out",
                count=len(self._left_out),
                kind=self.say(f"kind.{asked.open.wanted_kind}"),
            )
        if request.correction is not None:
            yield self.say("models.corrected", ratio=f"{request.correction.ratio:.2f}")
        gpu = request.budget.gpu
        if gpu is not None and (gpu.measured or gpu.derived):
            yield self.say("models.card-figures", **figures_words(gpu, app.language))
        if gpu is not None and half_for(gpu.capability) == FLOAT16:
            yield self.say("models.float16")
        for by in (-1, 1):
            context = step(CONTEXTS, asked.context, by)
            if context != asked.context and context <= row.entry.spec.context:
                words = self.say("models.step-context", context=context)
                yield self._step_words(words, row, self._refit(row, context=context))
        batch = step(BATCHES, asked.batch, 1)
        words = self.say("models.step-batch", batch=batch)
        yield self._step_words(words, row, self._refit(row, batch=batch))
        if request.tunes:
            for rank in (request.rank // 2, request.rank * 2):
                words = self.say("models.step-rank", rank=rank)
                yield self._step_words(words, row, self._refit(row, rank=rank))
        stops = app.stops()
        at = next((i for i, stop in enumerate(stops) if stop.label == app.budget.label), 0)
        for place in (at - 1, at + 1):
            if 0 < place < len(stops):
                budget = stops[place]
                room = app.room(budget)
                words = self.say(
                    "models.step-budget", label=budget.label, size=size_words(budget.total_bytes)
                )
                of_room = {"correction": room.correction, "context_bytes": room.context_bytes}
                found = self._refit(row, budget=room.budget, device=room.device, **of_room)
                yield self._step_words(words, row, found)

    def _step_words(self, words: str, row: FitRow, other: FitRow) -> str:
        return self.say(
            "models.step-same" if other.level == row.level else "models.step-other",
            step=words,
            level=other.level,
            memory=size_words(other.expected_bytes),
            fit=fit_word(other.fits, self.basefit.language),
        )

    def on_data_table_row_highlighted(self) -> None:
        self._show_detail()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is possible now is shown."""
        return action != "filter" or not isinstance(self.focused, Input)

    def action_filter(self) -> None:
        """Write what the rows must contain."""
        box = self.query_one("#filter", Input)
        box.remove_class("-hidden")
        box.focus()

    @on(Input.Changed, "#filter")
    def _filtered(self, event: Input.Changed) -> None:
        self._filter = event.value
        self.refresh_words()

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self.query_one("#filter", Input).set_class(not self._filter, "-hidden")
        self.query_one(Table).focus()

    def action_clear_filter(self) -> None:
        """Show every row again."""
        self._filter = self.query_one("#filter", Input).value = ""
        self._filter_done()

    def action_mark(self) -> None:
        """Mark the model for measuring, or take the mark away."""
        row = self._chosen()
        if row is not None:
            marked = self.basefit.marked
            self.basefit.marked = (
                tuple(name for name in marked if name != row.model)
                if row.model in marked
                else (*marked, row.model)
            )
            self.refresh_words()

    def action_sort(self) -> None:
        """The next order of the rows."""
        names = list(SORTS)
        self._sort = names[(names.index(self._sort) + 1) % len(names)]
        self.refresh_words()

    def action_use(self) -> None:
        """Inference, QLoRA, LoRA, or inference and QLoRA on one card."""
        self._set(use=after(self.basefit.state.asked.use, USES))

    def action_kind(self) -> None:
        """Base, chat, coder or reasoning models, or any."""
        self._set(kind=after(self.basefit.state.asked.open.wanted_kind, KIND_WISHES))

    def action_context(self, by: int) -> None:
        """A longer or shorter context."""
        self._set(context=step(CONTEXTS, self.basefit.state.asked.context, by))

    def action_batch(self, by: int) -> None:
        """A larger or smaller batch."""
        self._set(batch=step(BATCHES, self.basefit.state.asked.batch, by))

    def action_all(self) -> None:
        """Also what is left out: another language or kind, a licence, too short a context."""
        self._everything = not self._everything
        self.refresh_words()

    def _set(self, **changes: object) -> None:
        self.basefit.ask(**changes)
        self.refresh_words()


def flowed(parts: Iterable[str], width: int) -> str:
    """Short parts side by side, three spaces between them, as many as a line of `width` cells holds."""
    lines: list[str] = []
    for part in parts:
        if lines and cell_len(lines[-1]) + 3 + cell_len(part) <= width:
            lines[-1] += "   " + part
        else:
            lines.append(part)
    return "\n".join(lines)


def searchable(row: FitRow) -> str:
    """What the filter looks in: name, level, languages, licence."""
    entry = row.entry
    return " ".join([row.model, row.level, *entry.languages, entry.licence or "", entry.hub_id]).lower()


def step(values: tuple[int, ...], now: int, by: int) -> int:
    """The value `by` places from the one nearest below `now`, within the ends."""
    at = max((i for i, value in enumerate(values) if value <= now), default=0)
    return values[min(max(at + by, 0), len(values) - 1)]
