"""Every format gives the ids its own library gives, exactly."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sentencepiece
import tiktoken
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from catalog.problem import Problem
from probes.tokenization import patterns
from probes.tokenization.base import TextTokenizer
from probes.tokenization.byte_level import byte_of_char
from probes.tokenization.laid import LaidPieces
from probes.tokenization.load import load_tokenizer
from probes.tokenization.model_proto import Piece, PieceType, append_pieces
from probes.tokenization.offsets import spans

from tests.probes.tokenization.vocabulary_builders import FORMATS, rank_file  # isort: skip

AWKWARD = [
    "",
    " ",
    "  two  spaces ",
    "\t\ttabs\r\nand\r\n\r\nCRLF\n",
    "a\0b",
    "龘𠮷 rare, 🦙 and é, e\u0301 combining",
    "全角，ＡＢＣ　①½Ⅳ",
    "茶树原产于中国西南部。The year 2023, it's 12,345.67!",
    " " * 81 + "x" + " " * 100,
    "<s> </s> <unk> <n> [gMASK] <|endoftext|> <0x41>",
    "\ufeff\u200bzero width",
]
TEXTS = st.text(
    st.one_of(st.sampled_from(" \n\t\r的一是茶a1.,<>▁，。龘🦙é"), st.characters(exclude_categories=["Cs"])),
    max_size=40,
)


@pytest.fixture(scope="module")
def loaded(vocabularies: Path) -> dict[str, TextTokenizer]:
    return {name: load_tokenizer(vocabularies / name) for name in FORMATS}


@pytest.fixture(scope="module")
def reference(
    bpe_model: bytes,
    unigram_model: bytes,
    ranks: dict[bytes, int],
    byte_level: Tokenizer,
    byte_fallback: Tokenizer,
) -> dict[str, Callable[[str], list[int]]]:
    """How each library cuts, called directly."""
    bpe = sentencepiece.SentencePieceProcessor(model_proto=bpe_model)
    unigram = sentencepiece.SentencePieceProcessor(model_proto=unigram_model)
    rank = tiktoken.Encoding("test", pat_str=patterns.QWEN, mergeable_ranks=ranks, special_tokens={})
    for pipeline in (byte_level, byte_fallback):
        pipeline.encode_special_tokens = True
    return {
        "spm-bpe": bpe.encode,
        "glm2": bpe.encode,
        "spm-unigram": unigram.encode,
        "tiktoken": rank.encode_ordinary,
        "byte-level": lambda text: byte_level.encode(text, add_special_tokens=False).ids,
        "merges": lambda text: byte_level.encode(text, add_special_tokens=False).ids,
        "byte-fallback": lambda text: byte_fallback.encode(text, add_special_tokens=False).ids,
    }


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "ice"])
def test_ids_are_the_librarys(name, loaded, reference, sample):
    tokenizer, expected = loaded[name], reference[name]
    for text in [*AWKWARD, *sample.splitlines()]:
        assert tokenizer.encode(text) == expected(text), repr(text)


@pytest.mark.parametrize("name", FORMATS)
def test_batch_and_offsets_give_the_same_ids(name, loaded, sample):
    tokenizer = loaded[name]
    texts = [*AWKWARD, *sample.splitlines()[:40]]
    singly = [tokenizer.encode(text) for text in texts]
    assert tokenizer.encode_batch(texts) == singly
    assert [tokenizer.encode_with_offsets(text)[0] for text in texts] == singly


def test_ice_text_writes_white_space_as_the_reference_does(loaded, ice_model):
    """The published loader, step by step: line feed, tab, then runs of spaces from 80 down to 2."""
    tokenizer = loaded["ice"]
    library = sentencepiece.SentencePieceProcessor(model_proto=tokenizer.model)

    def published(text: str) -> list[int]:
        text = text.replace("\n", "<n>").replace("\t", "<|tab|>")
        for length in range(80, 1, -1):
            text = text.replace(" " * length, f"<|blank_{length}|>")
        return library.encode(text)

    for text in AWKWARD:
        assert tokenizer.encode(text) == published(text), repr(text)
    slim = sentencepiece.SentencePieceProcessor(model_proto=ice_model).get_piece_size()
    assert tokenizer.vocab_size == slim + 8 + 1 + 79 + 256
    assert tokenizer.prefix_ids == (slim + 1, slim + 4)
    assert tokenizer.decode(tokenizer.encode("a\n\tb   c 龘")) == "a\n\tb   c 龘"


@pytest.mark.parametrize("name", ["tiktoken", "byte-level", "merges"])
@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_byte_level_offsets_follow_the_bytes(name, loaded, text):
    """Pieces laid end to end are the text's bytes: that fixes every offset."""
    tokenizer = loaded[name]
    ids, offsets = tokenizer.encode_with_offsets(text)
    assert b"".join(tokenizer.pieces(ids)) == text.encode()
    assert offsets == _by_bytes(text, [len(piece) for piece in tokenizer.pieces(ids)])
    assert tokenizer.decode(ids) == text


@pytest.mark.parametrize("name", ["spm-bpe", "byte-fallback"])
@settings(max_examples=60, deadline=None)
@given(text=TEXTS.map(lambda text: text.replace("▁", " ")))
def test_byte_fallback_offsets_follow_the_bytes(name, loaded, text):
    """As above, once the space put in front is taken off."""
    tokenizer = loaded[name]
    ids, offsets = tokenizer.encode_with_offsets(text)
    pieces = tokenizer.pieces(ids)
    if not text:
        return
    assert b"".join(pieces) == b" " + text.encode()
    lengths = [len(piece) for piece in pieces]
    lengths[0] -= 1
    first = 1 if lengths[0] == 0 else 0
    assert [start for start, _ in offsets][first:] == [s for s, _ in _by_bytes(text, lengths[first:])]
    assert offsets[0][0] == 0
    if name == "spm-bpe":
        assert offsets[first:] == _by_bytes(text, lengths[first:])
        assert tokenizer.decode(ids) == text


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=60, deadline=None)
@example(text=" 0")
@given(text=TEXTS)
def test_pieces_laid_on_the_text_say_what_decoding_and_offsets_say(name, loaded, text):
    tokenizer = loaded[name]
    ids = tokenizer.encode_arrays([text])[0]
    assert ids.tolist() == tokenizer.encode(text)
    lengths = LaidPieces(tokenizer).lengths_on(text, ids)
    if lengths is not None:
        # ChatGLM-6B's published tokenizer drops a space that a text begins with; so does the unigram one.
        dropped = text.startswith(" ") and name in ("ice", "spm-unigram")
        assert tokenizer.decode(ids.tolist()) in ({text, text[1:]} if dropped else {text})
        starts, ends = spans(text, lengths[lengths > 0])
        offsets = tokenizer.encode_with_offsets(text)[1]
        # The space put in front stands for no character, whatever some pipelines say of it.
        found = [span for span, length in zip(offsets, lengths.tolist(), strict=True) if length]
        if dropped and found:  # it lies in the first piece, where offsets begin behind it
            found[0] = (0, max(1, found[0][1]))
        assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == found


@pytest.mark.parametrize("name", FORMATS)
def test_pieces_lie_on_ordinary_text_unless_it_is_normalised(name, loaded, sample):
    tokenizer, line = loaded[name], "茶树原产于中国西南部 in 2023"
    lengths = LaidPieces(tokenizer).lengths_on(line, tokenizer.encode_arrays([line])[0])
    assert lengths is not None
    assert lengths.sum() == len(line.encode())


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, deadline=None)
@given(text=TEXTS)
def test_offsets_never_go_back_and_stay_inside(name, loaded, text):
    _, offsets = loaded[name].encode_with_offsets(text)
    starts = [start for start, _ in offsets]
    assert starts == sorted(starts)
    assert all(0 <= start <= end <= len(text) for start, end in offsets)


def _by_bytes(text: str, lengths: list[int]) -> list[tuple[int, int]]:
    owner = [index for index, char in enumerate(text) for _ in char.encode()]
    spans, at = [], 0
    for length in lengths:
        spans.append((owner[at], owner[at + length - 1] + 1))
        at += length
    return spans


def test_a_byte_token_has_its_characters_span(loaded):
    for name in ("spm-bpe", "ice", "byte-fallback", "tiktoken"):
        text = "a龘b"
        tokenizer = loaded[name]
        ids, offsets = tokenizer.encode_with_offsets(text)
        spans = [span for token, span in zip(ids, offsets, strict=True) if tokenizer.byte_fallback(token)]
        assert spans, name
        assert set(spans) == {(1, 2)}, name


def test_prefix_is_the_familys(loaded):
    assert loaded["spm-bpe"].prefix_ids == (1,)
    assert loaded["byte-level"].prefix_ids == (0,)
    assert loaded["merges"].prefix_ids == ()
    assert loaded["tiktoken"].prefix_ids == ()
    size = loaded["glm2"].vocab_size
    assert loaded["glm2"].prefix_ids == (size + 1, size + 3)


def test_bos_can_be_turned_off_by_the_configuration(tmp_path, bpe_model):
    (tmp_path / "tokenizer.model").write_bytes(bpe_model)
    (tmp_path / "tokenizer_config.json").write_text('{"add_bos_token": false}')
    assert load_tokenizer(tmp_path).prefix_ids == ()


def test_unknowns_and_control_pieces(loaded):
    tokenizer = loaded["spm-unigram"]
    ids = tokenizer.encode("龘")
    assert tokenizer.unk_id in ids
    assert tokenizer.control(tokenizer.unk_id)
    assert not any(tokenizer.byte_fallback(token) for token in range(tokenizer.vocab_size))


def test_pieces_with_nul_and_line_ends(tmp_path, bpe_model):
    """InternLM2 has a piece that is a NUL, LLaMA some that end in a carriage return."""
    odd = ["\0", "\r\n", ";\r", "\n\n"]
    model = append_pieces(bpe_model, [Piece(text, -5000.0, PieceType.NORMAL) for text in odd])
    (tmp_path / "odd.model").write_bytes(model)
    tokenizer = load_tokenizer(tmp_path / "odd.model")
    library = sentencepiece.SentencePieceProcessor(model_proto=model)
    for text in ("a\0b", "x;\r\ny\r\n\n\nz", "\0", "\r\n"):
        assert tokenizer.encode(text) == library.encode(text)
        assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.vocab_size == library.get_piece_size()
    base = tokenizer.vocab_size - len(odd)
    assert tokenizer.pieces(range(base + 1, base + 4)) == [b"\r\n", b";\r", b"\n\n"]


def test_crlf_in_text_vocabularies(tmp_path, ranks, vocabularies):
    (tmp_path / "config.json").write_text('{"model_type": "qwen"}')
    (tmp_path / "qwen.tiktoken").write_bytes(rank_file(ranks, "\r\n"))
    plain = load_tokenizer(vocabularies / "tiktoken")
    text = "茶树 tea\r\n"
    assert load_tokenizer(tmp_path).encode(text) == plain.encode(text)
    other = tmp_path / "merges"
    other.mkdir()
    source = vocabularies / "merges"
    (other / "vocab.json").write_bytes((source / "vocab.json").read_bytes())
    (other / "merges.txt").write_bytes((source / "merges.txt").read_bytes().replace(b"\n", b"\r\n"))
    assert load_tokenizer(other).encode(text) == load_tokenizer(source).encode(text)


def test_qwen_split_is_chosen_by_the_configuration(tmp_path, vocabularies):
    """Qwen cuts numbers digit by digit and normalises to NFC; GPT-2 does neither."""
    for name in ("vocab.json", "merges.txt"):
        (tmp_path / name).write_bytes((vocabularies / "merges" / name).read_bytes())
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "Qwen2Tokenizer"}')
    (tmp_path / "added_tokens.json").write_text('{"<|im_start|>": 700}')
    tokenizer = load_tokenizer(tmp_path)
    assert tokenizer.decode(tokenizer.encode("e\u0301")) == "é"
    assert b"20" not in tokenizer.pieces(tokenizer.encode("2023"))
    assert len(tokenizer.encode("<|im_start|>")) > 1
    assert tokenizer.vocab_size == 701


def test_byte_alphabet_is_a_bijection():
    assert sorted(byte_of_char().values()) == list(range(256))


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, "tokenizer-none-found"),
        ({"vocab.json": b'{"a": 0}'}, "tokenizer-half"),
        ({"tokenizer.json": b'{"a": [1]}'}, "tokenizer-unknown-format"),
        ({"tokenizer.json": b'{"model": {"type": "Nonsense"}}'}, "tokenizer-unreadable"),
        ({"tokenizer.json": b'{"model": '}, "tokenizer-unreadable"),
        ({"tokenizer.model": b"\x89PNG\r\n\x1a\n" + bytes(64)}, "tokenizer-unknown-format"),
        ({"tokenizer.model": b""}, "tokenizer-unknown-format"),
        ({"a.model": b"x", "b.model": b"x"}, "tokenizer-several"),
        ({"x.tiktoken": b"YQ== 0\nYg== 1\n"}, "tokenizer-unknown-split"),
        ({"x.tiktoken": b"YQ== 0\n", "config.json": b'{"model_type": "qwen"}'}, "tokenizer-unreadable"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, files, code):
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(Problem) as caught:
        load_tokenizer(tmp_path)
    assert caught.value.code == code
    assert str(tmp_path) in str(caught.value.params["path"])


def test_missing_path_is_said(tmp_path):
    with pytest.raises(Problem, match="tokenizer-missing"):
        load_tokenizer(tmp_path / "none")


def test_truncated_model_is_said(tmp_path, bpe_model):
    (tmp_path / "cut.model").write_bytes(bpe_model[: len(bpe_model) // 2])
    with pytest.raises(Problem, match="tokenizer-unreadable"):
        load_tokenizer(tmp_path / "cut.model")


def test_names(vocabularies, tmp_path):
    assert load_tokenizer(vocabularies / "spm-bpe").name == "spm-bpe"
    assert load_tokenizer(vocabularies / "spm-bpe" / "tokenizer.model").name == "spm-bpe"
    assert load_tokenizer(vocabularies / "tiktoken" / "qwen.tiktoken").name == "qwen"
    assert load_tokenizer(vocabularies / "spm-bpe", "Mine").name == "Mine"
