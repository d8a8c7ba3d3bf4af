"""Files of a hub's repository into its cache, going on where an earlier download stopped.

What arrives of a file stays beside the cache's blobs as `ETAG.part`; once whole and checked it becomes the
blob, and the snapshot's folder links it, as huggingface-hub lays it out.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock

from catalog.bounded_json import SMALL_BYTES
from catalog.files import to_disk
from catalog.problem import Problem
from probes.checkpoint import hub_answers as answers
from probes.checkpoint.hub_http import Silent, answered, arriving, endpoint, patiently
from probes.checkpoint.hub_records import RemoteFile, Repository
from probes.checkpoint.hub_routes import routes
from probes.checkpoint.hubs import Host

WEIGHTS = (".safetensors", ".bin")
_AT_ONCE = 8
_GAIN_BYTES = 2**20
"""What must have arrived before a server that fell silent has all its attempts again."""
_LOOK_BYTES = 64 * 2**20


def repository(host: Host, kind: str, name: str, revision: str | None = None) -> Repository:
    """What a hub lists under a name. Problems hub-not-found, hub-answer, hub-not-json."""
    return routes(host).repository(kind, answers.repository_name(name), revision)


def remote_files(
    repo: Repository, names: Sequence[str], large: tuple[str, ...] = WEIGHTS
) -> list[RemoteFile]:
    """What the hub says of these files; those that end in none of `large` must be small.

    Problems hub-answer, hub-changed, hub-too-large.
    """
    if len(names) > answers.MOST_FILES:
        raise answers.doubtful(repo.name, "siblings", len(names))
    checked = [answers.file_name(name, repo.name) for name in names]
    asked = routes(repo.host)
    with ThreadPoolExecutor(_AT_ONCE) as several:
        files = list(several.map(lambda name: asked.describe(repo, name), checked))
    for file in files:
        if file.size > SMALL_BYTES and not file.name.endswith(large):
            most = SMALL_BYTES
            raise Problem(
                "hub-too-large", repo=repo.name, file=file.name, size_bytes=file.size, most_bytes=most
            )
    return files


def adopt(file: RemoteFile) -> None:
    """Take what the hub's own library has left here as the blob, where its content is the same."""
    for copy in file.copies:
        with copy.open("rb") as stream:
            same = _sha256(stream) == file.etag
        if same:
            file.blob.parent.mkdir(parents=True, exist_ok=True)
            file.blob.unlink(missing_ok=True)  # a link that leads nowhere
            try:
                os.link(copy, file.blob)
            except OSError:  # of another disk
                file.blob.symlink_to(copy)
            return


def fetch_file(file: RemoteFile, gained: Callable[[int], None], again: Callable[[int], None]) -> None:
    """Bring the rest of a file into the cache and give it its name in the snapshot.

    `gained` hears of arriving bytes, `again` of each further attempt after silence. A second download of
    the same file waits for the first. Problems hub-damaged, hub-changed, hub-no-space and those of
    `probes.checkpoint.hub_http`.
    """
    file.blob.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{file.part}.lock"):
        if not file.blob.exists():
            with file.part.open("ab") as stream:
                _bring(file, stream, gained, again)
            _check(file)
            to_disk(file.part)
            file.part.rename(file.blob)
    Path(f"{file.part}.lock").unlink(missing_ok=True)
    _link(file)


def _sha256(stream: BufferedReader) -> str:
    return hashlib.file_digest(stream, "sha256").hexdigest()


def _bring(
    file: RemoteFile, stream: BinaryIO, gained: Callable[[int], None], again: Callable[[int], None]
) -> None:
    """The bytes that are missing, in as many attempts as bring some."""
    host, repo = file.repository.host, file.repository.name
    url = routes(host).address(file.repository, file.name)
    unchanged = partial(routes(host).unchanged, file)
    before = stream.tell()

    def once() -> None:
        start = stream.tell()
        if start > file.size:
            stream.truncate(0)
            start = stream.seek(0)
        if start == file.size:
            return
        with answered(host, "GET", url, repo, unchanged, start) as response:
            if start and not _goes_on(response, start):
                stream.truncate(0)
                gained(-start)
                start = stream.seek(0)
            looked = 0
            for block in arriving(response, file.size - start, file.name, repo):
                if not stream.tell() and _is_page(file, block):
                    raise Problem("hub-not-json", repo=repo, endpoint=endpoint(host))
                stream.write(block)
                gained(len(block))
                looked += len(block)
                if looked >= _LOOK_BYTES:
                    looked = 0
                    _room_for(file, stream.tell())
        stream.flush()
        if stream.tell() < file.size:
            raise Silent(f"{stream.tell()} of {file.size} bytes")

    def further() -> bool:
        nonlocal before
        before, since = stream.tell(), before
        return before - since >= _GAIN_BYTES

    try:
        patiently(once, again, further)
    except Problem as problem:
        if problem.code != "hub-no-space":  # what is here is not worth going on from
            file.part.unlink(missing_ok=True)
        raise


def _goes_on(response: Any, start: int) -> bool:
    """Whether these are the bytes that were asked for; some servers begin anew.

    ModelScope sends a part with status 200: its length tells it from the whole.
    """
    said = re.match(r"bytes ([0-9]{1,15})-([0-9]{1,15})/", str(response.headers.get("content-range", "")))
    if said is None or int(said[1]) != start or response.status_code not in (200, 206):
        return False
    length = str(int(said[2]) - start + 1)
    return bool(response.status_code == 206) or str(response.headers.get("content-length")) == length


def _room_for(file: RemoteFile, arrived: int) -> None:
    """Problem hub-no-space once the rest cannot fit: somebody else writes to the disk as well."""
    needed, free = file.size - arrived, _free(file.blob.parent)
    if needed > free:
        repo, path = file.repository.name, str(file.repository.folder)
        raise Problem("hub-no-space", repo=repo, needed_bytes=needed, free_bytes=free, path=path)


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _check(file: RemoteFile) -> None:
    """Problems hub-damaged, hub-not-json: what arrived is not what was said, and is thrown away."""
    with file.part.open("rb") as stream:
        page = _is_page(file, stream.read(512))
        stream.seek(0)
        other = len(file.etag) == 64 and _sha256(stream) != file.etag
    if page or other:
        file.part.unlink()
    if page:
        raise Problem("hub-not-json", repo=file.repository.name, endpoint=endpoint(file.repository.host))
    if other:
        raise Problem("hub-damaged", repo=file.repository.name, file=file.name)


def _is_page(file: RemoteFile, beginning: bytes) -> bool:
    """Whether words for a browser stand where JSON should."""
    return file.name.endswith(".json") and beginning.lstrip().startswith(b"<")


def _link(file: RemoteFile) -> None:
    """The file's name in the snapshot; a hard link where the system allows no other."""
    named = file.repository.snapshot / file.name
    named.parent.mkdir(parents=True, exist_ok=True)
    if named.exists() and named.samefile(file.blob):
        return
    named.unlink(missing_ok=True)
    try:
        named.symlink_to(os.path.relpath(file.blob, named.parent))
    except OSError:
        os.link(file.blob, named)
