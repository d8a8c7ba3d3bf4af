"""A model named by its Hub id: size said, consent asked, downloaded, resumed; refusals in one sentence."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.checkpoint.missing import hub_job
from probes.checkpoint.target import DEMO
from probes.jobs.events import Event, Finished, Progress
from probes.jobs.runner import Runner
from tests.probes.checkpoint.hub_server import Hub
from tests.tui.cli.conftest import Basefit


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A local Hub with tiny/llama, and an empty cache."""
    root = tmp_path / "hub"
    shutil.copytree(DEMO / "demo-llama-s", root / "tiny" / "llama")
    (root / "tiny" / "llama" / "pytorch_model.bin").write_bytes(b"old weights nobody needs")
    server = Hub(root)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    yield server
    server.shutdown()


def test_nothing_is_fetched_unasked(basefit: Basefit, hub: Hub, tmp_path: Path) -> None:
    answer = basefit("perplexity", "tiny/llama", "--device", "cpu")
    assert answer.status == 2
    assert "--yes" in answer.err
    assert "1.8 MiB" in answer.err or "2.0 MiB" in answer.err
    assert not hub.ranges
    assert not list((tmp_path / "hf").rglob("*.safetensors"))


def test_a_config_is_enough_for_a_plan(basefit: Basefit, hub: Hub) -> None:
    answer = basefit("plan", "tiny/llama", "--budget", "12MiB", "--json")
    assert answer.status == 0, answer.err
    assert answer.json["parameters"] == 918_144
    assert not hub.ranges, "no weights for a plan"
    fetched = [request for request in hub.requests if "resolve" in request and request.startswith("GET")]
    assert all(request.endswith("config.json") for request in fetched)


def test_download_then_measure(basefit: Basefit, hub: Hub) -> None:
    arguments = ("perplexity", "tiny/llama", "--levels", "bf16", "--windows", 2, "--device", "cpu", "--yes")
    answer = basefit(*arguments, "--json")
    assert answer.status == 0, answer.err
    assert [row["level"] for row in answer.json["levels"]] == ["bf16"]
    assert not [r for r in hub.requests if r.startswith("GET") and r.endswith(".bin")]
    again = len(hub.requests)
    assert basefit(*arguments, "--json").json["levels"] == answer.json["levels"]
    assert len(hub.requests) == again, "what is on disk is not asked for again"


async def test_a_cut_download_goes_on_where_it_stopped(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "3")  # and it is asked again the sooner
    large = hub.root / "tiny" / "large"
    large.mkdir()
    (large / "config.json").write_text("{}")
    content = bytes(range(256)) * (96 * 1024)
    (large / "model.safetensors").write_bytes(content)
    hub.cut_after = 15_000_000
    told: list[Event] = []
    for _ in range(2):
        told += [event async for event in Runner(None).events(hub_job("tiny/large"))]
        if isinstance(told[-1], Finished):
            break
    assert isinstance(told[-1], Finished), told[-1]
    assert (Path(told[-1].result["path"]) / "model.safetensors").read_bytes() == content
    resumed = [int(wanted[6:-1]) for wanted in hub.ranges if wanted]
    assert resumed
    assert 0 < resumed[0] <= 15_000_000
    assert any(isinstance(event, Progress) and event.phase == "download" for event in told)


@pytest.mark.parametrize(
    ("name", "word"),
    [("tiny/gated", "HF_TOKEN"), ("tiny/private", "log in"), ("tiny/nowhere", "check the name")],
)
def test_refusals(basefit: Basefit, hub: Hub, name: str, word: str) -> None:
    answer = basefit("perplexity", name, "--device", "cpu", "--yes")
    assert answer.status == 2
    last = answer.err.strip().splitlines()[-1]
    assert name in last
    assert word in last


def test_a_token_over_plain_http_is_warned_of_once(
    basefit: Basefit, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.environment["HF_ENDPOINT"])
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    answer = basefit("plan", "tiny/llama", "--budget", "12MiB")
    assert answer.status == 0, answer.err
    assert answer.err.count("unencrypted") == 1


def test_what_a_server_invents_is_bad_input(basefit: Basefit, hub: Hub, tmp_path: Path) -> None:
    hub.twist = lambda answer: answer.headers.update(ETag='"../../../escaped"')
    answer = basefit("plan", "tiny/llama", "--budget", "12MiB", "--json")
    assert answer.status == 2
    assert answer.json["error"]["code"] == "hub-answer"
    assert "Traceback" not in answer.err
    assert not list(tmp_path.rglob("escaped*"))


def test_no_network(basefit: Basefit, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # the port is ours and nobody listens
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        answer = basefit("plan", "tiny/llama")
    assert answer.status == 2
    assert "HF_ENDPOINT" in answer.err
