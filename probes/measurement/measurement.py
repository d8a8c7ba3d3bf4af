"""One measurement from question to ending, outside any screen: what Enter on Home sets going."""

import asyncio
import sqlite3
import time
import traceback
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Any

from catalog.evidence.kinds import key_of
from catalog.evidence.records import Evidence
from catalog.evidence.store import RunState, Store
from catalog.problem import Problem
from catalog.verdict.recommend import recommend
from catalog.verdict.request import Request, Verdict
from probes.home import home
from probes.jobs.cancelling import CancellingExecutor
from probes.jobs.events import Metric
from probes.jobs.queue import Step
from probes.jobs.runner import Executor, Job, LocalProcesses, Runner
from probes.machine.record import machine_record
from probes.measurement.board import CANCELLED, DONE, EARLIER, FAILED, QUEUED, RUNNING, Board
from probes.measurement.campaign import measure
from probes.measurement.plan import measure_within, seconds_of_everything
from probes.measurement.question import Inputs, Question, prepare
from probes.measurement.question_json import plain


class Measurement:
    """A question being measured; `board` is how far it is, `request` what the verdict is asked of."""

    def __init__(
        self,
        question: Question,
        store: Store,
        executor: Executor | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.question, self.store = question, store
        self.board = Board(clock, minutes=question.minutes)
        self._clock = clock
        self.request: Request | None = None
        self._executor = CancellingExecutor(executor or LocalProcesses())

    async def run(self) -> None:
        """Measure what the store lacks; cancelling this task keeps what is measured."""
        self.board.start()
        try:
            found = await asyncio.to_thread(_understood, self.question)
            await self._measure(*found)
        except asyncio.CancelledError:
            self.board.end(CANCELLED)
            raise
        except Problem as problem:
            self.board.end(FAILED, problem)
        except Exception as error:  # a fault of ours is told: no clock may run on for nothing
            self.board.end(FAILED, fault(error))

    async def recall(self) -> None:
        """Show what the store holds of a question of an earlier start; measure nothing.

        Problems: those of probes.measurement.question.prepare.
        """
        request, _ = await asyncio.to_thread(prepare, self.question)
        self.request = request
        self.board.metrics += known_metrics(request, self._known(request))
        self.board.state, self.board.ended = EARLIER, self.board.began
        self.board.version += 1

    async def _measure(self, request: Request, inputs: Inputs, record: Mapping[str, Any]) -> None:
        """Run the jobs, and record the run with its ending whatever that is."""
        from catalog.verdict.verdict_json import verdict_json  # only now: the first screen needs none of it

        self.request, board = request, self.board
        board.metrics += known_metrics(request, self._known(request))
        if board.minutes is None:
            board.cost = seconds_of_everything(request, inputs, self._known(request), home() / "adapters")
        run = self.store.begin("basefit", {"question": plain(self.question), "machine": record})
        runner = Runner(self.store, run, self._executor)
        try:
            async with aclosing(self._steps(request, inputs, runner)) as steps:
                async for step in steps:
                    board.fold(step)
        except asyncio.CancelledError:
            self.store.end(run, RunState.CANCELLED, {"evidence": runner.kept})
            raise
        except (OSError, sqlite3.Error) as error:  # the disk is full, or the store's folder is gone
            raise Problem("store-unwritable", path=str(self.store.path), detail=str(error)) from error
        except Exception:
            self.store.end(run, RunState.FAILED, {"evidence": runner.kept, "fault": traceback.format_exc()})
            raise
        verdict = recommend(request, self._known(request))
        board.end(FAILED if board.jobs and not board.count(DONE) else DONE)
        answered = RunState.DONE if verdict.winner else RunState.NO
        status = RunState.FAILED if board.state == FAILED else answered
        self.store.end(run, status, verdict_json(request, verdict) | {"evidence": runner.kept})

    def _steps(self, request: Request, inputs: Inputs, runner: Runner) -> AsyncGenerator[Step, None]:
        """By the plan where the person said how long it may take, else everything."""
        out, minutes = home() / "adapters", self.board.minutes
        if minutes is None:
            return measure(request, inputs, runner, out)
        return measure_within(request, inputs, runner, out, minutes, self._clock, self.board.explain)

    def verdict(self) -> Verdict | None:
        """What the evidence in the store says now; None before the question is understood."""
        return recommend(self.request, self._known(self.request)) if self.request else None

    def _known(self, request: Request) -> list[Evidence]:
        return self.store.find(revision=request.revisions)

    def cancel(self, job: Job) -> None:
        """End one job; the others go on."""
        self._executor.cancel(job)

    @property
    def can_cancel(self) -> bool:
        return self.board.state in (QUEUED, RUNNING)


def _understood(question: Question) -> tuple[Request, Inputs, dict[str, Any]]:
    """Read every file; what is asked, how it is measured, and on which machine."""
    request, inputs = prepare(question)
    if not any(candidate.path for candidate in request.candidates):
        raise Problem("nothing-to-measure")
    return request, inputs, machine_record()


def fault(error: Exception) -> Problem:
    """What no probe and no file is to blame for, in words that can be reported."""
    return Problem("app-fault", detail=f"{type(error).__name__}: {error}"[:200])


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
