"""The shapes of a `config.json`: by formula where there is one, else counted once and kept."""

import hashlib
import json
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from catalog.bounded_json import read_json
from catalog.files import write_text
from catalog.models.counted import SCHEMA, Counted
from catalog.models.from_config import spec_from_config
from catalog.models.spec import ModelSpec
from catalog.problem import Problem
from probes.home import home_shown
from probes.jobs.events import Failed, FailureKind, Finished, decode
from probes.jobs.record import job_of
from probes.jobs.runner import LocalProcesses, environment
from probes.jobs.scratch import scratch
from probes.shapes.bounds import CPU_SECONDS, bounded
from probes.shapes.job import ShapesJob

WAIT_SECONDS = 3 * CPU_SECONDS
"""For the process that counts, on a machine that has other things to do."""


def spec_of(config: Mapping[str, Any], name: str) -> ModelSpec:
    """The shapes that a configuration describes; a process of its own counts them where no formula does.

    Problems: config-too-large, config-too-costly, config-refused, model-type-missing,
    model-type-unsupported, model-type-contradicted, and those of `spec_from_config`.
    """
    bounded(config)
    try:
        return spec_from_config(config, name)
    except Problem as problem:
        by_formula = problem
    try:
        return counted_spec(config, name)
    except Problem as problem:
        # What is known of a type that transformers lacks says more than that it lacks it.
        known = by_formula.params.get("field") not in ("model_type", "architectures")
        raise by_formula if known and problem.code == "model-type-unsupported" else problem from None


def counted_spec(config: Mapping[str, Any], name: str) -> ModelSpec:
    """The shapes as they are counted, whether or not a formula gives them. Problems as of `spec_of`."""
    return ModelSpec.of(_counted(config), name)


def _counted(config: Mapping[str, Any]) -> Counted:
    """The record kept of this configuration, made and kept where there is none; so are refusals."""
    written = bounded(config)
    text = json.dumps([SCHEMA, _version(), written], sort_keys=True)
    kept = home_shown() / "shapes" / f"{hashlib.sha256(text.encode()).hexdigest()}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):  # not there, or not whole
        return _record(read_json(kept))
    answer = _count(written)
    with suppress(OSError, Problem):  # where nothing can be kept it is counted again
        write_text(kept, json.dumps(answer))
    return _record(answer)


def _record(answer: Mapping[str, Any]) -> Counted:
    if "refused" in answer:
        raise Problem(answer["refused"], **answer["params"])
    return Counted.from_json(answer["counted"])


def _count(config: Mapping[str, Any]) -> dict[str, Any]:
    """What the job `shapes` says: `counted`, or the code `refused` with its `params`."""
    job = job_of(ShapesJob(config))
    costly = Problem("config-too-costly", architecture=str(config.get("model_type")))
    with scratch() as folder:
        file = folder / "job.json"
        file.write_text(json.dumps(dict(job.arguments)), encoding="utf-8")
        command = LocalProcesses().command(job, file)
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=environment(job),
                timeout=WAIT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise costly from None
    last = done.stdout.decode("utf-8", "replace").strip().rpartition("\n")[2]
    event = decode(last) if last else None
    if isinstance(event, Finished):
        return {"counted": event.result}
    if not isinstance(event, Failed) or event.kind is FailureKind.OOM:  # ended by a limit of its own
        raise costly
    if event.kind in (FailureKind.BAD_INPUT, FailureKind.UNSUPPORTED):
        return {"refused": event.code, "params": event.params}
    raise Problem("config-refused", architecture=str(config.get("model_type")), detail=event.detail[:200])


def _version() -> str:
    try:
        return version("transformers")
    except PackageNotFoundError:
        return ""
