"""The blind vote: two answers to one question at a time, nobody told which model gave which."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from catalog.evidence.kinds import Trial
from catalog.evidence.records import Evidence
from tui.screens.base import BasefitDialog
from tui.screens.trial.answers_pane import clipped, side
from tui.screens.trial.voting import AFTER, chosen, sides


class VoteDialog(BasefitDialog[list[str]]):
    """Answers the votes, one a question; None where it was left before the last."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "vote(1)", "app.key.vote-first"),
        Binding("2", "vote(2)", "app.key.vote-second"),
        Binding("0", "vote(0)", "app.key.vote-tie"),
        Binding("backspace", "back", "app.key.vote-back"),
        Binding("j,down", "scroll(1)", "app.key.down", show=False),
        Binding("k,up", "scroll(-1)", "app.key.up", show=False),
    ]

    def __init__(self, trial: Evidence) -> None:
        super().__init__(id="vote")
        self._trial, self._samples = trial, Trial.of(trial).samples
        self._votes: list[str] = []

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -wide", can_focus=False):
            yield Static(id="vote-title", classes="dialog-title", markup=False)
            yield Static(id="vote-head", classes="evidence")
            with Horizontal(classes="pair-sides"):
                yield Static(id="vote-first")
                yield Static(id="vote-second")
            yield Static(id="vote-keys", markup=False)

    def on_mount(self) -> None:
        self._show()

    def _show(self) -> None:
        at, count = len(self._votes), len(self._samples)
        sample = self._samples[at]
        self.query_one("#vote-title", Static).update(self.say("vote.title", place=at + 1, count=count))
        head = [
            Content.assemble((self.say("vote.question"), "bold"), " ", clipped(sample.prompt)),
            Content.assemble((self.say("trial.wanted"), "bold"), " ", clipped(sample.target)),
        ]
        self.query_one("#vote-head", Static).update(Content("\n").join(head))
        first, second = (
            sample.after if name == AFTER else sample.before for name in sides(self._trial, at)
        )
        self.query_one("#vote-first", Static).update(side(self.say("vote.first"), first))
        self.query_one("#vote-second", Static).update(side(self.say("vote.second"), second))
        self.query_one("#vote-keys", Static).update(self.say("vote.keys"))
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_vote(self, key: int) -> None:
        """One vote; the last ends the dialog."""
        self._votes.append(chosen(self._trial, len(self._votes), key))
        if len(self._votes) == len(self._samples):
            self.dismiss(self._votes)
        else:
            self._show()

    def action_back(self) -> None:
        """Take the last vote back."""
        if self._votes:
            self._votes.pop()
            self._show()

    def action_scroll(self, by: int) -> None:
        """A line up or down."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
