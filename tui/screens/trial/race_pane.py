"""Race: a line a racer, its curves as they grow, its memory against the prediction, who left and why."""

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from probes.race.halving import rungs
from probes.race.running import Race
from probes.race.standings import HeldOut, Lane, LaneState, Leaving, RaceState
from tui.screens.trial.pane import Pane
from tui.strings import say, table
from tui.widgets.curves import Curve, CurvePlot
from tui.widgets.memory_against import MemoryAgainst
from tui.widgets.table import Table, cell
from tui.wording import duration_words, number, plus_minus, problem_words, size_words

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
OUT = (LaneState.LEFT, LaneState.FAILED, LaneState.CANCELLED)
LOG_ROWS = 2
"""Lines of the log where room is short."""


class RacePane(Pane):
    """Draws the race as it is now; of its own it holds which curve a narrow screen shows."""

    def compose(self) -> ComposeResult:
        yield Static(id="race-title", markup=False)
        yield Table(id="lanes")
        with Horizontal(id="race-plots"):
            yield CurvePlot(id="held-plot")
            yield CurvePlot(id="loss-plot")
        yield MemoryAgainst(id="race-memory")
        yield Static(id="race-log", markup=False)

    def on_mount(self) -> None:
        self._loss = False

    def toggle_quantity(self) -> None:
        """Held-out bits per byte or the training loss, where there is no room for both."""
        self._loss = not self._loss
        self.show()

    @property
    def lane(self) -> Lane | None:
        """The racer under the cursor."""
        key = self.query_one("#lanes", Table).cursor_key()
        lanes = self.race.track.lanes if self.race else []
        return lanes[int(key)] if key is not None and int(key) < len(lanes) else None

    def show(self) -> None:
        race = self.race
        self.query_one("#race-title", Static).update(self._title(race))
        if race is None:
            return
        roomy = self.app.size.width >= 110
        self._show_lanes(race, roomy)
        self._show_plots(race, roomy)
        self.show_lane()
        self._show_log(race)

    def _title(self, race: Race | None) -> str:
        if race is None:
            return self.say("trial.title-none")
        track = race.track
        rung, left = track.rung, track.seconds_left
        return self.say(
            "trial.title-cut" if track.cut else f"trial.title-{track.state}",
            rung=rung.number if rung else 0,
            total=rung.total if rung else 0,
            examples=f"{rung.examples if rung else race.course.examples:,}",
            racers=len(rung.racers) if rung else len(track.lanes),
            time=duration_words(track.seconds),
            left=duration_words(left) if left is not None else "-",
            winner=self._winner(race),
        )

    def _winner(self, race: Race) -> str:
        best = race.track.places[:1]
        return racer_words(best[0].standing.racer.name, best[0].standing.racer.level) if best else "-"

    def _show_lanes(self, race: Race, roomy: bool) -> None:
        heads = [self.say(f"column.{name}") for name in ("letter", "model", "level")]
        heads += [self.say("trial.column-state"), self.say("column.quality") + "\t"]
        heads += [self.say("trial.column-gain") + "\t"] if roomy else []
        heads += [self.say("column.speed") + "\t", self.say("column.memory") + "\t"]
        heads += (
            [self.say("trial.column-predicted") + "\t", self.say("trial.column-left") + "\t"]
            if roomy
            else []
        )
        rows = [
            (str(place), self._cells(race, place, lane, roomy))
            for place, lane in enumerate(race.track.lanes)
        ]
        self.query_one("#lanes", Table).fill(heads, rows)

    def _cells(self, race: Race, place: int, lane: Lane, roomy: bool) -> list[Text]:
        last, first = latest(lane.held_out), lane.held_out[0] if lane.held_out else None
        rate, memory = lane.tokens_per_second, lane.memory_bytes
        cells = [
            cell(letter_of(place)),
            cell(lane.racer.name),
            cell(lane.racer.level),
            cell(self._state(race, lane)),
            cell(plus_minus(last.bits_per_byte, last.margin) if last else "-", right=True),
        ]
        if roomy:
            gain = first.bits_per_byte - last.bits_per_byte if first and last else None
            cells.append(cell(f"-{gain:.3f}" if gain and gain > 0 else "-", right=True))
        cells.append(cell(number(rate, 0) if rate else "-", right=True))
        cells.append(cell(size_words(memory) if memory else "-", right=True))
        if roomy:
            expected = race.track.predicted.get(lane.racer)
            eta = lane.progress.eta if lane.progress and lane.state is LaneState.RUNNING else None
            cells.append(cell(size_words(expected.expected) if expected else "-", right=True))
            cells.append(cell(duration_words(eta), right=True))
        return cells

    def _state(self, race: Race, lane: Lane) -> str:
        """The lane's state in words; how far a running one is, which place one has that is measured."""
        if lane.state is LaneState.RUNNING and race.track.state is not RaceState.RUNNING:
            return self.say("trial.lane-paused")
        if lane.state is LaneState.RUNNING and lane.progress is not None:
            progress = lane.progress
            share = min(1.0, progress.done / progress.total) if progress.total else 0.0
            phase = f"app.phase.{progress.phase}"
            words = say(phase, self.basefit.language) if phase in table() else progress.phase
            return f"{words} {share:.0%}"
        if lane.state is LaneState.MEASURED and race.track.over:
            for rank, place in enumerate(race.track.places, 1):
                if place.standing.racer == lane.racer:
                    tied = self.say("trial.tied") if place.tied else ""
                    return f"{self.say('trial.place', place=rank)} {tied}".rstrip()
        return self.say(f"trial.lane-{lane.state}")

    def _show_plots(self, race: Race, roomy: bool) -> None:
        held, loss = self.query_one("#held-plot", CurvePlot), self.query_one("#loss-plot", CurvePlot)
        held.display, loss.display = roomy or not self._loss, roomy or self._loss
        across, most = self.say("trial.plot-x"), float(race.course.examples)
        scored = [[(h.examples, h.bits_per_byte) for h in lane.held_out] for lane in race.track.lanes]
        held.show(curves(race.track.lanes, scored), most, across, self.say("trial.plot-held"))
        losses = [smooth(lane.losses) for lane in race.track.lanes]
        loss.show(curves(race.track.lanes, losses, marked=False), most, across, self.say("trial.plot-loss"))

    def show_lane(self) -> None:
        """What belongs to the racer under the cursor."""
        race, lane = self.race, self.lane
        if race is None or lane is None:
            return
        where = "cpu" if race.course.device == "cpu" else "gpu"
        predicted, language = race.track.predicted.get(lane.racer), self.basefit.language
        self.query_one(MemoryAgainst).show(predicted, lane.memory_bytes, where, language)

    def _show_log(self, race: Race) -> None:
        lines = [self._leaving_words(leaving, race) for leaving in race.track.leavings]
        if race.track.failed is not None:
            lines.append(problem_words(race.track.failed, self.basefit.language))
        if not lines:
            lines = [self._plan(race)]
        room = LOG_ROWS if self.app.size.height < 30 else 5
        self.query_one("#race-log", Static).update(
            Content("\n").join(Content(line) for line in lines[-room:])
        )

    def _plan(self, race: Race) -> str:
        """Where somebody will have to leave."""
        if race.track.rung is not None and race.track.rung.total == 1:
            return self.say("trial.one-rung", examples=f"{race.course.examples:,}")
        return self.say("trial.nobody-left", rungs=", ".join(f"{count:,}" for count in rungs_of(race)))

    def _leaving_words(self, leaving: Leaving, race: Race) -> str:
        name = racer_words(leaving.racer.name, leaving.racer.level)
        if leaving.difference is None or leaving.best is None:
            return self.say("trial.left-failed", name=name, why=self._why(race.track.lane(leaving.racer)))
        gap = leaving.difference
        return self.say(
            "trial.left-worse" if gap.significant else "trial.left-tied",
            name=name,
            examples=f"{leaving.examples:,}",
            best=racer_words(leaving.best.name, leaving.best.level),
            gap=plus_minus(abs(gap.value), gap.margin),
        )

    def _why(self, lane: Lane) -> str:
        """Why a run failed: the probe's own words, or those for a failed training."""
        if lane.failed is not None:
            return problem_words(lane.failed, self.basefit.language)
        reason = lane.standing.reason if lane.standing else None
        return say(f"trial.failed.{reason}", self.basefit.language)


def rungs_of(race: Race) -> list[int]:
    """The examples of each rung of the race."""
    return rungs(race.course.examples)


def racer_words(name: str, level: str) -> str:
    """A racer by its name."""
    return f"{name} {level}"


def letter_of(place: int) -> str:
    """The letter of a racer in table and plots; a dot where letters have run out."""
    return LETTERS[place] if place < len(LETTERS) else "."


def latest(held: Sequence[HeldOut]) -> HeldOut | None:
    """The last evaluation, if there is one."""
    return held[-1] if held else None


def curves(
    lanes: Sequence[Lane], points: Sequence[Sequence[tuple[float, float]]], marked: bool = True
) -> list[Curve]:
    """A curve a lane, lettered and coloured by its place."""
    return [
        Curve(letter_of(place), found, place, marked, lane.state in OUT)
        for place, (lane, found) in enumerate(zip(lanes, points, strict=True))
    ]


def smooth(losses: Sequence[tuple[float, float]], share: float = 0.2) -> list[tuple[float, float]]:
    """An exponential average of the steps' losses: single steps differ more than the curve falls."""
    found: list[tuple[float, float]] = []
    for examples, loss in losses:
        before = found[-1][1] if found else loss
        found.append((examples, before + share * (loss - before)))
    return found
