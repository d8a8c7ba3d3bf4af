"""Before a command needs weights that are not on this disk: say how much, ask, fetch."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from catalog.problem import Problem
from probes.checkpoint.hubs import HUGGINGFACE, Host, chosen_host
from probes.checkpoint.missing import ONLINE, hub_id, hub_job, open_token, repo_of, unknown_hub_id
from probes.checkpoint.target import Target, resolve
from probes.dataset.job import DatasetJob
from probes.home import home
from probes.jobs.record import job_of
from probes.jobs.runner import Job
from tui.cli.output import tell, words
from tui.cli.session import Session
from tui.wording import size_words

VOCABULARIES = ("tokenizer.json", "vocab.json", "*.model", "*.tiktoken")


def fetch(session: Session, target: str, agreed: bool) -> Target:
    """The target with its weights here, downloaded now if the person agrees.

    Problems: those of `probes.checkpoint.target.resolve`, hub-declined and the hub's own.
    """
    repo = hub_id(target)
    if repo is None:
        return resolve(target)
    _download(session, repo, agreed, {})
    return resolve(repo)


def fetched(targets: Sequence[str], agreed: bool) -> None:
    """See that every target's weights are here; a run of its own is recorded where some are not.

    Problems: those of `fetch`.
    """
    if any(hub_id(target) is not None for target in targets):
        with Session({"fetch": list(targets)}) as session:
            for target in targets:
                fetch(session, target, agreed)
            session.done({})


def fetch_tokenizers(session: Session, targets: Iterable[str], agreed: bool) -> None:
    """The vocabularies of models named by a Hub or catalog id that are not here; no weights.

    Problems: those of `fetch`.
    """
    for target in targets:
        repo = _without_tokenizer(target)
        if repo is not None:
            _download(session, repo, agreed, {"texts_only": True})


def _without_tokenizer(target: str) -> str | None:
    """What the chosen hub calls a model whose tokenizer is not on this disk."""
    if Path(target).expanduser().exists():
        return None
    try:
        found = resolve(target)
    except Problem as problem:
        if unknown_hub_id(problem, target):
            return target
        raise
    if found.directory is not None and any(any(found.directory.glob(name)) for name in VOCABULARIES):
        return None
    return repo_of(found, target)


def _download(session: Session, repo: str, agreed: bool, what: Mapping[str, bool]) -> None:
    asked = _online(session, chosen_host(), hub_job(repo, ask=True, **what))
    hub = chosen_host().title
    sizes = {"missing": size_words(asked["missing_bytes"]), "free": size_words(asked["disk_free_bytes"])}
    if not agreed and not confirmed(words("hub.ask", repo=repo, hub=hub, **sizes)):
        raise Problem("hub-declined", repo=repo, hub=hub, missing_bytes=asked["missing_bytes"])
    tell(words("hub.fetching", repo=repo, hub=hub, missing=sizes["missing"], commit=asked["commit"][:12]))
    session.results([hub_job(repo, **what)])


def _online(session: Session, host: Host, job: Job) -> Mapping[str, Any]:
    """The result of the first job that asks a hub, after a warning where others could read the token."""
    endpoint = open_token(host)
    if endpoint:
        tell(words("hub.open-token", endpoint=endpoint, **host.said))
    (result,) = session.results([job])
    return result


def with_config(target: str) -> Target:
    """The target's shapes; an id unknown here has its config.json fetched (a few kB)."""
    try:
        return resolve(target)
    except Problem as problem:
        if not unknown_hub_id(problem, target):
            raise
    with Session({"config": target}) as session:
        _online(session, chosen_host(), hub_job(target, config_only=True))
        session.done({})
    return resolve(target)


def confirmed(question: str) -> bool:
    """Ask on the terminal; no without one."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes", "是", "好")


SUFFIXES = {".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".parquet", ".txt", ".md"}


def is_named(data: Path) -> bool:
    """Whether this can only be meant as `owner/name` on the Hub."""
    text = data.as_posix()
    plain = text.count("/") == 1 and not text.startswith((".", "/", "~"))
    return plain and not data.exists() and not data.parent.is_dir() and data.suffix.lower() not in SUFFIXES


def fetch_data(data: Path, config: str | None, split: str, agreed: bool) -> Path:
    """The file itself, or the one that holds the named dataset's split, fetched now if it is not here.

    Problems: hub-declined, and those of probes.dataset.fetch.
    """
    if not is_named(data):
        return data
    repo = data.as_posix()
    name = "-".join(part for part in (repo.replace("/", "--"), config, split) if part)
    out = home() / "datasets" / f"{name}.jsonl"
    if out.is_file():
        return out
    job = DatasetJob(repo, split, str(out), config)
    with Session({"fetch": [repo]}) as session:
        asked = _online(session, HUGGINGFACE, job_of(replace(job, ask=True), environment=ONLINE))
        missing = size_words(asked["bytes"]) if asked["bytes"] else "?"
        free = size_words(asked["disk_free_bytes"])
        hub = HUGGINGFACE.title
        if not agreed and not confirmed(words("hub.ask", repo=repo, hub=hub, missing=missing, free=free)):
            raise Problem("dataset-declined", repo=repo, size=missing)
        tell(words("hub.fetching-data", repo=repo, hub=hub, missing=missing))
        session.results([job_of(job, environment=ONLINE)])
        session.done({})
    return out
