"""Weight files of a Hub repository into its cache, going on where an earlier download stopped.

huggingface-hub (2.4) writes every download to a file of its own and deletes it when it is cut off. Here
what arrives of a file stays beside the cache's blobs as `ETAG.part`; once whole it becomes the blob, and
the library's own snapshot only links it.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock
from huggingface_hub import get_hf_file_metadata, hf_hub_url
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # in its __all__ at run time

from catalog.problem import Problem

_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class RemoteFile:
    """One file: where it comes from, its `etag` (the SHA-256 of large files) and its bytes."""

    repo: str
    name: str
    location: str
    own_host: bool
    etag: str
    size: int

    def part(self, blobs: Path) -> Path:
        """What has arrived of it."""
        return blobs / f"{self.etag}.part"

    def missing(self, blobs: Path) -> int:
        """Bytes still to come."""
        part = self.part(blobs)
        return self.size - min(self.size, part.stat().st_size if part.exists() else 0)


def remote_files(repo: str, names: Sequence[str], revision: str | None) -> list[RemoteFile]:
    """What the Hub says of these files; one whose size or identity it does not say is left out."""
    found = []
    for name in names:
        url = hf_hub_url(repo, name, revision=revision)
        said = get_hf_file_metadata(url)
        if said.etag and said.size is not None:
            own_host = urlsplit(said.location).netloc == urlsplit(url).netloc
            found.append(RemoteFile(repo, name, said.location, own_host, said.etag, said.size))
    return found


def fetch_file(file: RemoteFile, blobs: Path) -> None:
    """Bring the rest of a file and put it among the blobs. Problem("hub-damaged") where it is another's.

    A second download of the same file waits for the first.
    """
    blobs.mkdir(parents=True, exist_ok=True)
    part, blob = file.part(blobs), blobs / file.etag
    with FileLock(f"{part}.lock"):
        if blob.exists():
            return
        # The token is for the Hub itself, not for the store it may send us to.
        headers = build_hf_headers(token=None if file.own_host else False)
        with part.open("ab") as stream:
            if stream.tell() > file.size:
                stream.truncate(0)
            http_get(
                file.location, stream, resume_size=stream.tell(), headers=headers, expected_size=file.size
            )
        if _SHA256.fullmatch(file.etag) and _sha256(part) != file.etag:
            part.unlink()
            raise Problem("hub-damaged", repo=file.repo, file=file.name)
        part.rename(blob)
    Path(f"{part}.lock").unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
