"""The protocol between a probe and whoever runs it: one JSON object a line on the probe's stdout."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, TextIO

PROGRESS_INTERVAL_S = 0.1
"""Progress is written at most this often; the last state of a phase always is."""


class FailureKind(StrEnum):
    """Why a job gave no result."""

    BAD_INPUT = "bad-input"
    UNSUPPORTED = "unsupported"
    OOM = "oom"
    KILLED = "killed"
    CRASH = "crash"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Started:
    """The probe is up; `pid` is its process (and process group)."""

    probe: str
    pid: int


@dataclass(frozen=True)
class Progress:
    """Where a phase stands: `done` of `total` in `unit`, `elapsed` seconds into the phase.

    `start` is how much was done when the phase began (a run that goes on), `values` are numbers of the
    moment by name (a trial's loss, say), for whoever draws curves.
    """

    phase: str
    done: float
    total: float
    unit: str = ""
    elapsed: float = 0.0
    note: str = ""
    start: float = 0.0
    values: Mapping[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Units per second of this phase so far; 0 before anything is done."""
        return (self.done - self.start) / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def eta(self) -> float | None:
        """Seconds left in this phase at the rate so far; None while unknown."""
        return (self.total - self.done) / self.rate if self.rate > 0 and self.total else None


@dataclass(frozen=True)
class Metric:
    """One result, complete enough to be kept as evidence (see catalog.evidence.records.Evidence)."""

    kind: str
    model: str
    revision: str
    level: str
    key: Mapping[str, Any]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """Something to know, though the job goes on: `code` and `params` word it (see catalog.problem)."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finished:
    """The probe's whole answer."""

    result: Mapping[str, Any]


@dataclass(frozen=True)
class Failed:
    """No answer: `code` and `params` word it (see catalog.problem), `detail` is for the log."""

    kind: FailureKind
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    detail: str = ""


Event = Started | Progress | Metric | Told | Finished | Failed
_TYPES: dict[str, type] = {
    "started": Started,
    "progress": Progress,
    "metric": Metric,
    "told": Told,
    "finished": Finished,
    "failed": Failed,
}
_NAMES = {kind: name for name, kind in _TYPES.items()}


def encode(event: Event) -> str:
    """One line of JSON, without the line feed. NaN and infinity become null."""
    return json.dumps(
        {"event": _NAMES[type(event)]} | _finite(asdict(event)), ensure_ascii=False, allow_nan=False
    )


def decode(line: str) -> Event:
    """The event of one line; ValueError if it is none."""
    data = json.loads(line)
    if not isinstance(data, dict) or data.get("event") not in _TYPES:
        raise ValueError(f"not an event: {line[:200]!r}")
    kind = _TYPES[data.pop("event")]
    if kind is Failed:
        data["kind"] = FailureKind(data["kind"])
    event: Event = kind(**data)
    return event


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


class Emit:
    """What a probe tells with. Progress is thinned to 10 Hz; nothing else ever waits."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._phase, self._began, self._wrote = "", 0.0, float("-inf")
        self._held: Progress | None = None

    def __call__(self, event: Event) -> None:
        """Write one event at once, after any progress still held back."""
        self._flush()
        self._write(event)

    def progress(
        self,
        phase: str,
        done: float,
        total: float,
        unit: str = "",
        note: str = "",
        start: float = 0.0,
        values: Mapping[str, float] | None = None,
    ) -> None:
        """Say how far `phase` is; a new phase name restarts the clock its rate is taken from."""
        now = self._clock()
        if phase != self._phase:
            self._flush()
            self._phase, self._began, self._wrote = phase, now, float("-inf")
        elapsed = round(now - self._began, 3)
        self._held = Progress(phase, done, total, unit, elapsed, note, start, values or {})
        if now - self._wrote >= PROGRESS_INTERVAL_S or done >= total:
            self._wrote = now
            self._flush()

    def metric(
        self,
        *,
        kind: str,
        model: str,
        revision: str = "",
        level: str = "",
        key: Mapping[str, Any],
        values: Mapping[str, Any],
    ) -> None:
        """Hand over one result, to be kept even if the probe dies right after."""
        self(Metric(kind, model, revision, level, key, values))

    def _flush(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._write(held)

    def _write(self, event: Event) -> None:
        self._stream.write(encode(event) + "\n")
        self._stream.flush()
