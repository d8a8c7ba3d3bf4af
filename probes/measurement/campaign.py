"""From a request to evidence: which jobs to run, in what order, and their events as one stream.

First what a text costs every tokenizer, then each candidate's levels in one pass, then a short trial
of the two leaders. What the store already holds is not measured again.
"""

import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path

from catalog.evidence.kinds import key_of
from catalog.evidence.records import Evidence
from catalog.quantization.levels import find_level, tuning_level
from catalog.quantization.precision import BF16_LEVEL, level_for
from catalog.verdict.recommend import recommend
from catalog.verdict.request import Candidate, Request
from probes.jobs.clock import Foreseen
from probes.jobs.queue import Step, run_all
from probes.jobs.record import read
from probes.jobs.runner import Job, Runner
from probes.measurement.jobs import perplexity_job, tokenizer_job, trial_job
from probes.measurement.question import Inputs
from probes.measurement.work import foresee
from probes.perplexity.job import PerplexityJob
from probes.tokenization.job import Target
from probes.trial.job import answers

SMALL_BYTES = 256 * 2**20
"""Checkpoints below this are probed two at a time: their time goes into starting up, not memory."""


def missing_jobs(request: Request, inputs: Inputs, known: Sequence[Evidence]) -> list[Job]:
    """Tokenizers and perplexity: everything about the candidates' weights that is not yet known."""
    here = [(c.name, c.path, c.revision) for c in request.candidates if c.path]
    counted = {e.revision for e in known if e.kind == "tokenizer" and key_of(e).text_sha256 == request.text}
    jobs = []
    if uncounted := [identity for identity in here if identity[2] not in counted]:
        targets = [Target(path, name, content) for name, path, content in uncounted]
        jobs.append(tokenizer_job(targets, [inputs.text]))
    levels = [level for level in request.levels if find_level(level).measured_by_basefit]
    for identity in here:
        how = {"windows": inputs.windows, "reference": reference_of(request)}
        job = perplexity_job(identity, levels, [inputs.text], inputs.device, **how)
        done = known_levels(read(PerplexityJob, job.arguments), request.text, known)
        if missing := [level for level in levels if level not in done]:
            jobs.append(perplexity_job(identity, missing, [inputs.text], inputs.device, **how))
    return jobs


def reference_of(request: Request) -> str:
    """What levels are compared with: 16 bits as the card that is asked about has them."""
    gpu = request.budget.gpu
    return level_for(BF16_LEVEL, gpu.capability if gpu else None)


def trial_jobs(request: Request, inputs: Inputs, known: Sequence[Evidence], out: Path) -> list[Job]:
    """A short QLoRA run of each of the leaders so far, on the person's data."""
    if inputs.data is None:
        return []
    jobs = [
        trial_job(
            (leader.name, leader.path, leader.revision),
            inputs.data,
            inputs.device,
            out,
            {"level": tuning_level("qlora"), "method": "qlora", "examples": inputs.examples},
        )
        for leader in _leaders(request, known, inputs.trials)
    ]
    return [job for job in jobs if inputs.again or known_trial(job, request.data, known) is None]


def known_trial(job: Job, data_sha256: str, known: Sequence[Evidence]) -> Evidence | None:
    """The latest trial in the store that asked what this job asks, of the same content."""
    found = [e for e in known if answers(job.arguments, data_sha256, e)]
    return max(found, key=lambda e: (e.created, e.id), default=None)


def known_levels(job: PerplexityJob, text_sha256: str, known: Sequence[Evidence]) -> dict[str, Evidence]:
    """Level -> what the store already holds of a perplexity job: same content, frame and versions."""
    key = job.key(text_sha256)
    found = (e for e in known if e.kind == "perplexity" and e.revision == job.revision and e.key == key)
    return {e.level: e for e in found}


def _leaders(request: Request, known: Sequence[Evidence], count: int) -> list[Candidate]:
    """The first `count` different models of the verdict so far that fit and have weights here."""
    by_name = {candidate.name: candidate for candidate in request.candidates if candidate.path}
    names = [r.model for r in recommend(request, known).ranking if r.verdict in ("recommended", "possible")]
    return [by_name[name] for name in dict.fromkeys(names) if name in by_name][:count]


def unwatched(_: Foreseen) -> None:
    """For whoever does not ask what is ahead."""


async def measure(
    request: Request,
    inputs: Inputs,
    runner: Runner,
    out: Path,
    ahead: Callable[[Foreseen], None] = unwatched,
) -> AsyncGenerator[Step, None]:
    """Run whatever the verdict still lacks; every job's events, each job's first being Queued.

    A job that fails costs its own row: the others go on. `out` receives the trials' adapters. What is
    ahead is told before it runs, and again when the verdict so far has chosen what is tried.
    """
    assert runner.store is not None
    store, at_once = runner.store, jobs_at_once(request)
    known = [] if inputs.again else store.find(revision=request.revisions)
    first = missing_jobs(request, inputs, known)
    ahead(foresee([*first, *trial_jobs(request, inputs, known, out)], store, at_once))
    async with aclosing(run_all(first, runner, at_once)) as steps:
        async for step in steps:
            yield step
    trials = trial_jobs(request, inputs, store.find(revision=request.revisions), out)
    ahead(foresee(trials, store, at_once))
    async with aclosing(run_all(trials, runner, at_once)) as steps:
        async for step in steps:
            yield step


def jobs_at_once(request: Request) -> int:
    """How many of its jobs run at a time."""
    sizes = [candidate.spec.parameters * 2 for candidate in request.candidates if candidate.path]
    return min(2, os.cpu_count() or 1) if sizes and max(sizes) < SMALL_BYTES else 1
