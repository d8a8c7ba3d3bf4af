"""The tokenizers on small vocabularies made here, so that any clone tests them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sentencepiece

from probes.chatglm import load, load_tokenizer
from probes.tokenization.ice_text import LONGEST_BLANK
from probes.tokenization.load import load_tokenizer as cut_text

CONTROLS = 8
SPACING = LONGEST_BLANK


def test_first_generation(first: bytes, directory: Callable[..., Path]) -> None:
    folder = directory("chatglm-6b")
    (folder / "ice_text.model").write_bytes(first)
    tokenizer = load_tokenizer(folder)
    pieces = tokenizer.get_vocab()
    own = len(pieces) - CONTROLS - SPACING - 256
    assert pieces["[MASK]"] == own
    assert tokenizer.prefix_ids == (own + 1, own + 4)
    text = "今天\t天气  很好\n你好龘"
    ids, offsets = tokenizer.encode_with_offsets(text)
    assert tokenizer.encode(text) == [*ids, own + 1, own + 4]
    assert tokenizer.decode(ids) == text
    tokens = tokenizer.convert_ids_to_tokens(ids)
    assert offsets[tokens.index("<|blank_2|>")] == (5, 7)
    assert offsets[-3:] == [(len(text) - 1, len(text))] * 3
    assert tokenizer.encode("今天", "你好")[-1] == tokenizer.eos_token_id == own + 5
    assert tokenizer.get_special_tokens_mask(tokenizer.encode("今天"), already_has_special_tokens=True)[
        -2:
    ] == [
        1,
        1,
    ]


def test_the_first_release_numbers_text_from_20000(first: bytes, directory: Callable[..., Path]) -> None:
    """Both tokenizers of the project: the one that chats, and the one that only cuts text."""
    folders = [directory("chatglm-6b"), directory("chatglm-6b", "early", vocab_size=150528)]
    for folder in folders:
        (folder / "ice_text.model").write_bytes(first)
    text = "今天\t天气  很好\n你好龘"
    final, early = (load_tokenizer(folder) for folder in folders)
    assert early.encode(text) == [20000 + token for token in final.encode(text)]
    assert early.pad_token_id == final.pad_token_id + 20000
    assert early.decode(early.encode(text)) == text
    plain, shifted = (cut_text(folder) for folder in folders)
    assert shifted.prefix_ids == early.prefix_ids == tuple(20000 + token for token in plain.prefix_ids)
    ids, offsets = shifted.encode_with_offsets(text)
    assert (ids, offsets) == early.encode_with_offsets(text)
    assert shifted.encode_batch([text]) == [ids] == [shifted.encode(text)]
    assert offsets == plain.encode_with_offsets(text)[1]
    assert shifted.decode([7, *ids]) == text
    assert b"".join(shifted.pieces(ids)).decode().strip() == text
    assert [shifted.byte_fallback(token) for token in (0, ids[-1])] == [False, True]
    assert [shifted.control(token) for token in (0, ids[-1], shifted.prefix_ids[0])] == [True, False, True]
    assert shifted.vocab_size == plain.vocab_size + 20000 == len(early)


@pytest.mark.parametrize("name", ["chatglm2-6b", "chatglm3-6b"])
def test_second_and_third(second: bytes, directory: Callable[..., Path], name: str) -> None:
    folder = directory(name)
    (folder / "tokenizer.model").write_bytes(second)
    model, tokenizer = load(folder)
    own = sentencepiece.SentencePieceProcessor(model_proto=second).get_piece_size()
    assert tokenizer.prefix_ids == (own + 1, own + 3)
    assert len(tokenizer) == own + (9 if name == "chatglm3-6b" else 5)
    text = "今天天气  很好\n[gMASK]sop 龘"
    ids, offsets = tokenizer.encode_with_offsets(text)
    assert tokenizer.encode(text) == [own + 1, own + 3, *ids]
    assert max(ids) < own, "what looks like a special token in a text is text"
    assert tokenizer.decode(ids) == text
    assert offsets[-3:] == [(len(text) - 1, len(text))] * 3
    talk = [{"role": "user", "content": "你好"}]
    chat = tokenizer.chat_ids(talk)
    if name == "chatglm3-6b":
        assert chat[2] == own + 6
        assert chat[-1] == own + 7
        assert tokenizer.stop_ids == (2, own + 6, own + 8)
        assert tokenizer.apply_chat_template(talk, tokenize=False) == "<|user|>\n你好<|assistant|>"
    else:
        assert tokenizer.decode(chat) == "[Round 1]\n\n问：你好\n\n答："
    batch = tokenizer(["你好", "你好龘龘"], padding=True, return_tensors="pt")
    assert batch["attention_mask"][0, 0] == 0
    assert model(**batch.to("cpu")).logits.shape[:2] == batch["input_ids"].shape


def test_a_file_that_is_no_vocabulary(directory: Callable[..., Path]) -> None:
    from catalog.problem import Problem

    folder = directory("chatglm2-6b")
    (folder / "tokenizer.model").write_text(json.dumps({"model": {}}), encoding="utf-8")
    with pytest.raises(Problem):
        load_tokenizer(folder)
