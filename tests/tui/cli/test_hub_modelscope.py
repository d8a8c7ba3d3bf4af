"""A model named by its ModelScope id: asked, fetched and found again as one of the Hugging Face Hub is."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.checkpoint.target import DEMO
from tests.probes.checkpoint.hub_server import COMMIT, Hub, ModelScope
from tests.tui.cli.conftest import Basefit

MEASURED = ("--levels", "bf16", "--windows", 2, "--device", "cpu", "--json")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a server holds, tiny/llama; the caches are empty."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "ms"))
    for name in ("HF_HUB_CACHE", "HF_TOKEN", "MODELSCOPE_API_TOKEN", "BASEFIT_HUB"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(DEMO / "demo-llama-s", tmp_path / "served" / "tiny" / "llama")
    return tmp_path / "served"


@pytest.fixture
def scope(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A local ModelScope; no other hub answers."""
    server = ModelScope(root)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    yield server
    server.shutdown()


def test_nothing_is_fetched_unasked_then_it_is_measured_and_found_again(
    basefit: Basefit, scope: Hub, tmp_path: Path
) -> None:
    asked = basefit("perplexity", "tiny/llama", "--hub", "modelscope", *MEASURED)
    assert (asked.status, asked.json["error"]["code"]) == (2, "hub-declined")
    assert "from ModelScope" in asked.json["error"]["message"]
    assert not scope.ranges
    assert not list(tmp_path.rglob("ms/**/*.safetensors"))

    answer = basefit("perplexity", "tiny/llama", "--hub", "modelscope", "--yes", *MEASURED)
    assert answer.status == 0, answer.err
    assert f"Fetching tiny/llama from ModelScope at {COMMIT[:12]}" in answer.err
    place = tmp_path / "ms" / "models" / "tiny--llama" / "snapshots" / COMMIT
    served = scope.root / "tiny" / "llama" / "model.safetensors"
    assert (place / "model.safetensors").read_bytes() == served.read_bytes()

    told = basefit("report", "--json").json["hashes"]
    fetched = {"hub": "modelscope", "repo": "tiny/llama", "commit": COMMIT}
    assert told["origins"] == {told["revisions"]["tiny/llama"]: fetched}
    page = tmp_path / "report.md"
    assert basefit("report", "--out", page).status == 0
    assert f"ModelScope tiny/llama {COMMIT}" in page.read_text("utf-8")

    before = len(scope.requests)
    again = basefit("perplexity", "tiny/llama", *MEASURED)
    assert again.json["levels"] == answer.json["levels"]
    assert len(scope.requests) == before, "what is on disk is not asked for again, from whichever hub"


@pytest.mark.parametrize("place", ["models/tiny/llama", "hub/models/tiny/llama", "hub/tiny/llama"])
def test_what_modelscope_itself_left_is_not_fetched_again(
    basefit: Basefit, scope: Hub, tmp_path: Path, place: str
) -> None:
    shutil.copytree(scope.root / "tiny" / "llama", tmp_path / "ms" / place)
    answer = basefit("plan", "tiny/llama", "--budget", "12MiB", "--json")
    assert answer.status == 0, answer.err
    assert not scope.requests

    (tmp_path / "ms" / place / "tokenizer.json").unlink()
    more = basefit("tokenizers", "tiny/llama", "--hub", "modelscope", "--yes", "--json")
    assert more.status == 0, more.err
    fetched = [one for one in scope.requests if one.endswith("/repo")]
    assert len(fetched) == 1, "only what is missing"


def test_of_the_same_size_is_not_the_same(basefit: Basefit, scope: Hub, tmp_path: Path) -> None:
    old = tmp_path / "ms" / "models" / "tiny" / "llama"
    shutil.copytree(scope.root / "tiny" / "llama", old)
    (old / "tokenizer.json").unlink()
    config = (old / "config.json").read_bytes()
    (scope.root / "tiny" / "llama" / "config.json").write_bytes(config.replace(b"\n}", b" }"))
    answer = basefit("tokenizers", "tiny/llama", "--hub", "modelscope", "--yes", "--json")
    assert answer.status == 0, answer.err
    assert len([one for one in scope.requests if one.endswith("/repo")]) == 2


def test_the_hub_is_chosen_by_a_variable_too(
    basefit: Basefit, scope: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASEFIT_HUB", "modelscope")
    answer = basefit("plan", "tiny/llama", "--budget", "12MiB", "--json")
    assert answer.json["parameters"] == 918_144
    monkeypatch.setenv("BASEFIT_HUB", "nowhere")
    wrong = basefit("models", "--json")
    assert (wrong.status, wrong.json["error"]["code"]) == (2, "hub-unknown")
    assert (
        basefit("plan", "tiny/llama", "--hub", "nowhere", "--json").json["error"]["code"] == "hub-unknown"
    )


def test_a_listed_model_is_asked_for_by_its_name_there(basefit: Basefit, scope: Hub) -> None:
    listed = json.loads(basefit("models", "--all", "--json", "--budget", "900GiB").out)["rows"]
    there = {row["model"]: row["modelscope_id"] for row in listed}
    asked = basefit("deploy", "qwen2.5-7b", "--hub", "modelscope", "--device", "cpu", "--json")
    assert (asked.status, asked.json["error"]["code"]) == (2, "hub-not-found")
    assert scope.requests[-1] == f"GET api/v1/models/{there['qwen2.5-7b']}/repo/files"
    unnamed = next(name for name, repo in there.items() if not repo)
    none = basefit("deploy", unnamed, "--hub", "modelscope", "--device", "cpu", "--json")
    assert (none.status, none.json["error"]["code"]) == (2, "hub-no-id")
    assert "--hub huggingface" in none.json["error"]["message"]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("tiny/gated", "accept its terms"),
        ("tiny/private", "MODELSCOPE_API_TOKEN"),
        ("tiny/no", "check"),
    ],
)
def test_refusals(basefit: Basefit, scope: Hub, name: str, word: str) -> None:
    answer = basefit("plan", name, "--hub", "modelscope")
    assert answer.status == 2
    last = answer.err.strip().splitlines()[-1]
    assert name in last
    assert word in last
    assert "ModelScope" in last


def test_each_hub_is_told_its_own_token_with_a_warning(
    basefit: Basefit, scope: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    without = basefit("plan", "tiny/llama", "--hub", "modelscope", "--budget", "12MiB")
    assert without.status == 0, without.err
    assert "unencrypted" not in without.err
    assert set(scope.tokens) == {None}
    shutil.rmtree(Path(str(scope.root.parent / "ms")))
    monkeypatch.setenv("MODELSCOPE_API_TOKEN", "ms-secret")
    answer = basefit("plan", "tiny/llama", "--hub", "modelscope", "--budget", "12MiB")
    assert answer.err.count("Your ModelScope token goes to http://127.0.0.1") == 1
    assert scope.tokens[-1] == "Bearer ms-secret"
    monkeypatch.setenv("MODELSCOPE_API_TOKEN", "two words")
    assert (
        basefit("plan", "tiny/other", "--hub", "modelscope", "--json").json["error"]["code"] == "hub-token"
    )


def test_one_of_its_own_goes_into_the_catalog(basefit: Basefit, scope: Hub) -> None:
    added = basefit("add", "tiny/llama", "--hub", "modelscope", "--name", "mine", "--json")
    assert (added.json["hub_id"], added.json["modelscope_id"]) == ("", "tiny/llama")
    asked = basefit("deploy", "mine", "--hub", "modelscope", "--device", "cpu", "--json")
    assert asked.json["error"]["code"] == "hub-declined"
    other = basefit("deploy", "mine", "--hub", "huggingface", "--device", "cpu", "--json")
    assert other.json["error"]["code"] == "hub-no-id"
