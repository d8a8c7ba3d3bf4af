"""A race watched from a terminal: one line that changes, and a line for each rung, on stderr."""

from typing import Any

from catalog.evidence.kinds import Point, read
from probes.jobs.events import Failed, Finished, Progress, Told
from probes.jobs.journal import Ended, Entry, Journal, Reading
from probes.race.halving import Racer, RungBegun, RungDone, Standing
from probes.race.standings import Track
from tui.cli.output import tell, words
from tui.cli.session import ProgressLine
from tui.wording import duration_words, number, plus_minus, problem_words

Rows = dict[Racer, dict[str, Any]]
"""The line of each racer's latest trial, failed ones included."""


class RaceLines(Reading):
    """Tells a race as it goes; `track` is where it stands."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self.track, self.rows = Track(journal), Rows()
        self._shown = ProgressLine()

    def fold(self, entry: Entry) -> None:
        """Take in one entry, and tell it."""
        track, event = self.track, entry.event
        track.fold(entry)
        several = len(track.lanes) > 1
        if isinstance(event, RungBegun) and event.total > 1:
            tell(_begun(event))
        elif isinstance(event, RungDone):
            self._shown.clear()
            if several:
                tell(_done(event))
        elif isinstance(event, Ended):
            self._shown.clear()
        elif isinstance(event, Progress) and entry.job is not None:
            self._shown.say(_line(track, entry.job, event))
        elif isinstance(event, Told):
            self._shown.clear()
            tell(problem_words(event))
        elif isinstance(event, Finished) and entry.job is not None:
            (row,) = event.result["trials"]
            self.rows[track.lane_of(entry.job).racer] = dict(row)
            self._shown.clear()
            tell(_measured(track, entry.job, row))
        elif isinstance(event, Failed) and entry.job is not None:
            self._shown.clear()
            if several:  # the failure of the only one ends the command, and is told there
                about = {"probe": self.journal.jobs[entry.job].probe, "subject": _name(track, entry.job)}
                tell(words("cli.job-failed", **about, why=problem_words(event)))


def _name(track: Track, job: int) -> str:
    racer = track.lane_of(job).racer
    return f"{racer.name} {racer.level}"


def _begun(rung: RungBegun) -> str:
    shown = {"number": rung.number, "total": rung.total, "examples": f"{rung.examples:,}"}
    key = "cli.rung-begun-known" if rung.known else "cli.rung-begun"
    return words(key, **shown, racers=len(rung.racers), known=len(rung.known))


def _done(rung: RungDone) -> str:
    order = [_standing(standing) for standing in rung.order if standing.examples == rung.examples]
    kept = words("cli.rung-kept", kept=rung.kept) if rung.kept else ""
    return "\n".join(["  " + line for line in order] + ([kept] if kept else []))


def _standing(standing: Standing) -> str:
    name = f"{standing.racer.name} {standing.racer.level}"
    if standing.trial is None:
        return f"{name}: {words('cli.status.failed')}"
    return f"{name}: {plus_minus(standing.trial.bits_per_byte, standing.trial.margin, 3)}"


def _measured(track: Track, job: int, row: dict[str, Any]) -> str:
    if row["reason"]:
        return f"{_name(track, job)}: {words('trial.failed.' + str(row['reason']))}"
    last = read(Point, row["points"][-1])
    shown = {"bits": plus_minus(last.bits_per_byte, last.margin, 3), "examples": f"{last.examples:,}"}
    return words("cli.trial-measured", subject=_name(track, job), **shown)


def _line(track: Track, job: int, event: Any) -> str:
    """Rung, racer, phase, how far, how fast, how long still: of this racer and of the rung."""
    rung = track.rung
    parts = [f"{rung.number}/{rung.total}"] if rung and rung.total > 1 else []
    parts += [_name(track, job) + ":", words(f"cli.phase.{event.phase}")]
    parts.append(f"{event.done:g}/{event.total:g} {event.unit}".strip())
    if event.phase == "train":
        if event.unit == "examples" and event.rate:
            parts.append(words("cli.rate", rate=number(event.rate, 1)))
        if event.eta is not None:
            parts.append(words("cli.left", left=duration_words(event.eta)))
        whole = track.seconds_left
        if whole is not None and len(track.lanes) > 1:
            parts.append(words("cli.rung-left", left=duration_words(whole)))
        parts.append(event.note)
    return " ".join(parts)
