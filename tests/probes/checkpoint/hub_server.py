"""Hubs on localhost: the routes that huggingface-hub and modelscope-hub use, over directories of this disk.

Serves `/api/models/OWNER/NAME[/revision/REV]` and `/OWNER/NAME/resolve/REV/FILE` (for a dataset
`/api/datasets/...` and `/datasets/OWNER/...`) with HEAD, GET and Range. Names that hold `gated`, `private`
or `broken` are refused the way the Hub refuses them; with `cut_after` the next weight download stops after
that many bytes, as a lost connection does; with `hold_after` it waits there until `go_on` is set. A server
that lies gives a `twist`, which may change any answer before it is sent.

ModelScope's are `/api/v1/models/OWNER/NAME/repo/files` and `/api/v1/models/OWNER/NAME/repo?FilePath=FILE`:
that of a large file leads to a store, a part is sent with status 200, and an unknown revision has no Files.
"""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

COMMIT = "c0ffee" + "0" * 34


@dataclass
class Answer:
    """What is about to be sent; `length` is what the header says of the content, None leaves it out.

    `file` is the name of the file that it is of, "" for a listing.
    """

    method: str
    path: str
    status: int
    content: bytes
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = 0
    hang: bool = False
    file: str = ""


class Hub(ThreadingHTTPServer):
    """`root` holds OWNER/NAME directories; `ranges` collects the Range headers of weight requests."""

    daemon_threads = True
    speaks = "huggingface"
    address = "HF_ENDPOINT"

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), self.handler())
        self.root = root
        self.cut_after: int | None = None
        self.hold_after: int | None = None
        self.go_on = threading.Event()
        self.ranges: list[str | None] = []
        self.requests: list[str] = []
        self.tokens: list[str | None] = []
        self.twist: Callable[[Answer], None] = lambda _: None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """What answers."""
        return _Handler

    @property
    def environment(self) -> dict[str, str]:
        """What leads a download here, and lets it wait: the library asks again after ten seconds."""
        patient = {f"HF_HUB_{what}_TIMEOUT": "600" for what in ("DOWNLOAD", "ETAG")}
        return {self.address: f"http://127.0.0.1:{self.server_address[1]}"} | patient


class ModelScope(Hub):
    """The same as ModelScope has it."""

    speaks = "modelscope"
    address = "MODELSCOPE_ENDPOINT"

    def handler(self) -> type[BaseHTTPRequestHandler]:
        return _ModelScopeHandler


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"
    part_status = 206
    file = ""

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _answer(self, body: bool) -> None:
        path = self._asked()
        self.file = ""
        api = path.startswith(("api/models/", "api/datasets/"))
        bare = path.removeprefix("api/models/").removeprefix("api/datasets/").removeprefix("datasets/")
        parts = bare.split("/")
        repo = self.server.root / "/".join(parts[:2])
        refused = {"gated": (403, "GatedRepo"), "private": (401, "RepoNotFound"), "broken": (500, "")}
        for word, (status, code) in refused.items():
            if word in repo.name:
                return self._send(status, b"{}", {"X-Error-Code": code} if code else {}, body)
        if not repo.is_dir():
            return self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body)
        if api:
            return self._send(200, json.dumps(_describe(repo)).encode(), {}, body)
        self.file = "/".join(parts[4:])
        file = repo.joinpath(*parts[4:])
        if not file.is_file():
            return self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}, body)
        return self._send_file(file, body)

    def _asked(self) -> str:
        path = unquote(urlsplit(self.path).path).strip("/")
        self.server.requests.append(f"{self.command} {path}")
        self.server.tokens.append(self.headers.get("Authorization") or self.headers.get("Cookie"))
        return path

    def _send_file(self, file: Path, body: bool) -> None:
        content = file.read_bytes()
        wanted = self.headers.get("Range")
        headers = self._headers(file)
        if body and file.suffix == ".safetensors":
            self.server.ranges.append(wanted)
        status, start = 200, 0
        if body and wanted:
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            status = self.part_status
        cut = self.server.cut_after if file.suffix == ".safetensors" and body else None
        if cut is not None:
            self.server.cut_after = None
        self._send(status, content[start:], headers, body, cut)

    def _headers(self, file: Path) -> dict[str, str]:
        return {"ETag": f'"{_digest(file)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}

    def _send(
        self, status: int, content: bytes, headers: dict[str, str], body: bool, cut: int | None = None
    ) -> None:
        path = unquote(urlsplit(self.path).path).strip("/")
        answer = Answer(self.command, path, status, content, headers, len(content), file=self.file)
        self.server.twist(answer)
        content = answer.content
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.length is not None:
            self.send_header("Content-Length", str(answer.length))
        self.end_headers()
        if body:
            hold = self.server.hold_after if cut is None else None
            if hold is not None and len(content) > hold:
                self.wfile.write(content[:hold])
                self.wfile.flush()
                self.server.go_on.wait(600)
                content = content[hold:]
            self.wfile.write(content if cut is None else content[:cut])
        if answer.hang:
            self.wfile.flush()
            self.server.go_on.wait(600)
        if cut is not None or answer.length != len(answer.content):
            self.close_connection = True


class _ModelScopeHandler(_Handler):
    part_status = 200

    def _answer(self, body: bool) -> None:
        path = self._asked()
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        parts = path.removeprefix("api/v1/models/").removeprefix("store/").split("/")
        repo = self.server.root / "/".join(parts[:2])
        listed = parts[2:] == ["repo", "files"]
        self.file = "" if listed else query.get("FilePath") or "/".join(parts[2:])
        refused = {"gated": 403, "private": 401, "broken": 500}
        for word, status in refused.items():
            if word in repo.name:
                return self._send(status, _failure(word), {}, body)
        if not repo.is_dir():
            return self._send(404, _failure("record not found"), {}, body)
        if listed:
            known = query.get("Revision") in ("master", COMMIT)
            return self._send(200, json.dumps(_listing(repo, known)).encode(), {}, body)
        file = repo / self.file
        if not file.is_file():
            return self._send(404, _failure("no such file"), {}, body)
        if file.suffix == ".safetensors" and path.startswith("api/"):
            there = {"Location": "/store/" + quote(f"{repo.parent.name}/{repo.name}/{self.file}")}
            return self._send(302, b"", there, body)
        self._send_file(file, body)

    def _headers(self, file: Path) -> dict[str, str]:
        linked = {"X-Linked-ETag": f'"{_digest(file)}"'} if file.suffix == ".safetensors" else {}
        return {"ETag": '"its own"', "Accept-Ranges": "bytes"} | linked


def _failure(message: str) -> bytes:
    return json.dumps({"Code": 10010205001, "Message": message, "Success": False}).encode()


def _listing(repo: Path, known: bool) -> object:
    files = [
        {
            "Path": path.name,
            "Name": path.name,
            "Type": "tree" if path.is_dir() else "blob",
            "Size": 0 if path.is_dir() else path.stat().st_size,
            "Sha256": "" if path.is_dir() else _digest(path),
            "Revision": COMMIT,
            "CommittedDate": 1_700_000_000,
        }
        for path in sorted(repo.iterdir())
    ]
    latest = {"Id": "", "ShortId": COMMIT[:8]}
    data = {"Files": files if known else None, "IsVisual": 0, "LatestCommitter": latest if known else None}
    return {"Code": 200, "Data": data, "Message": "success", "Success": True}


def _describe(repo: Path) -> object:
    files = sorted(path for path in repo.rglob("*") if path.is_file())
    names = [
        {"rfilename": path.relative_to(repo).as_posix(), "size": path.stat().st_size} for path in files
    ]
    name = "/".join(repo.parts[-2:])
    return {"_id": "1", "id": name, "modelId": name, "sha": COMMIT, "siblings": names, "tags": []}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
