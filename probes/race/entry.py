"""What a person enters for a race, as words in five fields, made into what the probes take."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.evidence.kinds import Cut, DataSummary
from catalog.hardware.gpu import Budget
from catalog.memory.estimate import finetune
from catalog.memory.footprint import Footprint
from catalog.memory.trainers import BASEFIT
from catalog.models.registry import load_models
from catalog.problem import Problem
from catalog.quantities import MINUTES
from catalog.quantization.levels import find_level
from catalog.verdict.fit import rows
from catalog.verdict.request import Candidate, Request
from probes.checkpoint.target import DEMO, DEMO_FAMILY, Target, on_disk, placed
from probes.dataset.layouts import alpaca
from probes.dataset.load import Dataset
from probes.dataset.repeats import near_held
from probes.dataset.split import Split
from probes.dataset.summary import PREVIEWED, preview, summary
from probes.home import home
from probes.jobs.devices import kind_of
from probes.jobs.runner import Job
from probes.measurement.saved_requests import listed
from probes.race.entrants import course_of, racers_of
from probes.race.halving import Course, Racer
from probes.trial.data import read_parts
from probes.trial.job import BATCH, LEVEL, RANK, TrialJob, parse
from probes.trial.preview import has_own_layout

DATA = DEMO / "instructions.jsonl"
"""What is raced on where nothing is named: the bundled instructions."""
FILES = ("holdout_file", "databases")
"""Settings that name a file or a folder."""
SAMPLES = 10
"""Answers that are generated before and after, to be read side by side and voted on."""
BYTES_PER_TOKEN = 3
"""Of text in either language, roughly: only the memory's estimate, made before tokenizing, rests on it."""
_MINUTES = re.compile(MINUTES)
_EXAMPLES = re.compile(r"\d[\d,]*")


@dataclass(frozen=True)
class Entry:
    """A race as asked for.

    `settings` are entries of probes.trial.job.TrialJob, or a `preset`; what is not among them is the race's
    own choice. `examples` and `minutes` are what each racer may use at most.
    """

    data: Path
    targets: tuple[str, ...]
    levels: tuple[str, ...] = (LEVEL,)
    settings: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"

    def plain(self) -> dict[str, Any]:
        """As JSON, for the store's record of the run; folders and files are found from anywhere."""
        files = {name: self.settings[name] for name in FILES if name in self.settings}
        return {
            "targets": [placed(target) for target in self.targets],
            "levels": list(self.levels),
            "data": str(self.data.absolute()),
            **self.settings,
            **{name: str(Path(value).absolute()) for name, value in files.items()},
        }

    def fields(self) -> dict[str, str]:
        """The words that `entry_of` reads as this; further settings have none."""
        given = self.settings
        until = [str(given["examples"])] if given.get("examples") else []
        until += [f"{given['minutes']:g} min"] if given.get("minutes") else []
        return {
            "data": "" if self.data == DATA else str(self.data),
            "format": ", ".join(given.get("columns") or ()) or given.get("format") or "",
            "models": ", ".join(self.targets),
            "levels": ", ".join(self.levels),
            "until": " ".join(until),
        }


@dataclass(frozen=True)
class Seen:
    """A dataset as read: what it is, how it is cut, what is worth knowing, and its first rows."""

    dataset: Dataset
    split: Split
    facts: DataSummary
    cut: Cut
    near_held: int
    rows: list[list[dict[str, Any]]]


def entry_of(
    fields: Mapping[str, str],
    targets: tuple[str, ...],
    device: str,
    further: Mapping[str, Any],
) -> Entry:
    """The words of the fields; `targets` are meant where no model is named.

    `further` are settings that no field has. Problem until-unreadable, where the length is neither
    examples nor minutes.
    """
    examples, minutes = until_of(fields["until"])
    pair = listed(fields["format"])
    columns = list(pair) if len(pair) == 2 else None
    said = {
        "format": None if columns else fields["format"].strip() or None,
        "columns": columns,
        "examples": examples,
        "minutes": minutes,
    }
    return Entry(
        data=Path(fields["data"].strip()).expanduser() if fields["data"].strip() else DATA,
        targets=listed(fields["models"]) or targets,
        levels=listed(fields["levels"]) or (LEVEL,),
        settings={**further, **{name: value for name, value in said.items() if value is not None}},
        device=device,
    )


def entry_from(plain: Mapping[str, Any], device: str) -> Entry:
    """The Entry of `Entry.plain`; KeyError, TypeError or ValueError where it is of another form."""
    asked = ("data", "targets", "levels")
    return Entry(
        data=Path(plain["data"]),
        targets=tuple(map(str, plain["targets"])),
        levels=tuple(map(str, plain["levels"])),
        settings={name: value for name, value in plain.items() if name not in asked},
        device=device,
    )


def until_of(words: str) -> tuple[int | None, float | None]:
    """(examples, minutes) of "800", "10 min", "800 10 min" or ""; Problem until-unreadable."""
    left, minutes = words.strip().lower(), None
    if found := _MINUTES.search(left):
        minutes = float(found[1])
        left = (left[: found.start()] + left[found.end() :]).strip(" ,，")
    if left and not _EXAMPLES.fullmatch(left):
        raise Problem("until-unreadable", value=words)
    return (int(left.replace(",", "")) if left else None), minutes


def default_targets(marked: Iterable[str], budget: Budget, context: int) -> tuple[str, ...]:
    """Of the marked models those that can be tuned within the budget, else the bundled family."""
    known = load_models()
    chosen = {name: known[name] for name in marked if name in known}
    candidates = tuple(Candidate(name, entry.spec, facts=entry) for name, entry in chosen.items())
    found = rows(Request(budget, candidates, (LEVEL,), "qlora", context))
    fitting = {row.model for row in found if row.fits != "no"}
    return tuple(name for name in chosen if name in fitting) or DEMO_FAMILY


@dataclass(frozen=True)
class Prepared:
    """What a race needs. `predicted` is the memory each racer is expected to take."""

    racers: tuple[Racer, ...]
    course: Course
    predicted: Mapping[Racer, Footprint]


def read_data(entry: Entry) -> Seen:
    """Read and cut the data, and put its first rows into the layout of a model without a template.

    Problems: those of probes.trial.data.read_parts.
    """
    found = read_parts(_job(entry))
    shown = preview(found.dataset.examples[:PREVIEWED], alpaca)
    near = near_held(found.split.train, found.split.holdout)
    return Seen(found.dataset, found.split, summary(found.dataset), found.cut, near, shown)


def template_job(entry: Entry) -> Job | None:
    """Puts the first rows into the chat template of the first model that has one; None where none has."""
    for target in entry.targets:
        try:
            found = on_disk(target)
        except Problem:  # a model that is not there is told of when the race is started
            continue
        if found.directory is not None and has_own_layout(found.directory):
            about = {"target": str(found.directory), "name": found.name, "data": str(entry.data)}
            return Job("preview", {**entry.settings, **about}, found.name)
    return None


def prepare(entry: Entry, out: Path | None = None) -> Prepared:
    """Find the models and read the data; adapters go into folders under `out` (None: at home).

    Problems: those of on_disk, racers_of and course_of.
    """
    if not entry.targets:
        raise Problem("no-candidates")
    targets = [on_disk(target) for target in entry.targets]
    racers = racers_of(targets, entry.levels)
    place = out or home() / "adapters"
    course = course_of(entry.data, place, entry.device, entry.settings, len(racers))
    by_path = {str(target.directory): target for target in targets}
    longest = max(
        sum(len(turn.written.encode()) for turn in example.turns)
        for example in read_parts(_job(entry)).split.train
    )
    predicted = {
        racer: _memory(by_path[racer.path], racer.level, longest, entry.device) for racer in racers
    }
    return Prepared(tuple(racers), course, predicted)


def _job(entry: Entry) -> TrialJob:
    return parse({**entry.settings, "target": "", "name": "", "data": str(entry.data)})


def _memory(target: Target, level: str, longest_bytes: int, device: str) -> Footprint:
    """Of a trial whose first batch is of the longest examples, nothing recomputed."""
    length = min(target.spec.context, longest_bytes // BYTES_PER_TOKEN + 1)
    found = find_level(level)
    return finetune(
        target.spec,
        found,
        use=found.adapter,
        rank=RANK,
        length=length,
        batch=BATCH,
        checkpointing=False,
        by=BASEFIT,
        device=kind_of(device),
    )
