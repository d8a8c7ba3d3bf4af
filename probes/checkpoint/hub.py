"""Fetch a named model from the Hub, or a mirror (`HF_ENDPOINT`): ask its size first, then download.

Job: see probes.checkpoint.job.DownloadJob. A download that was cut off goes on where it stopped.
"""

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.constants import HF_HUB_CACHE
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from catalog.problem import Problem
from probes.checkpoint.hub_files import fetch_file, remote_files
from probes.checkpoint.job import DownloadJob
from probes.jobs.events import Emit
from probes.jobs.record import reads

TEXTS = (
    *("config.json", "generation_config.json", "tokenizer*", "special_tokens_map.json", "vocab.*"),
    *("merges.txt", "*.model", "*.tiktoken", "added_tokens.json", "*.index.json", "chat_template*"),
)
WEIGHTS = (".safetensors", ".bin")
SPARE_BYTES = 2**30
"""Left free on the disk after a download."""
_POLL_S = 0.5


@reads(DownloadJob)
def run(job: DownloadJob, emit: Emit) -> dict[str, Any]:
    """What is to be fetched (`bytes`, `missing_bytes`, `files`), the room for it (`disk_free_bytes`, of
    which `spare_bytes` stay free) and, unless only asked, the snapshot's `path`.
    """
    repo, revision = job.repo, job.revision
    with worded(repo):
        HfApi().model_info(repo, revision=revision)  # says plainly why not, which a dry run does not
        if job.config_only:
            return {"path": snapshot_download(repo, revision=revision, allow_patterns=["config.json"])}
        files = wanted_files(repo, revision, () if job.texts_only else WEIGHTS)
        folder = Path(HF_HUB_CACHE)
        cache = folder / ("models--" + repo.replace("/", "--"))
        coming = {file.filename: file.file_size for file in files if file.will_download}
        weights = remote_files(repo, [name for name in coming if name.endswith(WEIGHTS)], revision)
        coming |= {file.name: file.missing(cache / "blobs") for file in weights}
        missing = sum(coming.values())
        answer: dict[str, Any] = {
            "repo": repo,
            "files": [file.filename for file in files],
            "bytes": sum(file.file_size for file in files),
            "missing_bytes": missing,
            "disk_free_bytes": free_bytes(folder),
            "spare_bytes": SPARE_BYTES,
            "path": None,
        }
        if job.ask:
            return answer
        if missing + SPARE_BYTES > answer["disk_free_bytes"]:
            free = answer["disk_free_bytes"]
            raise Problem(
                "hub-no-space", repo=repo, needed_bytes=missing, free_bytes=free, path=str(folder)
            )
        with telling(cache, missing, emit):
            for file in weights:
                fetch_file(file, cache / "blobs")
            answer["path"] = snapshot_download(repo, revision=revision, allow_patterns=answer["files"])
        return answer


def wanted_files(repo: str, revision: str | None, weights: Sequence[str] = WEIGHTS) -> Sequence[Any]:
    """Config, vocabulary and weights at the top of the repository; old .bin only without safetensors."""
    patterns = [*TEXTS, *(f"*{suffix}" for suffix in weights)]
    everything = snapshot_download(repo, revision=revision, dry_run=True, allow_patterns=patterns)
    files = [file for file in everything if "/" not in file.filename]
    safe = any(file.filename.endswith(".safetensors") for file in files)
    return [file for file in files if not (safe and ".bin" in file.filename)]


def free_bytes(folder: Path) -> int:
    """Free bytes on the disk that holds a folder, which need not exist yet."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


@contextmanager
def telling(cache: Path, missing: int, emit: Emit) -> Iterator[None]:
    """Progress from the bytes that arrive in the repository's cache folder."""
    before, ended = _stored(cache), threading.Event()

    def watch() -> None:
        while not ended.wait(_POLL_S):
            emit.progress("download", min(_stored(cache) - before, missing), missing, "B")

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
    emit.progress("download", missing, missing, "B")


def _stored(cache: Path) -> int:
    total = 0
    for path in cache.glob("blobs/*"):
        with suppress(FileNotFoundError):  # it is renamed once it is whole
            total += path.stat().st_size
    return total


@contextmanager
def worded(repo: str) -> Iterator[None]:
    """The library's errors as Problems a person can act on."""
    try:
        yield
    except GatedRepoError as error:
        raise Problem("hub-gated", repo=repo) from error
    except RepositoryNotFoundError as error:
        raise Problem("hub-not-found", repo=repo) from error
    except RevisionNotFoundError as error:
        raise Problem("hub-no-revision", repo=repo) from error
    except (LocalEntryNotFoundError, ConnectionError) as error:
        raise Problem("hub-unreachable", repo=repo) from error
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        raise Problem("hub-refused", repo=repo, status=status) from error
    except Exception as error:
        # The library lets its HTTP client's transport errors through, and has changed that client twice.
        if not type(error).__module__.startswith(("httpx", "httpcore", "requests", "urllib3")):
            raise
        raise Problem("hub-unreachable", repo=repo) from error
