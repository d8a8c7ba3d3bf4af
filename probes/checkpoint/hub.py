"""Fetch a named model from a hub or its mirror: ask its size first, then download.

Job: see probes.checkpoint.job.DownloadJob. A download that was cut off goes on where it stopped.
"""

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from catalog.problem import Problem
from probes.checkpoint.hub_answers import file_name
from probes.checkpoint.hub_files import (
    WEIGHTS,
    adopt,
    fetch_file,
    remote_files,
    repository,
)
from probes.checkpoint.hub_http import ATTEMPTS, of_the_client, passing, silence_s
from probes.checkpoint.hub_records import RemoteFile, Repository
from probes.checkpoint.hubs import Host, host_named
from probes.checkpoint.job import DownloadJob
from probes.checkpoint.missing import SILENT
from probes.jobs.events import Emit, Progress
from probes.jobs.record import reads

TEXTS = (
    *("config.json", "generation_config.json", "tokenizer*", "special_tokens_map.json", "vocab.*"),
    *("merges.txt", "*.model", "*.tiktoken", "added_tokens.json", "*.index.json", "chat_template*"),
)
SPARE_BYTES = 2**30
"""Left free on the disk after a download."""
_POLL_S = 0.5


@reads(DownloadJob)
def run(job: DownloadJob, emit: Emit) -> dict[str, Any]:
    """What is to be fetched (`bytes`, `missing_bytes`, `files`) from which `hub` and `commit`, the room for
    it (`disk_free_bytes`, of which `spare_bytes` stay free) and, unless only asked, the snapshot's `path`.
    """
    host = host_named(job.hub)
    with worded(job.repo, host):
        repo = repository(host, "model", job.repo, job.revision)
        weights = [] if job.texts_only else [f"*{suffix}" for suffix in WEIGHTS]
        patterns = ["config.json"] if job.config_only else [*TEXTS, *weights]
        files = remote_files(repo, wanted(repo, patterns))
        for file in files:
            adopt(file)
        about = {"repo": job.repo, "hub": host.name, "commit": repo.commit}
        answer = about | room(repo.folder, files) | {"path": None}
        if not job.ask:
            fetch_files(files, emit)
            answer["path"] = str(repo.snapshot)
        return answer


def wanted(repo: Repository, patterns: Sequence[str]) -> list[str]:
    """Config, vocabulary and weights at the top of the repository; old .bin only without safetensors.

    Problem hub-answer, where any such name is none that a file may have.
    """
    matching = [name for name in repo.names if any(fnmatchcase(name, one) for one in patterns)]
    top = [name for name in matching if "/" not in file_name(name, repo.name)]
    safe = any(name.endswith(".safetensors") for name in top)
    return [name for name in top if not (safe and ".bin" in name)]


def room(folder: Path, files: Sequence[RemoteFile]) -> dict[str, Any]:
    """What files need and the disk has, in bytes, and their names."""
    return {
        "files": [file.name for file in files],
        "bytes": sum(file.size for file in files),
        "missing_bytes": sum({file.etag: file.missing for file in files}.values()),
        "disk_free_bytes": free_bytes(folder),
        "spare_bytes": SPARE_BYTES,
    }


def fetch_files(files: Sequence[RemoteFile], emit: Emit) -> None:
    """Bring files into the cache, telling how far it is and of each silence.

    Problems: hub-no-space and those of `probes.checkpoint.hub_files`.
    """
    if not files:
        return
    repo = files[0].repository
    needed = room(repo.folder, files)
    missing, free = needed["missing_bytes"], needed["disk_free_bytes"]
    if missing + SPARE_BYTES > free:
        about = {"needed_bytes": missing, "free_bytes": free, "path": str(repo.folder.parent)}
        raise Problem("hub-no-space", repo=repo.name, **about)
    arrived, silences, ended = [0], list[Progress](), threading.Event()

    def gained(count: int) -> None:
        arrived[0] += count

    def again(attempt: int) -> None:
        values = {"attempt": attempt, "of": ATTEMPTS, "seconds": silence_s()}
        silences.append(Progress("silence", arrived[0], missing, "B", note=SILENT, values=values))

    def tell() -> None:
        while silences:
            emit(silences.pop(0))
        emit.progress("download", arrived[0], missing, "B")

    def watch() -> None:  # a rate falls while nothing arrives
        while not ended.wait(_POLL_S):
            tell()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        for file in files:
            fetch_file(file, gained, again)
    finally:
        ended.set()
        watcher.join()
        tell()


def free_bytes(folder: Path) -> int:
    """Free bytes on the disk that holds a folder, which need not exist yet."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


@contextmanager
def worded(repo: str, host: Host) -> Iterator[None]:
    """The library's errors, and a server's silence, as Problems: which hub, what a person can do."""
    try:
        with _told(repo):
            yield
    except Problem as problem:
        if not problem.code.startswith("hub-"):
            raise
        raise Problem(problem.code, **(host.said | problem.params)) from problem


@contextmanager
def _told(repo: str) -> Iterator[None]:
    try:
        yield
    except GatedRepoError as error:
        raise Problem("hub-gated", repo=repo) from error
    except RepositoryNotFoundError as error:
        raise Problem("hub-not-found", repo=repo) from error
    except RevisionNotFoundError as error:
        raise Problem("hub-no-revision", repo=repo) from error
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        raise Problem("hub-refused", repo=repo, status=status) from error
    except Exception as error:
        if passing(error):
            raise Problem("hub-silent", repo=repo, times=ATTEMPTS) from error
        if of_the_client(error) or isinstance(error, ConnectionError):
            raise Problem("hub-unreachable", repo=repo) from error
        raise
