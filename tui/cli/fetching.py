"""Before a command needs weights that are not on this disk: say how much, ask, fetch."""

import sys

from catalog.problem import Problem
from probes.runner import Job
from probes.target import Target, resolve
from tui.cli.output import tell, words
from tui.cli.session import Session
from tui.hub import ONLINE, hub_id, hub_job, unknown_hub_id
from tui.wording import size_words


def fetch(session: Session, target: str, agreed: bool) -> Target:
    """The target with its weights here, downloaded now if the person agrees.

    Problems: those of `probes.target.resolve`, hub-declined and the hub's own.
    """
    repo = hub_id(target)
    if repo is None:
        return resolve(target)
    asked = session.results([hub_job(repo, ask=True)])[0]
    sizes = {"missing": size_words(asked["missing_bytes"]), "free": size_words(asked["disk_free_bytes"])}
    if not agreed and not confirmed(words("hub.ask", repo=repo, **sizes)):
        raise Problem("hub-declined", repo=repo, missing_bytes=asked["missing_bytes"])
    tell(words("hub.fetching", repo=repo, missing=sizes["missing"]))
    session.results([hub_job(repo)])
    return resolve(repo)


def with_config(target: str) -> Target:
    """The target's shapes; a Hub id unknown here has its config.json fetched (a few kB)."""
    try:
        return resolve(target)
    except Problem as problem:
        if not unknown_hub_id(problem, target):
            raise
    with Session({"config": target}) as session:
        session.results([Job("download", {"repo": target, "config_only": True}, target, "", ONLINE)])
        session.done({})
    return resolve(target)


def confirmed(question: str) -> bool:
    """Ask on the terminal; no without one."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes", "是", "好")
