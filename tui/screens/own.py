"""The form for one's own question: models, text, data, minutes; the budget is the one chosen on Home."""

import asyncio
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Button, Input, Static

from catalog.problem import Problem
from catalog.quantities import minutes_of
from catalog.verdict.wishes import Wishes, parse_languages
from probes.checkpoint.missing import hub_id
from probes.checkpoint.target import DEMO, DEMO_FAMILY, on_disk
from probes.home import home
from probes.measurement.plan import seconds_of_everything
from probes.measurement.question import Question, prepare
from probes.race.entry import listed, placed
from tui.screens.base import BasefitDialog
from tui.screens.fetch import FetchDialog
from tui.wording import duration_words, problem_words, size_words

FIELDS = ("targets", "text", "data", "minutes")


class OwnDialog(BasefitDialog[Question]):
    """Answers a Question whose files have been read, or None."""

    def compose(self) -> ComposeResult:
        state = self.basefit.state
        marked = self.basefit.marked
        filled = {
            "targets": ", ".join(marked or state.targets or DEMO_FAMILY),
            "text": state.text,
            "data": state.data,
            "minutes": state.minutes,
        }
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

    def on_mount(self) -> None:
        self._foretell()

    def question(self) -> Question:
        """What the form says now; nothing is read yet. Problem minutes-unreadable."""
        values = {name: self.query_one(f"#{name}", Input).value.strip() for name in FIELDS}
        app, room = self.basefit, self.basefit.room()
        languages = parse_languages(app.state.languages)
        return Question(
            budget=app.budget,
            targets=tuple(map(placed, listed(values["targets"]))),
            text=_file(values["text"]) or DEMO / "sample.txt",
            data=_file(values["data"]),
            use=app.state.use,
            context=app.state.context,
            batch=app.state.batch,
            language=languages[0][0],
            device="cuda" if app.machine.card else "cpu",
            card=room.device,
            correction=room.correction,
            wishes=Wishes(languages=languages),
            minutes=minutes_of(values["minutes"]),
        )

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        at = FIELDS.index(event.input.id or "targets")
        if at + 1 < len(FIELDS):
            self.query_one(f"#{FIELDS[at + 1]}", Input).focus()
        else:
            self._start()

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
        try:
            question = self.question()
            missing = [repo for repo in map(hub_id, question.targets) if repo is not None]
            if missing and not await self.app.push_screen_wait(FetchDialog(missing)):
                told.update(self.say("fetch.declined", repos=", ".join(missing)))
                return
            for target in question.targets:
                on_disk(target)
            await asyncio.to_thread(prepare, question)
        except Problem as problem:
            told.update(problem_words(problem, self.basefit.language))
            return
        kept = ("text", "data", "minutes")
        values = {name: self.query_one(f"#{name}", Input).value.strip() for name in kept}
        self.basefit.remember(targets=question.targets, **values)
        self.dismiss(question)


def _file(words: str) -> Path | None:
    return Path(words).expanduser().absolute() if words else None
