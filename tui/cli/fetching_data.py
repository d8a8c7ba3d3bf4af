"""Data named by a Hub id: say how much, ask, fetch it into a file that is used from then on."""

from pathlib import Path

from catalog.problem import Problem
from probes.home import home
from probes.runner import Job
from tui.cli.fetching import confirmed
from tui.cli.output import tell, words
from tui.cli.session import Session
from tui.hub import ONLINE
from tui.wording import size_words

SUFFIXES = {".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".parquet", ".txt", ".md"}


def is_named(data: Path) -> bool:
    """Whether this can only be meant as `owner/name` on the Hub."""
    text = data.as_posix()
    plain = text.count("/") == 1 and not text.startswith((".", "/", "~"))
    return plain and not data.exists() and not data.parent.is_dir() and data.suffix.lower() not in SUFFIXES


def fetch_data(session: Session, data: Path, config: str | None, split: str, agreed: bool) -> Path:
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
    arguments = {"repo": repo, "config": config, "split": split, "out": str(out)}
    (asked,) = session.results([Job("dataset", arguments | {"ask": True}, repo, "", ONLINE)])
    missing = size_words(asked["bytes"]) if asked["bytes"] else "?"
    free = size_words(asked["disk_free_bytes"])
    if not agreed and not confirmed(words("hub.ask", repo=repo, missing=missing, free=free)):
        raise Problem("dataset-declined", repo=repo, size=missing)
    tell(words("hub.fetching", repo=repo, missing=missing))
    session.results([Job("dataset", arguments, repo, "", ONLINE)])
    return out
