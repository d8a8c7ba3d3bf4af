"""A tiktoken vocabulary as a pipeline of the tokenizers library, which can be extended and saved."""

from collections.abc import Mapping
from itertools import pairwise

from probes.tokenization.byte_level import char_of_byte
from probes.tokenization.fast import FastTokenizer, from_vocabulary
from probes.tokenization.tiktoken_file import TiktokenTokenizer


def as_pipeline(tokenizer: TiktokenTokenizer) -> FastTokenizer:
    """The same ids, from vocabulary and merges instead of ranks."""
    chars = char_of_byte()

    def written(token: bytes) -> str:
        return "".join(chars[byte] for byte in token)

    ordered = sorted(tokenizer.ranks.items(), key=lambda item: item[1])
    merges = []
    for token, rank in ordered:
        if len(token) > 1:
            parts = last_merge(tokenizer.ranks, token, rank)
            if len(parts) == 2:
                merges.append((written(parts[0]), written(parts[1])))
    vocabulary = {written(token): rank for token, rank in ordered}
    pipeline = from_vocabulary(vocabulary, merges, tokenizer.pattern, None, {}, whole_words=True)
    found = FastTokenizer(tokenizer.name, pipeline)
    found.prefix_ids = tokenizer.prefix_ids
    return found


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
