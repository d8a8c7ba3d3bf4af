"""`tokenizer.json`, and `vocab.json` with `merges.txt`, through the tokenizers library."""

import json
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from probes.bounds.panics import reading
from probes.tokenization.base import TextTokenizer
from probes.tokenization.byte_level import is_whole, to_bytes
from probes.tokenization.offsets import Offsets

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_SPACE = "▁"
MOST_IDS = 2**26
"""No vocabulary is a hundredth of it; what is counted by id has room for each."""


class FastTokenizer(TextTokenizer):
    """A pipeline of the tokenizers library, cut by that library itself."""

    def __init__(self, name: str, pipeline: Tokenizer, form: str = "tokenizer.json") -> None:
        self.settings: str = pipeline.to_str()
        """The whole pipeline as its file has it."""
        settings: dict[str, Any] = json.loads(self.settings)
        model = settings["model"]
        self.name = name
        self.format = form
        self._byte_level = _mentions(settings, "ByteLevel")
        self.bytes_in_vocabulary = bool(model.get("byte_fallback"))
        self._spaced = _mentions(settings, "Metaspace") or _SPACE in json.dumps(
            [settings["normalizer"], settings["decoder"]], ensure_ascii=False
        )
        self._continued: str = model.get("continuing_subword_prefix") or ""
        self._added = {token["id"]: token for token in settings["added_tokens"]}
        kind = str(model["type"]).lower()
        self.algorithm = f"byte-{kind}" if self._byte_level else kind
        pipeline.no_truncation()
        pipeline.no_padding()
        self.vocab_size = max(pipeline.get_vocab(with_added_tokens=True).values()) + 1
        if self.vocab_size > MOST_IDS:
            raise ValueError(f"an id of {self.vocab_size - 1}")
        unknown = model.get("unk_token")
        unknown_id = model.get("unk_id")
        self.unk_id = unknown_id if unknown is None else pipeline.token_to_id(unknown)
        self.prefix_ids = _prefix(pipeline)
        self._library = pipeline
        # Offsets as the model saw them: some post-processors trim the space off a token's span.
        if settings["post_processor"] is not None:
            plain = settings | {"post_processor": None, "truncation": None, "padding": None}
            bare = Tokenizer.from_str(json.dumps(plain, ensure_ascii=False))
            self._library = bare
        self._library.encode_special_tokens = True

    def encode(self, text: str) -> list[int]:
        with reading(self.name):
            ids: list[int] = self._library.encode(text, add_special_tokens=False).ids
        return ids

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        with reading(self.name):
            found = self._library.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in found]

    def encode_with_offsets(self, text: str) -> tuple[list[int], Offsets]:
        with reading(self.name):
            encoding = self._library.encode(text, add_special_tokens=False)
        return encoding.ids, encoding.offsets

    def decode(self, ids: Sequence[int]) -> str:
        with reading(self.name):
            text: str = self._library.decode(list(ids), skip_special_tokens=False)
        return text

    def piece(self, token: int) -> bytes:
        if self.control(token):
            return b""
        if token in self._added:
            return str(self._added[token]["content"]).encode("utf-8")
        text = self._pieces.get(token, "")
        if self._byte_level:
            return to_bytes(text)
        if self.bytes_in_vocabulary and (match := _BYTE.fullmatch(text)):
            return bytes([int(match.group(1), 16)])
        if self._spaced:
            text = text.replace(_SPACE, " ")
        return text.removeprefix(self._continued).encode("utf-8")

    def byte_fallback(self, token: int) -> bool:
        if self._byte_level:
            return not is_whole(self.piece(token))
        return self.bytes_in_vocabulary and _BYTE.fullmatch(self._pieces.get(token, "")) is not None

    def control(self, token: int) -> bool:
        special = token in self._added and bool(self._added[token]["special"])
        return special or token == self.unk_id or token not in self._pieces

    def own_ids(self) -> dict[str, int]:
        """The id of each piece and added token, as the file writes them."""
        found: dict[str, int] = self._library.get_vocab(with_added_tokens=True)
        return found

    @cached_property
    def _pieces(self) -> dict[int, str]:
        return {token: text for text, token in self.own_ids().items()}


def from_vocabulary(
    vocabulary: dict[str, int],
    merges: Sequence[tuple[str, str]],
    pattern: str | None,
    normalization: str | None,
    added: dict[str, int],
    whole_words: bool = False,
) -> Tokenizer:
    """The pipeline that `vocab.json` and `merges.txt` leave unsaid.

    `pattern` None: GPT-2's own split, as the library has it built in. `normalization`: "NFC" or None.
    `whole_words`: a part that is in the vocabulary is one token whatever the merges say, as in tiktoken.
    """
    pipeline = Tokenizer(models.BPE(vocab=vocabulary, merges=list(merges), ignore_merges=whole_words))
    if normalization == "NFC":
        pipeline.normalizer = normalizers.NFC()
    if pattern is None:
        pipeline.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    else:
        pipeline.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(pattern), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
    pipeline.decoder = decoders.ByteLevel()
    for text, _ in sorted(added.items(), key=lambda item: item[1]):
        pipeline.add_special_tokens([AddedToken(text, normalized=False, special=True)])
    return pipeline


def parse_merges(text: str) -> list[tuple[str, str]]:
    """The pairs of a merges.txt, in order; a `#version` line first, and CRLF line ends, are allowed."""
    merges = []
    for number, line in enumerate(text.split("\n")):
        line = line.removesuffix("\r")
        if line and not (number == 0 and line.startswith("#version")):
            left, right = line.split(" ")
            merges.append((left, right))
    return merges


def _mentions(settings: dict[str, Any], kind: str) -> bool:
    parts = [settings["pre_tokenizer"], settings["decoder"]]
    return f'"type": "{kind}"' in json.dumps(parts)


def _prefix(pipeline: Tokenizer) -> tuple[int, ...]:
    """What the pipeline's own template puts before a text."""
    plain = pipeline.encode("a", add_special_tokens=False).ids
    full = pipeline.encode("a", add_special_tokens=True).ids
    for start in range(len(full) - len(plain) + 1):
        if plain and full[start : start + len(plain)] == plain:
            return tuple(full[:start])
    return ()
