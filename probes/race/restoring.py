"""The race of an earlier start of the app: found in the store's record of runs, shown where it stood."""

from collections.abc import Mapping
from typing import Any

from catalog.evidence.store import Store
from probes.race.entry import Entry, entry_from

LOOKED_AT = 500
"""Runs among which the last race is looked for, the newest first."""


def last_race(store: Store, device: str) -> tuple[Entry, Mapping[str, Any]] | None:
    """What was raced last, and the record of its latest ending (none for one that was killed at once).

    For probes.race.running.Race.replay.
    """
    runs = [run for run in store.runs(LOOKED_AT) if run.request.get("race")]
    if not runs:
        return None
    asked = runs[0].request["race"]
    try:
        entry = entry_from(asked, device)
    except (KeyError, TypeError, ValueError):  # of a form that this version does not know
        return None
    endings = (run.result for run in runs if run.request["race"] == asked and run.result.get("lanes"))
    return entry, next(endings, {})
