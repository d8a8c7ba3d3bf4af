"""Models named but not on this disk: what would be fetched from a hub, and the job that fetches it."""

from catalog.problem import Problem
from probes.checkpoint.hubs import HOSTS, HUGGINGFACE, Host, chosen_host, origin_of
from probes.checkpoint.job import DownloadJob
from probes.checkpoint.target import Target, has_weights, looks_like_path, resolve
from probes.jobs.record import job_of
from probes.jobs.runner import Job

ONLINE = {"HF_HUB_OFFLINE": "0"}
SILENT = "hub.silent"
"""The note of a download's progress that says: nothing came for `seconds`, this is `attempt` of `of`."""


def hub_id(target: str) -> str | None:
    """What to fetch from the chosen hub for a target whose weights are not (all) here; None where they are.

    Problems: hub-no-id, and those of `probes.checkpoint.target.resolve`.
    """
    try:
        found = resolve(target)
    except Problem as problem:
        if unknown_hub_id(problem, target):
            return target
        raise
    if found.directory is not None and (origin_of(found.directory) is None or has_weights(found.directory)):
        return None
    return repo_of(found, target)


def repo_of(found: Target, target: str) -> str | None:
    """What the chosen hub calls a target; None where no hub has it.

    Problem hub-no-id, where only another hub's name of a catalog id is known.
    """
    host = chosen_host()
    known = {name: one.repo_of(found.facts) for name, one in HOSTS.items()} if found.facts else {}
    if known.get(host.name):
        return known[host.name]
    if target.count("/") == 1 and not looks_like_path(target):
        return target
    others = [name for name, repo in known.items() if repo]
    if others:
        raise Problem("hub-no-id", model=target, other=others[0], **host.said)
    return None


def unknown_hub_id(problem: Problem, target: str) -> bool:
    """Whether a target was refused only because nothing here knows this id of a hub."""
    return problem.code == "model-unknown" and target.count("/") == 1 and not looks_like_path(target)


def open_token(host: Host | None = None) -> str | None:
    """The address to which the person's token would go unencrypted, if it is one. Problem hub-token."""
    host = host or chosen_host()
    endpoint = host.endpoint()
    return endpoint if not endpoint.startswith("https:") and host.token() else None


def hub_title(job: Job) -> str:
    """The hub that a download asks; of a dataset's it is Hugging Face."""
    return HOSTS[job.arguments.get("hub", HUGGINGFACE.name)].title


def hub_job(repo: str, host: Host | None = None, /, **what: bool) -> Job:
    """The download of a repository of a hub, of the chosen one if not said; `what` as in DownloadJob."""
    return job_of(DownloadJob(repo, None, hub=(host or chosen_host()).name, **what), environment=ONLINE)
