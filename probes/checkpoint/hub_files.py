"""Files of a Hub repository into the Hugging Face cache, going on where an earlier download stopped.

What arrives of a file stays beside the cache's blobs as `ETAG.part`; once whole and checked it becomes the
blob, and the snapshot's folder links it, as huggingface-hub lays it out.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock
from huggingface_hub import constants

from catalog.bounded_json import SMALL_BYTES
from catalog.files import to_disk
from catalog.problem import Problem
from probes.checkpoint import hub_answers as answers
from probes.checkpoint.hub_http import Silent, address, answered, arriving, ask, endpoint, patiently

WEIGHTS = (".safetensors", ".bin")
_AT_ONCE = 8
_GAIN_BYTES = 2**20
"""What must have arrived before a server that fell silent has all its attempts again."""
_LOOK_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Repository:
    """A model (`kind` "model") or a dataset at one commit, with the names of all its files."""

    kind: str
    name: str
    commit: str
    names: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Its place in the cache."""
        return Path(constants.HF_HUB_CACHE, f"{self.kind}s--" + self.name.replace("/", "--"))

    @property
    def blobs(self) -> Path:
        """Where the contents lie, by ETag."""
        return self.folder / "blobs"

    @property
    def snapshot(self) -> Path:
        """The folder in which the files have their names."""
        return self.folder / "snapshots" / self.commit

    def address(self, name: str) -> str:
        """Where a file is fetched from: at this commit, whatever comes after it."""
        return address(
            *([] if self.kind == "model" else ["datasets"]), self.name, "resolve", self.commit, name
        )


@dataclass(frozen=True)
class RemoteFile:
    """One file, its `etag` (the SHA-256 of large files) and its bytes."""

    repository: Repository
    name: str
    etag: str
    size: int

    @property
    def blob(self) -> Path:
        """Its content, once whole."""
        return self.repository.blobs / self.etag

    @property
    def part(self) -> Path:
        """What has arrived of it."""
        return self.blob.with_name(f"{self.etag}.part")

    @property
    def missing(self) -> int:
        """Bytes still to come."""
        if self.blob.exists():
            return 0
        return self.size - min(self.size, self.part.stat().st_size if self.part.exists() else 0)


def repository(kind: str, name: str, revision: str | None = None) -> Repository:
    """What the Hub lists under a name. Problems hub-not-found, hub-answer, hub-not-json."""
    answers.repository_name(name)
    said = ask(address("api", f"{kind}s", name, *(["revision", revision] if revision else [])), name)
    listed = said.get("siblings")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise answers.doubtful(name, "siblings", listed)
    names = tuple(dict.fromkeys(str(one.get("rfilename")) for one in listed))
    return Repository(kind, name, answers.commit(said.get("sha"), name), names)


def remote_files(
    repo: Repository, names: Sequence[str], large: tuple[str, ...] = WEIGHTS
) -> list[RemoteFile]:
    """What the Hub says of these files; those that end in none of `large` must be small.

    Problems hub-answer, hub-changed, hub-too-large.
    """
    if len(names) > answers.MOST_FILES:
        raise answers.doubtful(repo.name, "siblings", len(names))
    checked = [answers.file_name(name, repo.name) for name in names]
    with ThreadPoolExecutor(_AT_ONCE) as several:
        files = list(several.map(lambda name: _remote_file(repo, name), checked))
    for file in files:
        if file.size > SMALL_BYTES and not file.name.endswith(large):
            most = SMALL_BYTES
            raise Problem(
                "hub-too-large", repo=repo.name, file=file.name, size_bytes=file.size, most_bytes=most
            )
    return files


def _remote_file(repo: Repository, name: str) -> RemoteFile:
    found = []

    def look(headers: Mapping[str, str]) -> None:
        said = headers.get("x-repo-commit", repo.commit)
        if answers.commit(said, repo.name) != repo.commit:
            raise Problem("hub-changed", repo=repo.name, file=name)
        found.append((answers.etag(headers, repo.name), answers.size(headers, repo.name)))

    def once() -> None:
        with answered("HEAD", repo.address(name), repo.name, look):
            return

    patiently(once, lambda _: None)
    etag, size = found[-1]
    return RemoteFile(repo, name, etag, size)


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


def _bring(
    file: RemoteFile, stream: BinaryIO, gained: Callable[[int], None], again: Callable[[int], None]
) -> None:
    """The bytes that are missing, in as many attempts as bring some."""
    repo = file.repository.name
    before = stream.tell()

    def unchanged(headers: Mapping[str, str]) -> None:
        # A page of words in a file's place has a tag of its own, or none.
        if answers.etag(headers, repo) != file.etag:
            raise Problem("hub-changed", repo=repo, file=file.name)

    def once() -> None:
        start = stream.tell()
        if start > file.size:
            stream.truncate(0)
            start = stream.seek(0)
        if start == file.size:
            return
        with answered("GET", file.repository.address(file.name), repo, unchanged, start) as response:
            if start and not _goes_on(response, start):
                stream.truncate(0)
                gained(-start)
                start = stream.seek(0)
            looked = 0
            for block in arriving(response, file.size - start, file.name, repo):
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
    """Whether these are the bytes that were asked for; some servers begin anew."""
    said = str(response.headers.get("content-range", ""))
    return response.status_code == 206 and said.startswith(f"bytes {start}-")


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
        page = file.name.endswith(".json") and stream.read(512).lstrip().startswith(b"<")
        stream.seek(0)
        other = len(file.etag) == 64 and hashlib.file_digest(stream, "sha256").hexdigest() != file.etag
    if page or other:
        file.part.unlink()
    if page:
        raise Problem("hub-not-json", repo=file.repository.name, endpoint=endpoint())
    if other:
        raise Problem("hub-damaged", repo=file.repository.name, file=file.name)


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
