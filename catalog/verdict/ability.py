"""How able a model is expected to be at what is asked: by published scores, else by what is known of it.

The figures are those of `published/ability.json`, which `python -m tests.bench.prior_fit` makes from
published scores (docs/prior.md): of each ability a mean in logits above chance for every model of the
catalog, the tables it stands in, and what to expect of a model that is not in it.
"""

import json
import math
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from catalog.evidence.published import FOLDER
from catalog.models.registry import ModelEntry
from catalog.models.spec import ModelSpec

NATS_PER_LOGIT = 0.34
"""Nats per token that a logit of benchmark score is worth: a choice of unit, by doublings of parameters."""
TASKS = {"code": "code", "maths": "maths", "chat": "chat"}
"""Tasks with benchmarks of their own; the others lean on those of the language alone."""
TASK_SHARE = 0.5
CHINESE_SHARE = 0.6
"""What Chinese work leans on Chinese exams for; the rest is general, since those exams are trained for."""
LEAST_SHARE = 0.05
"""Near chance and near the top a logit is reckoned as if the score were so far from either."""
UNKNOWN_LOG_TOKENS = 43.0
"""log2 of the training tokens of a model that nobody tells anything of; UNKNOWN_TOKENS_SD its spread."""
UNKNOWN_TOKENS_SD = 1.5
PRINTED = {"mmlu": "MMLU", "c-eval": "C-Eval", "humaneval": "HumanEval", "math": "MATH", "ifeval": "IFEval"}

Asked = tuple[tuple[str, float], ...]
"""(ability, share), shares adding up to 1."""


@dataclass(frozen=True)
class Scale:
    """One ability. `benchmark` is what its points are of, `chance` what guessing scores in it.

    `coefficients`, `answers` (what a base model lacks to answer at all) and `sd` are for models that
    `models` does not list. `apart` holds the standard deviation of the difference of each two listed
    models: a byte each in hundredths of a logit, row by row below the diagonal.
    """

    name: str
    benchmark: str
    chance: float
    coefficients: Mapping[str, float]
    answers: float
    sd: Mapping[str, float]
    models: Mapping[str, "Place"]
    apart: bytes

    def points(self, logits: float) -> float:
        """The score in percent."""
        return self.chance + (100 - self.chance) / (1 + math.exp(-logits))

    def slope(self, logits: float) -> float:
        """Points per logit."""
        share = min(max(1 / (1 + math.exp(-logits)), LEAST_SHARE), 1 - LEAST_SHARE)
        return (100 - self.chance) * share * (1 - share)

    def sd_apart(self, a: "Place", b: "Place") -> float:
        """The standard deviation of the difference of two models, in logits."""
        if a.row < 0 and b.row < 0:
            return math.hypot(a.beyond, b.beyond)
        if a.row < 0 or b.row < 0:
            return math.hypot(a.sd, b.sd)
        if a.row == b.row:
            return 0.0 if a.beyond == b.beyond else math.hypot(a.beyond, b.beyond)
        high, low = max(a.row, b.row), min(a.row, b.row)
        listed = self.apart[high * (high - 1) // 2 + low] / 100
        return math.hypot(listed, a.beyond, b.beyond) if a.beyond or b.beyond else listed


@dataclass(frozen=True)
class Place:
    """Where a model lies: `mean` and `sd` in logits, the `tables` its scores are from.

    `row` is its place among the listed, -1 for none; `beyond` what it may differ by from the listed model
    of that row, where it is tuned from it, and without a row by what is more than untold; `parameters`
    those that a listed one has.
    """

    mean: float
    sd: float
    tables: tuple[str, ...] = ()
    row: int = -1
    beyond: float = 0.0
    parameters: int = 0


@dataclass(frozen=True)
class Ability:
    """What is expected of a model for what was asked: (share, scale, place) of each ability it leans on."""

    parts: tuple[tuple[float, Scale, Place], ...]
    logits: float

    @property
    def tables(self) -> tuple[str, ...]:
        """Of published scores, where any is of this model itself."""
        return tuple(dict.fromkeys(table for _, _, place in self.parts for table in place.tables))

    @property
    def benchmarks(self) -> str:
        """What the points are of."""
        return " + ".join(PRINTED.get(scale.benchmark, scale.benchmark) for _, scale, _ in self.parts)

    def points(self, lost: float = 0.0) -> float:
        """Expected score in percent, `lost` logits being taken off."""
        return sum(share * scale.points(place.mean - lost) for share, scale, place in self.parts)

    def points_sd(self) -> float:
        """Its standard deviation; that of a mean of abilities as if they erred together."""
        return sum(share * scale.slope(place.mean) * place.sd for share, scale, place in self.parts)

    def slope(self) -> float:
        """Points per logit."""
        return sum(share * scale.slope(place.mean) for share, scale, place in self.parts)

    def sd_apart(self, other: "Ability") -> float:
        """The standard deviation of the difference from another, asked the same, in logits."""
        pairs = zip(self.parts, other.parts, strict=True)
        return sum(share * scale.sd_apart(mine, theirs) for (share, scale, mine), (_, _, theirs) in pairs)


def asked_of(languages: Sequence[tuple[str, float]], task: str) -> Asked:
    """What to lean on: mostly Chinese results for the share that is Chinese, English ones for any other
    language, and half the task's own where it has benchmarks.
    """
    chinese = CHINESE_SHARE * sum(share for code, share in languages if code == "zh")
    own = TASK_SHARE if task in TASKS else 0.0
    shares = (("en", (1 - own) * (1 - chinese)), ("zh", (1 - own) * chinese), (TASKS.get(task, ""), own))
    return tuple((name, share) for name, share in shares if share > 0)


def ability_of(spec: ModelSpec, facts: ModelEntry | None, asked: Asked) -> Ability:
    """What is expected of the unquantized model."""
    parts = tuple((share, scales()[name], _place(scales()[name], spec, facts)) for name, share in asked)
    return Ability(parts, sum(share * place.mean for share, _, place in parts))


@cache
def scales() -> dict[str, Scale]:
    """Every ability by name."""
    return {
        name: _scale(name, one)
        for name, one in json.loads((FOLDER / "ability.json").read_text("utf-8")).items()
    }


def _scale(name: str, one: Mapping[str, Any]) -> Scale:
    places = {
        model: Place(known["mean"], known["sd"], tuple(known["tables"]), row, 0.0, known["parameters"])
        for row, (model, known) in enumerate(one["models"].items())
    }
    kept = {key: one[key] for key in ("benchmark", "chance", "coefficients", "answers", "sd")}
    return Scale(name, models=places, apart=b64decode(one["apart"]), **kept)


def _place(scale: Scale, spec: ModelSpec, facts: ModelEntry | None) -> Place:
    """Its own row; else its base's, moved by what it was tuned to be; else what its covariates say."""
    if facts is None:
        return _unlisted(scale, spec, None)
    listed = scale.models.get(facts.name)
    if listed is not None and listed.parameters == spec.parameters:
        return listed
    base = scale.models.get(facts.base_of)
    if base is not None and facts.tuned_from:
        mean = base.mean + _tuned(scale, facts.chat, facts.kind) - _tuned(scale, False, "base")
        beyond = scale.sd["model"]
        return Place(mean, math.hypot(base.sd, beyond), (), base.row, beyond)
    return _unlisted(scale, spec, facts)


def _tuned(scale: Scale, chat: bool, kind: str) -> float:
    """What a model's kind is worth, in logits."""
    reasons = kind == "reasoning"
    worth = scale.coefficients["reasoning"] * reasons
    return worth + (scale.coefficients["chat"] if chat or reasons else -scale.answers)


def _unlisted(scale: Scale, spec: ModelSpec, facts: ModelEntry | None) -> Place:
    """By size, training tokens and languages, the maker being nobody's that is known."""
    by, sd = scale.coefficients, scale.sd
    tokens = facts.training_tokens if facts else None
    languages = facts.languages if facts else ()
    chinese = float("zh" in languages) if languages else 0.5
    mean = (
        by["one"]
        + by["parameters"] * (math.log2(spec.parameters) - 33)
        + by["sparsity"] * math.log2(spec.parameters / spec.multiplied_parameters)
        + by["tokens"] * ((math.log2(tokens) if tokens else UNKNOWN_LOG_TOKENS) - 42)
        + by["chinese"] * chinese
        + (_tuned(scale, facts.chat, facts.kind) if facts else _tuned(scale, True, "chat"))
    )
    untold = math.hypot(
        0.0 if tokens else by["tokens"] * UNKNOWN_TOKENS_SD, 0.0 if languages else by["chinese"] / 2
    )
    own = math.hypot(*(sd[name] for name in ("maker", "family", "root", "model")))
    return Place(mean, math.hypot(untold, own), beyond=own)
