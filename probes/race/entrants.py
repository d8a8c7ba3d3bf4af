"""From what a person names (models, levels, data) to a race: its racers and its course. No torch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.quantization.levels import find_level
from catalog.verdict.tuning import expected_after_tuning
from probes.checkpoint.revision import revision
from probes.checkpoint.target import Target
from probes.race.halving import Course, Racer
from probes.trial.data import read_parts
from probes.trial.job import EXAMPLES, FULL_EPOCHS, LEVEL, parse
from probes.trial.presets import apply

RACE_EXAMPLES = 3200
"""What a racer is allowed at most unless told otherwise: 200 -> 800 -> 3,200 (FACTS.md, section 5)."""


def racers_of(targets: Sequence[Target], levels: Sequence[str]) -> list[Racer]:
    """Every model at every level. All targets have their weights here. Problem level-unknown."""
    found = [find_level(level) for level in levels]
    racers = []
    for target in targets:
        assert target.directory is not None
        content = revision(target.directory)
        prior = -expected_after_tuning(target.facts)
        for level in found:
            size = level.weight_bytes(target.spec)
            racers.append(Racer(target.name, str(target.directory), content, level.name, prior, size))
    return list({(r.path, r.level): r for r in racers}.values())


def levels_of(settings: Mapping[str, Any], levels: Sequence[str] = ()) -> tuple[str, ...]:
    """The levels asked for, else the preset's, else the trial's own."""
    return tuple(dict.fromkeys(levels)) or (str(apply(settings).get("level") or LEVEL),)


def course_of(data: Path, out: Path, device: str, settings: Mapping[str, Any], racers: int) -> Course:
    """Read the data, and say how far each of `racers` may go.

    `settings` are entries of TrialJob or a `preset`, None for the trial's own choice; `examples` and
    `minutes` among them are what each racer may use at most. Without `examples` one model alone sees 256,
    and racers what the data has, at most 3,200; with `minutes` only, as many as three epochs have.
    Problems: those of load_dataset, of a holdout file, and of trial_job.parse.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    minutes = given.pop("minutes", None)
    examples = apply(given).get("examples")
    length = {"examples": examples, "minutes": minutes}
    found = read_parts(parse(given | length | {"target": "", "name": "", "data": str(data)}))
    if examples is None:
        there = len(found.split.train)
        examples = EXAMPLES if racers == 1 else min(RACE_EXAMPLES, there)
        examples = round(FULL_EPOCHS * there) if minutes else examples
    if found.held is not None:
        given["holdout_file_sha256"] = found.held.sha256
    where = data.absolute(), out.absolute()  # they are told again from elsewhere
    return Course(where[0], found.dataset.sha256, where[1], int(examples), minutes, device, given)
