"""A tokenizer named by its Hub id: its files are fetched when the person agrees, and no weights."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.checkpoint.target import DEMO
from tests.probes.checkpoint.hub_server import Hub
from tests.tui.cli.conftest import Basefit


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A local Hub with tiny/llama, and an empty cache."""
    shutil.copytree(DEMO / "demo-llama-s", tmp_path / "hub" / "tiny" / "llama")
    server = Hub(tmp_path / "hub")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    yield server
    server.shutdown()


@pytest.mark.parametrize("command", [("tokenizers",), ("vocab", "--add", 100)])
def test_a_tokenizer_comes_without_its_weights(
    basefit: Basefit, hub: Hub, tmp_path: Path, command: tuple[object, ...]
) -> None:
    asked = basefit(*command, "tiny/llama", "--json")
    assert asked.status == 2
    assert asked.json["error"]["code"] == "hub-declined"
    assert not [path for path in (tmp_path / "hf").rglob("tokenizer.json")]

    answer = basefit(*command, "tiny/llama", "--yes", "--json")
    assert answer.status == 0, answer.err
    assert not hub.ranges, "no weights to count tokens"
    before = len(hub.requests)
    assert basefit(*command, "tiny/llama", "--json").status == 0
    assert len(hub.requests) == before, "what is on disk is not asked for again"


def test_a_price_is_told_and_cannot_be_negative(basefit: Basefit) -> None:
    answer = basefit("tokenizers", "demo-glm", "--price", 2.5)
    assert "1,000 characters of this text cost 0.0011" in answer.out
    assert basefit("tokenizers", "demo-glm", "--price", -1).status == 2
