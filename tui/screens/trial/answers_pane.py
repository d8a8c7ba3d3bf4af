"""Answers: what the model said before and after its trial, side by side, and the blind vote on it."""

from typing import ClassVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from catalog.evidence.kinds import Sample, Trial
from catalog.evidence.records import Evidence
from probes.race.running import Race
from tui.foreign import clean
from tui.screens.trial.pane import Pane
from tui.screens.trial.voting import AFTER, BEFORE, TIE, kept_votes, win_rate

CHARS = 600
"""Of an answer so many characters are shown: an untuned model may never stop."""


class AnswersScroll(VerticalScroll):
    """Scrolls up and down only: the arrows to the sides go to another racer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "screen.racer(-1)", "app.key.last-racer", show=False, id="trial.last-answers"),
        Binding(
            "right", "screen.racer(1)", "app.key.next-racer", key_display="< >", id="trial.next-answers"
        ),
    ]


class AnswersPane(Pane):
    """One racer at a time, the best first."""

    def compose(self) -> ComposeResult:
        yield Static(id="answers-title", markup=False)
        with AnswersScroll(id="answers"):
            yield Static(id="answers-told", markup=False)

    def on_mount(self) -> None:
        self._at = 0

    @property
    def trial(self) -> Evidence | None:
        """The trial whose answers are shown."""
        found = answered(self.race)
        return found[self._at % len(found)] if found else None

    def move(self, by: int) -> None:
        """The next racer that has answers."""
        self._at += by
        self.show()

    def show(self) -> None:
        trial = self.trial
        self.query_one("#answers-title", Static).update(self._title(trial))
        told = self.query_one("#answers-told", Static)
        told.update(self._pairs(trial) if trial else self.say("trial.answers-none"))

    def _title(self, trial: Evidence | None) -> str:
        if trial is None:
            return self.say("trial.answers-title-none")
        votes = kept_votes(self.basefit.store, trial)
        name = f"{trial.model} {trial.level}"
        if not votes:
            return self.say("trial.answers-title", name=name, count=len(Trial.of(trial).samples))
        rate = win_rate(votes)
        return self.say(
            "trial.voted",
            name=name,
            wins=votes.count(AFTER),
            losses=votes.count(BEFORE),
            ties=votes.count(TIE),
            rate=f"{rate.mean:.0%}",
            low=f"{rate.low:.0%}",
            high=f"{rate.high:.0%}",
        )

    def _pairs(self, trial: Evidence) -> Group:
        """All the answers, those to one question beside each other."""
        samples = Trial.of(trial).samples
        heads = self.say("trial.before"), self.say("trial.after")
        shown: list[RenderableType] = []
        for place, sample in enumerate(samples, 1):
            shown.append(self._head(sample, place, len(samples)))
            beside = Table.grid(expand=True, padding=(0, 2, 0, 0))
            beside.add_column(ratio=1, overflow="fold")
            beside.add_column(ratio=1, overflow="fold")
            beside.add_row(*(Text(head, "bold underline") for head in heads))
            beside.add_row(Text(clipped(sample.before) or "-"), Text(clipped(sample.after) or "-"))
            shown += [beside, Text("")]
        return Group(*shown)

    def _head(self, sample: Sample, place: int, count: int) -> Text:
        """The question, and what was wanted."""
        first = self.say("trial.question", place=place, count=count)
        return Text.assemble(
            (first, "bold"),
            f" {clipped(sample.prompt)}\n",
            (self.say("trial.wanted"), "bold"),
            f" {clipped(sample.target)}",
        )


def answered(race: Race | None) -> list[Evidence]:
    """The trials of the race that hold answers, the best first."""
    places = race.track.places if race else []
    standings = [place.standing for place in places]
    return [one.evidence for one in standings if one.evidence and one.trial and one.trial.samples]


def side(head: str, answer: str) -> Content:
    """One answer under its heading."""
    return Content("\n").join([Content.styled(head, "bold underline"), Content(clipped(answer) or "-")])


def clipped(text: str) -> str:
    """No longer than a person would read."""
    return clean(text if len(text) <= CHARS else f"{text[:CHARS]} [...]")
