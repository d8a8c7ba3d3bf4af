"""A tiktoken vocabulary as a pipeline of the tokenizers library, which can be extended and saved."""

from collections.abc import Mapping
from itertools import pairwise

from probes.tokenization.byte_level import char_of_byte
from probes.tokenization.fast import FastTokenizer, from_vocabulary
from probes.tokenization.tiktoken_file import TiktokenTokenizer


def as_pipeline(tokenizer: TiktokenTokenizer) -> FastTokenizer:
    """The same ids, from vocabulary and merges instead of ranks."""
    ordered = sorted(tokenizer.ranks.items(), key=lambda item: item[1])
    merges = []
    for token, rank in ordered:
        if len(token) > 1:
            parts = last_merge(tokenizer.ranks, token, rank)
            if len(parts) == 2:
                merges.append((_written(parts[0]), _written(parts[1])))
    vocabulary = written_ids(tokenizer)
    pipeline = from_vocabulary(vocabulary, merges, tokenizer.pattern, None, {}, whole_words=True)
    found = FastTokenizer(tokenizer.name, pipeline)
    found.prefix_ids = tokenizer.prefix_ids
    return found


def written_ids(tokenizer: TiktokenTokenizer) -> dict[str, int]:
    """Each rank by its token, written as byte-level vocabularies write bytes."""
    return {_written(token): rank for token, rank in tokenizer.ranks.items()}


def _written(token: bytes) -> str:
    chars = char_of_byte()
    return "".join(chars[byte] for byte in token)


def last_merge(ranks: Mapping[bytes, int], token: bytes, below: int) -> list[bytes]:
    """What `token` is cut into by the ranks lower than `below`: the two parts its own merge joins."""
    parts = [bytes([byte]) for byte in token]
    while len(parts) > 1:
        best, at = min(
            (ranks.get(left + right, below), index) for index, (left, right) in enumerate(pairwise(parts))
        )
        if best >= below:
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts
