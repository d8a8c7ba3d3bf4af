"""The form for one's own question: all that a command can be told; the budget is the one chosen on Home."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Checkbox, Input, Select, Static

from catalog.memory.trainers import TRAINERS
from catalog.problem import Problem
from catalog.quantities import minutes_of
from catalog.quantization.engines import ENGINES, OFFLOADS
from catalog.verdict.wishes import KIND_WISHES, TASKS, USES
from probes.checkpoint.missing import hub_id
from probes.checkpoint.target import DEMO_FAMILY, on_disk
from probes.home import home
from probes.machine.device import id_of
from probes.measurement.plan import seconds_of_everything
from probes.measurement.question import Question, prepare, understand
from probes.measurement.saved_requests import Asked
from tui.screens.base import BasefitDialog
from tui.screens.fetch import FetchDialog
from tui.wording import duration_words, problem_words, size_words

FIELDS = ("candidates", "text", "data", "minutes")
"""What a measurement needs to be told; `minutes` is not of Asked but of this one measurement."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "use": USES, "kind": ("", *KIND_WISHES), "task": TASKS, "engine": ("", *ENGINES),
    "offload": ("", *OFFLOADS), "trainer": tuple(TRAINERS),
}  # fmt: skip
WRITTEN = (
    "language", "context", "batch", "levels", "min_speed", "hours", "money", "gpu_hour",
    "prefill", "kv_bits", "windows", "examples",
)  # fmt: skip


class OwnDialog(BasefitDialog[Question]):
    """Answers a Question whose files have been read, or None. A field left empty is as usual."""

    def compose(self) -> ComposeResult:
        asked, marked = self.basefit.state.asked, self.basefit.marked
        filled = {name: in_words(getattr(asked, name)) for name in (*FIELDS[:-1], *WRITTEN)}
        filled["candidates"] = ", ".join(marked or asked.candidates or DEMO_FAMILY)
        filled["minutes"] = self.basefit.state.minutes
        with VerticalScroll(classes="dialog -wide", can_focus=False):
            yield Static(self.say("own.title"), classes="dialog-title", markup=False)
            for name in FIELDS:
                yield Static(self.say(f"own.{name}"), id=f"own-{name}", markup=False)
                yield Input(filled[name], placeholder=self.say(f"own.{name}-example"), id=name)
            budget = self.basefit.budget
            size = size_words(budget.total_bytes)
            yield Static(self.say("own.budget", label=budget.label, size=size), markup=False)
            yield Static(id="own-problem", classes="problem", markup=False)
            yield Button(self.say("own.start"), id="start", variant="primary")
            yield Static(self.say("own.more"), classes="dialog-title", id="own-more", markup=False)
            for name, values in CHOICES.items():
                options = [(self.say(f"{name}.{value or 'usual'}"), value) for value in values]
                now = getattr(asked, name) or ""
                yield self._line(name, Select(options, value=now, allow_blank=False, compact=True, id=name))
            yield self._line("commercial", Checkbox("", asked.commercial, compact=True, id="commercial"))
            for name in WRITTEN:
                usual = in_words(getattr(Asked(), name)) or self.say("own.usual")
                yield self._line(name, Input(filled[name], placeholder=usual, id=name))

    def _line(self, name: str, widget: Select[str] | Checkbox | Input) -> Horizontal:
        return Horizontal(Static(self.say(f"own.{name}"), markup=False), widget, classes="field")

    def on_mount(self) -> None:
        self.call_after_refresh(self.query_one(VerticalScroll).scroll_home, animate=False)
        self._foretell()

    def asked(self) -> Asked:
        """What the form says now; Problems number-unreadable and those of Asked."""
        written = (*FIELDS[:-1], *WRITTEN)
        said: dict[str, Any] = {name: self.query_one(f"#{name}", Input).value.strip() for name in written}
        said |= {name: self.query_one(f"#{name}", Select).value for name in CHOICES}
        said["commercial"] = self.query_one("#commercial", Checkbox).value
        return Asked().given(said)

    def question(self) -> Question:
        """What is asked, understood; nothing read yet. Problem minutes-unreadable and those of `asked`."""
        app = self.basefit
        question = understand(self.asked(), app.room(), id_of(app.devices))
        return replace(question, minutes=minutes_of(self._minutes))

    @property
    def _minutes(self) -> str:
        return self.query_one("#minutes", Input).value.strip()

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        """Enter leads from line to line, and from the last of the first four to the measurement."""
        if event.input.id in (FIELDS[-1], WRITTEN[-1]):
            self._start()
        else:
            self.focus_next()

    @on(Input.Blurred)
    def _foretell(self) -> None:
        """Say what measuring everything would take, as soon as the files are read for it."""
        self.run_worker(self._cost(), group="own-cost", exclusive=True, exit_on_error=False)

    async def _cost(self) -> None:
        told = self.query_one("#own-minutes", Static)
        try:
            request, inputs = await asyncio.to_thread(prepare, self.question())
        except Problem:  # what is wrong is said when the form is sent
            told.update(self.say("own.minutes"))
            return
        known = self.basefit.store.find(revision=request.revisions)
        seconds = seconds_of_everything(request, inputs, known, home() / "adapters")
        told.update(self.say("own.minutes-cost", cost=duration_words(seconds)))

    @on(Button.Pressed, "#start")
    def _start(self) -> None:
        self.run_worker(self._check(), exclusive=True, exit_on_error=False)

    async def _check(self) -> None:
        """Read every file before starting, off the event loop, and say what is wrong in the form."""
        told = self.query_one("#own-problem", Static)
        told.update(self.say("own.reading"))
        self.query_one("#start").scroll_visible()
        try:
            asked, question = self.asked(), self.question()
            named = asked.candidates or ()
            missing = [target for target in named if hub_id(target) is not None]
            if missing and not await self.app.push_screen_wait(FetchDialog(missing)):
                told.update(self.say("fetch.declined", repos=", ".join(missing)))
                return
            for target in named:
                on_disk(target)
            request, _ = await asyncio.to_thread(prepare, question)
            if not any(candidate.path for candidate in request.candidates):
                raise Problem("nothing-to-measure" if named else "no-candidates")
        except Problem as problem:
            told.update(problem_words(problem, self.basefit.language))
            return
        self.basefit.remember(asked=asked, minutes=self._minutes)
        self.dismiss(question)


def in_words(value: object) -> str:
    """A value of Asked as it is written in a line; "" where it is not said."""
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) and value else str(value or "")
