"""How well the prior foretells what it has not seen; `python -m tests.bench.prior_fit` prints it.

Each family left out: its models by their covariates and what other families of its maker reached. Each
table left out: its models by what every other table says of them. Inverted are pairs whose scores lie at
least APART points apart, the foretold the other way round.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

import numpy as np

from tests.bench.prior_data import Score
from tests.bench.prior_model import Fit

APART = 8.0
IN_80 = 1.2816
"""Standard deviations on either side that hold 80 % of a normal distribution."""


@dataclass(frozen=True)
class Foretold:
    """One score with what was foretold of it: `y` in logits with its standard deviation."""

    row: Score
    y: float
    sd: float


@dataclass(frozen=True)
class Checked:
    """Spearman's correlation over models, and the share of pairs of them that are inverted."""

    models: int
    spearman: float
    pairs: int
    inverted: float


def families_left_out(found: Fit) -> list[Foretold]:
    """Every score, foretold without any of its family."""
    return _left_out(found, lambda row: row.model.family)


def tables_left_out(found: Fit) -> list[Foretold]:
    """Every score of a model that another table has too, foretold without its own table."""
    others: dict[str, set[str]] = {}
    for row in found.rows:
        others.setdefault(row.model.name, set()).add(row.table)
    return [one for one in _left_out(found, lambda row: row.table) if len(others[one.row.model.name]) > 1]


def scale(found: Sequence[Foretold]) -> float:
    """By what to multiply standard deviations so that 80 % of the scores lie in their 80 % intervals."""
    off = sorted(abs(one.y - one.row.y) / one.sd for one in found)
    return off[int(0.8 * len(off))] / IN_80


def inside(found: Iterable[Foretold], widened: float = 1.0) -> float:
    """The share of scores within their 80 % intervals."""
    return fmean(abs(one.y - one.row.y) < IN_80 * widened * one.sd for one in found)


def by_model(found: Iterable[Foretold]) -> Checked:
    """Of models by the means of their scores over all tables."""
    known: dict[str, list[Foretold]] = {}
    for one in found:
        known.setdefault(one.row.model.name, []).append(one)
    means = [
        (fmean(one.row.points for one in some), fmean(one.y for one in some)) for some in known.values()
    ]
    pairs = [(a, b) for a, b in combinations(means, 2) if abs(a[0] - b[0]) >= APART]
    wrong = sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in pairs)
    ranks = [np.argsort(np.argsort([one[place] for one in means])) for place in (0, 1)]
    return Checked(len(means), float(np.corrcoef(*ranks)[0, 1]), len(pairs), wrong / max(len(pairs), 1))


def within_tables(found: Iterable[Foretold]) -> tuple[int, float]:
    """Pairs of one table APART points apart, and the share of them foretold the other way round."""
    tables: dict[tuple[str, str], list[Foretold]] = {}
    for one in found:
        tables.setdefault((one.row.table, one.row.benchmark), []).append(one)
    pairs = [
        (a, b)
        for some in tables.values()
        for a, b in combinations(some, 2)
        if abs(a.row.points - b.row.points) >= APART
    ]
    wrong = sum((a.row.points - b.row.points) * (a.y - b.y) < 0 for a, b in pairs)
    return len(pairs), wrong / max(len(pairs), 1)


def report(found: Fit, family: Sequence[Foretold], widened: float) -> list[str]:
    """Lines for a person; `widened` multiplies every standard deviation."""
    sds = ", ".join(f"{name} {one:.3f}" for name, one in found.sd.items())
    lines = [f"{found.ability.name}: {len(found.rows)} scores; {sds}; standard deviations x {widened:.2f}"]
    for name, some in (("families", family), ("tables", tables_left_out(found))):
        models, (pairs, inverted) = by_model(some), within_tables(some)
        lines.append(
            f"  {name} left out: {models.models} models, Spearman {models.spearman:.3f}, inverted "
            f"{models.inverted:.1%} of {models.pairs} pairs, within tables {inverted:.1%} of {pairs}; "
            f"80 % intervals hold {inside(some, widened):.1%}"
        )
    return lines


def _left_out(found: Fit, group: Callable[[Score], str]) -> list[Foretold]:
    groups: dict[str, list[Score]] = {}
    for row in found.rows:
        groups.setdefault(group(row), []).append(row)
    return [one for rows in groups.values() for one in _foretell(found.without(rows), rows)]


def _foretell(known: Fit, rows: Sequence[Score]) -> list[Foretold]:
    means, covariance = known.predict_scores(rows)
    return [
        Foretold(row, float(mean), float(np.sqrt(variance)))
        for row, mean, variance in zip(rows, means, np.diag(covariance), strict=True)
    ]
