"""What a text costs: figures with known answers, and the probe around them."""

import io
import json

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from catalog.problem import Problem
from probes.jobs.events import Emit, Metric, decode
from probes.text import Sampling, open_corpus
from probes.tokenization.byte_level import char_of_byte
from probes.tokenization.cut import cut, example_sentence
from probes.tokenization.fast import FastTokenizer
from probes.tokenization.load import load_tokenizer
from probes.tokenization.measure import first_difference
from probes.tokenization.probe import compare, run


def bytes_only() -> Tokenizer:
    """A vocabulary of the 256 bytes: every byte is a token."""
    pipeline = Tokenizer(
        models.BPE(vocab={char: value for value, char in char_of_byte().items()}, merges=[])
    )
    pipeline.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pipeline.decoder = decoders.ByteLevel()
    return pipeline


def characters(text: str) -> Tokenizer:
    """A vocabulary of the characters of `text`, with an unknown: every character is a token."""
    vocabulary = {char: index for index, char in enumerate(["<unk>", *dict.fromkeys(text)])}
    return Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))


@pytest.fixture
def two(tmp_path):
    for name, pipeline in (("bytes", bytes_only()), ("chars", characters("茶树是 tea，\n"))):
        (tmp_path / name).mkdir()
        pipeline.save(str(tmp_path / name / "tokenizer.json"))
    return tmp_path


def _run(job):
    stream = io.StringIO()
    result = run(job, Emit(stream))
    assert json.loads(json.dumps(result, ensure_ascii=False)) == result
    return result, [decode(line) for line in stream.getvalue().splitlines()]


def test_known_answers(two):
    text = two / "a.txt"
    text.write_text("茶树是 tea，龘\n" * 3, encoding="utf-8")
    result, events = _run({"targets": [str(two / "bytes"), str(two / "chars")], "text": str(text)})
    assert {key: result["text"][key] for key in ("bytes", "chars", "han_chars")} == {
        "bytes": 3 * (9 + 4 + 3 + 3 + 1),
        "chars": 3 * 10,
        "han_chars": 3 * 4,
    }
    by_bytes, by_chars = result["tokenizers"]
    assert (by_bytes["vocab_size"], by_bytes["tokens"]) == (256, 60)
    assert by_bytes["tokens_per_char"] == 2
    assert by_bytes["tokens_per_han_char"] == 3
    assert by_bytes["bytes_per_token"] == 1
    assert by_bytes["byte_fallback_share"] == pytest.approx(15 / 20)
    assert by_bytes["unk_share"] == 0
    assert by_bytes["round_trip"] is True
    assert (
        by_bytes["han_single_in_text"] == by_bytes["han_single_of_standard"] == by_bytes["han_pieces"] == 0
    )
    assert by_chars["tokens_per_char"] == by_chars["tokens_per_han_char"] == 1
    assert by_chars["unk_share"] == pytest.approx(1 / 10)
    assert by_chars["round_trip"] is False
    assert by_chars["first_difference"]["at"] == 1
    assert by_chars["han_single_in_text"] == pytest.approx(3 / 4)
    assert by_chars["han_single_of_standard"] == 3 / 8105
    assert (by_chars["han_pieces"], by_chars["han_pieces_of_several"]) == (3, 0)
    assert (by_bytes["relative_compute"], by_chars["relative_compute"]) == (2, 1)
    metrics = [event for event in events if isinstance(event, Metric)]
    assert [(m.kind, m.model, m.key["text_sha256"]) for m in metrics] == [
        ("tokenizer", name, result["text"]["sha256"]) for name in ("bytes", "chars")
    ]
    assert result["notes"] == []


def test_a_target_brings_its_costs(two):
    text = two / "a.txt"
    text.write_text("茶树\n", encoding="utf-8")
    target = {
        "path": str(two / "bytes"),
        "name": "B",
        "revision": "r1",
        "context_tokens": 700,
        "kv_bytes_per_token": 10,
    }
    result, events = _run({"targets": [target], "text": str(text), "price": 3.0})
    (row,) = result["tokenizers"]
    per_char = 7 / 3
    assert row["name"] == "B"
    assert row["context_chars"] == 300
    assert row["kv_bytes_per_1000_chars"] == pytest.approx(10 * per_char * 1000)
    assert row["price_per_1000_chars"] == pytest.approx(3.0 * per_char * 1000 / 1e6)
    assert next(event for event in events if isinstance(event, Metric)).revision == "r1"


def test_premium_over_english_and_figures_by_file(two):
    (two / "zh.txt").write_text("茶树\n", encoding="utf-8")
    (two / "zh2.txt").write_text("tea\n", encoding="utf-8")
    (two / "en.txt").write_text("tea tree\n", encoding="utf-8")
    both = [str(two / "zh.txt"), str(two / "zh2.txt")]
    result, _ = _run({"targets": [str(two / "bytes")], "text": both, "parallel": str(two / "en.txt")})
    (row,) = result["tokenizers"]
    assert row["premium"] == pytest.approx((7 + 4) / 9)
    assert [(entry["tokens"], entry["tokens_per_char"]) for entry in row["files"]] == [(7, 7 / 3), (4, 1)]


def test_no_han_is_noted(two):
    (two / "en.txt").write_text("tea\n", encoding="utf-8")
    result, _ = _run({"targets": [str(two / "bytes")], "text": str(two / "en.txt")})
    assert [note["code"] for note in result["notes"]] == ["text-no-han"]
    assert result["tokenizers"][0]["tokens_per_han_char"] is None


def test_a_sample_comes_with_an_error_bar_that_holds_the_truth(two):
    text = two / "long.txt"
    text.write_text(
        "".join("茶树是\n" * (i % 7) + "tea tea\n" * (i % 5) for i in range(4000)), encoding="utf-8"
    )
    tokenizers = [load_tokenizer(two / "bytes")]
    _, (whole,) = compare(tokenizers, open_corpus([text]))
    sampled, (row,) = compare(tokenizers, open_corpus([text], Sampling(1000, 40_000, 1000)))
    assert sampled["text"]["sampled"] is True
    assert sampled["text"]["bytes"] < 60_000 < sampled["text"]["total_bytes"]
    assert whole.tokens_per_char_se == 0
    assert 0 < row.tokens_per_char_se < 0.1
    assert abs(row.tokens_per_char - whole.tokens_per_char) < 4 * row.tokens_per_char_se


@pytest.mark.parametrize(
    ("targets", "code"),
    [([], "tokenizer-no-target"), (["x"] * 13, "tokenizer-too-many"), (["missing"], "tokenizer-missing")],
)
def test_targets_that_cannot_be(two, targets, code):
    with pytest.raises(Problem) as caught:
        _run({"targets": targets, "text": str(two / "bytes" / "tokenizer.json")})
    assert caught.value.code == code


def test_first_difference():
    assert first_difference("abc", "abc") is None
    assert first_difference("abc", "abX", 10) == {"at": 12, "text": "c", "decoded": "X"}
    assert first_difference("abc", "ab") == {"at": 2, "text": "c", "decoded": ""}


def test_a_cut_sentence():
    tokenizer = FastTokenizer("b", bytes_only())
    segments = cut(tokenizer, "a茶")
    assert [(s.kind, s.text, s.hex, s.start, s.end) for s in segments] == [
        ("text", "a", "61", 0, 1),
        ("bytes", "茶", "E8", 1, 2),
        ("bytes", "茶", "8C", 1, 2),
        ("bytes", "茶", "B6", 1, 2),
    ]
    unknown = FastTokenizer("c", characters("a"))
    assert [s.kind for s in cut(unknown, "a茶")] == ["text", "unknown"]


def test_the_example_is_a_line_with_something_in_it():
    assert example_sentence("\n一\n" + "茶" * 100) == "茶" * 60
    assert example_sentence("短\n") == "短"
    assert example_sentence("") == ""
    chinese = "茶树原产于中国西南部，喜欢温暖湿润的气候。"
    assert example_sentence(f"English first, long enough to be shown.\n{chinese}\n") == chinese
