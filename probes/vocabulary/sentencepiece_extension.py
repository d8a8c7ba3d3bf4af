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
from probes.vocabulary.contract import Contract
from probes.vocabulary.extension import Extension, Merged, by_worth

LONGEST_LINE = 1 << 16
"""Bytes; the library's own default of 4,192 drops long Chinese paragraphs unasked."""
_MARGIN = 200
"""<unk>, <s>, </s>, and pieces that turn out to stand nowhere by themselves or inside others twice."""


class SentencePieceExtension(Extension):
    """Learnt by the sentencepiece trainer, with the base's own algorithm and normalisation."""

    def __init__(
        self,
        base: SentencePieceTokenizer,
        contract: Contract,
        lines: Iterable[str],
        count: int,
        threads: int,
    ) -> None:
        """Learn about `count` pieces from `lines`; fewer where the text has no more."""
        self.base: SentencePieceTokenizer = base
        self.contract = contract
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
        self._whole = append_pieces(base.model, _between(base.vocab_size, contract))
        self._had = {piece.text for piece in read_pieces(self._whole)}

    def merged(self, count: int) -> Merged:
        new = [piece for piece in self.learnt[:count] if piece not in self._had]
        unigram = self.base.algorithm == "unigram"
        pieces = [Piece(text, self._scores[text] if unigram else 0.0, PieceType.NORMAL) for text in new]
        model = append_pieces(self._whole, pieces)
        name = f"{self.base.name}+{len(new)}"
        ice = isinstance(self.base, IceTextTokenizer)
        tokenizer = (
            IceTextTokenizer(name, model)
            if ice
            else SentencePieceTokenizer(name, model, self.base.prefix_ids)
        )
        first = self.contract.first
        return Merged(tokenizer, first, tuple(new), lambda: self._parts(new), lambda: self._files(model))

    def _files(self, model: bytes) -> dict[str, bytes]:
        if isinstance(self.base, IceTextTokenizer):
            # Its white space is written as pieces before it is cut: no pipeline does that.
            return {**self.contract.carried(), "ice_text.model": model}
        settings = json.loads(to_pipeline(model, self.base.prefix_ids).to_str())
        named = {token["id"]: token["content"] for token in self.contract.added}
        vocabulary = settings["model"]["vocab"]
        if isinstance(vocabulary, dict):
            settings["model"]["vocab"] = {named.get(at, text): at for text, at in vocabulary.items()}
        else:
            settings["model"]["vocab"] = [
                [named.get(at, text), score] for at, (text, score) in enumerate(vocabulary)
            ]
        settings["added_tokens"] = self.contract.added_tokens(settings["added_tokens"])
        written = json.dumps(settings, ensure_ascii=False)
        return {**self.contract.files_with(written), "tokenizer.model": model}

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


def _between(start: int, contract: Contract) -> list[Piece]:
    """Pieces for the ids from `start` to the contract's first free one: a piece's id is its place."""
    texts = {token["id"]: token["content"] for token in contract.added}
    return [Piece(texts[token], 0.0, PieceType.CONTROL) for token in range(start, contract.first)]


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
