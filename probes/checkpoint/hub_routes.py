"""What each hub is asked for a repository and its files, and how its answers are read.

Hugging Face: `/api/models/OWNER/NAME` (`siblings`, `sha`), a HEAD of each file for its ETag and length.

ModelScope, as modelscope-hub 0.5.1 asks it (_legacy_api.py): `/api/v1/models/OWNER/NAME/repo/files` with
Revision and Recursive gives `Data.Files[]` of Path, Type, Size, Sha256, Revision (the commit that last
changed that file) and `Data.LatestCommitter` (Id, or its first digits in ShortId); an unknown revision is
status 200 with no Files. `/api/v1/models/OWNER/NAME/repo` with Revision and FilePath is a file: sent, or a
redirect to a store. What is at the top of a repository is enough for a model, so its folders are not asked
for: a listing ends silently at 3000 names.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from huggingface_hub.errors import HfHubHTTPError

from catalog.problem import Problem
from probes.checkpoint import hub_answers as answers
from probes.checkpoint.hub_http import address, answered, ask, patiently
from probes.checkpoint.hub_records import RemoteFile, Repository
from probes.checkpoint.hubs import HUGGINGFACE, MODELSCOPE, Host

_SHORT = re.compile("[0-9a-f]{7,40}")


class Routes(ABC):
    """What is asked of one hub."""

    @abstractmethod
    def repository(self, kind: str, name: str, revision: str | None) -> Repository:
        """What is listed under a name. Problems hub-not-found, hub-answer, hub-not-json."""

    @abstractmethod
    def describe(self, repo: Repository, name: str) -> RemoteFile:
        """A file's identity and length. Problems hub-answer, hub-changed."""

    @abstractmethod
    def address(self, repo: Repository, name: str) -> str:
        """Where a file is fetched from."""

    @abstractmethod
    def unchanged(self, file: RemoteFile, headers: Mapping[str, str]) -> None:
        """Raise Problem hub-changed where the headers of a file's answer are of another content."""


class HuggingFaceRoutes(Routes):
    """The Hub's, and its mirrors'."""

    def repository(self, kind: str, name: str, revision: str | None) -> Repository:
        parts = ("api", f"{kind}s", name, *(["revision", revision] if revision else []))
        said = ask(HUGGINGFACE, address(HUGGINGFACE, *parts), name)
        listed = answers.objects(said.get("siblings"), "siblings", name)
        names = tuple(dict.fromkeys(str(one.get("rfilename")) for one in listed))
        commit = answers.commit(said.get("sha"), name)
        return Repository(HUGGINGFACE, kind, name, commit, commit, names)

    def describe(self, repo: Repository, name: str) -> RemoteFile:
        found = []

        def look(headers: Mapping[str, str]) -> None:
            said = headers.get("x-repo-commit", repo.commit)
            if answers.commit(said, repo.name) != repo.commit:
                raise Problem("hub-changed", repo=repo.name, file=name)
            found.append((answers.etag(headers, repo.name), answers.size(headers, repo.name)))

        def once() -> None:
            with answered(HUGGINGFACE, "HEAD", self.address(repo, name), repo.name, look):
                return

        patiently(once, lambda _: None)
        return RemoteFile(repo, name, *found[-1])

    def address(self, repo: Repository, name: str) -> str:
        kind = [] if repo.kind == "model" else ["datasets"]
        return address(HUGGINGFACE, *kind, repo.name, "resolve", repo.asked, name)

    def unchanged(self, file: RemoteFile, headers: Mapping[str, str]) -> None:
        # A page of words in a file's place has a tag of its own, or none.
        if answers.etag(headers, file.repository.name) != file.etag:
            raise Problem("hub-changed", repo=file.repository.name, file=file.name)


class ModelScopeRoutes(Routes):
    """ModelScope's, for models."""

    def repository(self, kind: str, name: str, revision: str | None) -> Repository:
        if kind != "model":
            raise Problem("hub-models-only", repo=name)
        asked = revision or MODELSCOPE.branch
        said = self._ask("files", name, {"Revision": asked, "Recursive": "False"})
        data = said.get("Data")
        if said.get("Success") is False:
            raise Problem("hub-not-found", repo=name)
        if not isinstance(data, dict):
            raise answers.doubtful(name, "Data", data)
        if data.get("Files") is None:
            raise Problem("hub-no-revision", repo=name)
        listed = answers.objects(data["Files"], "Files", name)
        files = [one for one in listed if one.get("Type") != "tree"]
        stated = {str(one.get("Path")): one for one in files}
        commit = _commit(data.get("LatestCommitter"), files, name)
        return Repository(MODELSCOPE, kind, name, commit, asked, tuple(stated), stated)

    def _ask(self, what: str, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        url = f"{address(MODELSCOPE, 'api/v1/models', name, 'repo', what)}?{urlencode(query)}"
        try:
            return ask(MODELSCOPE, url, name)
        except HfHubHTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            refused = {401: "hub-not-found", 403: "hub-gated", 404: "hub-not-found"}
            if status not in refused:
                raise
            raise Problem(refused[status], repo=name) from error

    def describe(self, repo: Repository, name: str) -> RemoteFile:
        said = repo.stated[name]
        size = answers.length(said.get("Size"), "Size", repo.name)
        return RemoteFile(repo, name, answers.sha256(said.get("Sha256"), repo.name), size)

    def address(self, repo: Repository, name: str) -> str:
        query = urlencode({"Revision": repo.asked, "FilePath": name})
        return f"{address(MODELSCOPE, 'api/v1/models', repo.name, 'repo')}?{query}"

    def unchanged(self, file: RemoteFile, headers: Mapping[str, str]) -> None:
        # Its own tag may be anything; the store's is the content's, which is hashed at the end.
        said = headers.get("x-linked-etag")
        if said is not None and answers.etag({"etag": said}, file.repository.name) != file.etag:
            raise Problem("hub-changed", repo=file.repository.name, file=file.name)


def _commit(latest: object, files: list[dict[str, Any]], repo: str) -> str:
    """The commit that a listing is of: said whole, or the latest of its files'."""
    told = latest if isinstance(latest, dict) else {}
    if told.get("Id"):
        return answers.commit(told["Id"], repo)
    short = told.get("ShortId") or ""
    if short and not (isinstance(short, str) and _SHORT.fullmatch(short)):
        raise answers.doubtful(repo, "ShortId", short)
    commits = {answers.commit(one.get("Revision"), repo): _date(one) for one in files}
    if not commits:
        raise answers.doubtful(repo, "Files", [])
    begun = [one for one in commits if short and one.startswith(short)]
    return begun[0] if begun else max(commits, key=lambda one: commits[one])


def _date(one: Mapping[str, Any]) -> float:
    """Seconds since 1970 at which a file was last changed, 0 where that is not said."""
    said = one.get("CommittedDate")
    return float(said) if isinstance(said, int | float) and abs(said) < 1e15 else 0.0


_ROUTES: dict[str, Routes] = {HUGGINGFACE.name: HuggingFaceRoutes(), MODELSCOPE.name: ModelScopeRoutes()}


def routes(host: Host) -> Routes:
    """What is asked of a hub."""
    return _ROUTES[host.name]
