"""A Hub that lies: whatever it says, one sentence comes of it, and nothing is written outside the cache."""

import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from catalog.problem import Problem
from probes.checkpoint import hub as download
from probes.checkpoint import hub_files, hub_http
from probes.checkpoint.target import DEMO
from probes.jobs.events import Emit
from tests.probes.checkpoint.hub_server import COMMIT, Answer, Hub
from tui.strings import LANGUAGES
from tui.wording import problem_words

Twist = Callable[[Answer], None]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A local Hub with tiny/llama, an empty cache, a token, and half a second of patience."""
    shutil.copytree(DEMO / "demo-llama-s", tmp_path / "hub" / "tiny" / "llama")
    server = Hub(tmp_path / "hub")
    monkeypatch.setattr(constants, "ENDPOINT", server.environment["HF_ENDPOINT"])
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf" / "hub"))
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "0.5")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setattr(download, "SPARE_BYTES", 0)
    yield server
    server.go_on.set()
    server.shutdown()


def fetch(**more: Any) -> list[dict[str, Any]]:
    """What the download tells, event by event."""
    told = io.StringIO()
    result = download.run({"repo": "tiny/llama"} | more, Emit(told))
    return [json.loads(line) for line in told.getvalue().splitlines()] + [result]


def header(name: str, value: str, of: str = "") -> Twist:
    """Every file's answer (or those whose path ends in `of`) has this header."""

    def twist(answer: Answer) -> None:
        if "/resolve/" in answer.path and answer.path.endswith(of):
            answer.headers[name] = value

    return twist


def listing(**changed: Any) -> Twist:
    """The repository is described otherwise."""

    def twist(answer: Answer) -> None:
        if answer.path.startswith("api/"):
            answer.content = json.dumps(json.loads(answer.content) | changed).encode()
            answer.length = len(answer.content)

    return twist


def named(name: str) -> Twist:
    return listing(siblings=[{"rfilename": "config.json"}, {"rfilename": name}])


def body(content: bytes, of: str, length: int | None = -1) -> Twist:
    """The body of what ends in `of`; its header tells the truth of it unless told otherwise."""

    def twist(answer: Answer) -> None:
        if answer.path.endswith(of) and answer.method == "GET":
            answer.content = content
            answer.length = len(content) if length == -1 else length

    return twist


def sent_to(location: str) -> Twist:
    def twist(answer: Answer) -> None:
        if "/resolve/" in answer.path:
            answer.status, answer.headers["Location"] = 302, location

    return twist


def sized(said: str) -> Twist:
    return header("X-Linked-Size", said, "config.json")


def other_tag(answer: Answer) -> None:
    """The ETag of the download is another than that of the question."""
    if answer.method == "GET" and "/resolve/" in answer.path:
        answer.headers["ETag"] = '"' + "0" * 64 + '"'


def unending(answer: Answer) -> None:
    """A small file that says no length and does not end where it should."""
    if answer.method == "GET" and answer.path.endswith("config.json"):
        answer.content, answer.length = b" " * 2**20, None


def deep(answer: Answer) -> None:
    if answer.path.startswith("api/"):
        answer.content = b"[" * 100_000 + b"]" * 100_000
        answer.length = len(answer.content)


def other_bytes(answer: Answer) -> None:
    if answer.method == "GET" and answer.path.endswith(".safetensors"):
        answer.content = b"\0" * len(answer.content)


def mute(answer: Answer) -> None:
    """The weights stop in the middle, each time they are asked for."""
    if answer.method == "GET" and answer.path.endswith(".safetensors"):
        answer.content, answer.hang = answer.content[:1000], True


def mute_listing(answer: Answer) -> None:
    if answer.path.startswith("api/"):
        answer.content, answer.hang = b"{", True


def short(answer: Answer) -> None:
    """Fewer bytes than were said, and each further request brings none."""
    if answer.method == "GET" and answer.path.endswith(".safetensors"):
        answer.content, answer.length = b"", 0


def zipped(answer: Answer) -> None:
    """A body that would unfold to something else."""
    if answer.method == "GET" and answer.path.endswith(".safetensors"):
        answer.headers["Content-Encoding"] = "gzip"
        answer.content = b"\x1f\x8b" + b"\0" * (len(answer.content) - 2)


PAGE = b"<html>Please log in.</html>"
HOSTILE: dict[str, tuple[Twist, str]] = {
    "etag-upwards": (header("ETag", '"../../../../escaped"'), "hub-answer"),
    "etag-absolute": (header("ETag", '"/tmp/escaped"'), "hub-answer"),
    "etag-of-a-small-file": (header("ETag", '"../../escaped"', "config.json"), "hub-answer"),
    "etag-linked": (header("X-Linked-Etag", '"..\\\\..\\\\escaped"'), "hub-answer"),
    "etag-empty": (header("ETag", '""'), "hub-answer"),
    "etag-too-long": (header("ETag", '"' + "a" * 128 + '"'), "hub-answer"),
    "etag-changed": (other_tag, "hub-changed"),
    "commit-upwards": (listing(sha="../../../escaped"), "hub-answer"),
    "commit-missing": (listing(sha=None), "hub-answer"),
    "commit-of-a-file": (header("X-Repo-Commit", "../../escaped"), "hub-answer"),
    "commit-changed": (header("X-Repo-Commit", "b" * 40), "hub-changed"),
    "name-upwards": (named("../../../escaped.safetensors"), "hub-answer"),
    "name-absolute": (named("/tmp/escaped.json.model"), "hub-answer"),
    "name-backslash": (named("..\\..\\tokenizer.model"), "hub-answer"),
    "name-control": (named("tokenizer\x1b]0;owned\x07.json"), "hub-answer"),
    "name-bidi": (named("tokenizer\u202egnp.json"), "hub-answer"),
    "name-surrogate": (named("tokenizer\ud800.json"), "hub-answer"),
    "name-reserved": (named("con.safetensors"), "hub-answer"),
    "name-drive": (named("C:tokenizer.model"), "hub-answer"),
    "name-long": (named("tokenizer" + "a" * 300), "hub-answer"),
    "too-many-names": (
        listing(siblings=[{"rfilename": f"{n}.safetensors"} for n in range(3000)]),
        "hub-answer",
    ),
    "names-no-list": (listing(siblings="config.json"), "hub-answer"),
    "names-no-objects": (listing(siblings=["config.json"]), "hub-answer"),
    "redirect-to-a-file": (sent_to("file:///etc/passwd"), "hub-answer"),
    "redirect-with-a-name": (sent_to("http://user:pass@example.invalid/"), "hub-answer"),
    "redirect-in-a-circle": (sent_to("/tiny/llama/resolve/main/config.json"), "hub-answer"),
    "redirect-nowhere": (sent_to(""), "hub-answer"),
    "size-negative": (sized("-5"), "hub-answer"),
    "size-a-word": (sized("many"), "hub-answer"),
    "size-too-large": (sized(str(2**27)), "hub-too-large"),
    "more-than-said": (unending, "hub-too-large"),
    "listing-is-a-page": (body(PAGE, "tiny/llama"), "hub-not-json"),
    "listing-is-a-list": (body(b"[]", "tiny/llama"), "hub-not-json"),
    "listing-is-deep": (deep, "hub-not-json"),
    "file-is-other-bytes": (other_bytes, "hub-damaged"),
    "file-is-packed": (zipped, "hub-damaged"),
    "file-is-short": (short, "hub-silent"),
    "file-stops": (mute, "hub-silent"),
    "listing-stops": (mute_listing, "hub-silent"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_lie_is_one_sentence_and_leaves_nothing(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    hub.twist, code = HOSTILE[case]
    monkeypatch.setattr(hub_http, "ATTEMPTS", 2)
    before = places(tmp_path)
    with pytest.raises(Problem) as told:
        fetch()
    assert told.value.code == code
    assert told.value.params["repo"] == "tiny/llama"
    for language in LANGUAGES:
        words = problem_words(told.value, language)
        assert words.isprintable()
        assert "<" not in words.replace("<html", ""), "every field has its value"
    cache = tmp_path / "hf" / "hub" / "models--tiny--llama"
    for path in places(tmp_path) - before:
        assert path in cache.parents or path.is_relative_to(cache)
    assert not list(tmp_path.parent.glob("escaped*"))
    names = {path.name for path in (cache / "blobs").glob("*") if path.suffix not in (".part", ".lock")}
    assert all(len(name) == 64 for name in names)
    assert not list(cache.rglob("*.safetensors")), "no damaged weights under their name"


def places(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_an_honest_hub_is_laid_out_as_its_library_does(hub: Hub) -> None:
    place = Path(fetch()[-1]["path"])
    assert place.name == COMMIT
    weights = place / "model.safetensors"
    assert weights.is_symlink()
    assert weights.resolve().parent == place.parents[1] / "blobs"
    assert weights.read_bytes() == (hub.root / "tiny" / "llama" / "model.safetensors").read_bytes()
    asked = fetch(ask=True)[-1]
    assert (asked["missing_bytes"], asked["path"]) == (0, None)
    assert all(token == "Bearer hf_secret" for token in hub.tokens), "the Hub itself may know who asks"


def test_another_host_gets_no_token(hub: Hub, tmp_path: Path) -> None:
    store = Hub(tmp_path / "hub")
    there = store.environment["HF_ENDPOINT"]

    def twist(answer: Answer) -> None:
        if answer.path.endswith(".safetensors"):
            answer.status = 302
            answer.headers |= {"Location": f"{there}/{answer.path}", "X-Linked-Size": str(answer.length)}

    hub.twist = twist
    assert (Path(fetch()[-1]["path"]) / "model.safetensors").is_file()
    assert store.tokens
    assert set(store.tokens) == {None}
    store.shutdown()


def test_silence_is_told_and_the_rest_asked_for(hub: Hub) -> None:
    def once(answer: Answer) -> None:
        if answer.method == "GET" and answer.path.endswith(".safetensors") and len(hub.ranges) == 1:
            mute(answer)

    hub.twist = once
    told = fetch()
    again = [event for event in told[:-1] if event.get("note") == "hub.silent"]
    assert [event["values"]["attempt"] for event in again] == [2]
    assert hub.ranges == [None, "bytes=1000-"]


def test_a_server_that_begins_anew_is_followed(hub: Hub) -> None:
    def twist(answer: Answer) -> None:
        if answer.method == "GET" and answer.path.endswith(".safetensors"):
            if len(hub.ranges) == 1:
                mute(answer)
            else:
                whole = (hub.root / "tiny" / "llama" / "model.safetensors").read_bytes()
                answer.status, answer.content, answer.length = 200, whole, len(whole)

    hub.twist = twist
    assert (Path(fetch()[-1]["path"]) / "model.safetensors").is_file()


def test_a_disk_that_fills_meanwhile_ends_it(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_files, "_LOOK_BYTES", 1)
    monkeypatch.setattr(hub_files, "_free", lambda _: 10)
    with pytest.raises(Problem) as told:
        fetch()
    assert told.value.code == "hub-no-space"


@pytest.mark.parametrize("address", ["ftp://hub", "hub.example", "https://"])
def test_an_endpoint_that_is_none(hub: Hub, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", address)
    with pytest.raises(Problem) as told:
        fetch()
    assert told.value.code == "hub-endpoint"


@pytest.mark.parametrize("name", ["../..", "tiny/..", "tiny/llama?x", "tiny/a--b", "tiny/\x1b", "a/b/c"])
def test_a_name_that_is_none(hub: Hub, name: str) -> None:
    with pytest.raises(Problem) as told:
        fetch(repo=name)
    assert told.value.code == "hub-not-found"
    assert not hub.requests
