"""What decides: ratios with errors clustered by window, differences in pairs, and a word for the damage."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.evidence.kinds import Perplexity, Window
from catalog.evidence.statistics import Estimate, clustered_ratio, joint_freedom

INDISTINGUISHABLE = 0.005
SLIGHTLY_WORSE = 0.05
WORSE = 0.2
"""Mean KL in nats up to which a level is called so. Anchor: llama.cpp's table, q8_0 .001, q6_K .005,
q4_K_M .03, q3_K_M .10, q2_K .45."""
WORDS = ("indistinguishable", "slightly worse", "worse", "broken")


@dataclass(frozen=True)
class Score:
    """One level on one window, sums over its scored targets.

    `nats` is -ln p of the targets, `kl` the divergence of the level's whole distribution from the
    reference's, `same_top` how often both put the same token first. `routed` counts choices of experts,
    one for each target in each layer that has them, `same_experts` those that are the reference's.
    """

    tokens: int
    bytes: int
    chars: int
    nats: float
    kl: float
    same_top: int
    same_experts: int = 0
    routed: int = 0

    @property
    def finite(self) -> bool:
        """Whether the level gave numbers at all."""
        return math.isfinite(self.nats) and math.isfinite(self.kl)


def word_for(kl: float, noise_floor: float) -> str:
    """The damage in a word, by mean KL against the reference; `broken` also for NaN.

    Less than the noise of bfloat16 arithmetic itself is no damage.
    """
    if not math.isfinite(kl):
        return "broken"
    if kl < INDISTINGUISHABLE or kl <= noise_floor:
        return "indistinguishable"
    return "slightly worse" if kl < SLIGHTLY_WORSE else "worse" if kl < WORSE else "broken"


def row(
    scores: Sequence[Score],
    reference: Sequence[Score],
    noise_floor: float,
    everywhere: Sequence[Score] = (),
) -> Perplexity:
    """The numbers of one level, unnamed yet; `reference` holds the same windows in the same order.

    Where the reference was scored `everywhere` and the level on fewer windows, the level's nats are the
    reference's over all of them plus the paired difference: far less error than its own few windows.

    bits_per_byte is −Σ ln p / (bytes · ln 2), as lm-evaluation-harness defines it; ppl is
    exp(nats per token), its error by the delta method. NaN where a level gave no numbers.
    """
    tokens = [score.tokens for score in scores]
    gaps = [score.nats - base.nats for score, base in zip(scores, reference, strict=True)]
    delta = clustered_ratio(gaps, tokens)
    nll, per_byte, per_char = (
        _per(size, scores, gaps, everywhere) for size in ("tokens", "bytes", "chars")
    )
    kl = clustered_ratio([score.kl for score in scores], tokens)
    same = clustered_ratio([score.same_top for score in scores], tokens)
    routed = [score.routed for score in scores]
    experts = clustered_ratio([score.same_experts for score in scores], routed) if any(routed) else None
    ppl = math.exp(nll.value) if nll.value < 700 else math.inf
    return Perplexity(
        tokens_scored=sum(tokens),
        nll_per_token=nll.value,
        ppl=ppl,
        ppl_se=ppl * nll.se,
        bits_per_byte=per_byte.value / math.log(2),
        bits_per_byte_se=per_byte.se / math.log(2),
        bits_per_char=per_char.value / math.log(2),
        delta_ln_ppl=delta.value,
        delta_se=delta.se,
        kl_nats=kl.value,
        kl_se=kl.se,
        same_top=same.value,
        same_top_se=same.se,
        same_experts=experts.value if experts else None,
        same_experts_se=experts.se if experts else None,
        verdict=word_for(kl.value, noise_floor),
        bits_per_byte_freedom=per_byte.freedom if len(everywhere) > len(scores) else None,
        windows=tuple(Window(score.nats, score.bytes, score.tokens, score.kl) for score in scores),
    )


def _per(
    size: str, scores: Sequence[Score], gaps: Sequence[float], everywhere: Sequence[Score]
) -> Estimate:
    """Nats per token, byte or character."""
    sizes = [getattr(score, size) for score in scores]
    if len(everywhere) <= len(scores):
        return clustered_ratio([score.nats for score in scores], sizes)
    base = clustered_ratio([s.nats for s in everywhere], [getattr(s, size) for s in everywhere])
    gap = clustered_ratio(gaps, sizes)
    freedom = joint_freedom((base.se, base.freedom), (gap.se, gap.freedom))
    return Estimate(base.value + gap.value, math.hypot(base.se, gap.se), freedom)
