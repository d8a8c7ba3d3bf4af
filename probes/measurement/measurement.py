"""One measurement from question to verdict, for the app and the commands alike."""

import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from enum import StrEnum
from typing import Any

from catalog.evidence.kinds import key_of
from catalog.evidence.records import Evidence
from catalog.evidence.store import RunState, Store
from catalog.problem import Problem
from catalog.verdict.recommend import recommend
from catalog.verdict.request import Reason, Request, Verdict
from catalog.verdict.verdict_json import verdict_json
from probes.home import home
from probes.jobs.events import Metric
from probes.jobs.queue import Step
from probes.jobs.runner import Executor, Runner
from probes.machine.record import machine_record
from probes.measurement.board import Board, Earlier, Known, Meant, Stopped
from probes.measurement.campaign import measure
from probes.measurement.engine import APP, Ending, Engine, Recording
from probes.measurement.plan import effort_of, measure_within, seconds_of_everything
from probes.measurement.question import Inputs, Question, prepare
from probes.measurement.question_json import plain
from probes.measurement.work import paces_learnt


class Choice(StrEnum):
    """What is measured of what the verdict lacks."""

    NOTHING = "nothing"
    EVERYTHING = "everything"
    PLANNED = "planned"
    """Only what could still change the verdict, within the question's minutes (see measurement.plan)."""


class Measurement(Engine):
    """A question being answered; `request` is what the verdict is asked of, `verdict` the answer."""

    def __init__(
        self,
        question: Question,
        opened: Callable[[], Store],
        executor: Executor | None = None,
        clock: Callable[[], float] = time.monotonic,
        command: str = APP,
        choice: Choice | None = None,
        again: bool = False,
    ) -> None:
        """`choice` None: everything, or by the plan where the person said how long it may take.

        `again` measures even what the store holds.
        """
        super().__init__(opened, executor, clock, command)
        self.question, self._again = question, again
        self.choice = choice or (Choice.EVERYTHING if question.minutes is None else Choice.PLANNED)
        self.request: Request | None = None
        self.verdict: Verdict | None = None
        self._inputs: Inputs | None = None
        self._clock = clock
        self._board = Board(self.journal)

    @property
    def board(self) -> Board:
        """What the journal says up to now."""
        return self._board.read()

    def asked(self) -> Mapping[str, Any]:
        """The question, and how it is measured."""
        return {"question": plain(self.question), "choice": self.choice, "again": self._again}

    def prepare(self) -> Mapping[str, Any]:
        """Problems: those of measurement.question.prepare, and nothing-to-measure."""
        self.request, inputs = prepare(self.question)
        self._inputs = replace(inputs, again=self._again)
        measurable = any(candidate.path for candidate in self.request.candidates)
        if self.choice is not Choice.NOTHING and not measurable:
            raise Problem("nothing-to-measure")
        return {"question": plain(self.question), "machine": machine_record()}

    async def work(self, recording: Recording) -> Ending:
        """Measure what is chosen, then judge."""
        assert self.request is not None
        assert self._inputs is not None
        request, inputs, store = self.request, self._inputs, recording.store
        known = store.find(revision=request.revisions)
        self.journal.tell(Known(tuple(known_metrics(request, known))))
        if self.choice is not Choice.NOTHING:
            self.journal.tell(self._meant(request, inputs, known))
            await self.journal.write(self._steps(request, inputs, recording.runner))
        return self._judge(request, inputs, store)

    def _meant(self, request: Request, inputs: Inputs, known: Sequence[Evidence]) -> Meant:
        if self.choice is Choice.PLANNED:
            return Meant(self.question.minutes, None)
        return Meant(None, seconds_of_everything(request, inputs, known, home() / "adapters"))

    def _judge(self, request: Request, inputs: Inputs, store: Store) -> Ending:
        known = store.find(revision=request.revisions, imported=True)
        self.verdict = recommend(request, known, effort_of(inputs, request.budget))
        return Ending(outcome(self.verdict, bool(self.failed)), verdict_json(request, self.verdict))

    def _steps(self, request: Request, inputs: Inputs, runner: Runner) -> AsyncGenerator[Step, None]:
        out = home() / "adapters"
        if self.choice is Choice.EVERYTHING:
            return measure(request, inputs, runner, out, self.journal.tell)

        def stopped(why: Reason) -> None:
            self.journal.tell(Stopped(why))

        return measure_within(
            request, inputs, runner, out, self.question.minutes, self._clock, stopped, self.journal.tell
        )

    def leave(self) -> Mapping[str, Any]:
        """What was learnt of this machine's pace, for the clocks of later runs."""
        return paces_learnt(self.journal)

    def recall(self) -> None:
        """Tell what the store holds of a question of an earlier start; measure nothing.

        Problems: those of probes.measurement.question.prepare.
        """
        self.request, _ = prepare(self.question)
        with closing(self._opened()) as store:
            known = known_metrics(self.request, store.find(revision=self.request.revisions))
        self.journal.tell(Earlier())
        self.journal.tell(Known(tuple(known)))


def judged(question: Question, known: Sequence[Evidence]) -> dict[str, Any]:
    """The verdict of the evidence `known` on a question, as JSON. Problems: those of question.prepare."""
    request, inputs = prepare(question)
    return verdict_json(request, recommend(request, known, effort_of(inputs, request.budget)))


def outcome(verdict: Verdict, failed: bool) -> RunState:
    """How a measurement ended: FAILED where a job did and nothing of the verdict is measured.

    Else DONE with a winner, NO without.
    """
    if failed and not any(row.provenance == "measured" for row in verdict.ranking):
        return RunState.FAILED
    return RunState.DONE if verdict.winner else RunState.NO


def known_metrics(request: Request, evidence: Iterable[Evidence]) -> list[Metric]:
    """What the store already holds on these candidates with this text and data, to be shown as measured."""
    here = {candidate.revision for candidate in request.candidates if candidate.revision}
    found: dict[tuple[str, ...], Metric] = {}
    for e in evidence:
        if e.revision in here and e.kind in ("perplexity", "trial"):
            key = key_of(e)
            wanted = request.text if e.kind == "perplexity" else request.data
            if wanted and wanted in (key.text_sha256, key.data_sha256):
                metric = Metric(e.kind, e.model, e.revision, e.level, e.key, e.values)
                found[e.kind, e.model, e.level] = metric
    return list(found.values())
