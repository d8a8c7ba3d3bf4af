"""Trial: candidates race on the person's data; data, race, answers and forecast are its four views."""

import asyncio
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from catalog.evidence.kinds import Trial
from catalog.problem import Problem
from probes.race.entry import prepare
from probes.race.running import Race
from probes.race.standings import LaneState, RaceState, Track
from tui.screens.base import BasefitScreen
from tui.screens.trial.answers_pane import AnswersPane
from tui.screens.trial.data_pane import FIELDS, DataPane
from tui.screens.trial.forecast_pane import ForecastPane
from tui.screens.trial.pane import Pane
from tui.screens.trial.race_pane import RacePane, racer_words
from tui.screens.trial.vote import VoteDialog
from tui.screens.trial.voting import keep_votes
from tui.widgets.table import Table
from tui.wording import problem_words

REFRESH_S = 0.1
CLOCK_TICKS = 10
"""Every so many refreshes the times are drawn anew, also when nothing has happened."""
VIEWS = {"data": "d", "race": "c", "answers": "a", "forecast": "f"}
FOCUS = {"data": "trial-seen", "race": "lanes", "answers": "answers", "forecast": "forecasts"}
STOPPED = (RaceState.PAUSED, RaceState.CANCELLED, RaceState.FAILED)
"""A race that can be run again."""
ONLY = {
    "fields": "data",
    "curve": "race",
    "vote": "answers",
    "racer": "answers",
    "epochs": "forecast",
    "examples": "forecast",
}
"""Action -> the view it belongs to."""


class TrialScreen(BasefitScreen):
    """Holds which view is shown; the race itself is the app's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "race", "app.key.race", id="trial.race"),
        Binding("p", "pause", "app.key.pause", id="trial.pause"),
        Binding("p", "go_on", "app.key.go-on", id="trial.go-on"),
        Binding("x", "cancel", "app.key.cancel", id="trial.cancel"),
        Binding("slash", "fields", "app.key.fields", key_display="/", id="trial.fields"),
        Binding("y", "curve", "app.key.curve", id="trial.curve"),
        Binding("v", "vote", "app.key.vote", id="trial.vote"),
        Binding(
            "left_square_bracket", "epochs(-1)", "app.key.fewer-epochs", show=False, id="trial.fewer-epochs"
        ),
        Binding(
            "right_square_bracket", "epochs(1)", "app.key.more-epochs", key_display="[ ]", id="trial.epochs"
        ),
        Binding("minus", "examples(0.5)", "app.key.fewer-examples", show=False, id="trial.fewer-examples"),
        Binding(
            "plus,equals_sign",
            "examples(2.0)",
            "app.key.more-examples",
            key_display="- +",
            id="trial.examples",
        ),
        *(
            Binding(key, f"view('{name}')", f"app.key.view-{name}", show=False, id=f"trial.view-{name}")
            for name, key in VIEWS.items()
        ),
        Binding("escape", "done", "app.key.leave-fields", id="trial.done"),
    ]

    def body(self) -> Iterable[Widget]:
        yield Static(id="trial-views", markup=False)
        yield DataPane(id="pane-data")
        yield RacePane(id="pane-race")
        yield AnswersPane(id="pane-answers")
        yield ForecastPane(id="pane-forecast")

    def on_mount(self) -> None:
        self._drawn, self._state, self._ticks = -1, "", 0
        self._view = "data"
        self.action_view("race" if self.race is not None else "data")
        self.set_interval(REFRESH_S, self._tick)
        if self.race is None:
            self.run_worker(self._restore(), group="trial-restore", exit_on_error=False)

    async def _restore(self) -> None:
        """The race of an earlier start, and what was asked then; not over what is being entered now."""
        pane = self.query_one(DataPane)
        try:
            await self.basefit.restore_race()
        except Problem as problem:
            why = problem_words(problem, self.basefit.language)
            self.notify(self.say("trial.not-restored", why=why), severity="warning", markup=False)
            return
        race = self.race
        if race is None or self.basefit.racing or not pane.untouched:
            return
        pane.fill(race.entry)
        if self._view == "data":
            self.action_view("race")

    @property
    def race(self) -> Race | None:
        """The race of this session, if there is one."""
        return self.basefit.race

    @property
    def _track(self) -> Track | None:
        return self.race.track if self.race else None

    def _tick(self) -> None:
        track = self._track
        if track is None or not self.is_current:
            return
        self._ticks += 1
        running = track.state is RaceState.RUNNING
        if track.version != self._drawn or (running and self._ticks % CLOCK_TICKS == 0):
            self._drawn = track.version
            if self._view != "data":
                self._pane().show()
        if track.state != self._state:
            self._state = track.state
            self.refresh_bindings()

    def refresh_words(self) -> None:
        names = [
            Content.styled(
                f" {key} {self.say(f'trial.view-{name}')} ", "reverse" if name == self._view else ""
            )
            for name, key in VIEWS.items()
        ]
        self.query_one("#trial-views", Static).update(Content(" ").join(names))
        self._pane().show()
        self.refresh_bindings()

    def _pane(self) -> Pane:
        return self.query_one(f"#pane-{self._view}", Pane)

    def action_view(self, name: str) -> None:
        """Data, race, answers or forecast."""
        self._view = name
        for other in VIEWS:
            self.query_one(f"#pane-{other}").display = other == name
        self.query_one(f"#{FOCUS[name]}").focus()
        self.words_changed()

    def action_race(self) -> None:
        """Start a race on what the data view says, or go on with the one that was stopped."""
        if self.basefit.racing:
            self.action_view("race")
        elif self.basefit.measuring:
            self.notify(self.say("trial.busy"), severity="warning", markup=False)
        else:
            self.run_worker(self._start(), group="trial-start", exclusive=True, exit_on_error=False)

    async def _start(self) -> None:
        """Read every file before starting, off the event loop, and say what is wrong in the data view."""
        pane = self.query_one(DataPane)
        try:
            entry = pane.entry()
            race = self.race
            if race is None or race.entry != entry or race.track.state not in STOPPED:
                self.notify(self.say("trial.preparing"), markup=False, timeout=2)
                prepared = await asyncio.to_thread(prepare, entry)
                race = self.basefit.new_race(entry, prepared)
        except Problem as problem:
            pane.tell(problem)
            self.action_view("data")
            return
        self.basefit.run_race(race)
        self.action_view("race")

    def action_pause(self) -> None:
        """Stop where it is."""
        self.basefit.stop_race()

    def action_go_on(self) -> None:
        """Go on where it was stopped."""
        if self.basefit.measuring:
            self.notify(self.say("trial.busy"), severity="warning", markup=False)
        elif self.race is not None:
            self.basefit.run_race(self.race)

    def action_cancel(self) -> None:
        """Ask what to end: the racer under the cursor, else the one that runs, or the race."""
        from tui.screens.cancel import CancelDialog

        race = self.race
        if race is None or not self.basefit.racing:
            return
        lanes = [self.query_one(RacePane).lane, *race.track.lanes]
        able = (LaneState.RUNNING, LaneState.WAITING)
        going = [lane for lane in lanes if lane and lane.job is not None and lane.state in able]
        lane = min(going, key=lambda one: one is not lanes[0] and one.state is not able[0], default=None)

        def ended(choice: str | None) -> None:
            if choice == "all":
                self.basefit.stop_race(pausing=False)
            elif choice == "job" and lane is not None and lane.job is not None:
                race.cancel(lane.job)

        name = racer_words(lane.racer.name, lane.racer.level) if lane else ""
        self.app.push_screen(CancelDialog(name), ended)

    def action_fields(self) -> None:
        """Change what is to be raced, and on what."""
        self.query_one(f"#trial-{FIELDS[0]}", Input).focus()

    def action_done(self) -> None:
        """Leave the fields."""
        self.query_one(f"#{FOCUS[self._view]}").focus()

    def action_curve(self) -> None:
        """The other curve, where there is no room for both."""
        self.query_one(RacePane).toggle_quantity()

    def action_racer(self, by: int) -> None:
        """The answers of another racer."""
        self.query_one(AnswersPane).move(by)

    def action_epochs(self, by: int) -> None:
        """More or fewer epochs of the full run."""
        self.query_one(ForecastPane).change_epochs(by)

    def action_examples(self, factor: float) -> None:
        """More or fewer examples of the full run."""
        self.query_one(ForecastPane).change_examples(factor)

    def action_vote(self) -> None:
        """Vote blind on the answers that are shown."""
        trial = self.query_one(AnswersPane).trial
        if trial is None or not Trial.of(trial).samples:
            return

        def voted(votes: list[str] | None) -> None:
            if votes:
                keep_votes(self.basefit.store, trial, votes)
                self.refresh_words()

        self.app.push_screen(VoteDialog(trial), voted)

    def on_data_table_row_highlighted(self, event: Table.RowHighlighted) -> None:
        if event.data_table.id == "lanes":
            self.query_one(RacePane).show_lane()
        elif event.data_table.id == "forecasts":
            self.query_one(ForecastPane).show_one()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is possible now, in this view, is shown."""
        view = getattr(self, "_view", "data")
        if action in ONLY and ONLY[action] != view:
            return False
        typing = isinstance(self.focused, Input)
        if action in ("fields", "done"):
            return typing == (action == "done")
        if action == "race":
            return not self.basefit.racing
        if action in ("pause", "cancel"):
            return self.basefit.racing
        if action == "go_on":
            track = self._track
            paused = track is not None and track.state is RaceState.PAUSED
            return paused and not self.basefit.racing
        if action in ("vote", "racer"):
            return self.query_one(AnswersPane).trial is not None
        return True
