"""Bad input: exit 2, one sentence that says what, where and how to mend it, and no traceback."""

import os
import pickle
from pathlib import Path

import pytest

from probes.checkpoint.target import DEMO
from tests.tui.cli.conftest import Answer, Basefit


def assert_one_sentence(answer: Answer, *words: str) -> None:
    """Exit 2 and a last line on stderr that holds the words and ends like a sentence."""
    assert answer.status == 2, answer.err
    assert "Traceback" not in answer.err
    last = answer.err.strip().splitlines()[-1]
    assert last.startswith("basefit: ")
    assert last.endswith((".", ")"))
    assert "<" not in last, "a field of the sentence was not filled"
    for word in words:
        assert word in last, last


@pytest.mark.parametrize(
    ("content", "word"),
    [(None, "nowhere.txt"), (b"", "empty"), (b"\n \n", "empty"), ("测试文本。" * 50, "GB18030")],
)
def test_text(
    basefit: Basefit, small: Path, tmp_path: Path, content: bytes | str | None, word: str
) -> None:
    path = tmp_path / ("nowhere.txt" if content is None else "text.txt")
    if content is not None:
        path.write_bytes(content.encode("gb18030") if isinstance(content, str) else content)
    for command in ("perplexity", "tokenizers", "vocab"):
        answer = basefit(command, small, "--text", path)
        assert_one_sentence(answer, path.name)
        assert word.lower() in answer.err.lower()


def test_text_shorter_than_a_window_names_the_length(basefit: Basefit, small: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.txt"
    path.write_text("Too short to score.\n")
    assert_one_sentence(basefit("perplexity", small, "--text", path, "--device", "cpu"))


@pytest.mark.parametrize("content", [None, ""])
def test_dataset(basefit: Basefit, small: Path, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "rows.jsonl"
    if content is not None:
        path.write_text(content)
    assert_one_sentence(basefit("trial", small, "--data", path), "rows.jsonl")


def test_directory_without_config_or_weights(basefit: Basefit, small: Path, tmp_path: Path) -> None:
    assert_one_sentence(basefit("perplexity", tmp_path / "missing"), "missing")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert_one_sentence(basefit("perplexity", empty), "config.json")
    (small / "model.safetensors").unlink()
    assert_one_sentence(basefit("perplexity", small, "--device", "cpu"), str(small))


def test_truncated_weights(basefit: Basefit, small: Path) -> None:
    weights = small / "model.safetensors"
    os.truncate(weights, weights.stat().st_size // 2)
    assert_one_sentence(basefit("perplexity", small, "--device", "cpu"), "model.safetensors")


def test_pickle_that_holds_more_than_tensors(basefit: Basefit, small: Path, tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'executed'}",)

    (small / "model.safetensors").unlink()
    with (small / "pytorch_model.bin").open("wb") as stream:
        pickle.dump({"weight": Attack()}, stream)
    assert_one_sentence(basefit("perplexity", small, "--device", "cpu"), "pytorch_model.bin")
    assert not (tmp_path / "executed").exists()


def test_unknown_names_suggest_the_nearest(basefit: Basefit) -> None:
    assert_one_sentence(basefit("perplexity", "demo-llama-s", "--levels", "nf5"), "nf4")
    assert_one_sentence(basefit("plan", "lama-2-7b"), "llama-2-7b")
    assert_one_sentence(basefit("models", "--budget", "rtx-490"), "rtx-4090")
    assert_one_sentence(basefit("models", "--use", "dance"), "qlora")
    assert_one_sentence(basefit("perplexity", "demo-llama-s", "--frame", "door"), "gptq")
    assert_one_sentence(basefit("recommend", "--candidates", "llama-2-7b", "--measure"), "--candidates")


def test_usage_errors_and_json(basefit: Basefit) -> None:
    assert_one_sentence(basefit("models", "--no-such-option"), "--no-such-option")
    assert_one_sentence(basefit("dance"), "dance")
    answer = basefit("plan", "lama-2-7b", "--json")
    assert answer.status == 2
    assert answer.json["error"]["kind"] == "bad-input"
    assert answer.json["error"]["code"] == "model-unknown"


def test_no_free_disk(basefit: Basefit, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "store.sqlite")

    monkeypatch.setattr("tui.cli.session.open_store", full)
    assert_one_sentence(basefit("perplexity", "demo-llama-s"), "store.sqlite", "space")


def test_what_was_measured_before_bad_input_stays(basefit: Basefit, small: Path) -> None:
    first = basefit("tokenizers", "demo-llama-s", "--json")
    assert first.status == 0
    os.truncate(small / "model.safetensors", 1000)
    assert basefit("perplexity", small, "--device", "cpu", "--json").status == 2
    runs = basefit("runs", "--json").json["runs"]
    assert [run["status"] for run in runs] == ["failed", "done"]


def test_a_sample_is_bundled() -> None:
    assert (DEMO / "sample.txt").stat().st_size > 30_000


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("models.toml", "[model.x\n", ("models.toml",)),
        ("models.toml", '[model.x]\nhub_id = "a/b"\nfrom = "llama-2-7b"\nheads = 0\n', ("heads", "0")),
        ("prices.toml", '[[card]]\nname = "x"\nhour = "1"\ndate = ""\nsource = ""\n', ("hour = 1",)),
    ],
)
def test_a_table_of_ones_own_that_cannot_be_used_is_set_aside(
    basefit: Basefit, tmp_path: Path, name: str, text: str, words: tuple[str, ...]
) -> None:
    path = tmp_path / "home" / name
    path.parent.mkdir()
    path.write_text(text)
    for told in (2, 0):
        answer = basefit("cost", "--gpu-hour", "1", "--hours", "1", "--json")
        assert answer.status == 0, answer.err
        assert len(answer.err.splitlines()) == told
        assert not told or all(word in answer.err for word in words)
    (aside,) = path.parent.iterdir()
    assert aside.read_text() == text
    assert not path.exists()


def test_numbers_beyond_all_bounds(basefit: Basefit) -> None:
    huge = "9" * 400
    for words in (("--context", huge), ("--batch", huge), ("--budget", huge), ("--budget", "1e999")):
        assert_one_sentence(basefit("models", *words))
    assert_one_sentence(basefit("plan", "qwen2.5-7b", "--rank", huge))
    assert_one_sentence(basefit("recommend", "--budget", "24GiB", "--context", huge), "context")
    assert_one_sentence(basefit("recommend", "--budget", "24GiB", "--examples", huge), "2,147,483,648")
