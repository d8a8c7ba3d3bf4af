"""The model behind the prior: one Gaussian model for each ability.

score = covariates + maker + family + base + model + table + noise, the score as a logit above chance. All
terms are normal, so that a prediction is a conditional mean; the standard deviations are those of the
largest marginal likelihood.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log2

import numpy as np
import torch

from tests.bench.prior_data import Ability, Model, Score, scores

TERMS = ("one", "parameters", "sparsity", "tokens", "chat", "reasoning", "chinese")
WIDE = np.array([3.0, 3.0, 3.0, 3.0, 0.7, 0.7, 3.0])
"""Standard deviation of each coefficient before any score is seen."""
USUAL = {"maker": 0.4, "root": 0.15, "model": 0.3, "table": 0.1, "noise": 0.1}
"""Where the search for the standard deviations begins, of each ability alike."""
HELD = 0.5
"""How firmly it is held there: an e-fold away costs as much as this much log likelihood."""
FAMILY = 0.1
"""A generation's own: what the likelihood would make of it foretells families that it has not seen
worse."""
ASSUMED_TOKENS = 1.0
"""log2: how far tokens that nobody published lie from those assumed, the same for a whole family."""
PER_TOKEN = 0.33
"""Logits that a doubling of the training tokens is worth, for that."""
EVERYWHERE = ("en", "zh", "code", "maths", "chat")
SHRUNK = {"phi": ("maker", 0.8, EVERYWHERE), "qwen2": ("family", 0.3, ("zh",))}
"""Who does better in tests than in use: (what of a model is of that name, the standard deviation in logits
of what all its scores are off by together, in which abilities). Phi-4 has 85.3 in MMLU-Redux and 41.6 in
LiveBench, where Gemma-3-27B has 82.6 and 49.2. Qwen2-7B has 83.2 in C-Eval, 13 points over its MMLU, and
its instruct model more than those of the next two generations."""
OFFSET = 3.0
"""Logits: how far two benchmarks of one ability may lie apart, before any score is seen."""
OFF = 0.7
"""Points by which a score is off, whatever it is: a test has some thousands of questions."""
Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def covariates(model: Model) -> list[float]:
    """In the order of TERMS, parameters and tokens in doublings; what reasons was tuned to answer too."""
    return [
        1.0,
        log2(model.parameters) - 33,
        log2(model.parameters / model.active),
        log2(model.tokens) - 42,
        float(model.kind in ("chat", "reasoning")),
        float(model.kind == "reasoning"),
        float(model.chinese),
    ]


@dataclass(frozen=True)
class Fit:
    """The standard deviations found, and the scores that a prediction is conditioned on."""

    ability: Ability
    sd: dict[str, float]
    rows: Sequence[Score]

    def predict(self, wanted: Sequence[Model]) -> tuple[Array, Array]:
        """Means of the abilities, and their covariance: (models), (models, models)."""
        known = self.rows
        among = _prior([row.model for row in known], [row.model for row in known], self.sd)
        among += _observed(self.ability, known, known, self.sd)
        across = _prior(wanted, [row.model for row in known], self.sd)
        solved = np.linalg.solve(among, np.column_stack([np.array([row.y for row in known]), across.T]))
        return across @ solved[:, 0], _prior(wanted, wanted, self.sd) - across @ solved[:, 1:]

    def predict_scores(self, wanted: Sequence[Score]) -> tuple[Array, Array]:
        """Means and covariance of scores that were not seen, in tables of their own."""
        known = self.rows
        among = _prior([row.model for row in known], [row.model for row in known], self.sd)
        among += _observed(self.ability, known, known, self.sd)
        across = _prior([row.model for row in wanted], [row.model for row in known], self.sd)
        across += _observed(self.ability, wanted, known, self.sd)
        own = _prior([row.model for row in wanted], [row.model for row in wanted], self.sd)
        own += _observed(self.ability, wanted, wanted, self.sd)
        solved = np.linalg.solve(among, np.column_stack([np.array([row.y for row in known]), across.T]))
        return across @ solved[:, 0], own - across @ solved[:, 1:]

    def without(self, left_out: Sequence[Score]) -> "Fit":
        """The same, never having seen some of the scores."""
        gone = set(map(id, left_out))
        return Fit(self.ability, self.sd, [row for row in self.rows if id(row) not in gone])

    def noise(self, row: Score) -> float:
        """The variance of one score around the model's ability."""
        return float(_observed(self.ability, [row], [row], self.sd)[0, 0])

    def coefficients(self) -> Array:
        """Of TERMS."""
        known = self.rows
        among = _prior([row.model for row in known], [row.model for row in known], self.sd)
        among += _observed(self.ability, known, known, self.sd)
        weights = np.linalg.solve(among, np.array([row.y for row in known]))
        inputs = np.array([covariates(row.model) for row in known])
        return WIDE**2 * (inputs.T @ weights)


def fit(ability: Ability) -> Fit:
    """The standard deviations of the largest marginal likelihood, all scores being known."""
    rows = scores(ability)
    return Fit(ability, _search(ability, rows) | {"family": FAMILY}, rows)


def _same(a: Sequence[str], b: Sequence[str]) -> Array:
    return (np.array(a)[:, None] == np.array(b)[None, :]).astype(float)


def _parts(a: Sequence[Model], b: Sequence[Model]) -> dict[str, Array]:
    """What the covariance of two models' abilities is made of; `fixed` needs no standard deviation."""
    first, second = (np.array([covariates(one) for one in some]).reshape(-1, len(TERMS)) for some in (a, b))
    family = _same([one.family for one in a], [one.family for one in b])
    assumed = np.outer([one.assumed for one in a], [one.assumed for one in b])
    return {
        "fixed": (WIDE**2 * first) @ second.T,
        "assumed": family * assumed,
        "maker": _same([one.maker for one in a], [one.maker for one in b]),
        "family": family,
        "root": _same([one.root for one in a], [one.root for one in b]),
        "model": _same([one.name for one in a], [one.name for one in b]),
    }


def _prior(a: Sequence[Model], b: Sequence[Model], sd: dict[str, float]) -> Array:
    parts = _parts(a, b)
    tokens = (ASSUMED_TOKENS * PER_TOKEN) ** 2
    return (
        parts["fixed"]
        + tokens * parts["assumed"]
        + sum(sd[name] ** 2 * parts[name] for name in ("maker", "family", "root", "model"))
    )


def _observed(ability: Ability, a: Sequence[Score], b: Sequence[Score], sd: dict[str, float]) -> Array:
    """The covariance of what scores add to abilities: the benchmark's own offset, its table's, noise."""
    tables = _same(
        [f"{one.table} {one.benchmark}" for one in a], [f"{one.table} {one.benchmark}" for one in b]
    )
    offsets = _same([one.benchmark for one in a], [one.benchmark for one in b])
    first = ability.benchmarks[0]
    offsets *= np.outer([one.benchmark != first for one in a], [one.benchmark != first for one in b])
    same = np.array([[float(one is other) for other in b] for one in a])
    rounding = np.array([_rounding(ability, one) for one in a])[:, None]
    found = OFFSET**2 * offsets + sd["table"] ** 2 * tables + (sd["noise"] ** 2 + rounding) * same
    for name, (part, off, where) in SHRUNK.items():
        if ability.name in where:
            mine, theirs = ([getattr(one.model, part) == name for one in some] for some in (a, b))
            found += off**2 * np.outer(mine, theirs)
    return found


def _rounding(ability: Ability, row: Score) -> float:
    """The variance in logits of a score that is off by OFF points: large near chance and near the top."""
    share = 1 / (1 + exp(-row.y))
    return (OFF / ((100 - ability.chance) * share * (1 - share))) ** 2


def _search(ability: Ability, rows: Sequence[Score]) -> dict[str, float]:
    known = [row.model for row in rows]
    parts = {name: torch.from_numpy(one) for name, one in _parts(known, known).items()}
    zero = dict.fromkeys((*USUAL, "family"), 0.0)
    still = torch.from_numpy(_observed(ability, rows, rows, zero)) + parts["fixed"]
    still = still + (ASSUMED_TOKENS * PER_TOKEN) ** 2 * parts["assumed"] + FAMILY**2 * parts["family"]
    unit = {
        name: torch.from_numpy(_observed(ability, rows, rows, zero | {name: 1.0}))
        for name in ("table", "noise")
    }
    base = torch.from_numpy(_observed(ability, rows, rows, zero))
    parts |= {name: one - base for name, one in unit.items()}
    y = torch.tensor([row.y for row in rows], dtype=torch.float64)
    logs = torch.zeros(len(USUAL), dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([logs], max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        search.zero_grad()
        whole = still
        for place, (name, usual) in enumerate(USUAL.items()):
            whole = whole + (usual * torch.exp(logs[place])) ** 2 * parts[name]
        root = torch.linalg.cholesky(whole)
        solved = torch.linalg.solve_triangular(root, y[:, None], upper=False)
        value = solved.square().sum() / 2 + root.diagonal().log().sum() + HELD * logs.square().sum()
        value.backward()
        return value

    search.step(loss)
    return {
        name: float((usual * torch.exp(logs[place])).detach())
        for place, (name, usual) in enumerate(USUAL.items())
    }
