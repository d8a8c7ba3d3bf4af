"""The form for one's own question: models, text, data; the budget is the one chosen on Home."""

import asyncio
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Button, Input, Static

from catalog.problem import Problem
from catalog.wishes import Wishes, parse_languages
from probes.question import Question, prepare
from probes.target import DEMO, DEMO_FAMILY, on_disk
from tui.hub import hub_id
from tui.screens.base import BasefitDialog
from tui.screens.fetch import FetchDialog
from tui.wording import problem_words, size_words

FIELDS = ("targets", "text", "data")


class OwnDialog(BasefitDialog[Question]):
    """Answers a Question whose files have been read, or None."""

    def compose(self) -> ComposeResult:
        state = self.basefit.state
        marked = self.basefit.marked
        filled = {
            "targets": ", ".join(marked or state.targets or DEMO_FAMILY),
            "text": state.text,
            "data": state.data,
        }
        with VerticalScroll(classes="dialog -wide", can_focus=False):
            yield Static(self.say("own.title"), classes="dialog-title", markup=False)
            for name in FIELDS:
                yield Static(self.say(f"own.{name}"), markup=False)
                yield Input(filled[name], placeholder=self.say(f"own.{name}-example"), id=name)
            budget = self.basefit.budget
            size = size_words(budget.total_bytes)
            yield Static(self.say("own.budget", label=budget.label, size=size), markup=False)
            yield Static(id="own-problem", classes="problem", markup=False)
            yield Button(self.say("own.start"), id="start", variant="primary")

    def question(self) -> Question:
        """What the form says now; nothing is read yet."""
        values = {name: self.query_one(f"#{name}", Input).value.strip() for name in FIELDS}
        app, room = self.basefit, self.basefit.room()
        languages = parse_languages(app.state.languages)
        targets = tuple(part.strip() for part in values["targets"].split(",") if part.strip())
        return Question(
            budget=app.budget,
            targets=targets,
            text=Path(values["text"]).expanduser() if values["text"] else DEMO / "sample.txt",
            data=Path(values["data"]).expanduser() if values["data"] else None,
            use=app.state.use,
            context=app.state.context,
            batch=app.state.batch,
            language=languages[0][0],
            device="cuda" if app.machine.card else "cpu",
            card=room.device,
            correction=room.correction,
            wishes=Wishes(languages=languages),
        )

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        at = FIELDS.index(event.input.id or "targets")
        if at + 1 < len(FIELDS):
            self.query_one(f"#{FIELDS[at + 1]}", Input).focus()
        else:
            self._start()

    @on(Button.Pressed, "#start")
    def _start(self) -> None:
        self.run_worker(self._check(), exclusive=True, exit_on_error=False)

    async def _check(self) -> None:
        """Read every file before starting, off the event loop, and say what is wrong in the form."""
        told = self.query_one("#own-problem", Static)
        told.update(self.say("own.reading"))
        question = self.question()
        try:
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
        values = {name: self.query_one(f"#{name}", Input).value.strip() for name in ("text", "data")}
        self.basefit.remember(targets=question.targets, **values)
        self.dismiss(question)
