"""What a long run would reach, from a short one: a middle with its band, and bounds by the curves' laws.

The middle and the band: `probes.trial.pace`. The bounds, "at most X" and an optimistic edge, by two methods
of FACTS.md section 5. Accept, then stop: a line through ln L against ln D on the last sizes
(three to begin with, smaller ones absorbed until one stands out). And every curve of the rectified law
L = B / (D_l + D^beta) + E that passes the measured points within their noise: its highest and lowest
values at the full run bound what can be said. A line alone promises too much where a floor E is near.
No torch.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.evidence.kinds import Prediction
from probes.trial.pace import CALIBRATED, EPOCHS_COUNTED, RECORDED, Pace

FIRST_POINTS = 3
STANDS_OUT = 5.0
"""Standardized residual from which a smaller size is no longer absorbed (AtS)."""
NOISE = 0.01
"""Relative noise of one evaluation that is assumed at least: shuffling and seeds."""
MARGIN = 1.64
"""Standard errors added to the line: one side of 95 %."""
WITHIN = 2.7
"""Rise in chi-square up to which a curve still passes the points: 90 % for one quantity."""


@dataclass(frozen=True)
class PowerFit:
    """ln L = intercept + slope · ln D on the last `used` points; `spread` is the residuals' sd in ln L."""

    slope: float
    intercept: float
    used: int
    spread: float
    centre: float
    width: float

    def at(self, examples: float) -> float:
        """L at D = `examples`."""
        return float(math.exp(self.intercept + self.slope * math.log(examples)))

    def error_at(self, examples: float) -> float:
        """Standard error of ln L there: of the line and of one more point (ordinary least squares)."""
        away = (math.log(examples) - self.centre) ** 2
        return self.spread * math.sqrt(1 + 1 / self.used + (away / self.width if self.width else 0))


def predict(points: Sequence[tuple[int, float]], unique: int, epochs: float = 1) -> Prediction | None:
    """From (examples seen, bits per byte on the holdout) to a run of `unique` examples × `epochs`.

    None with fewer than two sizes beyond zero. `at_most` and `high` never exceed the best measured: that
    state can be kept. `at_most` does not count on repeats, `middle` and `high` up to EPOCHS_COUNTED.
    """
    seen = sorted((count, value) for count, value in points if count > 0 and value > 0)
    if len(seen) < 2:
        return None
    total = max(1, round(unique * epochs))
    fit = power_fit(seen)
    best = min(value for _, value in seen)
    longest = seen[-1][0]
    reach = max(longest, min(unique, total))
    line = fit.at(reach) * math.exp(MARGIN * max(fit.error_at(reach), NOISE))
    at_most = min(best, max(line, rectified_range(seen, reach)[1])) if fit.slope < 0 else best
    edge = min(fit.at(total), rectified_range(seen, total)[0])
    pace = Pace.of(seen)
    counted = max(reach, min(total, unique * EPOCHS_COUNTED))
    high = min(at_most, pace.after(counted, CALIBRATED.high))
    middle = min(high, pace.after(counted, CALIBRATED.middle))
    caveats = [
        code
        for code, holds in (
            ("repeats-data", total > unique),
            ("few-points", len(seen) < FIRST_POINTS),
            ("not-falling", fit.slope >= 0),
            ("beyond-recorded", RECORDED * longest < total <= 32 * longest),
            ("far", total > 32 * longest),
        )
        if holds
    ]
    return Prediction(
        total,
        unique,
        at_most,
        min(edge, at_most),
        seen[-1][1],
        longest,
        fit.slope,
        fit.used,
        tuple(caveats),
        middle=middle,
        low=min(middle, pace.after(total, CALIBRATED.low)),
        high=high,
        tasks=CALIBRATED.tasks,
    )


def power_fit(points: Sequence[tuple[int, float]]) -> PowerFit:
    """Accept, then stop: the last three sizes, then each smaller one that does not stand out.

    A size stands out when its residual from the line through the larger ones exceeds STANDS_OUT times
    their spread (at least NOISE).
    """
    logs = [(math.log(count), math.log(value)) for count, value in sorted(points)]
    used = min(FIRST_POINTS, len(logs))
    fit = _line(logs[-used:])
    while used < len(logs):
        x, y = logs[-used - 1]
        residual = abs(y - fit.intercept - fit.slope * x)
        if residual > STANDS_OUT * max(fit.spread, NOISE):
            break
        used += 1
        fit = _line(logs[-used:])
    return fit


def _line(logs: Sequence[tuple[float, float]]) -> PowerFit:
    count = len(logs)
    centre = sum(x for x, _ in logs) / count
    level = sum(y for _, y in logs) / count
    width = sum((x - centre) ** 2 for x, _ in logs)
    slope = sum((x - centre) * (y - level) for x, y in logs) / width
    intercept = level - slope * centre
    squares = sum((y - intercept - slope * x) ** 2 for x, y in logs)
    spread = math.sqrt(squares / (count - 2)) if count > 2 else NOISE
    return PowerFit(slope, intercept, count, spread, centre, width)


def rectified_range(points: Sequence[tuple[int, float]], examples: float) -> tuple[float, float]:
    """Lowest and highest L at `examples` among the rectified laws that pass the points within noise.

    A grid over beta and D_l; B and E >= 0 by least squares, where the extremes have a closed form. The
    noise is relative, NOISE or what the best curve leaves, whichever is more; NOISE is added to both ends
    once more for the full run's own evaluation.
    """
    shapes = [
        _Shape.of(points, 0.025 * step, share, examples)
        for step in range(1, 49)
        for share in (0.0, *(2.0**exponent for exponent in range(-4, 9)))
    ]
    least = min(shape.least for shape in shapes)
    allowed = least + WITHIN * max(NOISE**2, least / len(points))
    ends = [end for shape in shapes for end in shape.ends(allowed)]
    return min(ends) * math.exp(-NOISE), max(ends) * math.exp(NOISE)


@dataclass(frozen=True)
class _Shape:
    """The curves B · x(D) + E for one beta and D_l, x(D) = 1 / (D_l + D^beta), in relative least squares.

    `xx`, `xe`, `ee` and `x1`, `e1` are the normal equations' sums, `there` is x at the full run.
    """

    xx: float
    xe: float
    ee: float
    x1: float
    e1: float
    count: int
    there: float

    @staticmethod
    def of(points: Sequence[tuple[int, float]], power: float, share: float, examples: float) -> "_Shape":
        """`share` is D_l over the smallest D^beta."""
        shift = share * points[0][0] ** power
        xs = [1 / ((shift + count**power) * value) for count, value in points]
        es = [1 / value for _, value in points]
        return _Shape(
            sum(x * x for x in xs),
            sum(x * e for x, e in zip(xs, es, strict=True)),
            sum(e * e for e in es),
            sum(xs),
            sum(es),
            len(points),
            1 / (shift + examples**power),
        )

    def _error(self, scale: float, floor: float) -> float:
        square = scale * scale * self.xx + 2 * scale * floor * self.xe + floor * floor * self.ee
        return max(0.0, square - 2 * (scale * self.x1 + floor * self.e1) + self.count)

    def _best(self) -> tuple[float, float, float]:
        """(B, E, determinant) without the bound on E."""
        determinant = self.xx * self.ee - self.xe**2
        if determinant <= 1e-12 * self.xx * self.ee:
            return self.x1 / self.xx, 0.0, 0.0
        scale = (self.ee * self.x1 - self.xe * self.e1) / determinant
        return scale, (self.xx * self.e1 - self.xe * self.x1) / determinant, determinant

    @property
    def least(self) -> float:
        """The smallest squared relative error with E >= 0."""
        scale, floor, _ = self._best()
        return self._error(scale, floor) if floor >= 0 and scale > 0 else self._error(self.x1 / self.xx, 0)

    def ends(self, allowed: float) -> list[float]:
        """The extreme values of B · there + E over the curves whose error is at most `allowed`."""
        found = []
        scale, floor, determinant = self._best()
        left = allowed - self._error(scale, floor)
        if determinant and left >= 0:
            # The direction in which the value grows fastest for the error it costs.
            up = (
                (self.ee * self.there - self.xe) / determinant,
                (self.xx - self.xe * self.there) / determinant,
            )
            reach = math.sqrt(left / (up[0] * self.there + up[1]))
            for sign in (-1, 1):
                b, e = scale + sign * reach * up[0], floor + sign * reach * up[1]
                if b > 0 and e >= 0:
                    found.append(b * self.there + e)
        alone = self.x1 / self.xx  # E = 0, where the bound holds the curve up
        left = allowed - self._error(alone, 0)
        if left >= 0:
            reach = math.sqrt(left / self.xx)
            found += [(alone + sign * reach) * self.there for sign in (-1, 1)]
        return found


def training_hours(examples: int, tokens_per_example: float, tokens_per_second: float) -> float:
    """Hours of training alone, at a measured rate."""
    return examples * tokens_per_example / tokens_per_second / 3600
