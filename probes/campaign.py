"""From a request to evidence: which jobs to run, in what order, and their events as one stream.

First what a text costs every tokenizer, then each candidate's levels in one pass, then a short trial
of the two leaders. What the store already holds is not measured again.
"""

import asyncio
import hashlib
import json
import os
import shlex
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from catalog.evidence import Evidence
from catalog.quantization import find_level
from catalog.recommend import recommend
from catalog.request import Candidate, Request
from probes.events import Event
from probes.perplexity_key import SPEND, evidence_key
from probes.runner import Job, Runner
from probes.target import spoken
from probes.trial_job import LENGTH_SETTINGS, LEVEL, answers

SMALL_BYTES = 256 * 2**20
"""Checkpoints below this are probed two at a time: their time goes into starting up, not memory."""


@dataclass(frozen=True)
class Inputs:
    """The files behind a request and how much to spend. `windows` None is the probe's own choice."""

    text: Path
    data: Path | None = None
    windows: int | None = None
    examples: int = 256
    trials: int = 2
    device: str = "cpu"
    again: bool = False
    """Measure even what the store already holds."""


@dataclass(frozen=True)
class Queued:
    """A job that will run; the first thing told about it."""


Step = tuple[Job, Event | Queued]
Identity = tuple[str, str, str]
"""(name shown, path, revision) of a model or tokenizer on this disk."""


def tokenizer_job(
    targets: Sequence[Mapping[str, object]],
    texts: Sequence[Path],
    settings: Mapping[str, object] | None = None,
) -> Job:
    """What a text costs each of several tokenizers (`targets` and `settings` as in probes.tokenizer)."""
    given = {key: value for key, value in (settings or {}).items() if value is not None}
    arguments = {"targets": list(targets), "text": [str(text) for text in texts]} | given
    names = [str(target["name"]) for target in targets]
    command: list[object] = ["tokenizers"]
    command += [spoken(str(target["name"]), str(target["path"])) for target in targets]
    for text in texts:
        command += ["--text", text.absolute()]
    for key, value in given.items():
        command += ["--" + key, Path(str(value)).absolute() if key == "parallel" else value]
    prices = {target.get("price_per_million") for target in targets} - {None}
    for price in prices:
        command += ["--price", price]
    return Job("tokenizers", arguments, ", ".join(names), _command(*command))


def perplexity_job(
    target: Identity,
    levels: Sequence[str],
    texts: Sequence[Path],
    device: str,
    frame: str = "probe",
    windows: int | None = None,
    spend: str = "all",
    settings: Mapping[str, object] | None = None,
) -> Job:
    """All levels of one model from one reading of its weights; `windows` None is the frame's own.

    `settings` are further entries of the job (`reference`, `calibration`, `sequential`); None and False
    are the probe's own choice.
    """
    name, path, revision = target
    arguments: dict[str, object] = {
        "target": path,
        "name": name,
        "revision": revision,
        "levels": list(levels),
        "frame": frame,
        "device": device,
        "spend": spend,
    }
    command: list[object] = ["perplexity", spoken(name, path), "--levels", ",".join(levels)]
    command += ["--frame", frame, "--device", device]
    for text in texts:
        command += ["--text", text.absolute()]
    if len(texts) == 1:
        arguments["text"] = str(texts[0])
    else:
        arguments["texts"] = [{"name": text.stem, "path": str(text)} for text in texts]
    if windows is not None:
        arguments["windows"] = windows
        command += ["--windows", windows]
    if spend != SPEND:
        command += ["--spend", spend]
    for key, value in (settings or {}).items():
        if value is not None and value is not False:
            arguments[key] = value
            command += ["--" + key] if value is True else ["--" + key, value]
    return Job("perplexity", arguments, name, _command(*command))


def trial_job(target: Identity, data: Path, device: str, out: Path, settings: Mapping[str, object]) -> Job:
    """A short fine-tune of one model; its adapter and its state go into a folder of its own under `out`.

    `settings` are entries of `probes.trial_job.TrialJob`, or a `preset`; None is the job's own choice.
    """
    name, path, revision = target
    given = {key: value for key, value in settings.items() if value is not None}
    arguments = {
        "target": path,
        "name": name,
        "revision": revision,
        "data": str(data),
        "device": device,
        "out": str(out / f"{name}-{revision}-{given.get('level', LEVEL)}-{_run_name(data, given)}"),
    } | given
    command: list[object] = ["trial", spoken(name, path), "--data", data.absolute(), "--device", device]
    for key, value in given.items():
        if key == "columns" and isinstance(value, list):
            command += ["--prompt-column", value[0], "--target-column", value[1]]
        elif key in ("databases", "holdout_file"):
            command += ["--" + key.removesuffix("_file"), Path(str(value)).absolute()]
        elif key == "level":
            command += ["--levels", value]
        elif key != "holdout_file_sha256":
            command += ["--" + key.replace("_", "-"), value]
    return Job("trial", arguments, name, _command(*command))


def _run_name(data: Path, given: Mapping[str, object]) -> str:
    """Six hex digits that keep runs on other data or of other settings apart; a longer run is the same."""
    same = {key: value for key, value in given.items() if key not in LENGTH_SETTINGS}
    content = json.dumps([str(data.absolute()), same], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:6]


def _command(*words: object) -> str:
    return shlex.join(["basefit", *(str(word) for word in words)])


def missing_jobs(request: Request, inputs: Inputs, known: Sequence[Evidence]) -> list[Job]:
    """Tokenizers and perplexity: everything about the candidates' weights that is not yet known."""
    here = [(c.name, c.path, c.revision) for c in request.candidates if c.path]
    counted = _revisions(known, "tokenizer", "text_sha256", request.text)
    jobs = []
    if uncounted := [identity for identity in here if identity[2] not in counted]:
        targets = [{"name": name, "path": path, "revision": content} for name, path, content in uncounted]
        jobs.append(tokenizer_job(targets, [inputs.text]))
    levels = [level for level in request.levels if find_level(level).measured_by_basefit]
    for identity in here:
        job = perplexity_job(identity, levels, [inputs.text], inputs.device, windows=inputs.windows)
        done = known_levels(job, request.text, known)
        if missing := [level for level in levels if level not in done]:
            jobs.append(
                perplexity_job(identity, missing, [inputs.text], inputs.device, windows=inputs.windows)
            )
    return jobs


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
            {"level": "nf4", "method": "qlora", "examples": inputs.examples},
        )
        for leader in _leaders(request, known, inputs.trials)
    ]
    return [job for job in jobs if inputs.again or known_trial(job, request.data, known) is None]


def known_trial(job: Job, data_sha256: str, known: Sequence[Evidence]) -> Evidence | None:
    """The latest trial in the store that asked what this job asks, of the same content."""
    found = [e for e in known if answers(job.arguments, data_sha256, e)]
    return max(found, key=lambda e: (e.created, e.id), default=None)


def known_levels(job: Job, text_sha256: str, known: Sequence[Evidence]) -> dict[str, Evidence]:
    """Level -> what the store already holds of a perplexity job: same content, frame and versions."""
    key, revision = evidence_key(job.arguments, text_sha256), job.arguments["revision"]
    found = (e for e in known if e.kind == "perplexity" and e.revision == revision and e.key == key)
    return {e.level: e for e in found}


def _revisions(known: Sequence[Evidence], kind: str, name: str, wanted: str) -> set[str]:
    return {e.revision for e in known if e.kind == kind and e.key.get(name) == wanted}


def _leaders(request: Request, known: Sequence[Evidence], count: int) -> list[Candidate]:
    """The first `count` different models of the verdict so far that fit and have weights here."""
    by_name = {candidate.name: candidate for candidate in request.candidates if candidate.path}
    names = [r.model for r in recommend(request, known).ranking if r.verdict in ("recommended", "possible")]
    return [by_name[name] for name in dict.fromkeys(names) if name in by_name][:count]


async def measure(
    request: Request, inputs: Inputs, runner: Runner, out: Path
) -> AsyncGenerator[Step, None]:
    """Run whatever the verdict still lacks; every job's events, each job's first being Queued.

    A job that fails costs its own row: the others go on. `out` receives the trials' adapters.
    """
    assert runner.store is not None
    at_once = jobs_at_once(request)
    first = missing_jobs(request, inputs, [] if inputs.again else runner.store.find())
    async with aclosing(run_all(first, runner, at_once)) as steps:
        async for step in steps:
            yield step
    trials = trial_jobs(request, inputs, runner.store.find(), out)
    async with aclosing(run_all(trials, runner, at_once)) as steps:
        async for step in steps:
            yield step


def jobs_at_once(request: Request) -> int:
    """How many of its jobs run at a time."""
    sizes = [candidate.spec.parameters * 2 for candidate in request.candidates if candidate.path]
    return min(2, os.cpu_count() or 1) if sizes and max(sizes) < SMALL_BYTES else 1


async def run_all(jobs: Sequence[Job], runner: Runner, parallel: int = 1) -> AsyncGenerator[Step, None]:
    """The events of several jobs, `parallel` at a time, as they come."""
    steps: asyncio.Queue[Step | None] = asyncio.Queue()
    for job in jobs:
        yield job, Queued()
    waiting = iter(jobs)

    async def work() -> None:
        try:
            for job in waiting:
                async with aclosing(runner.events(job)) as events:
                    async for event in events:
                        steps.put_nowait((job, event))
        finally:  # also when the store cannot be written: whoever waits must hear of it
            steps.put_nowait(None)

    workers = [asyncio.create_task(work()) for _ in range(min(parallel, len(jobs)))]
    try:
        left = len(workers)
        while left:
            step = await steps.get()
            if step is None:
                left -= 1
            else:
                yield step
        for worker in workers:
            await worker
    finally:
        for worker in workers:
            worker.cancel()
        if workers:
            await asyncio.wait(workers)
