"""Extending a SentencePiece model as Chinese-LLaMA did: learn apart, append what is new.

`merge_tokenizers.py` of Chinese-LLaMA-Alpaca (arXiv:2304.08177) appends each learnt piece that the base
lacks, with score 0: above every score of a BPE base, so new pieces are merged first. In a Unigram base
a score is a log probability, and 0 would be certainty: there the learnt log probability is kept.
"""

import io
import json
from collections import Counter
from collections.abc import Iterable

import sentencepiece

from catalog.problem import Problem
from probes.tokenization.convert import to_pipeline
from probes.tokenization.ice_text import IceTextTokenizer, write_spacing
from probes.tokenization.model_proto import Piece, PieceType, append_pieces, read_pieces
from probes.tokenization.sentencepiece_file import SPACE, SentencePieceTokenizer
from probes.vocabulary.extension import Extension, Merged, by_worth

LONGEST_LINE = 1 << 16
"""Bytes; the library's own default of 4,192 drops long Chinese paragraphs unasked."""
_MARGIN = 200
"""<unk>, <s>, </s>, and pieces that turn out to stand nowhere by themselves or inside others twice."""


class SentencePieceExtension(Extension):
    """Learnt by the sentencepiece trainer, with the base's own algorithm and normalisation."""

    def __init__(
        self, base: SentencePieceTokenizer, lines: Iterable[str], count: int, threads: int
    ) -> None:
        """Learn about `count` pieces from `lines`; fewer where the text has no more."""
        self.base: SentencePieceTokenizer = base
        text = [written for line in lines if (written := self._written(line))]
        model = _train(text, base, count, threads)
        library = sentencepiece.SentencePieceProcessor(model_proto=model)
        used: Counter[str] = Counter()
        for cut in library.encode(text, out_type=str):
            used.update(cut)
        self._scores = {
            piece.text: piece.score for piece in read_pieces(model) if piece.type is PieceType.NORMAL
        }
        self.learnt = by_worth(self._scores, used)
        self._had = {piece.text for piece in read_pieces(base.model)}

    def merged(self, count: int) -> Merged:
        new = [piece for piece in self.learnt[:count] if piece not in self._had]
        unigram = self.base.algorithm == "unigram"
        pieces = [Piece(text, self._scores[text] if unigram else 0.0, PieceType.NORMAL) for text in new]
        model = append_pieces(self.base.model, pieces)
        name = f"{self.base.name}+{len(new)}"
        ice = isinstance(self.base, IceTextTokenizer)
        tokenizer = (
            IceTextTokenizer(name, model)
            if ice
            else SentencePieceTokenizer(name, model, self.base.prefix_ids)
        )
        return Merged(tokenizer, tuple(new), lambda: self._parts(new), lambda: self._files(model))

    def _files(self, model: bytes) -> dict[str, bytes]:
        if isinstance(self.base, IceTextTokenizer):
            return {"ice_text.model": model}
        files = {"tokenizer.model": model}
        if self.base.algorithm == "bpe":
            # ChatGLM2's [gMASK] and sop are no pieces of the file, so no template can name them.
            prefix = tuple(token for token in self.base.prefix_ids if token < self.base.vocab_size)
            files["tokenizer.json"] = to_pipeline(model, prefix).to_str().encode("utf-8")
            config = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
            files["tokenizer_config.json"] = json.dumps(config, indent=2).encode()
        return files

    def _parts(self, pieces: list[str]) -> list[list[int]]:
        """How the base writes each piece, without the space it puts before every text."""
        parts = []
        for piece in pieces:
            ids, offsets = self.base.encode_with_offsets(piece.replace(SPACE, " "))
            kept = [token for token, (start, end) in zip(ids, offsets, strict=True) if end > start]
            parts.append(kept or ids)
        return parts

    def _written(self, line: str) -> str:
        line = line.strip("\r\n")
        return write_spacing(line) if isinstance(self.base, IceTextTokenizer) else line


def _train(text: list[str], base: SentencePieceTokenizer, count: int, threads: int) -> bytes:
    characters = Counter(char for line in text for char in line)
    rare = sum(times == 1 for times in characters.values())
    # Every character becomes a piece, those that stand there once too: they are left out afterwards.
    size = max(count + rare, len(characters)) + _MARGIN
    out = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(text),
            model_writer=out,
            model_type="unigram" if base.algorithm == "unigram" else "bpe",
            vocab_size=size,
            hard_vocab_limit=False,
            character_coverage=1.0,
            normalization_rule_name="identity" if base.header.normalization == "identity" else "nmt_nfkc",
            remove_extra_whitespaces=base.header.remove_extra_whitespaces,
            max_sentence_length=LONGEST_LINE,
            num_threads=threads,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise Problem("vocabulary-training-failed", path=base.name, detail=str(error)[-200:]) from error
    return out.getvalue()
