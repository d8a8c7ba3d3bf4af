"""A repository of a hub at one commit, and a file of it: what is asked for, and where it will lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from probes.checkpoint.hubs import Host


@dataclass(frozen=True)
class Repository:
    """A model (`kind` "model") or a dataset at one commit, with the names of all its files.

    `asked` is the revision by which its files are asked for; `stated` what its listing says of each.
    """

    host: Host
    kind: str
    name: str
    commit: str
    asked: str
    names: tuple[str, ...]
    stated: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Its place in the hub's cache."""
        return self.host.folder(self.kind, self.name)

    @property
    def blobs(self) -> Path:
        """Where the contents lie, by ETag."""
        return self.folder / "blobs"

    @property
    def snapshot(self) -> Path:
        """The folder in which the files have their names."""
        return self.folder / "snapshots" / self.commit


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
    def copies(self) -> list[Path]:
        """Files of the same name and size that the hub's own library left here, their content unsaid."""
        if self.repository.kind != "model" or self.blob.exists():
            return []
        loose = (place / self.name for place in self.repository.host.loose(self.repository.name))
        files = (path.resolve() for path in loose if path.is_file())
        blobs = self.repository.blobs.resolve()
        return [path for path in files if path.parent != blobs and path.stat().st_size == self.size]

    @property
    def missing(self) -> int:
        """Bytes still to come."""
        if self.blob.exists():
            return 0
        return self.size - min(self.size, self.part.stat().st_size if self.part.exists() else 0)
