"""Hubs that lie: whatever one says, one sentence comes of it, and nothing is written outside its cache."""

import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from catalog.problem import Problem
from probes.checkpoint import hub as download
from probes.checkpoint import hub_files, hub_http
from probes.checkpoint.hubs import HOSTS
from probes.checkpoint.target import DEMO
from probes.jobs.events import Emit
from tests.probes.checkpoint.hub_server import COMMIT, Answer, Hub, ModelScope
from tui.strings import LANGUAGES
from tui.wording import problem_words

Twist = Callable[[Answer], None]


SERVERS = {"huggingface": Hub, "modelscope": ModelScope}


def served(speaks: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A local hub with tiny/llama, empty caches, tokens, and half a second of patience."""
    shutil.copytree(DEMO / "demo-llama-s", tmp_path / "hub" / "tiny" / "llama")
    server = SERVERS[speaks](tmp_path / "hub")
    there = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setattr(constants, "ENDPOINT", there)
    monkeypatch.setenv("MODELSCOPE_ENDPOINT", there)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "huggingface"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "modelscope"))
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "0.5")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("MODELSCOPE_API_TOKEN", "ms-secret")
    monkeypatch.setattr(download, "SPARE_BYTES", 0)
    yield server
    server.go_on.set()
    server.shutdown()


@pytest.fixture(params=SERVERS)
def hub(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    yield from served(request.param, tmp_path, monkeypatch)


def fetch(hub: Hub, **more: Any) -> list[dict[str, Any]]:
    """What the download tells, event by event."""
    told = io.StringIO()
    result = download.run({"repo": "tiny/llama", "hub": hub.speaks} | more, Emit(told))
    return [json.loads(line) for line in told.getvalue().splitlines()] + [result]


def header(name: str, value: str, of: str = "") -> Twist:
    """Every file's answer (or those whose name ends in `of`) has this header."""

    def twist(answer: Answer) -> None:
        if answer.file and answer.file.endswith(of):
            answer.headers[name] = value

    return twist


def listing(change: Callable[[dict[str, Any]], object]) -> Twist:
    """The repository is described otherwise; `change` is given the object that describes it."""

    def twist(answer: Answer) -> None:
        if not answer.file:
            said = json.loads(answer.content)
            change(said.get("Data", said))
            answer.content = json.dumps(said).encode()
            answer.length = len(answer.content)

    return twist


def named(*names: str) -> Twist:
    """Beside its configuration it has files of these names."""

    def change(said: dict[str, Any]) -> None:
        if "siblings" in said:
            said["siblings"] = [{"rfilename": name} for name in ("config.json", *names)]
        else:
            first = next(one for one in said["Files"] if one["Path"] == "config.json")
            said["Files"] = [first, *(first | {"Path": name} for name in names)]

    return listing(change)


def listed(files: object) -> Twist:
    """Where its files should stand is something else."""

    def change(said: dict[str, Any]) -> None:
        said["siblings" if "siblings" in said else "Files"] = files

    return listing(change)


def commit(said_of_it: object) -> Twist:
    def change(said: dict[str, Any]) -> None:
        if "siblings" in said:
            said["sha"] = said_of_it
        else:
            said["LatestCommitter"] = {"Id": said_of_it, "ShortId": said_of_it}
            said["Files"] = [one | {"Revision": said_of_it} for one in said["Files"]]

    return listing(change)


def stated(**changed: object) -> Twist:
    """ModelScope's listing says something else of every file."""
    return listing(lambda said: said.update(Files=[one | changed for one in said["Files"]]))


def body(content: bytes, of: str, length: int | None = -1) -> Twist:
    """The body of a file, or of the listing (""); its header tells the truth unless told otherwise."""

    def twist(answer: Answer) -> None:
        if answer.file == of and answer.method == "GET":
            answer.content = content
            answer.length = len(content) if length == -1 else length

    return twist


def sent_to(location: str) -> Twist:
    def twist(answer: Answer) -> None:
        if answer.file:
            answer.status, answer.headers["Location"] = 302, location

    return twist


def in_a_circle(answer: Answer) -> None:
    """Every file is to be found where it was asked for."""
    if answer.file:
        answer.status, answer.headers["Location"] = 302, "?again"


def sized(said: object) -> Twist:
    """How large the configuration is said to be."""

    def twist(answer: Answer) -> None:
        header("X-Linked-Size", str(said), "config.json")(answer)
        if not answer.file and b"Files" in answer.content:
            stated(Size=said)(answer)

    return twist


def other_tag(answer: Answer) -> None:
    """The ETag of the download is another than that of the question."""
    if answer.method == "GET" and answer.file:
        answer.headers["ETag"] = '"' + "0" * 64 + '"'


def unending(answer: Answer) -> None:
    """A small file that says no length and does not end where it should."""
    if answer.method == "GET" and answer.file == "config.json":
        answer.content, answer.length = b" " * 2**20, None


def deep(answer: Answer) -> None:
    if not answer.file:
        answer.content = b"[" * 100_000 + b"]" * 100_000
        answer.length = len(answer.content)


def weights(answer: Answer) -> bool:
    """Whether it is the weights themselves, not where they are."""
    return answer.method == "GET" and answer.file.endswith(".safetensors") and answer.status < 300


def other_bytes(answer: Answer) -> None:
    if weights(answer):
        answer.content = b"\0" * len(answer.content)


def mute(answer: Answer) -> None:
    """The weights stop in the middle, each time they are asked for."""
    if weights(answer):
        answer.content, answer.hang = answer.content[:1000], True


def mute_listing(answer: Answer) -> None:
    if not answer.file:
        answer.content, answer.hang = b"{", True


def short(answer: Answer) -> None:
    """Fewer bytes than were said, and each further request brings none."""
    if weights(answer):
        answer.content, answer.length = b"", 0


def zipped(answer: Answer) -> None:
    """A body that would unfold to something else."""
    if weights(answer):
        answer.headers["Content-Encoding"] = "gzip"
        answer.content = b"\x1f\x8b" + b"\0" * (len(answer.content) - 2)


def short_commit(answer: Answer) -> None:
    listing(lambda said: said.update(LatestCommitter={"Id": "", "ShortId": "../x"}))(answer)


PAGE = b"<html>Please log in.</html>"
EITHER: dict[str, tuple[Twist, str]] = {
    "commit-upwards": (commit("../../../escaped"), "hub-answer"),
    "commit-missing": (commit(None), "hub-answer"),
    "name-upwards": (named("../../../escaped.safetensors"), "hub-answer"),
    "name-absolute": (named("/tmp/escaped.json.model"), "hub-answer"),
    "name-backslash": (named("..\\..\\tokenizer.model"), "hub-answer"),
    "name-control": (named("tokenizer\x1b]0;owned\x07.json"), "hub-answer"),
    "name-bidi": (named("tokenizer\u202egnp.json"), "hub-answer"),
    "name-surrogate": (named("tokenizer\ud800.json"), "hub-answer"),
    "name-reserved": (named("con.safetensors"), "hub-answer"),
    "name-drive": (named("C:tokenizer.model"), "hub-answer"),
    "name-long": (named("tokenizer" + "a" * 300), "hub-answer"),
    "too-many-names": (named(*(f"{n}.safetensors" for n in range(3000))), "hub-answer"),
    "names-no-list": (listed("config.json"), "hub-answer"),
    "names-no-objects": (listed(["config.json"]), "hub-answer"),
    "redirect-to-a-file": (sent_to("file:///etc/passwd"), "hub-answer"),
    "redirect-with-a-name": (sent_to("http://user:pass@example.invalid/"), "hub-answer"),
    "redirect-in-a-circle": (in_a_circle, "hub-answer"),
    "redirect-nowhere": (sent_to(""), "hub-answer"),
    "size-negative": (sized("-5"), "hub-answer"),
    "size-a-word": (sized("many"), "hub-answer"),
    "size-too-large": (sized(2**27), "hub-too-large"),
    "more-than-said": (unending, "hub-too-large"),
    "listing-is-a-page": (body(PAGE, ""), "hub-not-json"),
    "listing-is-a-list": (body(b"[]", ""), "hub-not-json"),
    "listing-is-deep": (deep, "hub-not-json"),
    "file-is-other-bytes": (other_bytes, "hub-damaged"),
    "file-is-packed": (zipped, "hub-damaged"),
    "file-is-short": (short, "hub-silent"),
    "file-stops": (mute, "hub-silent"),
    "listing-stops": (mute_listing, "hub-silent"),
}
ONE: dict[str, dict[str, tuple[Twist, str]]] = {
    "huggingface": {
        "etag-upwards": (header("ETag", '"../../../../escaped"'), "hub-answer"),
        "etag-absolute": (header("ETag", '"/tmp/escaped"'), "hub-answer"),
        "etag-of-a-small-file": (header("ETag", '"../../escaped"', "config.json"), "hub-answer"),
        "etag-linked": (header("X-Linked-Etag", '"..\\\\..\\\\escaped"'), "hub-answer"),
        "etag-empty": (header("ETag", '""'), "hub-answer"),
        "etag-too-long": (header("ETag", '"' + "a" * 128 + '"'), "hub-answer"),
        "etag-changed": (other_tag, "hub-changed"),
        "commit-of-a-file": (header("X-Repo-Commit", "../../escaped"), "hub-answer"),
        "commit-changed": (header("X-Repo-Commit", "b" * 40), "hub-changed"),
    },
    "modelscope": {
        "hash-upwards": (stated(Sha256="../../../../escaped"), "hub-answer"),
        "hash-of-git": (stated(Sha256="a" * 40), "hub-answer"),
        "hash-missing": (stated(Sha256=None), "hub-answer"),
        "hash-of-other-bytes": (stated(Sha256="a" * 64), "hub-damaged"),
        "size-missing": (stated(Size=None), "hub-answer"),
        "tag-of-the-store": (header("X-Linked-ETag", '"../../escaped"', ".safetensors"), "hub-answer"),
        "tag-changed": (header("X-Linked-ETag", '"' + "0" * 64 + '"', ".safetensors"), "hub-changed"),
        "commit-short": (
            listing(lambda said: said.update(LatestCommitter={"ShortId": "../x"})),
            "hub-answer",
        ),
        "no-files": (listed([]), "hub-answer"),
        "no-revision": (listed(None), "hub-no-revision"),
        "no-success": (body(b'{"Code": 10010205001, "Success": false}', ""), "hub-not-found"),
        "no-data": (body(b'{"Code": 200, "Success": true}', ""), "hub-answer"),
        "small-file-is-a-page": (body(PAGE, "config.json"), "hub-not-json"),
    },
}
HOSTILE = [(hub, case) for hub in SERVERS for case in (*EITHER, *ONE[hub])]


@pytest.mark.parametrize(("speaks", "case"), HOSTILE)
def test_a_lie_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speaks: str, case: str
) -> None:
    monkeypatch.setattr(hub_http, "ATTEMPTS", 2)
    for hub in served(speaks, tmp_path, monkeypatch):
        hub.twist, code = (EITHER | ONE[speaks])[case]
        before = places(tmp_path)
        with pytest.raises(Problem) as told:
            fetch(hub)
    assert told.value.code == code
    assert told.value.params["repo"] == "tiny/llama"
    for language in LANGUAGES:
        words = problem_words(told.value, language)
        assert words.isprintable()
        assert not re.search("<[a-z]+>", words), "every field has its value"
    cache = HOSTS[speaks].folder("model", "tiny/llama")
    assert cache.is_relative_to(tmp_path / speaks)
    for path in places(tmp_path) - before:
        assert path in cache.parents or path.is_relative_to(cache)
    assert not list(tmp_path.parent.glob("escaped*"))
    names = {path.name for path in (cache / "blobs").glob("*") if path.suffix not in (".part", ".lock")}
    assert all(len(name) == 64 for name in names)
    assert not list(cache.rglob("*.safetensors")), "no damaged weights under their name"


def places(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_an_honest_hub_is_laid_out_by_commit(hub: Hub) -> None:
    place = Path(fetch(hub)[-1]["path"])
    assert place.name == COMMIT
    weights = place / "model.safetensors"
    assert weights.is_symlink()
    assert weights.resolve().parent == place.parents[1] / "blobs"
    assert weights.read_bytes() == (hub.root / "tiny" / "llama" / "model.safetensors").read_bytes()
    asked = fetch(hub, ask=True)[-1]
    assert (asked["missing_bytes"], asked["path"]) == (0, None)
    secret = {"huggingface": "hf_secret", "modelscope": "ms-secret"}[hub.speaks]
    assert set(hub.tokens) == {f"Bearer {secret}"}, "the hub itself may know who asks, and no other's token"


def test_another_host_gets_no_token(hub: Hub, tmp_path: Path) -> None:
    store = Hub(tmp_path / "hub")
    there = store.environment["HF_ENDPOINT"]
    route = "tiny/llama/resolve/main/model.safetensors"

    def twist(answer: Answer) -> None:
        if answer.file.endswith(".safetensors"):
            answer.status = 302
            answer.headers |= {"Location": f"{there}/{route}", "X-Linked-Size": str(answer.length)}

    hub.twist = twist
    assert (Path(fetch(hub)[-1]["path"]) / "model.safetensors").is_file()
    assert store.tokens
    assert set(store.tokens) == {None}
    store.shutdown()


def test_silence_is_told_and_the_rest_asked_for(hub: Hub) -> None:
    def once(answer: Answer) -> None:
        if weights(answer) and len(hub.ranges) == 1:
            mute(answer)

    hub.twist = once
    told = fetch(hub)
    again = [event for event in told[:-1] if event.get("note") == "hub.silent"]
    assert [event["values"]["attempt"] for event in again] == [2]
    assert hub.ranges == [None, "bytes=1000-"]


def test_a_server_that_begins_anew_is_followed(hub: Hub) -> None:
    def twist(answer: Answer) -> None:
        if weights(answer):
            if len(hub.ranges) == 1:
                mute(answer)
            else:
                whole = (hub.root / "tiny" / "llama" / "model.safetensors").read_bytes()
                answer.status, answer.content, answer.length = 200, whole, len(whole)

    hub.twist = twist
    assert (Path(fetch(hub)[-1]["path"]) / "model.safetensors").is_file()


def test_a_disk_that_fills_meanwhile_ends_it(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_files, "_LOOK_BYTES", 1)
    monkeypatch.setattr(hub_files, "_free", lambda _: 10)
    with pytest.raises(Problem) as told:
        fetch(hub)
    assert told.value.code == "hub-no-space"


@pytest.mark.parametrize("address", ["ftp://hub", "https://", "https://hub:port"])
def test_an_endpoint_that_is_none(hub: Hub, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setenv("MODELSCOPE_ENDPOINT", address)
    with pytest.raises(Problem) as told:
        fetch(hub)
    assert told.value.code == "hub-endpoint"


@pytest.mark.parametrize("name", ["../..", "tiny/..", "tiny/llama?x", "tiny/a--b", "tiny/\x1b", "a/b/c"])
def test_a_name_that_is_none(hub: Hub, name: str) -> None:
    with pytest.raises(Problem) as told:
        fetch(hub, repo=name)
    assert told.value.code == "hub-not-found"
    assert not hub.requests
