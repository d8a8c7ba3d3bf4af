"""The published vectors, where the data folder is there."""

import json
from pathlib import Path

import pytest

from probes.tokenization.load import load_tokenizer
from tests.places import SHARED

TOKENIZERS = SHARED / "data" / "tokenizers"
SEPARATOR = "\n__ggml_vocab_test__\n"

pytestmark = pytest.mark.skipif(
    not TOKENIZERS.is_dir(), reason="no ../shared/data/tokenizers beside the repository"
)


@pytest.mark.parametrize(
    ("vectors", "folder"),
    [("llama-spm", "llama2"), ("llama-bpe", "llama3"), ("qwen2", "qwen2"), ("gpt-2", "gpt2")],
)
def test_all_reference_vectors_are_equal(vectors, folder):
    tokenizer = load_tokenizer(TOKENIZERS / folder)
    source = TOKENIZERS / "vectors" / f"ggml-vocab-{vectors}.gguf"
    strings = Path(f"{source}.inp").read_bytes().decode().split(SEPARATOR)
    expected = [[int(x) for x in line.split()] for line in Path(f"{source}.out").read_text().split("\n")]
    assert len(strings) >= 47
    assert [tokenizer.encode(text) for text in strings] == expected
    assert tokenizer.encode_batch(strings) == expected
    assert [tokenizer.encode_with_offsets(text)[0] for text in strings] == expected


@pytest.mark.parametrize(
    ("vectors", "file"),
    [
        ("chatglm-6b", "chatglm-6b/ice_text.full.model"),
        ("chatglm-6b", "chatglm-6b/ice_text.model"),
        ("chatglm2-6b", "chatglm2-6b"),
        ("chatglm3-6b", "chatglm2-6b"),
    ],
)
def test_chatglm_vectors_are_equal(vectors, file):
    """`literal` rows of the first release hold what looks like special tokens; the reference read them
    as such, which depends on its transformers version: here text is always plain.
    """
    tokenizer = load_tokenizer(TOKENIZERS / file)
    rows = [
        json.loads(line) for line in (SHARED / "vectors" / vectors / "tokens.jsonl").open(encoding="utf-8")
    ]
    plain = [
        row for row in rows if row["kind"] != "pair" and (row["kind"], vectors) != ("literal", "chatglm-6b")
    ]
    assert len(plain) > 50
    assert [tokenizer.encode(row["text"]) for row in plain] == [row["ids"] for row in plain]
    special = plain[0]["ids_special"]
    assert set(tokenizer.prefix_ids) <= set(special)


def test_the_slim_file_completed_is_the_full_one():
    full = load_tokenizer(TOKENIZERS / "chatglm-6b" / "ice_text.full.model")
    slim = load_tokenizer(TOKENIZERS / "chatglm-6b" / "ice_text.model")
    assert full.vocab_size == slim.vocab_size == 130_344
    everything = range(full.vocab_size)
    assert full.pieces(everything) == slim.pieces(everything)
    assert [full.byte_fallback(i) for i in everything] == [slim.byte_fallback(i) for i in everything]


@pytest.mark.parametrize(
    ("folder", "size"),
    [("internlm2", 92_544), ("baichuan", 64_000), ("mistral-v3", 32_768), ("minimind", 6_400),
     ("chinese-llama-2", 55_296), ("chinese-llama/merged_49953.model", 49_953)],
)  # fmt: skip
def test_the_others_load_and_round_trip(folder, size):
    tokenizer = load_tokenizer(TOKENIZERS / folder)
    assert tokenizer.vocab_size == size
    text = "茶树原产于中国西南部。\nTea, 龘🦙\0\n  x"
    assert tokenizer.decode(tokenizer.encode(text)) == text
