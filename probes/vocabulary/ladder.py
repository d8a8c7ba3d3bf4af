"""What tokens per character become as more pieces are added, on text the pieces were not learnt from."""

from collections.abc import Callable, Sequence

from catalog.evidence.kinds import Rung
from probes.tokenization.base import TextTokenizer
from probes.tokenization.measure import TokenCounts
from probes.vocabulary.extension import Extension

RUNGS = (250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 40_000)
NEARLY_ALL = 0.9
"""The knee: the smallest rung with nine tenths of what the largest saves."""


def climb(
    extension: Extension,
    held_out: Sequence[str],
    counts: Sequence[int],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Rung]:
    """The base as rung 0, then one rung for each of `counts`."""
    rungs = [_rung(extension.base, held_out, 0, 0)]
    for done, count in enumerate(counts):
        progress(done, len(counts))
        merged = extension.merged(count)
        rungs.append(_rung(merged.tokenizer, held_out, count, len(merged.added)))
    progress(len(counts), len(counts))
    return rungs


def rungs_up_to(most: int) -> list[int]:
    """The ladder's counts below `most`, and `most` itself."""
    return [*(count for count in RUNGS if count < most), most]


def knee(rungs: Sequence[Rung]) -> int:
    """The `learnt` of the rung after which more pieces hardly help; 0 where none helps."""
    before, after = rungs[0].tokens_per_char, rungs[-1].tokens_per_char
    for rung in rungs:
        if before - rung.tokens_per_char >= NEARLY_ALL * (before - after):
            return rung.learnt
    return rungs[-1].learnt


def _rung(tokenizer: TextTokenizer, texts: Sequence[str], learnt: int, added: int) -> Rung:
    counts = TokenCounts.of(tokenizer)
    counts.add(texts, [0] * len(texts))
    return Rung(
        learnt,
        added,
        counts.tokens / counts.chars,
        counts.tokens_per_han_char,
        counts.byte_fallback_share,
        counts.difference is None,
    )
