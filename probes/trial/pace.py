"""What a longer run would reach, for people to plan by: a middle, and the band that held nine times in ten.

ln L goes on falling with ln D at the curve's recent pace, the slower of that over its last halving of D and
that over its last two. By how much longer runs came out above or below that was recorded on other curves
(`tests.bench.trial_forecast`); the same quantiles of those misses are the forecast's middle and ends: split
conformal prediction (Lei et al. 2018) with misses measured in spreads of the curve's own, every task of the
same weight. No torch.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

SLOWER, FASTER = 0.3, 0.5
"""Shares of a pace by which a run may fall short of it, beside what the pace just changed, or outrun it."""
NOISE = 0.05
"""ln L by which two evaluations differ where nothing is learnt."""
THINNED = math.sqrt(2)
"""Sizes nearer to each other than this ratio tell noise, not pace."""

RECORDED = 8
"""Runs up to so many times as long as what was seen stand behind the calibration."""

EPOCHS_COUNTED = 4
"""Repeats up to so many epochs gain as fresh rows do: so the recorded curves that repeat their rows (up to
two and a half and four epochs), and pre-training (Muennighoff et al. 2023)."""


@dataclass(frozen=True)
class Calibration:
    """Misses of recorded curves, in spreads: the 5 % quantile, the median, the 95 % quantile.

    `tasks` and `curves` say how many stand behind them.
    """

    low: float
    middle: float
    high: float
    tasks: int
    curves: int


CALIBRATED = Calibration(low=-0.681, middle=-0.042, high=0.647, tasks=7, curves=34)
"""By `python -m tests.bench.trial_forecast`, from the curves in catalog/demo/trials."""


@dataclass(frozen=True)
class Pace:
    """A curve as it is now: `best` bits per byte of those measured, `seen` examples.

    `fall` is the fall of ln L for each unit of ln D, never negative; `bend` how much it just changed.
    """

    best: float
    seen: int
    fall: float
    bend: float

    @staticmethod
    def of(points: Sequence[tuple[int, float]]) -> "Pace":
        """Of two (examples seen, bits per byte) at least, both above zero."""
        curve = sorted(points)
        kept = curve[-1:]
        for point in reversed(curve[:-1]):
            if point[0] * THINNED <= kept[-1][0]:
                kept.append(point)
        kept = kept[:3] if len(kept) > 1 else [curve[-1], curve[0]]
        latest = _pace(kept[1], kept[0])
        longer = _pace(kept[-1], kept[0])
        bend = abs(latest - _pace(kept[2], kept[1])) if len(kept) > 2 else abs(latest)
        return Pace(min(value for _, value in curve), curve[-1][0], max(0.0, min(latest, longer)), bend)

    def after(self, examples: float, quantile: float) -> float:
        """Bits per byte after so many examples; a best state can be kept, so never above the best."""
        gain = self._gain(examples)
        above = quantile * self._spread(gain, quantile > 0)
        return self.best * math.exp(min(0.0, above - self.fall * gain))

    def miss(self, examples: float, reached: float) -> float:
        """By how many spreads a run came out above (positive) what its pace promised."""
        gain = self._gain(examples)
        above = math.log(reached / self.best) + self.fall * gain
        return above / self._spread(gain, above > 0)

    def _gain(self, examples: float) -> float:
        return max(0.0, math.log(examples / self.seen))

    def _spread(self, gain: float, above: bool) -> float:
        share = math.hypot(SLOWER * self.fall, self.bend) if above else FASTER * self.fall
        return share * gain + NOISE


def _pace(earlier: tuple[int, float], later: tuple[int, float]) -> float:
    return math.log(earlier[1] / later[1]) / math.log(later[0] / earlier[0])
