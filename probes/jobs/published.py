"""A run that others can see: a journal in a folder, that any process may read, and ask to stop.

about.json     which process it is, and what it was asked
journal.jsonl  one entry a line, as they come
stop, cancel-N what others ask of it: to end, or to end its job N
"""

import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from catalog.bounded_json import read_json
from catalog.evidence.store import RunState
from catalog.files import write_text
from catalog.problem import Problem
from probes.jobs.events import Failed, FailureKind, Progress
from probes.jobs.journal import KINDS, Ended, Entry, Journal, entry_line, entry_of
from probes.jobs.owner import BEAT_S, Owner, owner_of, this_process
from probes.jobs.queue import Queued

RUNNING = "running"
"""The folder of published runs, in the person's data folder."""
LOG = "log"
"""What a process without a terminal has to say, beside its journal."""
POLL_S = 0.1
PROGRESS_S = 0.5
"""Of a job's progress no more than this often is written down."""
KEPT_S = 600.0
"""How long a run that is over stays for those who follow it."""
_ABOUT, _JOURNAL, _STOP, _CANCEL = "about.json", "journal.jsonl", "stop", "cancel-"


@dataclass(frozen=True)
class About:
    """Who runs what: `run` is its number in the store, once it has one.

    `kept` is a run that outlives whoever asked for it; `asked` is what it was asked, as JSON.
    """

    owner: Owner
    command: str
    begun: str
    run: int | None = None
    kept: bool = False
    ended: bool = False
    asked: Mapping[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """OSError, and Problem disk-full."""
        plain = {name: getattr(self, name) for name in _PLAIN} | {"owner": self.owner.plain()}
        write_text(folder / _ABOUT, json.dumps(plain, ensure_ascii=False))


_PLAIN = ("command", "begun", "run", "kept", "ended", "asked")


def about_in(folder: Path) -> About | None:
    """What lies in a folder; None where nothing can be read."""
    try:
        plain: Any = read_json(folder / _ABOUT)
        owner = owner_of(plain["owner"])
        return None if owner is None else About(owner, **{name: plain[name] for name in _PLAIN})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def new_folder(place: Path) -> Path:
    """A folder for a run to be published in; those of runs that have long been over are deleted.

    OSError where none can be made.
    """
    place.mkdir(parents=True, exist_ok=True)
    for folder in place.iterdir():
        if folder.is_dir() and _age(folder) > KEPT_S and not Published(folder).lives:
            shutil.rmtree(folder, ignore_errors=True)
    folder = place / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    folder.mkdir()
    return folder


def _age(folder: Path) -> float:
    with suppress(OSError):
        return time.time() - max(one.stat().st_mtime for one in (folder, *folder.iterdir()))
    return 0.0


class Publishing:
    """Writes a journal down as it grows, and does what others ask. Use as a context manager.

    `stop` and `cancel` are called from a thread of its own. What cannot be written is tried again.
    """

    def __init__(
        self,
        journal: Journal,
        folder: Path,
        about: About,
        stop: Callable[[], None],
        cancel: Callable[[int], None],
    ) -> None:
        self._journal, self._folder, self._about = journal, folder, about
        self._stop, self._cancel = stop, cancel
        self._lock, self._over = threading.Lock(), threading.Event()
        self._taken, self._lines = 0, list[bytes]()
        self._held: dict[int, Entry] = {}
        self._wrote: dict[int, float] = {}
        self._beat = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="published", daemon=True)

    def __enter__(self) -> Self:
        self._say(self._about)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._write(everything=True)
        self._say(replace(self._about, ended=True))

    def numbered(self, run: int) -> None:
        """The run has a number in the store; a negative one is none."""
        if run > 0:
            self._say(replace(self._about, run=run))

    def _say(self, about: About) -> None:
        with self._lock, suppress(OSError, Problem):  # who reads then goes by what stands there
            self._about = about
            about.write(self._folder)

    def _work(self) -> None:
        while not self._over.wait(POLL_S):
            self._write()
            self._obey()
            if time.monotonic() - self._beat > BEAT_S:
                self._beat = time.monotonic()
                with suppress(OSError):
                    os.utime(self._folder / _ABOUT)

    def _obey(self) -> None:
        with suppress(OSError):
            for asked in [one.name for one in self._folder.iterdir()]:
                if asked == _STOP or asked.startswith(_CANCEL):
                    (self._folder / asked).unlink()
                    self._do(asked)

    def _do(self, asked: str) -> None:
        if asked == _STOP:
            self._stop()
            return
        number = asked.removeprefix(_CANCEL)
        if number.isdecimal() and int(number) < len(self._journal.jobs):
            self._cancel(int(number))

    def _write(self, everything: bool = False) -> None:
        """What was told since; of progress the latest, and not too often."""
        entries = self._journal.entries[self._taken :]
        self._taken += len(entries)
        for entry in entries:
            if isinstance(entry.event, Progress) and entry.job is not None:
                self._held[entry.job] = entry
                continue
            over = isinstance(entry.event, Ended)
            for job in list(self._held) if over else [entry.job]:
                if job is not None and (held := self._held.pop(job, None)):
                    self._take(held)
            self._take(entry)
        for job, entry in list(self._held.items()):
            if everything or entry.at - self._wrote.get(job, float("-inf")) >= PROGRESS_S:
                self._take(self._held.pop(job))
        if self._lines:
            self._append(b"".join(self._lines))

    def _take(self, entry: Entry) -> None:
        if entry.job is not None and isinstance(entry.event, Progress):
            self._wrote[entry.job] = entry.at
        with suppress(TypeError, ValueError):  # an event that no other process knows
            self._lines.append(entry_line(entry).encode() + b"\n")

    def _append(self, data: bytes) -> None:
        """All of it, or nothing: a full disk may take a part, which is taken back."""
        with suppress(OSError), (self._folder / _JOURNAL).open("ab", buffering=0) as stream:
            began = stream.tell()
            try:
                if stream.write(data) == len(data):
                    self._lines.clear()
                    return
            except OSError:
                stream.truncate(began)
                raise
            stream.truncate(began)


class Published:
    """Another process's run; `journal` is what it has told up to the last `read`.

    `kinds` are the events that the reader knows; others are left out.
    """

    def __init__(self, folder: Path, kinds: Iterable[type] = KINDS) -> None:
        self.folder, self.journal = folder, Journal()
        self._kinds = {kind.__name__.lower(): kind for kind in kinds}
        self._rest = b""
        self._stream: BinaryIO | None = None
        self._closed = False
        self._about: About | None = None

    @property
    def about(self) -> About | None:
        """Who runs what; None before its process is up."""
        self._about = about_in(self.folder) or self._about
        return self._about

    @property
    def lives(self) -> bool:
        """Whether it goes on, as far as it was read."""
        about = self.about
        return (
            about is not None
            and not self.over
            and not about.ended
            and about.owner.lives(self.folder / _ABOUT)
        )

    @property
    def over(self) -> bool:
        """Whether its end is told."""
        return bool(self.journal.entries) and isinstance(self.journal.entries[-1].event, Ended)

    def read(self) -> Journal:
        """Take in what was written since."""
        if self._closed:
            return self.journal
        if self._stream is None:
            try:
                self._stream = (self.folder / _JOURNAL).open("rb")
            except OSError:
                return self.journal
        *lines, self._rest = (self._rest + self._stream.read()).split(b"\n")
        for line in lines:
            with suppress(ValueError, KeyError, TypeError):
                self._add(entry_of(line.decode(), self._kinds))
        return self.journal

    def _add(self, entry: Entry) -> None:
        self.journal.entries.append(entry)
        if isinstance(entry.event, Queued):
            self.journal.jobs.append(entry.event.job)

    def lost(self, code: str = "run-lost") -> None:
        """Its process is gone without a word: that is how it ended."""
        if self.read() and not self.over:
            last = self.journal.entries[-1].at if self.journal.entries else self.journal.clock()
            words = self.words()
            failed = Failed(FailureKind.KILLED, code, {"detail": words[-200:]}, words)
            self._add(Entry(last, Ended(RunState.FAILED, failed)))

    def words(self) -> str:
        """The last that its process had to say beside the journal."""
        with suppress(OSError):
            return (self.folder / LOG).read_text("utf-8", "replace")[-4000:].strip()
        return ""

    def stop(self) -> None:
        """Ask it to end. OSError where that cannot be written."""
        (self.folder / _STOP).touch()

    def cancel(self, job: int) -> None:
        """Ask it to end one job. OSError where that cannot be written."""
        (self.folder / f"{_CANCEL}{job}").touch()

    def close(self) -> None:
        """Read no more."""
        self._closed = True
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def living(place: Path, kinds: Iterable[type] = KINDS) -> Iterator[Published]:
    """The runs that go on, the newest first."""
    kinds = tuple(kinds)
    folders = sorted(place.iterdir(), reverse=True) if place.is_dir() else []
    for folder in folders:
        found = Published(folder, kinds)
        if found.lives:
            yield found


def about_now(command: str, asked: Mapping[str, Any], kept: bool = False) -> About:
    """Of a run that this process begins now."""
    begun = datetime.now(UTC).isoformat(timespec="seconds")
    return About(this_process(), command, begun, kept=kept, asked=asked)
