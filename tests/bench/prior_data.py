"""What the prior is fitted to: published scores by table, and what is known of the models in them."""

import csv
from dataclasses import dataclass, replace
from functools import cache
from math import log, log2
from pathlib import Path

from catalog.evidence.published import FOLDER
from catalog.models.registry import load_models

FEATURES = Path(__file__).with_name("model_features.csv")
SUFFIXES = ("-instruct-2507", "-thinking-2507", "-instruct", "-chat-sft", "-chat", "-it", "-base")
MOST_TOKENS = 16e12
"""Training tokens are never assumed to be more, but for what the maker told of an earlier model: the
middle of those published in 2025 (5.7 to 40), when the line of the years before would have it at 50."""
LATE = 2025.0
LEAST = 0.08
"""Of what is above chance: scores below it are not told apart from guessing."""


@dataclass(frozen=True)
class Ability:
    """What one latent quality is read from: benchmarks in percent, the first the one it is told in.

    `chance` is what guessing scores.
    """

    name: str
    benchmarks: tuple[str, ...]
    chance: float


ABILITIES = (
    Ability("en", ("mmlu",), 25.0),
    Ability("zh", ("c-eval", "cmmlu"), 25.0),
    Ability("code", ("humaneval",), 0.0),
    Ability("maths", ("math", "gsm8k"), 0.0),
    Ability("chat", ("ifeval",), 0.0),
)


@dataclass(frozen=True)
class Model:
    """Covariates: parameters in all and active, training tokens, whether it saw Chinese text, its kind.

    `root` is the base it was tuned from, by name, or the text model that it was given sight on top of;
    `assumed` whether nobody published its tokens.
    """

    name: str
    kind: str
    maker: str
    family: str
    root: str
    parameters: float
    active: float
    tokens: float
    chinese: bool
    assumed: bool


@dataclass(frozen=True)
class Score:
    """One published figure: `y` is its logit above chance, `points` as printed."""

    model: Model
    benchmark: str
    table: str
    points: float
    y: float


@cache
def models() -> dict[str, Model]:
    """Every model of the tables and of the catalog, each by what the catalog says of it where it does."""
    with FEATURES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told: dict[str, float] = {}
    for row in rows:
        told[row["maker"]] = max(told.get(row["maker"], 0.0), _tokens(row))
    return {row["model"]: _model(row, told[row["maker"]]) for row in rows}


@cache
def scores(ability: Ability) -> tuple[Score, ...]:
    """The figures of its benchmarks, without those that their note says to leave out."""
    with (FOLDER / "benchmark_tables.csv").open(encoding="utf-8", newline="") as file:
        kept = {
            (row["table"], row["document"]) for row in csv.DictReader(file) if "OUTLIER" not in row["note"]
        }
    with (FOLDER / "benchmarks.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["table"], row["document"]) in kept]
    return tuple(
        _score(ability, row)
        for row in rows
        if row["benchmark"] in ability.benchmarks and float(row["score"]) > ability.chance + 0.5
    )


def at_its_best(model: Model, ability: Ability) -> Model:
    """As a model that can be told to reason first, or not to, was published for this ability (Qwen3): if
    reasoning, so. Else it would stand behind a model that is built on it and does nothing but reason.
    """
    reasons = any(one.model.name == model.name and one.model.kind == "reasoning" for one in scores(ability))
    return replace(model, kind="reasoning") if reasons else model


def logit(points: float, chance: float) -> float:
    """ln(p / (1 - p)) of the share of what is above chance."""
    share = min(max((points - chance) / (100 - chance), LEAST), 1 - LEAST / 10)
    return log(share / (1 - share))


def assumed_tokens(year: float) -> float:
    """log2 of the training tokens usual in that year, by those published until 2024."""
    return min(41.81 + 2.52 * (year - 2024), log2(MOST_TOKENS))


def _score(ability: Ability, row: dict[str, str]) -> Score:
    known = models()[row["model"]]
    model = Model(**{**vars(known), "kind": row["kind"]})
    points = float(row["score"])
    return Score(model, row["benchmark"], row["table"], points, logit(points, ability.chance))


def _tokens(row: dict[str, str]) -> float:
    entry = load_models().get(row["model"])
    return float(row["training_tokens"] or (entry and entry.training_tokens) or 0)


def _model(row: dict[str, str], most: float) -> Model:
    """`most` are the tokens that its maker told of, of any model: what a late one is assumed to have
    seen.
    """
    name, entry, tokens = row["model"], load_models().get(row["model"]), _tokens(row)
    year = _year(row["released"] or (entry.released if entry and entry.released else "2024-01"))
    if entry:
        spec = entry.spec
        parameters, active = float(spec.parameters), float(spec.multiplied_parameters)
        kind, chinese, root = entry.kind, "zh" in entry.languages, entry.base_of
    else:
        parameters, active = float(row["parameters"]), float(row["parameters_active"])
        kind, chinese, root = "base", row["trained_on_chinese"] == "1", name
    root = row["backbone"] or root
    for suffix in SUFFIXES:
        root = root.removesuffix(suffix)
    if kind == "coder":
        kind = "chat" if entry and entry.chat else "base"
    return Model(
        name,
        kind,
        row["maker"],
        row["family"],
        root,
        parameters,
        active,
        tokens or (max(most, 2 ** assumed_tokens(year)) if year > LATE else 2 ** assumed_tokens(year)),
        chinese,
        not tokens,
    )


def _year(released: str) -> float:
    parts = [int(part) for part in released.split("-")]
    month = parts[1] if len(parts) > 1 else 7
    return parts[0] + (month - 0.5) / 12
