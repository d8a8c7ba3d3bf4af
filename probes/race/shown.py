"""Which stored trial is meant: the one that was shown last, or the one that is asked for; its rows' job."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from catalog.evidence.kinds import Trial, TrialKey
from catalog.evidence.records import Evidence
from catalog.evidence.store import Run, Store
from catalog.problem import Problem
from probes.jobs.runner import Job
from probes.race.restoring import LOOKED_AT
from probes.trial.job import TrialJob

_OF_DATA = ("format", "columns", "encoding", "holdout_file", "holdout_file_sha256")
"""Settings that hold for the file they were given with."""


@dataclass(frozen=True)
class Wanted:
    """What is said of a trial; None leaves it open. `trial` is how an evidence id begins."""

    model: str | None = None
    level: str | None = None
    trial: str | None = None
    run: int | None = None
    data_sha256: str | None = None

    def means(self, evidence: Evidence) -> bool:
        """Whether a trial is what is said of it, whatever run showed it."""
        names = (str(self.model).lower(), Path(self.model or "").name.lower())
        return (
            (self.model is None or evidence.model.lower() in names)
            and self.level in (None, evidence.level)
            and (self.trial is None or evidence.id.startswith(self.trial))
            and self.data_sha256 in (None, TrialKey.of(evidence).data_sha256)
        )


@dataclass(frozen=True)
class Shown:
    """A trial, the run that showed it last, and what that run was asked (see probes.race.entry.Entry).

    `of_data` tells whether it was made on the data that was asked for.
    """

    trial: Evidence
    run: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    of_data: bool = True


def shown(store: Store, wanted: Wanted) -> Shown:
    """The trial that the latest run with a fitting one showed, measured by it or found in the store.

    Of several the winner of the race, else the one that saw most, then the best. Data that no trial was
    made on asks for the trial that would be taken without it.
    Problems: export-run-unknown, export-run-without, export-no-trial, export-nothing-tried,
    export-trial-unknown.
    """
    runs = _runs(store, wanted.run)
    found = store.find("trial")
    for asked in (wanted, replace(wanted, data_sha256=None)):
        fitting = {evidence.id: evidence for evidence in found if asked.means(evidence)}
        of_data = asked.data_sha256 == wanted.data_sha256
        for run in runs if fitting else ():
            there = [fitting[name] for name in dict.fromkeys(_told(store, run)) if name in fitting]
            if there:
                return Shown(_best(there, run.result.get("winner")), run.id, _settings(run), of_data)
        if fitting and wanted.run is None:
            return Shown(max(fitting.values(), key=_latest), of_data=of_data)
    raise _missing(wanted)


def rows_job(found: Shown, data: str, tool: str, out: Path) -> Job:
    """Writes the trial's rows into `out` as `tool` reads them; of other `data`, recognised anew.

    Problem export-holdout-unknown, where the trial was scored on a file that no record names.
    """
    trial, key = found.trial, TrialKey.of(found.trial)
    told = {name: value for name, value in found.settings.items() if found.of_data or name not in _OF_DATA}
    names = ("layout", "seed", "max_chars", "context_factor", "holdout", "rank", "method")
    told |= {name: getattr(key, name) for name in names}
    if found.of_data:
        told |= {"format": key.format, "columns": key.columns, "encoding": key.encoding}
        if key.holdout_file and "holdout_file" not in told:
            raise Problem("export-holdout-unknown", trial=trial.id)
    target = Trial.of(trial).target
    told |= {"target": target, "name": trial.model, "level": trial.level, "data": data}
    told |= {"out": str(out), "tool": tool}
    return Job("rows", {name: value for name, value in told.items() if value is not None}, trial.model)


def _runs(store: Store, number: int | None) -> list[Run]:
    if number is None:
        return store.runs(LOOKED_AT)
    run = store.find_run(number)
    if run is None:
        raise Problem("export-run-unknown", run=number)
    return [run]


def _told(store: Store, run: Run) -> Iterable[str]:
    """The ids that a run's answer rests on; of one without an ending those that it measured."""
    rests_on = run.result.get("evidence")
    if isinstance(rests_on, list):
        return map(str, rests_on)
    return [evidence.id for evidence in store.evidence_of(run.id)]


def _settings(run: Run) -> Mapping[str, Any]:
    settings = run.request.get("settings")
    known = {one.name for one in fields(TrialJob)}
    return (
        {name: settings[name] for name in settings if name in known} if isinstance(settings, dict) else {}
    )


def _best(there: list[Evidence], winner: Any) -> Evidence:
    if isinstance(winner, dict):
        won = (winner.get("model"), winner.get("level"))
        there = [evidence for evidence in there if (evidence.model, evidence.level) == won] or there
    return max(there, key=_reached)


def _reached(trial: Evidence) -> tuple[int, float]:
    bits = Trial.of(trial).bits_per_byte
    return TrialKey.of(trial).examples or 0, -math.inf if bits is None else -bits


def _latest(trial: Evidence) -> tuple[str, int, float, str]:
    """A run that went on for longer counts before a shorter one of the same minute: rungs of one race."""
    return trial.created[:16], *_reached(trial), trial.created


def _missing(wanted: Wanted) -> Problem:
    if wanted.trial:
        return Problem("export-trial-unknown", trial=wanted.trial)
    if wanted.run is not None:
        return Problem("export-run-without", run=wanted.run)
    if wanted.model:
        return Problem("export-no-trial", model=wanted.model)
    return Problem("export-nothing-tried")
