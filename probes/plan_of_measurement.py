"""Measure what could still change the verdict, the most promising for its minutes first, and then stop.

What is promising is judged anew after every job (see catalog.next_measurement). What the store holds is
not measured again, so a run that was cancelled, or ran out of time, goes on where it stood.
"""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from catalog.evidence import Evidence
from catalog.next_measurement import Effort
from catalog.recommend import recommend
from catalog.request import Next, Reason, Request
from probes.campaign import Inputs, Queued, Step, missing_jobs, perplexity_job, trial_job
from probes.events import Finished
from probes.perplexity_key import WINDOWS
from probes.runner import Job, Runner

SMOOTHING = 0.5
"""How much of the pace the latest job says: the first of a session pays for cold caches."""


@dataclass(frozen=True)
class Chosen(Queued):
    """A job the plan has chosen, for what reason, with `left` seconds to spend (None: no limit)."""

    reason: Reason
    left: float | None


def effort_of(inputs: Inputs, pace: float = 1.0) -> Effort:
    """How these inputs would be measured."""
    device = "cuda" if inputs.device.startswith("cuda") else "cpu"
    return Effort(inputs.windows or WINDOWS, inputs.examples, device, pace)


def choose(
    request: Request, known: Sequence[Evidence], effort: Effort, left: float | None, tried: Sequence[Next]
) -> Next | None:
    """The most promising measurement that `left` seconds allow and that was not tried, if any."""
    done = {(one.kind, one.model, one.levels) for one in tried}
    for one in recommend(request, known, effort).next:
        if (one.kind, one.model, one.levels) not in done and (left is None or one.seconds <= left):
            return one
    return None


async def measure_within(
    request: Request,
    inputs: Inputs,
    runner: Runner,
    out: Path,
    minutes: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[Step, None]:
    """Run the chosen jobs one after another; every job's events, each job's first being Chosen.

    No job is begun that should take longer than what is left of `minutes`; one that has begun is finished.
    A job that fails is not tried again. The tokenizers are counted first: it takes a second, and the
    vocabulary is advised on by it.
    """
    assert runner.store is not None
    began, effort, tried = clock(), effort_of(inputs), list[Next]()
    for job in missing_jobs(request, inputs, runner.store.find()):
        if job.probe == "tokenizers":
            yield job, Queued()
            async with aclosing(runner.events(job)) as events:
                async for event in events:
                    yield job, event
    while True:
        left = None if minutes is None else minutes * 60 - (clock() - began)
        chosen = choose(request, runner.store.find(), effort, left, tried)
        if chosen is None:
            return
        tried.append(chosen)
        job, started = job_of(chosen, request, inputs, out), clock()
        yield job, Chosen(chosen.reason, left)
        async with aclosing(runner.events(job)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    effort = _paced(effort, (clock() - started) / chosen.seconds)
                yield job, event


def job_of(chosen: Next, request: Request, inputs: Inputs, out: Path) -> Job:
    """The job that makes a measurement."""
    model = next(one for one in request.candidates if one.name == chosen.model)
    identity = (model.name, model.path, model.revision)
    if chosen.kind == "perplexity":
        return perplexity_job(identity, chosen.levels, [inputs.text], inputs.device, windows=inputs.windows)
    assert inputs.data is not None
    (level,) = chosen.levels
    method = "lora" if level == "bf16" else "qlora"
    settings = {"level": level, "method": method, "examples": inputs.examples}
    return trial_job(identity, inputs.data, inputs.device, out, settings)


def _paced(effort: Effort, ratio: float) -> Effort:
    """The pace corrected by what a job took against what was foretold at the old pace."""
    return replace(effort, pace=effort.pace * ratio**SMOOTHING)
