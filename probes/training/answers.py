"""Answers before and after, written or chosen, side by side, and their score by a metric."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from peft import PeftModel

from catalog.evidence.kinds import Answered, Sample
from catalog.evidence.statistics import interval
from catalog.problem import Problem
from probes.dataset.examples import Example, Turn
from probes.metrics.text import normalise
from probes.training.adapter import states_of, untuned_states_of
from probes.training.encode import Encoded
from probes.training.evaluate import States, evaluate
from probes.training.generate import generate
from probes.training.model import Loaded
from probes.training.reading import Reading
from probes.training.scoring import Scoring

SHOWN = 10
SPARE = 1.5
"""Answers may be this many times as long as the longest target, in tokens."""


@dataclass(frozen=True)
class Answers:
    """`samples` are side by side; `metric` is None where none was asked for. `constant`: the tuned model
    gives one answer to everything, though the targets differ.
    """

    samples: tuple[Sample, ...]
    metric: Answered | None
    constant: bool


def ask(
    loaded: Loaded,
    model: PeftModel,
    reading: Reading,
    examples: Sequence[Example],
    shot: Example | None,
    scoring: Scoring | None,
) -> Answers:
    """Let the model answer `examples` with and without its adapter.

    `shot` is shown to the untuned model first, so that it knows the form that is asked for.
    """
    shown = [_readable(reading, _after(shot, example), example) for example in examples]
    options = scoring.options if scoring else ()
    if options:
        before = _chosen(loaded, model, reading, examples, shown, options, untuned_states_of)
        after = _chosen(loaded, model, reading, examples, examples, options, states_of)
    else:
        before, after = _written(loaded, model, reading, examples, shown)
    samples = tuple(
        Sample(example.prompt, example.target, old, new)
        for example, old, new in zip(examples, before, after, strict=True)
    )
    metric = None
    if scoring is not None:
        metric = Answered(
            *(
                interval(
                    [scoring.score(example, text) for example, text in zip(examples, texts, strict=True)]
                )
                for texts in (before, after)
            )
        )
    said = {normalise(text, "") for text in after}
    differ = len({example.target for example in examples}) > 1
    constant = not options and len(examples) >= 5 and len(said) == 1 and differ
    return Answers(samples[:SHOWN], metric, constant)


def _written(
    loaded: Loaded,
    model: PeftModel,
    reading: Reading,
    examples: Sequence[Example],
    shown: Sequence[Example],
) -> tuple[list[str], list[str]]:
    """What the model writes: untuned after `shown`, tuned after `examples`."""
    longest = max(len(reading.cutter.encode(example.target)) for example in examples)
    new_tokens = int(longest * SPARE) + 8
    plain = [reading.opening(example) for example in examples]
    first = [reading.opening(example) for example in shown]
    # A prompt that no longer fits with the shot before it is asked without.
    first = [s if len(s) + new_tokens <= loaded.context else p for s, p in zip(first, plain, strict=True)]
    before = _texts(generate(loaded, model, first, new_tokens, tuned=False), reading)
    return before, _texts(generate(loaded, model, plain, new_tokens, tuned=True), reading)


def _chosen(
    loaded: Loaded,
    model: PeftModel,
    reading: Reading,
    examples: Sequence[Example],
    shown: Sequence[Example],
    options: Sequence[str],
    states: States,
) -> list[str]:
    """For each example the option that is likeliest as its whole answer, end mark included.

    Nothing is chosen for a prompt that the context does not hold with every option.
    """
    asked: list[tuple[str, ...]] = []
    rows: dict[str, list[Encoded]] = {}
    for plain, first in zip(examples, shown, strict=True):
        ids: tuple[str, ...] = ()
        for example in (first, plain):
            found = [reading.rows(_answered(example, option)) for option in options]
            if max(len(row.ids) for part in found for row in part) <= loaded.context:
                ids = tuple(part[0].id for part in found)
                rows |= {part[0].id: part for part in found}
                break
        asked.append(ids)
    nats: dict[str, float] = {}
    if rows:
        held = evaluate(loaded, model, [row for part in rows.values() for row in part], states=states)
        nats = dict(zip(rows, held.nats, strict=True))
    return [
        min(zip(ids, options, strict=True), key=lambda pair: nats[pair[0]])[1] if ids else ""
        for ids in asked
    ]


def _answered(example: Example, answer: str) -> Example:
    return replace(example, turns=(*example.turns[:-1], Turn("assistant", answer)), cut=False)


def _readable(reading: Reading, shown: Example, plain: Example) -> Example:
    """The example after the shot, or without where the layout does not take both."""
    try:
        reading.opening(shown)
    except Problem:
        return plain
    return shown


def _after(shot: Example | None, example: Example) -> Example:
    """The example as the next exchange of a dialogue that began with the shot."""
    if shot is None or any(turn.role == "system" for turn in (*shot.turns, *example.turns)):
        return example
    if shot.tools != example.tools:
        return example
    return replace(example, turns=(*shot.turns, *example.turns))


def _texts(answers: Sequence[Sequence[int]], reading: Reading) -> list[str]:
    return [reading.cutter.decode(list(ids)).strip() for ids in answers]
