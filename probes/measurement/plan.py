"""Measure what could still change the verdict, the most promising for its minutes first, and then stop.

What is promising is judged anew after every job (see catalog.verdict). What the store holds is
not measured again, so a run that was cancelled, or ran out of time, goes on where it stood.
"""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from catalog.evidence.records import Evidence
from catalog.hardware.gpu import Budget
from catalog.quantization.levels import find_level
from catalog.verdict.next_measurement import LEFT_OUT, Effort, perplexity_seconds, trial_seconds
from catalog.verdict.recommend import recommend
from catalog.verdict.request import Next, Reason, Request
from probes.jobs.clock import Foreseen
from probes.jobs.devices import CPU, kind_of
from probes.jobs.events import Finished
from probes.jobs.queue import Queued, Step
from probes.jobs.runner import Job, Runner
from probes.measurement.campaign import jobs_at_once, missing_jobs, reference_of, trial_jobs, unwatched
from probes.measurement.jobs import perplexity_job, trial_job
from probes.measurement.question import Inputs
from probes.measurement.work import foresee
from probes.perplexity.job import WINDOWS

INSTANT = 0.01
"""What a job that took no time took of what was foretold, so that the next are foretold some."""
SMOOTHING = 0.5
"""How much of the pace the latest job says: the first of a session pays for cold caches."""


@dataclass(frozen=True)
class Chosen(Queued):
    """A job the plan has chosen, for what reason, with `left` seconds to spend (None: no limit)."""

    reason: Reason
    left: float | None


def effort_of(inputs: Inputs, budget: Budget | None = None) -> Effort:
    """How these inputs would be measured; a card is known where it is this machine's own `budget`."""
    device = kind_of(inputs.device)
    gpu = None if device == CPU or budget is None or budget.simulated else budget.gpu
    return Effort(inputs.windows or WINDOWS, inputs.examples, device, gpu=gpu)


def seconds_of_everything(request: Request, inputs: Inputs, known: Sequence[Evidence], out: Path) -> float:
    """What probes.measurement.campaign.measure would take for all that `known` lacks, roughly."""
    effort, here = effort_of(inputs, request.budget), {model.name: model for model in request.candidates}
    missing = missing_jobs(request, inputs, known)
    probes = [
        perplexity_seconds(here[job.subject], len(job.arguments["levels"]), effort)
        for job in missing
        if job.probe == "perplexity"
    ]
    trials = [trial_seconds(here[job.subject], effort) for job in trial_jobs(request, inputs, known, out)]
    return (sum(probes) + sum(trials)) / jobs_at_once(request)


def choose(
    request: Request, known: Sequence[Evidence], effort: Effort, left: float | None, tried: Sequence[Next]
) -> Next | None:
    """The most promising measurement that `left` seconds allow and that was not tried, if any."""
    for one in following(request, known, effort, tried):
        if left is None or one.seconds <= left:
            return one
    return None


def following(
    request: Request, known: Sequence[Evidence], effort: Effort, tried: Sequence[Next]
) -> list[Next]:
    """All that could still change the verdict and was not tried, the most promising first."""
    done = {(one.kind, one.model, one.levels) for one in tried}
    found = recommend(request, known, effort).next
    return [one for one in found if (one.kind, one.model, one.levels) not in done]


def why_stopped(
    request: Request, known: Sequence[Evidence], effort: Effort, left: float | None, tried: Sequence[Next]
) -> Reason:
    """Why `choose` found nothing more: a code `plan-…` with what would have come next."""
    verdict = recommend(request, known, effort)
    coming = choose(request, known, effort, None, tried)
    if verdict.winner is None:
        return Reason("plan-nothing-fits", {})
    if coming is not None:
        params = {"left": max(0.0, left or 0.0) / 60, "needed": coming.seconds / 60}
        return Reason("plan-out-of-time", params | {"model": coming.model})
    if verdict.next:
        return Reason("plan-failed", {"count": len(verdict.next)})
    return Reason("plan-settled", {"chance": LEFT_OUT})


def _unheard(_: Reason) -> None:
    """For whoever does not ask why a plan stopped."""


async def measure_within(
    request: Request,
    inputs: Inputs,
    runner: Runner,
    out: Path,
    minutes: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    stopped: Callable[[Reason], None] = _unheard,
    ahead: Callable[[Foreseen], None] = unwatched,
) -> AsyncGenerator[Step, None]:
    """Run the chosen jobs one after another; every job's events, each job's first being Chosen.

    No job is begun that should take longer than what is left of `minutes`; one that has begun is finished.
    A job that fails is not tried again. The tokenizers are counted first: it takes a second, and the
    vocabulary is advised on by it. `stopped` is told why there is no further job, `ahead` before each job
    what would follow if it changed nothing.
    """
    assert runner.store is not None
    store = runner.store
    began, effort, tried = clock(), effort_of(inputs, request.budget), list[Next]()
    for job in missing_jobs(request, inputs, runner.store.find(revision=request.revisions)):
        if job.probe == "tokenizers":
            yield job, Queued(job)
            async with aclosing(runner.events(job)) as events:
                async for event in events:
                    yield job, event
    while True:
        left = None if minutes is None else minutes * 60 - (clock() - began)
        chosen = choose(request, runner.store.find(revision=request.revisions), effort, left, tried)
        if chosen is None:
            stopped(
                why_stopped(request, runner.store.find(revision=request.revisions), effort, left, tried)
            )
            return
        job, started = job_of(chosen, request, inputs, out), clock()
        known = store.find(revision=request.revisions)
        after = following(request, known, effort, [*tried, chosen])
        jobs = [job, *(job_of(one, request, inputs, out) for one in after)]
        ahead(foresee(jobs, store, planned=True, limit=left))
        tried.append(chosen)
        yield job, Chosen(job, chosen.reason, left)
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
        how = {"windows": inputs.windows, "reference": reference_of(request)}
        return perplexity_job(identity, chosen.levels, [inputs.text], inputs.device, **how)
    assert inputs.data is not None
    (level,) = chosen.levels
    method = find_level(level).adapter
    settings = {"level": level, "method": method, "examples": inputs.examples}
    return trial_job(identity, inputs.data, inputs.device, out, settings)


def _paced(effort: Effort, ratio: float) -> Effort:
    """The pace corrected by what a job took against what was foretold at the old pace."""
    return replace(effort, pace=effort.pace * max(ratio, INSTANT) ** SMOOTHING)
