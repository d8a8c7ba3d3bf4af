"""Complete small directories: a recorded model with a vocabulary made here, so that any clone has them."""

import io
import json
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import sentencepiece

from probes.tokenization.ice_text import complete
from tests.places import FIXTURES

RECORDED = FIXTURES / "chatglm"
FAMILIES = ("chatglm-6b", "chatglm2-6b", "chatglm3-6b")
TEXT = [
    "今天天气很好，我们去公园散步吧！",
    "Once upon a time there was a little girl.",
    "问：你好 答：你好",
] * 20
IDS = {
    "mask_token_id": "[MASK]",
    "gmask_token_id": "[gMASK]",
    "bos_token_id": "<sop>",
    "eos_token_id": "<eop>",
}


def write(folder: Path, name: str, **changes: Any) -> Path:
    """The recorded model `name` in `folder`, with its vocabulary, `changes` made to its config.json."""
    folder.mkdir()
    shutil.copyfile(RECORDED / name / "model.safetensors", folder / "model.safetensors")
    config = json.loads((RECORDED / name / "config.json").read_text(encoding="utf-8"))
    if name.startswith("chatglm-6b"):
        (folder / "ice_text.model").write_bytes(first())
        pieces = sentencepiece.SentencePieceProcessor(model_proto=complete(first()))
        config |= {key: pieces.piece_to_id(piece) for key, piece in IDS.items()}
    else:
        (folder / "tokenizer.model").write_bytes(second())
    (folder / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")
    return folder


@cache
def first() -> bytes:
    """Like the slim ice_text.model: Unigram, NFKC, `<n>` among its first pieces."""
    symbols = {"user_defined_symbols": ["<n>"], "pad_id": 3, "pad_piece": "<pad>"}
    return trained(model_type="unigram", vocab_size=120, remove_extra_whitespaces=False, **symbols)


@cache
def second() -> bytes:
    """Like ChatGLM2's tokenizer.model: BPE with byte fallback, nothing normalised."""
    options = {"byte_fallback": True, "normalization_rule_name": "identity"}
    return trained(model_type="bpe", vocab_size=400, remove_extra_whitespaces=False, **options)


def trained(text: Sequence[str] = TEXT, **options: Any) -> bytes:
    """A SentencePiece model of `text`."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text), model_writer=model, minloglevel=2, hard_vocab_limit=False, **options
    )
    return model.getvalue()
