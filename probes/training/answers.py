"""Generated answers before and after, side by side, and their score by a metric."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from peft import PeftModel

from catalog.evidence.kinds import Answered, Sample
from catalog.evidence.statistics import interval
from catalog.problem import Problem
from probes.dataset.examples import Example
from probes.metrics.sql import Judge, find_database
from probes.metrics.text import exact_match, normalise, rouge_l
from probes.training.generate import generate
from probes.training.model import Loaded
from probes.training.reading import Reading

METRICS = ("exact-match", "rouge-l", "sqlite")
SHOWN = 10
SPARE = 1.5
"""Answers may be this many times as long as the longest target, in tokens."""

Score = Callable[[Example, str], float]


@dataclass(frozen=True)
class Answers:
    """`samples` are side by side; `metric` is None where none was asked for. `constant`: the tuned model
    gives one answer to everything, though the targets differ.
    """

    samples: tuple[Sample, ...]
    metric: Answered | None
    constant: bool


def scorer(name: str | None, databases: str | None) -> Score | None:
    """How an answer is scored. Problems: metric-unknown, metric-databases-unnamed,
    metric-database-missing.
    """
    if name is None:
        return None
    if name == "exact-match":
        return lambda example, answer: exact_match(answer, example.target)
    if name == "rouge-l":
        return lambda example, answer: rouge_l(answer, example.target)
    if name != "sqlite":
        raise Problem("metric-unknown", metric=name, known=", ".join(METRICS))
    if not databases:
        raise Problem("metric-databases-unnamed")
    if not Path(databases).exists():
        raise Problem("metric-database-missing", path=databases, database="")
    where, judge = Path(databases), Judge()
    return lambda example, answer: judge.same_result(
        answer, example.target, find_database(where, example.database)
    )


def ask(
    loaded: Loaded,
    model: PeftModel,
    reading: Reading,
    examples: Sequence[Example],
    shot: Example | None,
    score: Score | None,
) -> Answers:
    """Let the model answer `examples` with and without its adapter.

    `shot` is shown to the untuned model first, so that it knows the form that is asked for.
    """
    longest = max(len(reading.cutter.encode(example.target)) for example in examples)
    new_tokens = int(longest * SPARE) + 8
    plain = [reading.opening(example) for example in examples]
    shown = [reading.opening(_after(shot, example)) for example in examples]
    # A prompt that no longer fits with the shot before it is asked without.
    shown = [s if len(s) + new_tokens <= loaded.context else p for s, p in zip(shown, plain, strict=True)]
    before = _texts(generate(loaded, model, shown, new_tokens, tuned=False), reading)
    after = _texts(generate(loaded, model, plain, new_tokens, tuned=True), reading)
    samples = tuple(
        Sample(example.prompt, example.target, old, new)
        for example, old, new in zip(examples, before, after, strict=True)
    )
    metric = None
    if score is not None:
        metric = Answered(
            *(
                interval([score(example, text) for example, text in zip(examples, texts, strict=True)])
                for texts in (before, after)
            )
        )
    said = {normalise(text, "") for text in after}
    constant = len(examples) >= 5 and len(said) == 1 and len({example.target for example in examples}) > 1
    return Answers(samples[:SHOWN], metric, constant)


def _after(shot: Example | None, example: Example) -> Example:
    """The example as the next exchange of a dialogue that began with the shot."""
    if shot is None or any(turn.role == "system" for turn in (*shot.turns, *example.turns)):
        return example
    if shot.tools != example.tools:
        return example
    return replace(example, turns=(*shot.turns, *example.turns))


def _texts(answers: Sequence[Sequence[int]], reading: Reading) -> list[str]:
    return [reading.cutter.decode(list(ids)).strip() for ids in answers]
