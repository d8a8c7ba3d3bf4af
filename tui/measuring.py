"""One measurement from question to ending, outside any screen: what Enter on Home sets going."""

import asyncio
import sqlite3
import time
import traceback
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from catalog.evidence import Evidence, Store
from catalog.footprint import Correction
from catalog.gpu import Budget, Gpu
from catalog.problem import Problem
from catalog.recommend import recommend
from catalog.request import Request, Verdict
from catalog.wishes import wishes_of
from probes.campaign import Inputs, Step, measure
from probes.events import Metric
from probes.home import home
from probes.plan_of_measurement import measure_within, seconds_of_everything
from probes.provenance import machine_record
from probes.question import Question, prepare
from probes.runner import Executor, Job, LocalProcesses, Runner
from tui.board import CANCELLED, DONE, EARLIER, FAILED, QUEUED, RUNNING, Board
from tui.cancelling import CancellingExecutor


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

        Problems: those of probes.question.prepare.
        """
        request, _ = await asyncio.to_thread(prepare, self.question)
        self.request = request
        self.board.metrics += known_metrics(request, self.store.find())
        self.board.state, self.board.ended = EARLIER, self.board.began
        self.board.version += 1

    async def _measure(self, request: Request, inputs: Inputs, record: Mapping[str, Any]) -> None:
        """Run the jobs, and record the run with its ending whatever that is."""
        from tui.cli.deciding import verdict_json  # only now: the first screen needs none of it

        self.request, board = request, self.board
        board.metrics += known_metrics(request, self.store.find())
        if board.minutes is None:
            board.cost = seconds_of_everything(request, inputs, self.store.find(), home() / "adapters")
        run = self.store.begin("basefit", {"question": plain(self.question), "machine": record})
        runner = Runner(self.store, run, self._executor)
        try:
            async with aclosing(self._steps(request, inputs, runner)) as steps:
                async for step in steps:
                    board.fold(step)
        except asyncio.CancelledError:
            self.store.end(run, CANCELLED, {"evidence": runner.kept})
            raise
        except (OSError, sqlite3.Error) as error:  # the disk is full, or the store's folder is gone
            raise Problem("store-unwritable", path=str(self.store.path), detail=str(error)) from error
        except Exception:
            self.store.end(run, FAILED, {"evidence": runner.kept, "fault": traceback.format_exc()})
            raise
        verdict = recommend(request, self.store.find())
        board.end(FAILED if board.jobs and not board.count(DONE) else DONE)
        status = FAILED if board.state == FAILED else "done" if verdict.winner else "no"
        self.store.end(run, status, verdict_json(request, verdict) | {"evidence": runner.kept})

    def _steps(self, request: Request, inputs: Inputs, runner: Runner) -> AsyncGenerator[Step, None]:
        """By the plan where the person said how long it may take, else everything."""
        out, minutes = home() / "adapters", self.board.minutes
        if minutes is None:
            return measure(request, inputs, runner, out)
        return measure_within(request, inputs, runner, out, minutes, self._clock, self.board.explain)

    def verdict(self) -> Verdict | None:
        """What the evidence in the store says now; None before the question is understood."""
        return recommend(self.request, self.store.find()) if self.request else None

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
    asked = {"perplexity": ("text_sha256", request.text), "trial": ("data_sha256", request.data)}
    found: dict[tuple[str, ...], Metric] = {}
    for e in evidence:
        if e.kind in asked and e.revision in here:
            name, wanted = asked[e.kind]
            if wanted and e.key.get(name) == wanted:
                metric = Metric(e.kind, e.model, e.revision, e.level, e.key, e.values)
                found[e.kind, e.model, e.level] = metric
    return list(found.values())


def plain(question: Question) -> dict[str, Any]:
    """The question as JSON, as it stands in the store's record of the run."""
    return {
        name: str(value) if isinstance(value, Path) else value for name, value in asdict(question).items()
    }


def question_of(saved: Any) -> Question | None:
    """The question of an earlier run; None where the record is of another form."""
    try:
        fields = dict(saved)
        budget = dict(fields["budget"])
        gpu = Gpu(**budget["gpu"]) if budget.get("gpu") else None
        fields["correction"] = Correction(**fields["correction"]) if fields.get("correction") else None
        fields["wishes"] = wishes_of(fields.get("wishes"))
        fields["budget"] = Budget(**{**budget, "gpu": gpu})
        fields["text"] = Path(fields["text"])
        fields["data"] = Path(fields["data"]) if fields.get("data") else None
        for name in ("targets", "levels"):
            fields[name] = tuple(fields[name])
        return Question(**fields)
    except (KeyError, TypeError, ValueError, Problem):
        return None


def last_question(store: Store) -> Question | None:
    """The question of the latest run that had one and measured something."""
    for run in store.runs():
        question = question_of(run.request.get("question"))
        if question is not None:
            return question
    return None
