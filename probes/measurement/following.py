"""A measurement that runs in a process of its own: begun here or elsewhere, followed from here."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from catalog.evidence.store import RunState
from catalog.files import write_text
from catalog.verdict.request import Request
from probes.jobs.journal import Ended
from probes.jobs.published import LOG, POLL_S, Published, living, new_folder
from probes.measurement.board import KINDS, Board
from probes.measurement.measurement import Choice
from probes.measurement.question import Question
from probes.measurement.question_json import plain, question_of

ASKED = "asked.json"
"""What the process is to measure, in the folder that it is published in."""


class Following:
    """What a Measurement tells a screen, read from the journal of the process that it runs in.

    `request` is nobody's but that process's: whoever judges here reads the question's files anew.
    """

    request: Request | None = None

    def __init__(
        self, published: Published, question: Question, process: "subprocess.Popen[bytes] | None" = None
    ) -> None:
        self.published, self.question = published, question
        self._process = process
        self._board = Board(published.journal)

    @property
    def board(self) -> Board:
        """What the journal says up to now."""
        self.published.read()
        return self._board.read()

    @property
    def kept(self) -> bool:
        """Whether it outlives whoever asked for it; else it is a command of another terminal."""
        about = self.published.about
        return about is None or about.kept

    async def apart(self) -> RunState:
        """How it ends, once it has; cancelling this leaves it running."""
        while not self.board.ended:
            await asyncio.sleep(POLL_S)
            if not self._lives():
                self.published.lost()
        ended = self.published.journal.entries[-1].event
        self.published.close()
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)
        return ended.state if isinstance(ended, Ended) else RunState.FAILED

    def _lives(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        return self.published.lives

    def stop(self) -> None:
        """Ask it to end; what is measured is kept."""
        self.published.stop()

    def cancel(self, job: int) -> None:
        """Ask it to end one job; the others go on."""
        self.published.cancel(job)


def begin(question: Question, place: Path) -> Following:
    """Measure in a process of its own, in a session of its own, that needs no terminal.

    `place` is the folder of published runs. OSError, and Problem disk-full, where it cannot be written.
    """
    folder = new_folder(place)
    write_text(folder / ASKED, json.dumps({"question": _placed(question)}, ensure_ascii=False))
    how: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        how = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "probes.measurement", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **how,
        )
    return Following(Published(folder, KINDS), question, process)


def measurements(place: Path) -> Iterator[Following]:
    """Those that are measured now, by whatever process, the newest first."""
    for published in living(place, KINDS):
        about = published.about
        question = question_of(about.asked.get("question")) if about else None
        if about is not None and question is not None and about.asked.get("choice") != Choice.NOTHING:
            yield Following(published, question)


def measured_now(question: Question, place: Path) -> Following | None:
    """The one that answers this very question, if it is being measured; only one that is kept."""
    asked = _placed(question)
    return next((one for one in measurements(place) if one.kept and _placed(one.question) == asked), None)


def _placed(question: Question) -> dict[str, Any]:
    """The question as JSON, its files found from anywhere."""
    data = question.data.absolute() if question.data else None
    placed: dict[str, Any] = json.loads(
        json.dumps(plain(replace(question, text=question.text.absolute(), data=data)))
    )
    return placed
