"""Extending a BPE of the tokenizers library by going on with its merges.

The text is cut by the base, each token is written as one character, and a BPE learnt on that writing:
its merges are merges of base tokens, and appended to the base's own they act after them, on exactly
what they were learnt on. In a vocabulary with byte fallback a character without a piece is written as
itself, and becomes a piece.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from probes.tokenization.convert import prefix_template
from probes.tokenization.fast import FastTokenizer
from probes.vocabulary.contract import Contract
from probes.vocabulary.extension import Extension, Merged, by_worth

LONGEST_PIECE = 16
"""Base tokens in one new piece; sentencepiece's limit, in characters, is the same."""
_FIRST = 0x10000
"""Base tokens are written as the characters from here on: none of them is text to the trainer."""
_SEPARATOR = "\n"
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class PipelineExtension(Extension):
    """New merges after the base's own, learnt by the trainer of the tokenizers library."""

    def __init__(self, base: FastTokenizer, contract: Contract, lines: Iterable[str], count: int) -> None:
        """Learn about `count` pieces from `lines`; fewer where the text has no more."""
        self.base: FastTokenizer = base
        self.contract = contract
        self._pipeline = Tokenizer.from_str(base.settings)
        self._symbols: dict[str, str] = {}
        self._vocabulary = base.own_ids()
        written = list(self._write(lines))
        trained = _train(written, count + len(self._symbols))
        settings = json.loads(trained.to_str())
        self._texts = pieces = {symbol: text for text, symbol in self._symbols.items()}
        self._merges = [
            (_read(left, pieces), _read(right, pieces), left + right)
            for left, right in settings["model"]["merges"]
        ]
        ids: Counter[int] = Counter()
        for encoding in trained.encode_batch_fast(written):
            ids.update(encoding.ids)
        used = {str(trained.id_to_token(token)): times for token, times in ids.items()}
        new_characters = [s for text, s in self._symbols.items() if text not in self._vocabulary]
        order = by_worth([*new_characters, *(joined for _, _, joined in self._merges)], used)
        self._order = order[:count]
        self.learnt = [_read(piece, pieces) for piece in self._order]

    def merged(self, count: int) -> Merged:
        chosen = set(self._order[:count])
        settings = self._settings()
        model = settings["model"]
        first = self.contract.first
        added: list[str] = []
        parts: list[list[int]] = []
        for piece, written in zip(self.learnt[:count], self._order, strict=False):
            if piece not in model["vocab"]:
                model["vocab"][piece] = first + len(added)
                added.append(piece)
                parts.append([token for symbol in written for token in self._base_ids(symbol)])
        present = set(map(tuple, model["merges"]))
        for left, right, joined in self._merges:
            if joined in chosen and (left, right) not in present:
                model["merges"].append([left, right])
        pipeline = Tokenizer.from_str(json.dumps(settings, ensure_ascii=False))
        if pipeline.post_processor is None and self.base.prefix_ids:
            pipeline.post_processor = prefix_template(pipeline, self.base.prefix_ids)
        tokenizer = FastTokenizer(f"{self.base.name}+{len(added)}", pipeline)
        return Merged(
            tokenizer,
            first,
            tuple(added),
            lambda: parts,
            lambda: self.contract.files_with(tokenizer.settings),
        )

    def _settings(self) -> dict[str, Any]:
        """The base's pipeline with all of its special tokens, which keep their ids however much is added.

        The library gives an added token the next free id unless its text is a piece of that id.
        """
        settings: dict[str, Any] = json.loads(self.base.settings)
        settings["added_tokens"] = self.contract.added_tokens(settings["added_tokens"])
        for token in settings["added_tokens"]:
            settings["model"]["vocab"].setdefault(token["content"], token["id"])
        return settings

    def _base_ids(self, symbol: str) -> list[int]:
        """The base tokens behind a symbol: one, or the bytes of a character that had no piece."""
        text = self._texts[symbol]
        if text in self._vocabulary:
            return [self._vocabulary[text]]
        return [self._vocabulary[f"<0x{byte:02X}>"] for byte in text.encode("utf-8")]

    def _write(self, lines: Iterable[str]) -> Iterator[str]:
        """Each line as words of base tokens, a character a token, words a separator apart."""
        known: dict[str, str] = {}
        normalizer, splitter = self._pipeline.normalizer, self._pipeline.pre_tokenizer
        for line in lines:
            text = normalizer.normalize_str(line) if normalizer else line
            words = splitter.pre_tokenize_str(text) if splitter else [(text, None)]
            out = []
            for word, _ in words:
                if word not in known:
                    known[word] = self._write_word(word)
                out.append(known[word])
            yield _SEPARATOR.join(out)

    def _write_word(self, word: str) -> str:
        out, pending = [], b""
        for token in self._pipeline.model.tokenize(word):
            match = _BYTE.fullmatch(token.value) if self.base.bytes_in_vocabulary else None
            if match is None:
                out.append(self._symbol(token.value))
                continue
            pending += bytes([int(match.group(1), 16)])
            try:
                char = pending.decode("utf-8")
            except UnicodeDecodeError:
                continue
            # A control character keeps its byte piece, and joins no other: only alone is it read as a byte.
            out.append(self._symbol(char) if len(pending) > 1 else _SEPARATOR)
            pending = b""
        return "".join(out)

    def _symbol(self, text: str) -> str:
        return self._symbols.setdefault(text, chr(_FIRST + len(self._symbols)))


def _train(written: list[str], size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Split(_SEPARATOR, "removed")
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=2, max_token_length=LONGEST_PIECE, show_progress=False
    )
    tokenizer.train_from_iterator(written, trainer)
    return tokenizer


def _read(written: str, pieces: dict[str, str]) -> str:
    return "".join(pieces[symbol] for symbol in written)
