"""What a model and its tokenizer have agreed on, and an extension must keep.

Special tokens and their ids, whatever file they are named in; the settings of the tokenizer; the chat
template; how text is generated. The files are a stranger's: bounded when read, and what is malformed is
not taken.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.bounded_json import parse_json
from catalog.problem import Problem
from probes.bounds.small_files import read_small
from probes.chatglm.config import COMMANDS, Family, family_of
from probes.tokenization.base import TextTokenizer
from probes.tokenization.fast import MOST_IDS, FastTokenizer
from probes.tokenization.model_proto import read_pieces
from probes.tokenization.sentencepiece_file import SentencePieceTokenizer
from probes.tokenization.tiktoken_file import TiktokenTokenizer
from probes.vocabulary.rank_specials import BY_RANKS
from probes.vocabulary.ranks import written_ids

CLASS = "PreTrainedTokenizerFast"
"""Reads tokenizer.json as it is; a family's own class may build its pipeline anew from the pieces."""
CARRIED = ("chat_template.jinja", "chat_template.json", "generation_config.json", "special_tokens_map.json")
_TEMPLATES = "additional_chat_templates/*.jinja"
_PLACES = ("auto_map", "name_or_path", "vocab_file", "merges_file", "tokenizer_file", "use_fast")
"""Settings that lead to code or files which are not carried."""
_NAMES = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")
_LISTS = ("additional_special_tokens", "extra_special_tokens")
_BEYOND = 2**16
"""Ids further than this beyond the vocabulary and the model's rows are no added tokens, but a mistake."""
_FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")


@dataclass(frozen=True)
class Contract:
    """`added` are tokens that the tokenizer's file lacks, as tokenizer.json writes them, by id: `silent`
    are those of them that no text is read as.

    `first` is the first id that means nothing yet, `settings` the tokenizer_config.json to be written,
    `files` what is carried as it is, by name.
    """

    first: int
    added: tuple[Mapping[str, Any], ...] = ()
    silent: frozenset[str] = frozenset()
    settings: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def added_tokens(self, known: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """`added_tokens` of tokenizer.json: those that a pipeline has by itself, and the contract's."""
        tokens = {token["id"]: token for token in (*known, *self.added)}
        return [tokens[token] for token in sorted(tokens) if tokens[token]["content"] not in self.silent]

    def files_with(self, pipeline: str) -> dict[str, bytes]:
        """What lies in the folder of a tokenizer that keeps the contract: `pipeline` is tokenizer.json."""
        return {**self.carried(CLASS), "tokenizer.json": pipeline.encode()}

    def carried(self, kind: str | None = None) -> dict[str, bytes]:
        """The same but for the vocabulary; `kind` is the class that reads it, None for the base's own."""
        settings = {**self.settings, **({"tokenizer_class": kind} if kind else {})}
        written = json.dumps(settings, ensure_ascii=False, indent=2) + "\n"
        return {**self.files, "tokenizer_config.json": written.encode()}


def contract_of(target: Path | str, base: TextTokenizer) -> Contract:
    """The contract of the tokenizer `base` that was loaded from `target`, a directory or a file.

    Problems: config-unreadable for settings beside it that are malformed, checkpoint-file-too-large.
    """
    path = Path(target)
    folder = path if path.is_dir() else path.parent
    declared = _Declared(folder, base)
    added = tuple(sorted(declared.added, key=lambda token: token["id"]))
    # ChatGLM's `sop` and `eop` are words too: "philosophy", "people".
    silent = frozenset(token["content"] for token in declared.numbered if token["content"].isalnum())
    return Contract(declared.first, added, silent, declared.settings(), dict(_carried(folder)))


class _Declared:
    """What the files beside a tokenizer say of its special tokens."""

    def __init__(self, folder: Path, base: TextTokenizer) -> None:
        self._written = _json(folder / "tokenizer_config.json")
        named = _json(folder / "special_tokens_map.json") | {
            key: value for key, value in self._written.items() if value is not None
        }
        self._config = _json(folder / "config.json") | _json(folder / "generation_config.json")
        rows = self._config.get("vocab_size", self._config.get("padded_vocab_size"))
        self._rows = rows if isinstance(rows, int) else 0
        self._most = max(base.vocab_size, min(self._rows, MOST_IDS)) + _BEYOND
        self._ids = _own_ids(base)
        # What is a piece of a SentencePiece file by its place may be another token by its name.
        self._taken = set() if isinstance(base, SentencePieceTokenizer) else set(self._ids.values())
        self._names, self.numbered = _by_family(folder, base)
        self.added: list[dict[str, Any]] = []
        for token in (*_decoder(self._written), *_encoder(folder), *self.numbered):
            self._add(token)
        self.first = max([base.vocab_size, *(token["id"] + 1 for token in self.added)])
        # transformers gives a token that is only named the next id.
        for text in _named(named):
            if text not in self._ids:
                self._add(_token(text, self.first))
                self.first += 1
        self.first = max([self.first, *(number + 1 for number in self._numbers())])
        used = set(self._ids.values())
        for number in range(self.first):
            if number not in used:  # a hole: ids would not be as many as the tokenizer says it has
                self._add(_token(f"<|reserved_token_{number}|>", number))

    def settings(self) -> dict[str, Any]:
        """tokenizer_config.json, with the names of special tokens that stand only elsewhere."""
        kept = {key: value for key, value in self._written.items() if key not in _PLACES}
        texts = {number: text for text, number in self._ids.items()}
        for name in ("bos", "eos", "pad"):
            numbers = list(_integers(self._config.get(f"{name}_token_id")))
            if f"{name}_token" not in kept and numbers and numbers[0] in texts:
                kept[f"{name}_token"] = texts[numbers[0]]
        for name, text in self._names.items():
            kept.setdefault(name, text)
        return kept

    def _add(self, token: dict[str, Any]) -> None:
        if (
            token["content"] not in self._ids
            and token["id"] not in self._taken
            and token["id"] < self._most
        ):
            self._ids[token["content"]] = token["id"]
            self._taken.add(token["id"])
            self.added.append(token)

    def _numbers(self) -> Iterator[int]:
        """Ids that the configuration gives to special tokens, where the model has rows for them."""
        for key, value in self._config.items():
            if key.endswith("_token_id"):
                yield from (number for number in _integers(value) if number < min(self._rows, self._most))


def _own_ids(base: TextTokenizer) -> dict[str, int]:
    """Text -> id of what the tokenizer's file holds."""
    if isinstance(base, FastTokenizer):
        return base.own_ids()
    if isinstance(base, SentencePieceTokenizer):
        return {piece.text: token for token, piece in enumerate(read_pieces(base.model))}
    return written_ids(base) if isinstance(base, TiktokenTokenizer) else {}


def _by_family(folder: Path, base: TextTokenizer) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Names of special tokens, and tokens, that are known of the format or family alone."""
    if isinstance(base, TiktokenTokenizer):
        found = BY_RANKS.get(len(base.ranks))
        tokens = found.ids.items() if found else ()
        return dict(found.names) if found else {}, [_token(text, number) for text, number in tokens]
    if not isinstance(base, SentencePieceTokenizer):
        return {}, []
    names = {name: _piece_text(base, number) for name, number in base.named_ids().items()}
    if base.prefix_ids != (base.vocab_size + 1, base.vocab_size + 3):
        return names, []
    # ChatGLM2 and 3: their tokenizer ends texts with </s> and pads with <unk>.
    chatglm = {"eos_token": "</s>", "pad_token": "<unk>", "unk_token": "<unk>"}
    commands = enumerate(COMMANDS[_generation(folder)], start=base.vocab_size)
    return chatglm, [_token(text, number) for number, text in commands]


def _generation(folder: Path) -> Family:
    try:
        return family_of(folder)
    except Problem:
        return Family.THIRD  # its tokens are those of the second, and more


def _piece_text(base: SentencePieceTokenizer, number: int) -> str:
    return next(piece.text for token, piece in enumerate(read_pieces(base.model)) if token == number)


def _decoder(settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The tokens of `added_tokens_decoder`: {"151645": {"content": …, "special": …}}."""
    written = settings.get("added_tokens_decoder")
    for number, token in written.items() if isinstance(written, dict) else ():
        if number.isdecimal() and isinstance(token, dict) and _is_token(token.get("content"), int(number)):
            flags = {name: token[name] for name in _FLAGS if isinstance(token.get(name), bool)}
            yield _token(token["content"], int(number)) | flags


def _encoder(folder: Path) -> Iterator[dict[str, Any]]:
    """The tokens of added_tokens.json: {"<|im_end|>": 151645}."""
    for text, number in _json(folder / "added_tokens.json").items():
        if _is_token(text, number):
            yield _token(text, number)


def _named(settings: Mapping[str, Any]) -> list[str]:
    """The texts of all special tokens that the settings name, in transformers' order."""
    found: list[Any] = [settings.get(f"{name}_token") for name in _NAMES]
    for key in _LISTS:
        several = settings.get(key)
        found += several if isinstance(several, list) else ()
    texts = [token.get("content") if isinstance(token, dict) else token for token in found]
    return list(dict.fromkeys(text for text in texts if isinstance(text, str) and text))


def _token(text: str, number: int) -> dict[str, Any]:
    plain = dict.fromkeys(_FLAGS, False)
    return {"id": number, "content": text, **plain, "special": True}


def _is_token(text: object, number: object) -> bool:
    return isinstance(text, str) and bool(text) and isinstance(number, int) and 0 <= number < MOST_IDS


def _integers(value: object) -> Iterator[int]:
    for number in value if isinstance(value, list) else [value]:
        if isinstance(number, int) and not isinstance(number, bool) and number >= 0:
            yield number


def _carried(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in (*(folder / name for name in CARRIED), *sorted(folder.glob(_TEMPLATES))):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), read_small(path)


def _json(path: Path) -> dict[str, Any]:
    """The object in a file; empty where there is no such file."""
    if not path.is_file():
        return {}
    try:
        found = parse_json(read_small(path))
    except ValueError as error:
        raise Problem("config-unreadable", path=str(path), detail=str(error)[:120]) from error
    return found if isinstance(found, dict) else {}
