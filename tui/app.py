"""The app: shared state, the screens as modes, and the one measurement that may run."""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.driver import Driver
from textual.filter import LineFilter
from textual.reactive import reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import Worker

from catalog.evidence.records import Evidence
from catalog.evidence.store import RunState, Store
from catalog.hardware.gpu import Budget
from catalog.problem import Problem
from catalog.verdict.request import Request
from probes.checkpoint.own_files import set_bad_aside
from probes.home import home, open_store, store_problem
from probes.jobs.events import Told
from probes.jobs.published import RUNNING, living
from probes.jobs.runner import Executor, LocalProcesses
from probes.machine.budget import Room, known_of, room_elsewhere, room_here
from probes.machine.device import Device, id_of
from probes.machine.hardware import Machine, meant_by, read_machine
from probes.machine.torch_build import TorchBuild, asked_build
from tui.basefit import Basefit
from tui.budgets import budget_stops, first_budget
from tui.colours import DARK, LIGHT, THEMES
from tui.lasting import lasting
from tui.notice import notify, wants
from tui.palette import Commands
from tui.screens.home import HomeScreen
from tui.signals import ENDING, LeftRunning
from tui.state import load_state, save_state
from tui.strings import LANGUAGES, default_language, say
from tui.widgets.harmless import Harmless
from tui.wording import problem_words, standing_words

if TYPE_CHECKING:
    from probes.measurement.board import Board
    from probes.measurement.following import Following
    from probes.measurement.measurement import Measurement
    from probes.measurement.question import Question
    from probes.race.entry import Entry, Prepared
    from probes.race.running import Race


STOP_S = 20.0
"""How long the app waits for a measurement that it was told to stop; jobs have seconds for last things."""
CANCELLED = 130
"""The exit status of a program that was told to end."""


def _screen(name: str, kind: str) -> Screen[Any]:
    """A screen imported when it is first shown: Home must paint within half a second."""
    screen: Screen[Any] = getattr(import_module(f"tui.screens.{name}"), kind)(id=name.partition(".")[0])
    return screen


class BasefitApp(App[int]):
    """Everything a screen shares hangs here: machine, store, budget, language, the measurement."""

    TITLE = "basefit"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[Any]] = {Commands}
    DEFAULT_MODE = "home"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "home": lambda: HomeScreen(id="home"),
        "models": lambda: _screen("models", "ModelsScreen"),
        "tokenizers": lambda: _screen("tokenizers", "TokenizersScreen"),
        "run": lambda: _screen("run", "RunScreen"),
        "verdict": lambda: _screen("verdict", "VerdictScreen"),
        "trial": lambda: _screen("trial.screen", "TrialScreen"),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "go('home')", "app.key.home", show=False, id="go.home"),
        Binding("2", "go('models')", "app.key.models", show=False, id="go.models"),
        Binding("3", "go('tokenizers')", "app.key.tokenizers", show=False, id="go.tokenizers"),
        Binding("4", "go('run')", "app.key.run", show=False, id="go.run"),
        Binding("5", "go('verdict')", "app.key.verdict", show=False, id="go.verdict"),
        Binding("6", "go('trial')", "app.key.trial", show=False, id="go.trial"),
        Binding("m", "measure_own", "app.key.own", show=False, id="measure.own"),
        Binding("b", "budget", "app.key.budget", id="budget"),
        Binding("l", "language", "app.key.language", id="language"),
        Binding("t", "theme", "app.key.theme", show=False, id="theme"),
        Binding("question_mark", "help", "app.key.help", key_display="?", id="help"),
        Binding("q", "quit", "app.key.quit", id="quit"),
    ]

    language: reactive[str] = reactive("en", init=False)
    budget: reactive[Budget] = reactive(Budget("", 0), init=False)

    def __init__(
        self,
        *,
        machine: Machine | None = None,
        folder: Path | None = None,
        store: Store | None = None,
        executor: Executor | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # With ANSI colours Textual's filter for NO_COLOR drops every colour, otherwise only the hue.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.folder = folder or home()
        self.machine = machine or read_machine()
        self._set_aside: list[Problem] = []
        """Files that could not be used, told once there is a screen."""
        self.state = load_state(self.folder / "state.json", self._set_aside.append)
        set_bad_aside(self._set_aside.append)
        self.measurement: Measurement | Following | None = None
        self.left_running = False
        """Whether the app has ended before what it measures."""
        self.marked: tuple[str, ...] = ()
        self.executor: Executor = executor or LocalProcesses()
        self._apart = executor is None
        """Whether measurements run in processes of their own, which outlive the app."""
        self._store, self._clock = store, clock
        self._writing: Timer | None = None
        self._worker: Worker[None] | None = None
        self.race: Race | None = None
        self._race_worker: Worker[None] | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self.state.theme if self.state.theme in self.available_themes else DARK.name
        known = self.state.language in LANGUAGES
        self.set_reactive(BasefitApp.language, self.state.language if known else default_language())
        self.set_reactive(BasefitApp.budget, first_budget(self.machine, self.state.budget))

    def get_driver_class(self) -> type[Driver]:
        """Textual's own, that goes on where the terminal is gone."""
        return lasting(super().get_driver_class())

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and the one that lets no control character through."""
        return [*super().get_line_filters(), Harmless()]

    def on_load(self) -> None:
        """Before the terminal is taken over: whoever ends the program gives it back, and jobs end first."""
        if os.name == "posix" and not self.is_headless:
            for number in ENDING:
                if callable(signal.getsignal(number)):  # not where it is ignored
                    asyncio.get_running_loop().add_signal_handler(number, self.exit, CANCELLED)

    def on_mount(self) -> None:
        """Go on where the person was; a measurement that ended with the app has its verdict."""
        for problem in self._set_aside:
            self._store_told(problem)
        if self._store is not None:
            self._store.tell = self._store_told
            for problem in self._store.told:
                self._store_told(problem)
        running = self._join()
        where = "verdict" if self.state.screen == "run" and not running else self.state.screen
        if where in self.MODES:
            self.call_later(self.action_go, where)
        if self.state.screen == "run" and not running:
            self.call_later(self._tell_incomplete)
        build = self.machine.build
        if build is not None and build.cuda and build.architectures is None and self.machine.card:
            self.run_worker(self._ask_torch(build), group="torch", exit_on_error=False)

    async def _ask_torch(self, build: TorchBuild) -> None:
        """Which cards torch has code for takes seconds to know, once: until then it is assumed."""
        self.machine = replace(self.machine, build=await asyncio.to_thread(asked_build, build))
        if not (self.budget.simulated or meant_by(self.machine, self.budget.label)):
            self.budget = first_budget(self.machine, None)

    def _join(self) -> bool:
        """Follow what another start of the app, or a command, is measuring; whether there is such."""
        place = self.folder / RUNNING
        if not self._apart or not any(living(place)):
            return False
        from probes.measurement.following import measurements

        found = next(measurements(place), None)
        if found is None:
            return False
        self._follow(found)
        if self.state.screen == "run":  # which shows it
            return True
        words = say("running.goes-on", self.language, standing=standing_words(found.board, self.language))
        self.call_later(partial(self.notify, words, markup=False, timeout=15))
        return True

    def _tell_incomplete(self) -> None:
        """The verdict that is shown first rests on a measurement that was cut off."""
        asked = (run for run in self.store.runs() if run.request.get("question"))
        latest = next(asked, None)
        if latest is not None and latest.status in (RunState.CANCELLED, RunState.RUNNING):
            self.notify(say("app.incomplete", self.language), markup=False, timeout=15)

    # What screens ask for

    @property
    def store(self) -> Store:
        """The evidence store, opened once, on first use."""
        if self._store is None:
            self._store = open_store(self._store_told)
        return self._store

    def _store_told(self, problem: Problem) -> None:
        """What the store says of itself; rows that wait are written as soon as they can be."""
        self.notify(problem_words(problem, self.language), severity="warning", markup=False, timeout=15)
        if problem.code in ("store-waiting", "store-full") and self._writing is None:
            self._writing = self.set_interval(1.0, self._write_waiting)

    def _write_waiting(self) -> None:
        with suppress(sqlite3.Error):  # said by whoever writes next
            if self.store.flush() and self._writing is not None:
                self._writing.stop()
                self._writing = None

    def _open_again(self) -> Store:
        """The same store once more, for a run in a thread of its own."""

        def tell(problem: Problem) -> None:
            self.call_later(self._store_told, problem)

        try:
            return Store(self.store.path, tell)
        except sqlite3.OperationalError as error:
            raise store_problem(error) from error

    @property
    def board(self) -> "Board | None":
        """The rows of the measurement of this session, if there is one."""
        return self.measurement.board if self.measurement else None

    @property
    def measuring(self) -> bool:
        return self._worker is not None and self._worker.is_running

    @property
    def racing(self) -> bool:
        return self._race_worker is not None and self._race_worker.is_running

    def stops(self) -> tuple[Budget, ...]:
        """Where the budget bar stops; a budget that is none of them is put in its place."""
        stops = budget_stops(self.machine)
        if any(stop.label == self.budget.label for stop in stops):
            return stops
        here, *cards = stops
        if meant_by(self.machine, self.budget.label):
            return (self.budget, *cards)
        return (here, *sorted([*cards, self.budget], key=lambda stop: stop.total_bytes))

    def shown_budget(self, mode: str) -> Budget:
        """The budget that a screen speaks of: the question's own where it shows a measurement."""
        question = self.question if mode in ("run", "verdict") else None
        return question.budget if question else self.budget

    def room(self, budget: Budget | None = None) -> Room:
        """A budget, the chosen one if none is given, with what was deployed on that very device."""
        budget, known = budget or self.budget, known_of(self.store)
        here = meant_by(self.machine, budget.label)
        return room_here(self.machine, known, here) if here else room_elsewhere(budget, known)

    @property
    def devices(self) -> tuple[Device, ...]:
        """Where jobs run: on what is planned for, where that is of this machine, else on its best."""
        return meant_by(self.machine, self.budget.label) or (self.machine.best,)

    @property
    def question(self) -> "Question | None":
        """What is being measured, or was measured last."""
        if self.measurement:
            return self.measurement.question
        if not self.asked:
            return None
        from probes.measurement.question_json import last_question

        return last_question(self.store)

    @property
    def asked(self) -> bool:
        """Whether anything was ever asked; told without loading what a question is made of."""
        return self.measurement is not None or any(run.request.get("question") for run in self.store.runs())

    # What a person does

    def measure(self, question: "Question") -> None:
        """Start measuring and show it; one measurement at a time."""
        if self.measuring or self.racing:
            self.action_go("run" if self.measuring else "trial")
            return
        self._follow(self._begun(question))
        self.action_go("run")

    def _begun(self, question: "Question") -> "Measurement | Following":
        """The question being measured: by who measures it already, else by a process of its own."""
        from probes.measurement.following import begin, measured_now
        from probes.measurement.measurement import Measurement

        if self._apart:
            place = self.folder / RUNNING
            with suppress(OSError, Problem):  # nothing can be written there: the measurement tells it
                return measured_now(question, place) or begin(question, place)
        return Measurement(question, self._open_again, self.executor, self._clock)

    def _follow(self, measurement: "Measurement | Following") -> None:
        self.measurement = measurement
        self._worker = self.run_worker(self._measure(measurement), group="measure", exit_on_error=False)

    async def recall(self) -> None:
        """Show the measurement of an earlier start, where there was one and none has begun since.

        Problems: those of measurement.question.prepare, where its models or its text are there no more.
        """
        from probes.measurement.measurement import Measurement

        question = self.question
        if question is None or self.measurement is not None:
            return
        earlier = Measurement(question, self._open_again, self.executor, self._clock)
        await asyncio.to_thread(earlier.recall)
        self.measurement = self.measurement or earlier

    def action_demo(self) -> None:
        """Measure the bundled family on its simulated card."""
        from probes.measurement.question import demo_question

        self.measure(demo_question())

    async def _measure(self, measurement: "Measurement | Following") -> None:
        from probes.jobs.queue import JobState

        state = await measurement.apart()  # what it raises is told on Run
        self._announce(say(f"app.log.ended-{state}", self.language))
        if state in (RunState.FAILED, RunState.CANCELLED):
            return
        if failed := measurement.board.count(JobState.FAILED):
            words = say("app.some-failed", self.language, count=failed)
            self.notify(words, severity="warning", markup=False, timeout=10)
        # Whoever has gone to look at something else is told, and not dragged away.
        if state is RunState.DONE and self.current_mode == "run" and len(self.screen_stack) == 1:
            self.action_go("verdict")
        else:
            self.notify(say("app.verdict-ready", self.language), markup=False)

    def _announce(self, words: str) -> None:
        """Something long is over: a bell, and a word on the desktop, for whoever looks elsewhere."""
        if self.is_headless:
            return
        if wants("bell"):
            self.bell()
        self.run_worker(asyncio.to_thread(notify, words), group="notice", exit_on_error=False)

    def new_race(self, entry: "Entry", prepared: "Prepared") -> "Race":
        """A race that is ready to be run."""
        from probes.race.running import Race

        return Race(entry, prepared, self._open_again, self.executor, self._clock)

    async def restore_race(self) -> None:
        """Show the race of an earlier start as it stood, if there was one and none has begun since.

        Problems: those of probes.race.entry.prepare, where its models or data are there no more.
        """
        from probes.race.entry import prepare
        from probes.race.restoring import last_race

        found = last_race(self.store, id_of(self.devices))
        if found is not None and self.race is None:
            entry, kept = found
            race = self.new_race(entry, await asyncio.to_thread(prepare, entry))
            await asyncio.to_thread(asyncio.run, race.replay(kept))
            self.race = self.race or race

    def run_race(self, race: "Race") -> None:
        """Race, or go on with a race that was stopped; never beside a measurement."""
        if not (self.measuring or self.racing):
            self.race = race
            self._race_worker = self.run_worker(self._run_race(race), group="race", exit_on_error=False)

    async def _run_race(self, race: "Race") -> None:
        told = len(race.journal.entries)
        await race.apart()
        for entry in race.journal.entries[told:]:
            if isinstance(entry.event, Told):
                words = problem_words(entry.event, self.language)
                self.notify(words, severity="warning", markup=False, timeout=15)
        if self.current_mode != "trial":
            self.notify(say("app.race-over", self.language), markup=False)

    def stop_race(self, pausing: bool = True) -> None:
        """The running racer writes its state and ends; the race can go on later."""
        if self.race is not None and self.racing:
            self.race.stop(pausing)

    def cancel_measurement(self) -> None:
        """End everything that runs; what is measured stays."""
        if self.measurement is not None and self.measuring:
            self.measurement.stop()

    @property
    def keeps(self) -> bool:
        """Whether what is measured goes on when the app ends."""
        from probes.measurement.following import Following

        return self.measuring and isinstance(self.measurement, Following)

    async def action_quit(self) -> None:
        """End the app; what is measured is asked about first."""
        from tui.screens.leave import LeaveDialog

        another = self.keeps and not getattr(self.measurement, "kept", True)
        if (another or not self.measuring) and not self.racing:  # another terminal's goes on as it is
            self.exit()
        elif not isinstance(self.screen, LeaveDialog):
            self.push_screen(LeaveDialog(self._quit_title(), self.keeps), self._leave)

    def _quit_title(self) -> str:
        if not self.measuring or self.board is None:
            return say("app.quit.race", self.language)
        return say("app.quit.title", self.language, standing=standing_words(self.board, self.language))

    def _leave(self, choice: str | None) -> None:
        if choice == "stop" and self.keeps:
            self.notify(say("app.quit.stopping", self.language), markup=False)
            self.run_worker(self._stop_and_exit(), group="leave")
        elif choice is not None:
            self.exit()

    async def _stop_and_exit(self) -> None:
        self.cancel_measurement()
        worker, until = self._worker, self._clock() + STOP_S
        while worker is not None and worker.is_running and self._clock() < until:
            await asyncio.sleep(0.05)
        self.exit()

    def action_go(self, mode: str) -> None:
        """Show a screen."""
        if len(self.screen_stack) > 1 or mode == self.current_mode:
            return
        self.switch_mode(mode)
        self.remember(screen=mode)

    def action_language(self) -> None:
        """The other language, at once."""
        self.language = LANGUAGES[(LANGUAGES.index(self.language) + 1) % len(LANGUAGES)]
        self.remember(language=self.language)

    def action_theme(self) -> None:
        """Dark or light."""
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name
        self.remember(theme=self.theme)

    def set_budget(self, budget: Budget) -> None:
        """Plan for another budget."""
        self.budget = budget
        here = meant_by(self.machine, budget.label)
        best = here == (self.machine.best,)
        self.remember(budget="" if best else id_of(here) if here else budget.label)

    def action_budget(self) -> None:
        """Choose a budget from the list, or write one."""
        from tui.screens.budget import BudgetDialog

        if len(self.screen_stack) == 1:
            self.push_screen(BudgetDialog(), lambda chosen: self.set_budget(chosen) if chosen else None)

    def action_measure_own(self) -> None:
        """The form for one's own models, text and data."""
        from tui.screens.own import OwnDialog

        if len(self.screen_stack) == 1:
            self.push_screen(OwnDialog(), lambda question: self.measure(question) if question else None)

    async def action_report(self) -> None:
        """Write the report of what was measured last, and say where it lies."""
        from tui.report.saved import save

        question = self.question
        if question is None:
            return
        try:
            path = await asyncio.to_thread(save, self.store.path, self.folder, question, self.language)
        except Problem as problem:
            self.notify(problem_words(problem, self.language), severity="error", markup=False)
        else:
            self.notify(say("app.report-written", self.language, path=path), markup=False, timeout=15)

    def action_help(self) -> None:
        """What this screen is for, and its keys."""
        from tui.screens.help import HelpDialog

        if len(self.screen_stack) == 1:
            self.push_screen(HelpDialog(self.screen.id or "home"))

    def action_command_palette(self) -> None:
        """Everything that can be done, by name."""
        if self.use_command_palette and not CommandPalette.is_open(cast(App[object], self)):
            self.push_screen(
                CommandPalette(
                    placeholder=say("app.palette.placeholder", self.language), id="--command-palette"
                )
            )

    def get_system_commands(self, screen: Screen[Any]) -> list[SystemCommand]:
        """None of Textual's own: ours are worded in both languages (see palette.Commands)."""
        return []

    def remember(self, **changes: Any) -> None:
        """Keep settings for the next start."""
        self.state = replace(self.state, **changes)
        with suppress(OSError):  # a folder that cannot be written only forgets
            save_state(self.folder / "state.json", self.state)

    def ask(self, **changes: Any) -> None:
        """Keep what is asked, by the names of Asked."""
        self.remember(asked=replace(self.state.asked, **changes))

    def starting_request(self, everything: bool = False) -> tuple[Request, list[Evidence]]:
        """What to start from, for what is asked now and before any model or file is named."""
        from probes.measurement.question import about, request_of, understand

        device = id_of(self.devices)
        question = understand(self.state.asked.open, self.room(), device, everything=everything)
        request = request_of(question)
        return request, about(request, self.store)

    def exit(self, *given: Any, **named: Any) -> None:
        """End the app, whoever asks for it; what can go on does."""
        self.left_running = self.keeps
        super().exit(*given, **named)

    def on_unmount(self) -> None:
        if self._store is not None and not (self.measuring or self.racing or self._store.waiting):
            self._store.close()


def run_app(tell: Callable[[Problem], None], screen: str | None = None) -> int:
    """Open the app; the exit status. `tell` is given what the store says while no screen is there.

    `screen` is the one to begin with; None is where the person was.

    Problems: those of probes.home.open_store. LeftRunning where it was told to end and its measurement goes
    on.
    """
    store = open_store(tell)
    try:
        app = BasefitApp(store=store)
        if screen is not None:
            app.remember(screen=screen)
        status = app.run() or 0
        if app.left_running and status == CANCELLED:
            raise LeftRunning
        if app.left_running:
            tell(Problem("measurement-kept"))
        return status
    finally:
        store.tell = tell
        store.close()


if TYPE_CHECKING:
    _: Basefit = BasefitApp()  # mypy holds the app to what its screens ask of it
