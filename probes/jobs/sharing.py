"""One job, one process: who asks for what another process is just measuring follows that, and takes it.

Beside the store lies a folder of claims. A claim is a folder of two files: `claim.json` says which process
measures what, `lines` is what its job has told so far. It stays for a while after its end, so that whoever
had planned the same job before that does not repeat it.
"""

import asyncio
import hashlib
import json
import os
import shutil
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from catalog.bounded_json import read_json
from catalog.files import write_text
from catalog.problem import Problem
from probes.jobs.events import Failed, Finished, Metric, Progress, Told, decode, encode
from probes.jobs.owner import BEAT_S, Owner, owner_of, this_process
from probes.jobs.runner import Executor, Exit, Job

CLAIMS = "claims"
"""The folder of claims, beside the store."""
POLL_S = 0.1
_LOOK_S = 0.5
"""How often it is looked whether the other process still lives."""
PROGRESS_S = 0.5
"""Of a job's progress no more than this often is kept for others."""
KEPT_S = 24 * 3600.0
"""How long a claim stays after its end."""
_CLAIM, _LINES = "claim.json", "lines"
_EXIT = "exit"
_WRITTEN = ("out", "standing")
"""Entries of a job that name what it writes, beside its lines."""


@dataclass(frozen=True)
class Claim:
    """`owner` measures `arguments` with `probe`, for whoever reads `folder`; it `ended` then, 0 not yet."""

    folder: Path
    owner: Owner
    probe: str
    arguments: Mapping[str, Any]
    ended: float = 0.0

    @property
    def lives(self) -> bool:
        """Whether it is being measured now."""
        return not self.ended and self.owner.lives(self.folder / _CLAIM)

    def answers(self, job: Job) -> bool:
        """Whether what it tells holds all that the job asks: the same, of the same levels or of more."""
        mine, asked = dict(self.arguments), dict(job.arguments)
        more, some = mine.pop("levels", None), asked.pop("levels", None)
        covered = more == some or (
            isinstance(more, list) and isinstance(some, list) and set(some) <= set(more)
        )
        return self.probe == job.probe and mine == asked and covered

    def excludes(self, job: Job) -> bool:
        """Whether the job would write where this one writes."""
        written = (job.arguments.get(name) for name in _WRITTEN)
        return any(place and place in map(self.arguments.get, _WRITTEN) for place in written)

    def write(self) -> None:
        """OSError, and Problem disk-full."""
        about = {"owner": self.owner.plain(), "probe": self.probe, "arguments": self.arguments}
        write_text(self.folder / _CLAIM, json.dumps(about | {"ended": self.ended}, ensure_ascii=False))


def claim_in(folder: Path) -> Claim | None:
    """The claim that lies in a folder; None where none can be read."""
    try:
        about: Any = read_json(folder / _CLAIM)
        owner = owner_of(about["owner"])
        if owner is None:
            return None
        return Claim(folder, owner, str(about["probe"]), dict(about["arguments"]), float(about["ended"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


class Sharing:
    """An executor whose jobs are shared with whoever has one on the same `folder`.

    A job that ended after this was made counts as one that runs: it was planned before.
    """

    def __init__(self, inner: Executor, folder: Path) -> None:
        self._inner, self._folder = inner, folder
        self._began = time.time()

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        """See Executor."""
        asked = replace(job, arguments=json.loads(json.dumps(dict(job.arguments))))
        told: set[Owner] = set()
        while True:
            try:
                taken = self._take(asked)
            except (OSError, Problem):  # nothing can be written there: then nothing is shared
                taken = None
            if taken is None or taken.mine:
                async with aclosing(self._own(job, taken.claim if taken else None)) as own:
                    async for line in own:
                        yield line
                return
            if taken.claim.owner not in told:
                told.add(taken.claim.owner)
                code = "measured-elsewhere" if taken.lines else "in-the-way-elsewhere"
                yield encode(Told(code, {"subject": job.subject, "pid": taken.claim.owner.pid}))
            if taken.lines is None:
                await _gone(taken.claim)
                continue
            with taken.lines as lines:
                async with aclosing(_followed(taken.claim, lines)) as others:
                    async for line in others:
                        if isinstance(line, Exit):
                            yield line
                            return
                        yield _asked_of(line, asked)

    def _take(self, job: Job) -> "_Taken":
        """A claim of our own; or another's, with what it tells, or without where it is only in the way.

        OSError, and Problem disk-full.
        """
        with _alone(self._folder):
            for claim in self._claims():
                current = claim.lives or claim.ended >= self._began
                if current and claim.answers(job) and (claim.lives or _has_result(claim)):
                    return _Taken(claim, (claim.folder / _LINES).open("rb"))
                if claim.lives and claim.excludes(job):
                    return _Taken(claim)
            name = hashlib.sha256(f"{this_process()} {time.time_ns()} {id(job)}".encode()).hexdigest()[:16]
            claim = Claim(self._folder / name, this_process(), job.probe, job.arguments)
            claim.folder.mkdir(parents=True)
            (claim.folder / _LINES).touch()
            claim.write()
            return _Taken(claim, mine=True)

    def _claims(self) -> Iterator[Claim]:
        """All there are; those that are long over, or whose process is gone, are deleted."""
        for folder in sorted(self._folder.iterdir()):
            if not folder.is_dir():
                continue
            claim = claim_in(folder)
            over = claim is not None and (
                claim.ended < time.time() - KEPT_S if claim.ended else not claim.lives
            )
            if over or (claim is None and folder.stat().st_mtime < time.time() - KEPT_S):
                shutil.rmtree(folder, ignore_errors=True)
            elif claim is not None:
                yield claim

    async def _own(self, job: Job, claim: Claim | None) -> AsyncGenerator[str | Exit, None]:
        """The job's own lines, written down as they come."""
        if claim is None:
            async with aclosing(self._inner.lines(job)) as lines:
                async for line in lines:
                    yield line
            return
        writer = _Writer(claim.folder / _LINES)
        beating = asyncio.create_task(_beat(claim.folder / _CLAIM))
        whole = False
        try:
            async with aclosing(self._inner.lines(job)) as lines:
                async for line in lines:
                    writer.write(line)
                    whole = whole or isinstance(line, Exit)
                    yield line
        finally:
            beating.cancel()
            writer.close()
            self._release(claim, whole and not writer.cancelled)

    def _release(self, claim: Claim, whole: bool) -> None:
        """It is over. What was cut off, or ended by a person, is for others to do themselves."""
        with suppress(OSError, Problem):
            if whole:
                replace(claim, ended=time.time()).write()
            else:
                shutil.rmtree(claim.folder, ignore_errors=True)


@dataclass(frozen=True)
class _Taken:
    """A claim: one of our own, one whose `lines` are to be followed, or one in the way."""

    claim: Claim
    lines: BinaryIO | None = None
    mine: bool = False


async def _gone(claim: Claim) -> None:
    """Waits until it is over."""
    now: Claim | None = claim
    while now is not None and now.lives:
        await asyncio.sleep(POLL_S)
        now = claim_in(claim.folder)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else looks at the claims meanwhile, where the disk knows locks."""
    from filelock import FileLock

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire()
    except NotImplementedError:
        yield
        return
    try:
        yield
    finally:
        lock.release()


async def _beat(file: Path) -> None:
    """For other machines: the file's process lives."""
    while True:
        await asyncio.sleep(BEAT_S)
        with suppress(OSError):
            os.utime(file)


class _Writer:
    """A job's lines for others, who do the job themselves where they see no end of it."""

    def __init__(self, path: Path) -> None:
        self._stream: BinaryIO | None = path.open("ab", buffering=0)
        self._progress = 0.0
        self.cancelled = False

    def write(self, line: str | Exit) -> None:
        if isinstance(line, Exit):
            line = json.dumps({_EXIT: line.code, "log": line.log_tail}, ensure_ascii=False)
        event = _event(line)
        if isinstance(event, Failed):
            self.cancelled = event.kind == "cancelled"
        if isinstance(event, Progress):
            now = time.monotonic()
            if now - self._progress < PROGRESS_S:
                return
            self._progress = now
        if self._stream is not None:
            try:
                self._stream.write((line.rstrip("\n") + "\n").encode())
            except OSError:
                self.close()

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None


async def _followed(claim: Claim, lines: BinaryIO) -> AsyncGenerator[str | Exit, None]:
    """Another's lines as they are written, to its Exit; without one where its process is gone."""
    rest, looked, last = b"", time.monotonic(), False
    while True:
        more = lines.read()
        *whole, rest = (rest + more).split(b"\n")
        for one in whole:
            line = one.decode("utf-8", "replace")
            over = _exit(line)
            yield over or line
            if over is not None:
                return
        if more:
            continue
        if last:
            return
        if time.monotonic() - looked > _LOOK_S:
            now, looked = claim_in(claim.folder), time.monotonic()
            last = now is None or not now.lives  # whatever it told is written by now
            continue
        await asyncio.sleep(POLL_S)


def _has_result(claim: Claim) -> bool:
    """Whether a job that has ended gave an answer: what failed is tried again."""
    with suppress(OSError), (claim.folder / _LINES).open("rb") as lines:
        return any(isinstance(_event(line.decode("utf-8", "replace")), Finished) for line in lines)
    return False


def _exit(line: str) -> Exit | None:
    with suppress(ValueError, TypeError, KeyError):
        about = json.loads(line)
        return Exit(int(about[_EXIT]), str(about["log"]))
    return None


def _event(line: str) -> object:
    """The event of a line; None where it is none, or Exit's."""
    try:
        return decode(line)
    except (ValueError, TypeError):
        return None


def _asked_of(line: str, job: Job) -> str:
    """The line without the levels that nobody asked for here."""
    levels = job.arguments.get("levels")
    event = _event(line)
    if not isinstance(levels, list) or not isinstance(event, Finished | Metric):
        return line
    if isinstance(event, Metric):
        return line if not event.level or event.level in levels else ""
    rows = event.result.get("levels")
    if not isinstance(rows, list):
        return line
    kept = [row for row in rows if row["level"] in levels]
    return encode(Finished(dict(event.result) | {"levels": kept}))
