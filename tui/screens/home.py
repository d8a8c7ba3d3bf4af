"""Home: the machine, what to plan for, the answer in one sentence, and one thing to do."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from catalog.problem import Problem
from catalog.verdict.fit import FitRow, rows, starting_point
from catalog.verdict.wishes import KIND_WISHES, USES, after
from probes.jobs.devices import CPU
from probes.machine.device import Device
from probes.machine.hardware import Machine, offers
from probes.measurement.saved_requests import Asked
from tui.screens.base import BasefitScreen
from tui.strings import say, table
from tui.widgets.budget_bar import BudgetBar
from tui.widgets.memory_bar import MemoryBar
from tui.wording import problem_words, range_words, size_words, speed_words, why_words

_TRADE = re.compile(r"\((?:R|TM|r|tm)\)| CPU(?= @|$)| Processor$")
TEXT_LANGUAGES = ("zh", "en", "zh,en")
"""What `g` goes through, as `--language` takes them."""


class _Answered(NamedTuple):
    """What fits what was asked, or why that could not be looked up."""

    asked: tuple[object, ...]
    found: list[FitRow]
    problem: Problem | None = None


class HomeScreen(BasefitScreen):
    """Enter measures the demo family on a fresh machine, and leads to the verdict afterwards."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "act", "app.key.act", id="home.act"),
        Binding("r", "act", "app.key.act", show=False, id="home.run"),
        Binding("left,h", "step(-1)", "app.key.less", show=False, id="home.less"),
        Binding("right", "step(1)", "app.key.more", key_display="< >", id="home.more"),
        Binding("g", "text_language", "app.key.work-language", show=False, id="home.language"),
        Binding("u", "use", "app.key.use", show=False, id="home.use"),
        Binding("c", "kind", "app.key.kind", show=False, id="home.kind"),
        Binding("m", "app.measure_own", "app.key.own", id="home.own"),
    ]

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(id="home-body", can_focus=False):
            yield Static(id="home-title", markup=False)
            yield Static(id="machine", markup=False)
            yield Static(id="guide-title", markup=False)
            yield Static(id="budget-line", markup=False)
            yield BudgetBar(id="budget-bar")
            yield Static(id="guide", markup=False)
            yield Static(id="answer", markup=False)
            yield MemoryBar(id="answer-memory")
            yield Button("", id="act", variant="primary")
            yield Static(id="act-note", markup=False)

    _answered: _Answered | None = None
    _shown_before = False

    def on_mount(self) -> None:
        self.query_one("#act", Button).focus()

    def refresh_words(self) -> None:
        app = self.basefit
        self._put("home-title", self.say("home.title"))
        self._put("machine", machine_words(app.machine, app.language))
        self._put("guide-title", self.say("guide.fresh" if self._stage() == "fresh" else "guide.again"))
        self.query_one(BudgetBar).show(app.stops(), app.budget, self.say("home.here"))
        self._show_action()
        if self._answered is None:
            self._show_guide([])
            self._put("answer", self.say("home.looking"))
        if self._answered is None or self._answered.asked != self._asked():
            # The catalog is judged behind the first frame, which the app paints once it runs itself.
            self.app.call_later(self.call_after_refresh, self._answer)
        else:
            self._show(self._answered)

    def on_screen_resume(self) -> None:
        if self._shown_before and self._answered:  # what was measured or fetched meanwhile counts
            self._answered = self._answered._replace(asked=())
        self._shown_before = True

    def _asked(self) -> tuple[object, ...]:
        return self.basefit.state.asked, self.basefit.room()

    def _answer(self) -> None:
        """Look up what fits what is asked; once however often it was called for."""
        asked = self._asked()
        if self._answered is not None and self._answered.asked == asked:
            return
        try:
            self._answered = _Answered(asked, rows(*self.basefit.starting_request()))
        except Problem as problem:  # of what was asked, or of a models.toml of one's own
            self._answered = _Answered(asked, [], problem)
        self._show(self._answered)

    def _show(self, answered: _Answered) -> None:
        self._show_guide(answered.found)
        self._show_answer(starting_point(answered.found), answered.problem)

    def _show_guide(self, found: list[FitRow]) -> None:
        app = self.basefit
        budget = app.budget
        each = size_words(budget.total_bytes)
        kind = "budget-sim" if budget.simulated else f"budget-{_kind(app.machine, app.devices)}"
        lines = self._guide(found, self.say(f"home.{kind}", label=budget.label, size=each))
        self.query_one("#budget-line", Static).update(lines[0])
        self.query_one("#guide", Static).update(Content("\n").join(lines[1:]))

    def _guide(self, found: list[FitRow], budget: str) -> list[Content]:
        """One line for each thing that can be set: its key, its name, what it is now."""
        asked, marked = self.basefit.state.asked, self.basefit.marked
        named = ", ".join(Path(target).name or target for target in marked or asked.candidates or ())
        files = [Path(file).name for file in (asked.text, asked.data) if file]
        own = "; ".join([part for part in (named, *files) if part] + self._wishes(asked))
        codes = asked.language
        language = f"guide.language.{codes}"
        others = sum(row.left_out is not None and row.left_out.code == "kind-unwanted" for row in found)
        kind = self.say(f"kind.{asked.open.wanted_kind}")
        lines = {
            "< >": ("budget", budget),
            "g": ("language", self.say(language) if f"app.{language}" in table() else codes),
            "u": ("use", self.say(f"guide.use.{asked.use}")),
            "c": ("kind", self.say("guide.others", kind=kind, count=others) if others else kind),
            "m": ("own", own or self.say("guide.own-none")),
        }
        names = {name: self.say(f"guide.{name}") for name, _ in lines.values()}
        width = max(map(cell_len, names.values()))
        return [
            Content.assemble(
                (f" {key:^3} ", "bold reverse"),
                f" {set_cell_size(names[name], width)}  ",
                value,
            )
            for key, (name, value) in lines.items()
        ]

    def _wishes(self, asked: Asked) -> list[str]:
        """What is wanted beside fitting, where it is not what everybody is asked for."""
        usual = Asked()
        names = ("task", "commercial", "min_speed", "hours", "money", "levels")
        now = {name: getattr(asked, name) for name in names if getattr(asked, name) != getattr(usual, name)}
        return [
            self.say(f"wish.{name}", value=", ".join(value) if isinstance(value, tuple) else value)
            for name, value in now.items()
        ]

    def _show_answer(self, best: FitRow | None, problem: Problem | None) -> None:
        app, asked = self.basefit, self.basefit.state.asked
        size = size_words(app.budget.total_bytes)
        bar = self.query_one("#answer-memory", MemoryBar)
        if best is None:
            nothing = self.say("home.nothing-fits", size=size)
            self._put("answer", problem_words(problem, app.language) if problem else nothing)
            bar.show(None, 0, app.language)
            return
        rate = best.rate
        self._put(
            "answer",
            self.say(
                "home.answer" if rate else "home.answer-no-speed",
                size=size,
                model=best.model,
                level=best.level,
                memory=range_words(best.low_bytes, best.expected_bytes, best.high_bytes),
                use=self.say(f"use.{asked.use}"),
                context=asked.context,
                speed=speed_words(rate.expected, rate.calibrated) if rate else "",
            )
            + self.say("home.measured" if best.measured else "home.estimated"),
        )
        bar.show(best.footprint, app.budget.bytes, app.language)

    def _show_action(self) -> None:
        state = self._stage()
        self.query_one("#act", Button).label = self.say(f"home.act-{state}")
        self._put("act-note", self.say(f"home.note-{state}"))

    def _stage(self) -> str:
        if self.basefit.measuring:
            return "running"
        return "again" if self.basefit.asked else "fresh"

    def _put(self, name: str, words: str) -> None:
        self.query_one(f"#{name}", Static).update(words)

    def action_act(self) -> None:
        """The one thing to do next."""
        stage = self._stage()
        if stage == "fresh":
            self.basefit.action_demo()
        else:
            self.basefit.action_go("run" if stage == "running" else "verdict")

    def on_button_pressed(self) -> None:
        self.action_act()

    def action_text_language(self) -> None:
        """The next language of the person's text."""
        self.basefit.ask(language=after(self.basefit.state.asked.language, TEXT_LANGUAGES))
        self.refresh_words()

    def action_use(self) -> None:
        """Run it, fine-tune it at 4 or at 16 bits, or both on one card."""
        self.basefit.ask(use=after(self.basefit.state.asked.use, USES))
        self.refresh_words()

    def action_kind(self) -> None:
        """Base, chat, coder or reasoning models, or any."""
        self.basefit.ask(kind=after(self.basefit.state.asked.open.wanted_kind, KIND_WISHES))
        self.refresh_words()

    def action_step(self, by: int) -> None:
        """The next smaller or larger budget."""
        stops = self.basefit.stops()
        at = next((i for i, stop in enumerate(stops) if stop.label == self.basefit.budget.label), 0)
        self.basefit.set_budget(stops[min(max(at + by, 0), len(stops) - 1)])

    def on_budget_bar_chosen(self, event: BudgetBar.Chosen) -> None:
        self.basefit.set_budget(event.budget)


def _kind(machine: Machine, devices: Sequence[Device]) -> str:
    """The words for a budget of this machine: with its name only where there is another to choose."""
    if devices[0].kind == CPU:
        return "cpu"
    return "here" if len(offers(machine)) < 3 else "card"


def machine_words(machine: Machine, language: str) -> str:
    """The machine in a few lines: never blank, unknowns named as such, every card with its free memory or
    why it cannot be used; cards that are the same in all of it on one line.
    """
    host = machine.host
    around = say(
        "app.home.host",
        language,
        cpu=_TRADE.sub("", host.cpu),
        cores=host.cores,
        free=size_words(host.ram_available_bytes),
        total=size_words(host.ram_bytes),
    )
    if not machine.gpus:
        why = machine.no_gpu
        words = why_words(why, language) if why else say("app.unknown", language)
        return say("app.home.no-gpu", language, why=words) + "\n" + around
    cards = sorted(machine.devices[:-1], key=lambda one: one is not machine.best)
    lines = [_card_words(alike, len(cards) > 1, language) for alike in _grouped(cards)]
    return "\n".join([*lines, around])


def _grouped(cards: Sequence[Device]) -> list[list[Device]]:
    """Cards that one line says all of."""
    groups: dict[tuple[object, ...], list[Device]] = {}
    for card in cards:
        groups.setdefault((card.name, card.free_bytes, card.total_bytes, card.why_not), []).append(card)
    return list(groups.values())


def _card_words(alike: Sequence[Device], several: bool, language: str) -> str:
    card = alike[0]
    name = card.name if not several else f"{card.name} ({_places(alike)})"
    if card.why_not is not None:
        return say("app.home.gpu-unused", language, name=name, why=why_words(card.why_not, language))
    unknown = say("app.unknown", language)
    free, total = (size_words(size) if size else unknown for size in (card.free_bytes, card.total_bytes))
    line = say("app.home.gpu", language, name=name, free=free, total=total)
    if card.unified:
        line += " " + say("app.home.unified", language)
    if card.holders:
        process = card.holders[0]
        first = f"{process.name or process.pid} {size_words(process.used_bytes or 0)}"
        line += " " + say("app.home.busy", language, count=len(card.holders), first=first)
    return line


def _places(alike: Sequence[Device]) -> str:
    """The place of one card, the first and the last of several."""
    return alike[0].place if len(alike) == 1 else f"{alike[0].place} … {alike[-1].place}"
