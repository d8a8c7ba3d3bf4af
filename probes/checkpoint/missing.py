"""Models named but not on this disk: what would be fetched from the Hub, and the job that fetches it."""

from catalog.problem import Problem
from probes.checkpoint.job import DownloadJob
from probes.checkpoint.target import cached_snapshot, has_weights, looks_like_path, resolve
from probes.jobs.record import job_of
from probes.jobs.runner import Job

ONLINE = {"HF_HUB_OFFLINE": "0"}
SILENT = "hub.silent"
"""The note of a download's progress that says: nothing came for `seconds`, this is `attempt` of `of`."""


def hub_id(target: str) -> str | None:
    """The Hub id to fetch for a target whose weights are not (all) here; None where they are.

    Problems: those of `probes.checkpoint.target.resolve`.
    """
    try:
        found = resolve(target)
    except Problem as problem:
        if unknown_hub_id(problem, target):
            return target
        raise
    if found.directory is None:
        return (found.facts.hub_id if found.facts else target) or None
    repo = found.facts.hub_id if found.facts else target
    here = cached_snapshot(repo) == found.directory
    return repo if here and not has_weights(found.directory) else None


def unknown_hub_id(problem: Problem, target: str) -> bool:
    """Whether a target was refused only because nothing here knows this Hub id."""
    return problem.code == "model-unknown" and target.count("/") == 1 and not looks_like_path(target)


def open_token() -> str | None:
    """The endpoint to which the person's token would go unencrypted, if it is one."""
    from huggingface_hub import constants, get_token  # a start of the app needs neither

    endpoint: str = constants.ENDPOINT
    return endpoint if not endpoint.startswith("https:") and get_token() else None


def hub_job(repo: str, **what: bool) -> Job:
    """The download of a Hub repository; `what` as in DownloadJob."""
    return job_of(DownloadJob(repo, None, **what), environment=ONLINE)
