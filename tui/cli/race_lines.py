"""A race watched from a terminal: one line that changes, and a line for each rung, on stderr."""

import asyncio
from contextlib import aclosing
from typing import Any

from probes.jobs.events import Failed, Finished, Progress
from probes.jobs.runner import Job
from probes.race.halving import Course, Racer, RungBegun, RungDone, Standing, race
from probes.race.standings import Track
from tui.cli.output import tell, words
from tui.cli.session import ProgressLine, Session
from tui.wording import duration_words, number, plus_minus, problem_words

Rows = dict[Racer, dict[str, Any]]
"""The line of each racer's latest trial, failed ones included."""


def run_race(session: Session, racers: list[Racer], course: Course) -> tuple[Track, Rows]:
    """Race to the end; what the store held already is told and counted as the answer's too."""
    return asyncio.run(_watch(session, racers, course))


async def _watch(session: Session, racers: list[Racer], course: Course) -> tuple[Track, Rows]:
    track, shown, rows = Track(racers), ProgressLine(), Rows()
    async with aclosing(race(racers, course, session.runner)) as steps:
        async for step in steps:
            track.fold(step)
            if isinstance(step, RungBegun):
                session.reuse(known.evidence for known in step.known if known.evidence)
                if step.total > 1:
                    tell(_begun(step))
            elif isinstance(step, RungDone):
                shown.clear()
                if len(racers) > 1:
                    tell(_done(step))
            elif isinstance(step[1], Progress):
                shown.say(_line(track, *step))
            elif isinstance(step[1], Finished):
                (row,) = step[1].result["trials"]
                rows[track.lane_of(step[0]).racer] = dict(row)
                shown.clear()
                tell(_measured(track, step[0], row))
            elif isinstance(step[1], Failed):
                shown.clear()
                session.failed.append((step[0], step[1]))
                if len(racers) > 1:  # the failure of the only one ends the command, and is told there
                    about = {"probe": step[0].probe, "subject": _name(track, step[0])}
                    tell(words("cli.job-failed", **about, why=problem_words(step[1])))
    return track, rows


def _name(track: Track, job: Job) -> str:
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
    return f"{name}: {plus_minus(standing.trial.bits_per_byte, standing.trial.bits_per_byte_se, 3)}"


def _measured(track: Track, job: Job, row: dict[str, Any]) -> str:
    if row["reason"]:
        return f"{_name(track, job)}: {words('trial.failed.' + str(row['reason']))}"
    last = row["points"][-1]
    shown = {"bits": plus_minus(last["bits_per_byte"], last["se"], 3), "examples": f"{last['examples']:,}"}
    return words("cli.trial-measured", subject=_name(track, job), **shown)


def _line(track: Track, job: Job, event: Any) -> str:
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
