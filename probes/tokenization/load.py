"""Find the tokenizer in a directory or file, and load it by what it is, not by what it is called."""

from itertools import islice
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from catalog.bounded_json import parse_json, read_json
from catalog.problem import Problem
from probes.bounds.panics import reading
from probes.bounds.small_files import read_small
from probes.tokenization import patterns
from probes.tokenization.base import TextTokenizer
from probes.tokenization.fast import FastTokenizer, from_vocabulary, parse_merges
from probes.tokenization.ice_text import IceTextTokenizer
from probes.tokenization.model_proto import is_model, read_pieces
from probes.tokenization.sentencepiece_file import SentencePieceTokenizer
from probes.tokenization.shifted import ShiftedTokenizer
from probes.tokenization.tiktoken_file import TiktokenTokenizer, parse_ranks

NAMES = (
    "tokenizer.json",
    "ice_text.full.model",
    "ice_text.model",
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "vocab.json",
)
"""Files looked for in a directory, the exact one first."""
_PATTERNS = ("*.tiktoken", "*.model")
_GLM_PIECES = 64_789
_EARLY_CHATGLM_ROWS, _EARLY_CHATGLM_IMAGES = 150_528, 20_000
_LLAMA3_RANKS, _LLAMA3_BOS = 128_000, 128_000
_GLM4_RANKS, _GLM4_PREFIX = 151_329, (151_331, 151_333)


def load_tokenizer(path: str | Path, name: str = "") -> TextTokenizer:
    """The tokenizer of a model directory, or in one tokenizer file.

    Problems: tokenizer-missing, tokenizer-none-found (a directory without one), tokenizer-several,
    tokenizer-unknown-format, tokenizer-unreadable, tokenizer-unknown-split (a rank file of no known
    family), tokenizer-half (vocab.json without merges.txt, or the reverse).
    """
    given = Path(path)
    if not given.exists():
        raise Problem("tokenizer-missing", path=str(path))
    file = _find(given) if given.is_dir() else given
    return _load(file, name or _name(given))


def _find(directory: Path) -> Path:
    for name in NAMES:
        if (directory / name).is_file():
            return directory / name
    for pattern in _PATTERNS:
        found = sorted(directory.glob(pattern))
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(file.name for file in found)
            raise Problem("tokenizer-several", path=str(directory), files=names)
    raise Problem("tokenizer-none-found", path=str(directory))


def _name(path: Path) -> str:
    path = path.resolve()
    generic = path.is_file() and path.name in NAMES
    return path.parent.name if generic else path.stem if path.is_file() else path.name


def _load(file: Path, name: str) -> TextTokenizer:
    if file.name == "merges.txt":
        file = _partner(file, "vocab.json")
    data = read_small(file)
    if data.lstrip()[:1] == b"{":
        return _load_json(file, data, name)
    ranks = parse_ranks(data)
    if ranks is not None:
        return _load_ranks(file, ranks, name)
    if not is_model(data):
        raise Problem("tokenizer-unknown-format", path=str(file))
    with reading(file):
        return _load_model(file, data, name)


def _load_model(file: Path, data: bytes, name: str) -> TextTokenizer:
    settings = _settings(file)
    if any(piece.text == "<n>" for piece in islice(read_pieces(data), 32)):
        final = IceTextTokenizer(name, data)
        early = settings.get("vocab_size") == _EARLY_CHATGLM_ROWS
        return ShiftedTokenizer(final, _EARLY_CHATGLM_IMAGES) if early else final
    loaded = SentencePieceTokenizer(name, data, () if settings.get("add_bos_token") is False else None)
    mask, begin = loaded.control_id("[gMASK]"), loaded.control_id("sop")
    if mask is not None and begin is not None:
        loaded.prefix_ids = (mask, begin)
    elif settings.get("model_type") == "chatglm" or loaded.vocab_size == _GLM_PIECES:
        # ChatGLM2 and 3 number [MASK], [gMASK], [sMASK], sop, eop from the end of the file on.
        loaded.prefix_ids = (loaded.vocab_size + 1, loaded.vocab_size + 3)
    return loaded


def _load_ranks(file: Path, ranks: dict[bytes, int], name: str) -> TextTokenizer:
    family = str(_settings(file).get("model_type", "")).lower()
    split = patterns.BY_RANKS.get(len(ranks)) or patterns.BY_FAMILY.get(family)
    if split is None:
        raise Problem("tokenizer-unknown-split", path=str(file), ranks=len(ranks), family=family)
    prefix: tuple[int, ...] = ()
    if len(ranks) == _LLAMA3_RANKS:
        prefix = (_LLAMA3_BOS,)
    elif len(ranks) == _GLM4_RANKS:
        prefix = _GLM4_PREFIX
    if any(bytes([value]) not in ranks for value in range(256)):
        raise Problem("tokenizer-unreadable", path=str(file), detail="single bytes are missing")
    with reading(file):
        return TiktokenTokenizer(name, ranks, split, prefix)


def _load_json(file: Path, data: bytes, name: str) -> TextTokenizer:
    with reading(file):
        content = parse_json(data)
    if isinstance(content.get("model"), dict):
        with reading(file):
            return FastTokenizer(name, Tokenizer.from_str(data.decode("utf-8")))
    if not content or not all(isinstance(value, int) for value in content.values()):
        raise Problem("tokenizer-unknown-format", path=str(file))
    merges = _partner(file, "merges.txt")
    with reading(file):
        return _load_vocabulary(content, merges, name)


def _load_vocabulary(vocabulary: dict[str, int], merges: Path, name: str) -> TextTokenizer:
    settings = _settings(merges)
    added_file = merges.parent / "added_tokens.json"
    added: dict[str, int] = read_json(added_file) if added_file.is_file() else {}
    family = f"{settings.get('tokenizer_class', '')} {settings.get('model_type', '')}".lower()
    qwen = "qwen" in family or len(vocabulary) == 151_643
    pipeline = from_vocabulary(
        vocabulary,
        parse_merges(read_small(merges).decode("utf-8")),
        patterns.QWEN if qwen else None,
        "NFC" if qwen else None,
        added,
    )
    return FastTokenizer(name, pipeline, "vocab+merges")


def _partner(file: Path, name: str) -> Path:
    partner = file.parent / name
    if not partner.is_file():
        raise Problem("tokenizer-half", path=str(file), missing=name)
    return partner


def _settings(file: Path) -> dict[str, Any]:
    """config.json and tokenizer_config.json beside the file, as far as they are there."""
    settings: dict[str, Any] = {}
    for name in ("config.json", "tokenizer_config.json"):
        path = file.parent / name
        if path.is_file():
            try:
                content = read_json(path)
            except ValueError as error:
                raise Problem("tokenizer-unreadable", path=str(path), detail=str(error)) from error
            if isinstance(content, dict):
                settings |= content
    return settings
