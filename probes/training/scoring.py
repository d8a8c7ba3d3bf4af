"""The metrics a trial's answers can be scored by, and what each needs of the data before it trains."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from catalog.problem import Problem
from probes.dataset.examples import Example
from probes.dataset.split import Split
from probes.metrics.fields import fields_f1, parsed
from probes.metrics.sql import Judge, find_database
from probes.metrics.text import exact_match, rouge_l

METRICS = ("exact-match", "rouge-l", "sqlite", "choice", "json")
MOST_OPTIONS = 26

Score = Callable[[Example, str], float]


@dataclass(frozen=True)
class Scoring:
    """A metric: `score` of an answer, 0 to 1; `check` raises a Problem for a target that it cannot use.

    `options` are the answers between which a model's likelihoods choose; without any it writes its own.
    """

    name: str
    score: Score
    check: Callable[[Example], None] = lambda example: None
    options: tuple[str, ...] = ()

    def ready(self, parts: Split) -> "Scoring":
        """The metric for this data: told before a model is trained for it.

        Problems: those of `check`; metric-no-options.
        """
        for example in parts.holdout:
            self.check(example)
        if self.name != "choice":
            return self
        return replace(self, options=options_of([*parts.train, *parts.holdout]))


def scorer(name: str | None, databases: str | None) -> Scoring | None:
    """How an answer is scored. Problems: metric-unknown, metric-databases-unnamed,
    metric-database-missing.
    """
    if name is None:
        return None
    if name in ("exact-match", "choice"):
        return Scoring(name, lambda example, answer: exact_match(answer, example.target))
    if name == "rouge-l":
        return Scoring(name, lambda example, answer: rouge_l(answer, example.target))
    if name == "json":
        return Scoring(name, lambda example, answer: fields_f1(answer, example.target), _is_json)
    if name != "sqlite":
        raise Problem("metric-unknown", metric=name, known=", ".join(METRICS))
    if not databases:
        raise Problem("metric-databases-unnamed")
    if not Path(databases).exists():
        raise Problem("metric-database-missing", path=databases, database="")
    where, judge = Path(databases), Judge()

    def score(example: Example, answer: str) -> float:
        return judge.same_result(answer, example.target, find_database(where, example.database))

    def check(example: Example) -> None:
        judge.check(example.target, find_database(where, example.database))

    return Scoring(name, score, check)


def options_of(examples: Sequence[Example]) -> tuple[str, ...]:
    """The different targets; where all are capital letters, those from A to the last of them.

    Problem metric-no-options for fewer than two or more than MOST_OPTIONS.
    """
    found = sorted({example.target for example in examples})
    if all(re.fullmatch("[A-Z]", target) for target in found):
        found = [chr(code) for code in range(ord("A"), ord(found[-1]) + 1)]
    if not 2 <= len(found) <= MOST_OPTIONS:
        raise Problem("metric-no-options", count=len(found), most=MOST_OPTIONS)
    return tuple(found)


def _is_json(example: Example) -> None:
    try:
        parsed(example.target)
    except ValueError as error:
        raise Problem("metric-target-no-json", row=example.number, detail=str(error)[:120]) from error
