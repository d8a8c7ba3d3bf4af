"""Forecast: what the full run would reach, and within which band, its hours and its money."""

from rich.text import Text
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from catalog.evidence.kinds import Trial
from catalog.hardware.cost import Bill, Prices, load_prices
from catalog.problem import Problem
from probes.home import home_shown
from probes.jobs.devices import CUDA
from probes.race.halving import Racer
from probes.race.standings import Lane
from probes.trial.job import FULL_EPOCHS
from probes.trial.pace import CALIBRATED, Pace
from tui.screens.trial.forecasting import Forecast, examples_of, forecast, hosted_bills, own_bill
from tui.screens.trial.pane import Pane
from tui.screens.trial.race_pane import letter_of
from tui.widgets.curves import Band, Curve, CurvePlot
from tui.widgets.table import Table, cell
from tui.wording import count_words, duration_words, number, plus_minus, problem_words

EPOCHS = (1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 10.0)


class ForecastPane(Pane):
    """Holds the full run that is asked about: `examples` (None: all there are) and `epochs`."""

    def compose(self) -> ComposeResult:
        yield Static(id="forecast-title", markup=False)
        yield Table(id="forecasts")
        yield CurvePlot(id="forecast-plot")
        yield Static(id="forecast-words", markup=False)

    def on_mount(self) -> None:
        self._examples: int | None = None
        self._epochs = FULL_EPOCHS

    def change_epochs(self, by: int) -> None:
        """More or fewer epochs of the full run."""
        at = min(range(len(EPOCHS)), key=lambda i: abs(EPOCHS[i] - self._epochs))
        self._epochs = EPOCHS[min(max(at + by, 0), len(EPOCHS) - 1)]
        self.show()

    def change_examples(self, factor: float) -> None:
        """More or fewer examples of the full run."""
        self._examples = max(16, round(self._unique() * factor))
        self.show()

    def _unique(self) -> int:
        there = examples_of([trial for _, _, trial in self._trials()])
        return self._examples or there or (self.race.course.examples if self.race else 0)

    def _trials(self) -> list[tuple[int, Lane, Trial]]:
        """(place, lane, trial) of every racer that is measured."""
        lanes = self.race.track.lanes if self.race else []
        return [
            (place, lane, lane.standing.trial)
            for place, lane in enumerate(lanes)
            if lane.standing and lane.standing.trial
        ]

    def show(self) -> None:
        trials = self._trials()
        title = self.query_one("#forecast-title", Static)
        self.query_one(CurvePlot).display = bool(trials)
        if not trials:
            title.update(self.say("trial.forecast-none"))
            return
        unique = self._unique()
        asked = {"examples": f"{unique:,}", "epochs": f"{self._epochs:g}"}
        title.update(self.say("trial.forecast-title", seen=f"{round(unique * self._epochs):,}", **asked))
        heads = [self.say(f"column.{name}") for name in ("letter", "model", "level")]
        names = ("now", "middle", "band", "time")
        heads += [self.say(f"trial.column-{name}") + "\t" for name in names]
        rows = [
            (str(place), self._cells(place, lane.racer, trial, forecast(trial, unique, self._epochs)))
            for place, lane, trial in trials
        ]
        self.query_one("#forecasts", Table).fill(heads, rows)
        self.show_one()

    def _cells(self, place: int, racer: Racer, trial: Trial, found: Forecast | None) -> list[Text]:
        told = [cell(letter_of(place)), cell(racer.name), cell(racer.level)]
        told.append(cell(plus_minus(trial.bits_per_byte, trial.margin), right=True))
        if found is None:
            return told + [cell("-", right=True)] * 3
        band = found.prediction
        told.append(cell(number(band.middle, 3), right=True))
        told.append(cell(f"{number(band.low, 3)}-{number(band.high, 3)}", right=True))
        told.append(cell(_time(found.hours), right=True))
        return told

    def show_one(self) -> None:
        """What to expect, the band and the bill of the racer under the cursor."""
        key = self.query_one("#forecasts", Table).cursor_key()
        chosen = next((row for row in self._trials() if str(row[0]) == key), None)
        words, plot = self.query_one("#forecast-words", Static), self.query_one(CurvePlot)
        if chosen is None:
            words.update("")
            return
        place, lane, trial = chosen
        found = forecast(trial, self._unique(), self._epochs)
        points = [(point.examples, point.bits_per_byte) for point in trial.points]
        curve = Curve(letter_of(place), points, place)
        if found is None:
            plot.show([curve], lane.standing.examples if lane.standing else 0, "", "")
            words.update(self.say("trial.forecast-short"))
            return
        told = found.prediction
        pace = Pace.of([point for point in points if point[0] > 0])
        ahead = spread(told.measured_examples, told.examples)
        expected = [(at, pace.after(at, CALIBRATED.middle)) for at in ahead]
        band = Band(told.examples, told.low or 0.0, told.high or 0.0)
        labels = self.say("trial.plot-x"), self.say("trial.plot-forecast")
        plot.show(
            [curve, Curve("*", expected, place, marked=False, out=True)], told.examples, *labels, band
        )
        words.update(
            Content("\n").join(Content(line) for line in self._sentences(lane.racer, trial, found))
        )

    def _sentences(self, racer: Racer, trial: Trial, found: Forecast) -> list[str]:
        told = found.prediction
        lines = [
            self.say(
                "trial.forecast",
                name=f"{racer.name} {racer.level}",
                tasks=told.tasks,
                **{part: number(getattr(told, part), 3) for part in ("middle", "low", "high")},
            )
        ]
        lines += [self.say(f"trial.caveat-{code}") for code in told.caveats]
        lines.append(
            self.say(
                "trial.forecast-bound",
                at_most=number(told.at_most, 3),
                optimistic=number(told.optimistic, 3),
                slope=number(told.slope, 3),
                points=told.points_used,
            )
        )
        if found.hours is not None and found.tokens is not None:
            lines.append(self._money(trial, found.hours, found.tokens))
        return lines

    def _money(self, trial: Trial, hours: float, tokens: float) -> str:
        try:
            prices: Prices = load_prices(home_shown() / "prices.toml")
        except Problem as problem:
            return problem_words(problem, self.basefit.language)
        first = self.basefit.devices[0]
        own = own_bill(hours, first.name, prices) if first.kind == CUDA else None
        name, date, bill = hosted_bills(tokens, prices)[0]
        return self.say(
            "trial.money-own" if own else "trial.money",
            time=_time(hours),
            rate=number(trial.tokens_per_second, 0),
            tokens=count_words(tokens),
            own=money_words(own) if own else "",
            hosted=name,
            date=date or "?",
            bill=money_words(bill),
        )


def _time(hours: float | None) -> str:
    return duration_words(None if hours is None else hours * 3600)


def spread(first: float, last: float, steps: int = 12) -> list[float]:
    """From `first` to `last` in equal ratios."""
    return [first * (last / first) ** (step / steps) for step in range(steps + 1)]


def money_words(bill: Bill) -> str:
    """As in "12.30 USD"."""
    return f"{number(bill.amount, 2)} {bill.currency}"
