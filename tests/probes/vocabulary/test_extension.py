"""Learning and merging pieces: what is added, that it is used, and that nothing else changes."""

import io
import json
from pathlib import Path

import pytest
import sentencepiece

from catalog.evidence.kinds import Rung
from catalog.problem import Problem
from probes.jobs.events import Emit
from probes.tokenization.load import load_tokenizer
from probes.tokenization.model_proto import Piece, PieceType, append_pieces, read_pieces
from probes.vocabulary.contract import Contract
from probes.vocabulary.corpus import split
from probes.vocabulary.extension import by_worth
from probes.vocabulary.ladder import knee, rungs_up_to
from probes.vocabulary.probe import learn, run
from tests.places import SAMPLE, SHARED
from tests.probes.tokenization.vocabulary_builders import rank_file, train_model

TOKENIZERS = SHARED / "data" / "tokenizers"
ENGLISH = "The quick brown fox jumps over the lazy dog, and the dog does not mind it at all.\n"


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return SAMPLE.read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def bases(tmp_path_factory) -> dict[str, Path]:
    """Vocabularies that know English and hardly any Chinese, one a format."""
    from tiktoken._educational import bpe_train
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    from probes.tokenization import patterns

    root = tmp_path_factory.mktemp("bases")
    text = (
        "".join(line for line in SAMPLE.read_text("utf-8").splitlines(True) if line.isascii()) + ENGLISH * 9
    )
    common = {"remove_extra_whitespaces": False, "normalization_rule_name": "identity"}
    bpe = train_model(text, model_type="bpe", vocab_size=500, byte_fallback=True, **common)
    unigram = train_model(text, model_type="unigram", vocab_size=500, byte_fallback=True, **common)
    ranks = bpe_train(text[:5000], 320, patterns.LLAMA3, visualise=None)
    byte_level = Tokenizer(models.BPE())
    byte_level.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    byte_level.decoder = decoders.ByteLevel()
    byte_level.train_from_iterator(
        text.splitlines(),
        trainers.BpeTrainer(
            vocab_size=400,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            special_tokens=["<s>"],
            show_progress=False,
        ),
    )
    files = {
        "spm-bpe": ("tokenizer.model", bpe),
        "spm-unigram": ("tokenizer.model", unigram),
        "tiktoken": ("tokenizer.model", rank_file(ranks)),
        "byte-level": ("tokenizer.json", byte_level.to_str().encode()),
    }
    for name, (file, data) in files.items():
        (root / name).mkdir()
        (root / name / file).write_bytes(data)
    (root / "tiktoken" / "config.json").write_text('{"model_type": "llama"}')
    return {name: root / name for name in files}


@pytest.mark.parametrize("name", ["spm-bpe", "spm-unigram", "tiktoken", "byte-level"])
def test_an_extension_saves_and_keeps_the_text(name, bases, lines):
    base = load_tokenizer(bases[name])
    extension = learn(base, lines, 400, 1, Contract(base.vocab_size))
    assert len(extension.learnt) >= 400
    text = "\n".join(lines)
    costs = [len(base.encode(text))]
    for count in (100, 400):
        merged = extension.merged(count)
        tokenizer = merged.tokenizer
        assert tokenizer.vocab_size == base.vocab_size + len(merged.added)
        assert 0 < len(merged.added) <= count
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text
        costs.append(len(ids))
    assert costs[0] > costs[1] > costs[2]
    assert costs[0] > 1.15 * costs[2]
    new = [token for token in ids if token >= base.vocab_size]
    assert new
    # Ids of the base keep their meaning.
    everything = range(base.vocab_size)
    assert tokenizer.pieces(everything) == base.pieces(everything)


@pytest.mark.parametrize("name", ["spm-bpe", "tiktoken", "byte-level", "demo-llama-s"])
def test_line_ends_of_windows_and_control_characters_come_back(name, bases, lines):
    """A byte piece such as <0x0D> is a byte by itself only: joined to others it would be its own name."""
    base = load_tokenizer(bases.get(name, SAMPLE.parent / name))
    written = [f"{line}\r" for line in lines if line] * 3 + ["甲\x07乙\x07甲\x07乙"] * 20
    tokenizer = learn(base, written, 400, 1, Contract(base.vocab_size)).merged(400).tokenizer
    text = "\n".join(written)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert not any(
        b"<0x" in tokenizer.piece(token) for token in range(base.vocab_size, tokenizer.vocab_size)
    )


def test_english_hardly_changes(bases, lines):
    """Chinese pieces added, English cut as before: only a space that now joins may differ."""
    base = load_tokenizer(bases["byte-level"])
    chinese = [line for line in lines if not line.isascii()]
    merged = learn(base, chinese, 200, 1, Contract(base.vocab_size)).merged(200)
    text = "Bread needs only flour and water."
    assert len(merged.tokenizer.encode(text)) <= len(base.encode(text))


@pytest.mark.parametrize("name", ["spm-bpe", "byte-level", "tiktoken"])
def test_what_is_written_loads_in_transformers_and_cuts_the_same(name, bases, tmp_path):
    from transformers import AutoTokenizer

    out = tmp_path / "merged"
    job = {"target": str(bases[name]), "text": str(SAMPLE), "add": 300, "out": str(out)}
    result = run(job, Emit(io.StringIO()))
    assert result["written"]["added"] == result["after"]["added"] > 0
    theirs = AutoTokenizer.from_pretrained(out)
    ours = load_tokenizer(out)
    for line in SAMPLE.read_text("utf-8").splitlines():
        ids = theirs(line, add_special_tokens=False)["input_ids"]
        assert theirs.decode(ids) == line
        assert ids == ours.encode(line)
    if name == "spm-bpe":
        model = load_tokenizer(out / "tokenizer.model")
        assert model.vocab_size == ours.vocab_size == len(theirs)
        assert model.prefix_ids == ours.prefix_ids == (1,)


def test_merged_scores_are_chinese_llamas_zero(bases, lines):
    base = load_tokenizer(bases["spm-bpe"])
    merged = learn(base, lines, 200, 1, Contract(base.vocab_size)).merged(200)
    pieces = list(read_pieces(merged.tokenizer.model))[base.vocab_size :]
    assert [piece.text for piece in pieces] == list(merged.added)
    assert {piece.score for piece in pieces} == {0.0}


@pytest.mark.skipif(not TOKENIZERS.is_dir(), reason="no ../shared/data/tokenizers beside the repository")
def test_the_rule_gives_chinese_llamas_published_vocabulary():
    base = (TOKENIZERS / "llama2" / "tokenizer.model").read_bytes()
    learnt = list(read_pieces((TOKENIZERS / "chinese-llama" / "chinese_sp.model").read_bytes()))
    had = {piece.text for piece in read_pieces(base)}
    new = [Piece(piece.text, 0.0, PieceType.NORMAL) for piece in learnt if piece.text not in had]
    merged = append_pieces(base, new)
    published = list(read_pieces((TOKENIZERS / "chinese-llama" / "merged_49953.model").read_bytes()))
    assert list(read_pieces(merged)) == published
    text = SAMPLE.read_text("utf-8")
    ours, theirs = (
        sentencepiece.SentencePieceProcessor(model_proto=data).encode(text)
        for data in (merged, (TOKENIZERS / "chinese-llama" / "merged_49953.model").read_bytes())
    )
    assert ours == theirs


def test_worth_counts_pieces_inside_longer_ones():
    assert by_worth(["ab", "abc", "c", "z", "q"], {"abc": 3, "ab": 2, "c": 1, "z": 1, "other": 9}) == [
        "ab",
        "c",
        "abc",
    ]


def _rung(learnt: int, cost: float) -> Rung:
    return Rung(learnt, learnt, cost, None, 0.0, True)


def test_the_knee_is_where_nine_tenths_are_saved():
    rungs = [_rung(0, 1.5), _rung(1000, 1.2), _rung(2000, 1.04), _rung(5000, 1.01), _rung(10000, 1.0)]
    assert knee(rungs) == 2000
    assert knee([_rung(0, 1.0), _rung(1000, 1.0)]) == 0
    assert rungs_up_to(5000) == [250, 500, 1000, 2000, 5000]
    assert rungs_up_to(300) == [250, 300]


def test_held_out_text_is_not_learnt_from():
    parts = split([str(SAMPLE)])
    assert parts.held_out
    assert not set(parts.held_out) & set(parts.train)
    assert sum(map(len, parts.train + parts.held_out)) == len(SAMPLE.read_text("utf-8"))
    assert split([str(SAMPLE)]).held_out == parts.held_out


def test_the_probes_answer(bases, tmp_path):
    config = {
        "model_type": "llama",
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 128,
        "vocab_size": 500,
        "max_position_embeddings": 512,
        "tie_word_embeddings": False,
    }
    target = tmp_path / "model"
    target.mkdir()
    (target / "tokenizer.model").write_bytes((bases["spm-bpe"] / "tokenizer.model").read_bytes())
    (target / "config.json").write_text(json.dumps(config))
    stream = io.StringIO()
    job = {"target": str(target), "text": str(SAMPLE), "add": 200, "corpus_tokens": 3e9, "name": "M"}
    result = run(job, Emit(stream))
    assert json.loads(json.dumps(result)) == result
    added = result["after"]["added"]
    assert result["new_parameters"] == added * 64 * 2
    assert result["extra_bytes_infer"] == added * 64 * 2 * 2
    assert result["extra_bytes_train"] == (500 + added) * 64 * 2 * 12
    assert result["saving"] == pytest.approx(
        1 - result["after"]["tokens_per_char"] / result["before"]["tokens_per_char"]
    )
    assert result["verdict"] == "maybe"
    assert result["break_even_chars_low"] < result["break_even_chars"] < result["break_even_chars_high"]
    assert [row["learnt"] for row in result["ladder"]] == [0, 200]
    assert '"kind": "vocabulary"' in stream.getvalue()
    other = run(job | {"use": "qlora"}, Emit(stream))
    assert (other["verdict"], other["reasons"][0]["code"]) == ("no", "vocabulary-qlora")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"add": 50_000}, "vocabulary-corpus-too-small"),
        ({"add": 3}, "vocabulary-add"),
        ({"text": "missing.txt"}, "text-missing"),
        ({"out": "."}, "vocabulary-exists"),
    ],
)
def test_what_cannot_be_is_said(bases, changes, code):
    job = {"target": str(bases["spm-bpe"]), "text": str(SAMPLE), "add": 200} | changes
    with pytest.raises(Problem) as caught:
        run(job, Emit(io.StringIO()))
    assert caught.value.code == code


def test_text_too_short_to_hold_any_out(bases, tmp_path):
    (tmp_path / "a.txt").write_text("短\n", encoding="utf-8")
    with pytest.raises(Problem, match="vocabulary-text-too-short"):
        run({"target": str(bases["spm-bpe"]), "text": str(tmp_path / "a.txt")}, Emit(io.StringIO()))


def test_a_vocabulary_that_cannot_be_extended(tmp_path):
    from tokenizers import Tokenizer, models

    Tokenizer(models.WordLevel({"a": 0, "[UNK]": 1}, unk_token="[UNK]")).save(
        str(tmp_path / "tokenizer.json")
    )
    with pytest.raises(Problem, match="vocabulary-base-unsupported"):
        run({"target": str(tmp_path), "text": str(SAMPLE), "add": 200}, Emit(io.StringIO()))
