"""Small vocabulary files for tests."""

import base64
import io

import sentencepiece

FORMATS = ("spm-bpe", "spm-unigram", "ice", "glm2", "tiktoken", "byte-level", "byte-fallback", "merges")
"""The directories of the `vocabularies` fixture."""


def train_model(text: str, **settings: object) -> bytes:
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text.splitlines()),
        model_writer=out,
        num_threads=1,
        minloglevel=2,
        character_coverage=0.98,
        **settings,
    )
    return out.getvalue()


def rank_file(ranks: dict[bytes, int], line_end: str = "\n") -> bytes:
    lines = (f"{base64.b64encode(token).decode()} {rank}" for token, rank in ranks.items())
    return line_end.join(lines).encode() + line_end.encode()
