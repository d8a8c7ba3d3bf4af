"""When a word is settled: tokens are spent where they decide, and nowhere else."""

import math

from catalog.evidence.statistics import CONFIDENCE, margin
from probes.perplexity.scores import word_for

FIRST = 4
"""Windows in the first look: they hold the thousand tokens a KL wants, and fewer have an error so badly
known that little could be told from them (t is 3.2 for four windows, 4.3 for three, at .975)."""


def looks(windows: int) -> list[tuple[int, ...]]:
    """The windows of each look; every look is spread over the whole text.

    Each doubles what was read, for every look costs a pass over the weights and a share of the chance of
    error; a last one of less than half that joins the one before.
    """
    ends = [windows]
    end = FIRST
    while end < windows:
        ends.insert(-1, end)
        end *= 2
    if len(ends) > 1 and ends[-1] - ends[-2] < ends[-2] // 2:
        del ends[-2]
    left, found = list(range(windows)), []
    for size in (end - begin for begin, end in zip([0, *ends], ends, strict=False)):
        taken = [left[(2 * place + 1) * len(left) // (2 * size)] for place in range(size)]
        found.append(tuple(taken))
        left = [index for index in left if index not in taken]
    return found


def foreseen(kl: float, se: float, read: int, windows: int, looks_before: int, noise_floor: float) -> bool:
    """Whether the mean KL of `read` windows tells the word that all `windows` of the text would give.

    What is still open is the mean of the windows not read: the error carries Cochran's factor for a
    finite population (Sampling Techniques, 6.3). Bonferroni for the `looks_before` the last, since asking
    again and again would call noise an answer sooner or later; the last reads all and leaves nothing open.
    """
    return _one_word(kl, se * math.sqrt(1 - read / windows), read, max(1, looks_before), noise_floor)


def settled(kl: float, se: float, clusters: int, noise_floor: float) -> bool:
    """Whether other text of the same kind would give this word too: the whole interval around it has it."""
    return _one_word(kl, se, clusters, 1, noise_floor)


def _one_word(kl: float, se: float, clusters: int, times: int, noise_floor: float) -> bool:
    """Whether both ends of the interval around a mean KL have the same word; `times` it may be looked at
    share the chance of error.
    """
    if not math.isfinite(kl):
        return True
    if clusters < 2 or not math.isfinite(se):
        return False
    half = margin(se, clusters - 1, 1 - (1 - CONFIDENCE) / times)
    return word_for(max(0.0, kl - half), noise_floor) == word_for(kl + half, noise_floor)
