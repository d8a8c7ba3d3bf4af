"""Where a measurement stands, on disk: one that was killed goes on after the last layer it has finished.

Two files: the states after a layer, and beside them the scores of windows that are through the head.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from catalog.bounded_json import read_json
from catalog.files import write_text, written
from catalog.problem import Problem
from probes.perplexity.calibration import Calibration
from probes.perplexity.lanes import Lane
from probes.perplexity.routing import Routes
from probes.perplexity.scores import Score

SHARE = 0.1
"""Of the time that may go into writing down where it stands."""
SHORT_S = 1.0
"""Work that is done again rather than written down."""
OLD_S = 14 * 24 * 3600.0
"""Age from which a standing that was left is removed: it may hold the states of a large model."""
_SUFFIX = ".scores"
Scores = dict[int, dict[str, Score]]
"""By window and level."""


@dataclass
class Standing:
    """The place of one measurement.

    `earlier` is what its passes found before the one that it is in (see passes.Measuring), `layers` how
    many the pass in hand is through, `lanes` and `calibrations` the states after them, `routes` as in
    walk.Walk, `scores` what is through the head.
    """

    earlier: dict[str, Any] = field(default_factory=dict)
    layers: int = 0
    bytes_read: int = 0
    lanes: dict[str, dict[str, Any]] = field(default_factory=dict)
    calibrations: list[list[Tensor]] = field(default_factory=list)
    routes: dict[int, Routes] = field(default_factory=dict)
    scores: Scores = field(default_factory=dict)

    def windows_of(self, lane: Lane) -> tuple[int, ...]:
        """Whose states are known of a level, beside those it is scored on."""
        return tuple(self.lanes.get(lane.track.level.name, {}).get("states", ()))

    def put_back(self, lanes: Sequence[Lane], calibrations: Sequence[Calibration]) -> None:
        """Give lanes that have just entered, and calibration rows, the states that they had."""
        for lane in lanes:
            known = self.lanes.get(lane.track.level.name)
            if known is None:
                continue
            lane.arrived, lane.failed_at = known["arrived"], known["failed_at"]
            lane.same_experts, lane.routed = dict(known["same_experts"]), dict(known["routed"])
            lane.rows = {at: row for at, row in lane.rows.items() if at in known["states"]}
            for at, states in known["states"].items():
                lane.rows[at].states.copy_(states)
        for calibration, rows in zip(calibrations, self.calibrations, strict=True):
            calibration.go_on(rows)


class Book:
    """Reads and writes the standing of the measurement of that `identity`; without a path neither."""

    def __init__(
        self,
        path: Path | None,
        identity: Mapping[str, Any],
        tell: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._tell, self._clock = path, tell, clock
        self._identity = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        self._since, self._took = clock(), 0.0
        self._earlier: dict[str, Any] = {}

    def read(self) -> Standing | None:
        """Where it stood; None where nothing is kept, or of another measurement, or not to be read."""
        if self._path is None or not self._path.is_file():
            return None
        try:
            found = torch.load(self._path, map_location="cpu", weights_only=True)
            if found.pop("identity") != self._identity:
                return None
            standing = Standing(**found)
            standing.scores = self._scores(standing)
        except MemoryError:
            raise
        except Exception:  # pickle, zip and torch each have their own for a file that is torn
            return None  # or of another version: it begins anew
        self._earlier = standing.earlier
        return standing

    def begin(self, earlier: Mapping[str, Any]) -> None:
        """A pass begins; `earlier` is what others before it have found."""
        self._earlier = dict(earlier)
        if self._path is not None and self._path.parent.is_dir():
            _sweep(self._path.parent)

    def layer_done(
        self,
        layers: int,
        bytes_read: int,
        lanes: Sequence[Lane],
        calibrations: Sequence[Calibration],
        routes: Mapping[int, Routes],
    ) -> None:
        """`layers` layers are done: written down where that takes little beside the work it saves."""
        if self._path is None or not self._due():
            return
        rows = [row for lane in lanes for row in lane.rows.values()]
        states = [calibration.states for calibration in calibrations]
        if any(row.wrote for row in rows) or any(one is None for one in states):
            return  # what layers hand to later ones cannot be written down
        began = self._clock()
        whole = {
            "identity": self._identity,
            "earlier": self._earlier,
            "layers": layers,
            "bytes_read": bytes_read,
            "lanes": {lane.track.level.name: _plain(lane) for lane in lanes},
            "calibrations": states,
            "routes": dict(routes),
        }
        self._guarded(lambda path: _save(whole, path))
        self._since = self._clock()
        self._took = self._since - began

    def window_scored(self, scores: Scores) -> None:
        """The scores so far of a pass that is in its head."""
        if self._path is None or not self._due():
            return
        began = self._clock()
        plain = {at: {level: astuple(one) for level, one in of.items()} for at, of in scores.items()}
        whole = {"identity": self._identity, "passes": self._passes(self._earlier), "scores": plain}
        self._guarded(lambda path: write_text(_scores_beside(path), json.dumps(whole)))
        self._since = self._clock()
        self._took = self._since - began

    def close(self) -> None:
        """All is measured and told."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            _scores_beside(self._path).unlink(missing_ok=True)

    def _due(self) -> bool:
        spent = self._clock() - self._since
        return spent >= max(SHORT_S, self._took / SHARE)

    def _guarded(self, write: Callable[[Path], None]) -> None:
        """A disk that is full or not to be written costs the standing, not the measurement: it is told."""
        assert self._path is not None
        try:
            write(self._path)
        except (Problem, OSError):
            self._tell()
            with suppress(OSError):
                self.close()
            self._path = None

    def _scores(self, standing: Standing) -> Scores:
        assert self._path is not None
        beside = _scores_beside(self._path)
        if not beside.is_file():
            return {}
        found = read_json(beside)
        if found["identity"] != self._identity or found["passes"] != self._passes(standing.earlier):
            return {}
        return {
            int(at): {level: Score(*one) for level, one in of.items()} for at, of in found["scores"].items()
        }

    @staticmethod
    def _passes(earlier: Mapping[str, Any]) -> int:
        return int(earlier.get("look", 0))


NOWHERE = Book(None, {}, lambda: None)
"""Writes nothing and knows nothing."""


def _sweep(folder: Path) -> None:
    """What nobody has gone on with for OLD_S."""
    for left in folder.glob("*.pass*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > OLD_S:
                left.unlink()


def _scores_beside(path: Path) -> Path:
    return path.with_name(path.name + _SUFFIX)


def _plain(lane: Lane) -> dict[str, Any]:
    return {
        "arrived": lane.arrived,
        "failed_at": lane.failed_at,
        "same_experts": lane.same_experts,
        "routed": lane.routed,
        "states": {at: row.states for at, row in lane.rows.items()},
    }


def _save(whole: Mapping[str, Any], path: Path) -> None:
    with written(path) as fresh:
        torch.save(dict(whole), fresh)
