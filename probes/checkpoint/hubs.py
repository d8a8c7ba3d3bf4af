"""The hubs that models come from by name: where each is asked, with which token, and where its copies lie.

What is asked of a hub, and how, stands in `probes.checkpoint.hub_routes`; both go through one download
(`probes.checkpoint.hub_files`). A copy on this disk is found whichever hub it came from.

ModelScope's address, token and cache are those of modelscope-hub 0.5.1 (config.py, _download.py), which
also looks for the copies of older versions: a dot of a name is `___` there. What it keeps of a login is a
pickle and is not read: MODELSCOPE_API_TOKEN is.
"""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from catalog.models.registry import ModelEntry
from catalog.problem import Problem

VARIABLE = "BASEFIT_HUB"
"""Names the hub to fetch from where no option does."""
_CHOSEN: ContextVar[str | None] = ContextVar("hub", default=None)
_TOKEN = re.compile(r"[\w.~+/=-]{1,4096}", re.ASCII)
_REVISION = re.compile(r"Revision:([\w./-]{1,100})", re.ASCII)


class Host(ABC):
    """A hub: its `name` on a command line, its `title`, its usual `branch`, the variables that set it."""

    name: ClassVar[str]
    title: ClassVar[str]
    branch: ClassVar[str]
    endpoint_variable: ClassVar[str]
    login: ClassVar[str]
    cache_variable: ClassVar[str]

    @abstractmethod
    def endpoint(self) -> str:
        """Its address, or that of a mirror, as it was given."""

    @abstractmethod
    def token(self) -> str | None:
        """What says who asks; for this hub's own address alone. Problem hub-token."""

    @abstractmethod
    def folder(self, kind: str, repo: str) -> Path:
        """Where a repository ("model" or "dataset") is fetched to: `blobs` and `snapshots` lie in it."""

    @abstractmethod
    def places(self, repo: str) -> list[Path]:
        """Every folder on this disk in which files of a model lie under their names."""

    @abstractmethod
    def repo_of(self, entry: ModelEntry) -> str:
        """What a listed model is called there, "" where that is not known."""

    @abstractmethod
    def read_origin(self, place: Path) -> "Origin | None":
        """What a folder is a copy of, by where it lies; None where it is none of this hub's."""

    def loose(self, repo: str) -> list[Path]:
        """Those of `places` in which the hub's own library leaves files under no name of their content."""
        return []

    def copies(self, repo: str) -> list[Path]:
        """Those of `places` that have a config, the newest first."""
        if repo.count("/") != 1:
            return []
        found = [place for place in self.places(repo) if (place / "config.json").exists()]
        return sorted(found, key=lambda place: place.stat().st_mtime, reverse=True)

    @property
    def said(self) -> dict[str, str]:
        """What a sentence about this hub needs."""
        about = {"hub": self.title, "variable": self.endpoint_variable, "login": self.login}
        return about | {"cache": self.cache_variable}


@dataclass(frozen=True)
class Origin:
    """Where a copy came from: the hub's name, the repository there, its commit or branch ("" unknown)."""

    hub: str
    repo: str
    commit: str


class HuggingFace(Host):
    """The Hugging Face Hub, or a mirror that speaks as it does."""

    name, title, branch = "huggingface", "Hugging Face", "main"
    endpoint_variable, cache_variable = "HF_ENDPOINT", "HF_HOME"
    login = "HF_TOKEN (`hf auth login`)"

    def endpoint(self) -> str:
        from huggingface_hub import constants  # a start of the app needs none of it

        return str(constants.ENDPOINT)

    def token(self) -> str | None:
        from huggingface_hub import get_token

        return get_token()

    def folder(self, kind: str, repo: str) -> Path:
        from huggingface_hub import constants

        return Path(constants.HF_HUB_CACHE, f"{kind}s--" + repo.replace("/", "--"))

    def places(self, repo: str) -> list[Path]:
        snapshots = Path(self._root(), "models--" + repo.replace("/", "--"), "snapshots")
        return list(snapshots.glob("*"))

    def repo_of(self, entry: ModelEntry) -> str:
        return entry.hub_id

    def read_origin(self, place: Path) -> Origin | None:
        try:
            called, snapshots, commit = place.relative_to(self._root()).parts
        except ValueError:
            return None
        owner, _, name = called.removeprefix("models--").partition("--")
        known = called.startswith("models--") and snapshots == "snapshots" and bool(name)
        return Origin(self.name, f"{owner}/{name}", commit) if known else None

    def _root(self) -> Path:
        home = os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface"
        return Path(os.environ.get("HF_HUB_CACHE") or Path(home, "hub")).expanduser()


class ModelScope(Host):
    """modelscope.cn, or another address that speaks as it does."""

    name, title, branch = "modelscope", "ModelScope", "master"
    endpoint_variable, cache_variable = "MODELSCOPE_ENDPOINT", "MODELSCOPE_CACHE"
    login = "MODELSCOPE_API_TOKEN"

    def endpoint(self) -> str:
        said = os.environ.get("MODELSCOPE_ENDPOINT", "").strip() or "https://modelscope.cn"
        return said if "://" in said else f"https://{said}"

    def token(self) -> str | None:
        said = os.environ.get("MODELSCOPE_API_TOKEN", "").strip()
        if said and not _TOKEN.fullmatch(said):
            raise Problem("hub-token", **self.said)
        return said or None

    def folder(self, kind: str, repo: str) -> Path:
        return self._root() / f"{kind}s" / repo.replace("/", "--")

    def places(self, repo: str) -> list[Path]:
        owner, _, name = repo.partition("/")
        older = [
            self._root().joinpath(*above, owner, called)
            for above in (("models",), ("hub", "models"), ("hub",))
            for called in dict.fromkeys((name.replace(".", "___"), name))
        ]
        newer = (self.folder("model", repo) / "snapshots").glob("*")
        return [place for place in (*newer, *older) if place.is_dir()]

    def loose(self, repo: str) -> list[Path]:
        return self.places(repo)

    def repo_of(self, entry: ModelEntry) -> str:
        return entry.modelscope_id or ""

    def read_origin(self, place: Path) -> Origin | None:
        try:
            parts = place.relative_to(self._root()).parts
        except ValueError:
            return None
        if len(parts) == 4 and (parts[0], parts[2]) == ("models", "snapshots"):
            owner, _, name = parts[1].partition("--")
            return Origin(self.name, f"{owner}/{name}", parts[3]) if name else None
        above, owner_name = parts[:-2], parts[-2:]
        if above in (("models",), ("hub", "models"), ("hub",)) and len(owner_name) == 2:
            repo = "/".join(owner_name).replace("___", ".")
            return Origin(self.name, repo, _branch_of(place / ".mv"))
        return None

    def _root(self) -> Path:
        said = os.environ.get("MODELSCOPE_CACHE") or Path.home() / ".cache" / "modelscope"
        return Path(said).expanduser()


def _branch_of(file: Path) -> str:
    """The branch that older versions of modelscope note beside a copy, "" where none is."""
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            noted = _REVISION.match(stream.read(200))
    except OSError:
        return ""
    return noted[1] if noted else ""


HUGGINGFACE, MODELSCOPE = HuggingFace(), ModelScope()
HOSTS: dict[str, Host] = {host.name: host for host in (HUGGINGFACE, MODELSCOPE)}


def host_named(name: str) -> Host:
    """The hub of that name. Problem hub-unknown."""
    if name not in HOSTS:
        raise Problem("hub-unknown", given=name[:80], known=", ".join(HOSTS))
    return HOSTS[name]


def chosen_host() -> Host:
    """Where models are fetched from: as was said here, else in BASEFIT_HUB, else Hugging Face.

    Problem hub-unknown.
    """
    return host_named(_CHOSEN.get() or os.environ.get(VARIABLE) or HUGGINGFACE.name)


@contextmanager
def choosing(name: str | None) -> Iterator[None]:
    """The hub of that name is chosen in here; None leaves it as it is. Problem hub-unknown."""
    token = _CHOSEN.set(host_named(name).name if name is not None else _CHOSEN.get())
    try:
        yield
    finally:
        _CHOSEN.reset(token)


def origin_of(place: Path) -> Origin | None:
    """Which hub a folder on this disk was fetched from, None where from none."""
    found = (host.read_origin(place.absolute()) for host in HOSTS.values())
    return next((origin for origin in found if origin is not None), None)
