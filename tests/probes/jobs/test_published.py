"""A run that others see: what they read, what they ask of it, and how they see that it is gone."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from catalog.evidence.store import RunState
from probes.jobs.events import Finished, Progress, Started
from probes.jobs.journal import Begun, Ended, Journal
from probes.jobs.published import (
    KEPT_S,
    About,
    Published,
    Publishing,
    about_now,
    living,
    new_folder,
)
from probes.jobs.queue import Queued
from probes.jobs.runner import Job

JOB = Job("perplexity", {"levels": ["nf4"]}, "model m")
OTHER = Job("perplexity", {"levels": ["nf4"]}, "model n")


def eventually(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def publishing(
    journal: Journal, folder: Path, asked: list[object], about: About | None = None
) -> Publishing:
    about = about or about_now("basefit demo", {"question": {}})
    return Publishing(journal, folder, about, lambda: asked.append("stop"), asked.append)


def test_what_is_told_is_read_elsewhere_to_its_end(tmp_path: Path) -> None:
    journal, folder = Journal(), new_folder(tmp_path)
    with publishing(journal, folder, []) as run:
        run.numbered(-1)
        journal.tell(Begun())
        journal.tell(Queued(JOB), JOB)
        journal.tell(object())  # nothing that can be written
        reader = Published(folder)
        eventually(lambda: len(reader.read().jobs) == 1)
        assert (reader.lives, reader.over, reader.about.run) == (True, False, None)
        run.numbered(7)
        journal.tell(Started("perplexity", 1), JOB)
        for done in range(50):
            journal.tell(Progress("layers", done, 50), JOB)
        journal.tell(Finished({"levels": []}), JOB)
        journal.tell(Queued(OTHER), OTHER)
        for done in range(3):
            journal.tell(Progress("layers", done, 50), OTHER)  # and then it is cut off
        journal.tell(Ended(RunState.DONE))
    found = [entry for entry in reader.read().entries if isinstance(entry.event, Progress)]
    assert [entry.event.done for entry in found][-2:] == [49, 2], "the last progress is not lost"
    assert len(found) < 10
    rest = [entry for entry in reader.journal.entries if not isinstance(entry.event, Progress)]
    mine = [entry for entry in journal.entries if not isinstance(entry.event, Progress)]
    assert rest == [entry for entry in mine if type(entry.event) is not object]
    assert (reader.over, reader.lives, reader.about.run) == (True, False, 7)
    assert list(living(tmp_path)) == []


def test_others_ask_it_to_end_or_to_end_a_job(tmp_path: Path) -> None:
    journal, folder, asked = Journal(), new_folder(tmp_path), list[object]()
    journal.tell(Queued(JOB), JOB)
    with publishing(journal, folder, asked):
        reader = Published(folder)
        for number in (5, 0):  # there is no job 5
            reader.cancel(number)
        (folder / "cancel-x").touch()
        reader.stop()
        eventually(lambda: len(asked) == 2)
        time.sleep(0.3)
    assert sorted(map(str, asked)) == ["0", "stop"]


def test_one_that_is_gone_without_a_word_has_failed(tmp_path: Path) -> None:
    folder, about = new_folder(tmp_path), about_now("basefit", {})
    replace(about, owner=replace(about.owner, started=1.0)).write(folder)
    (folder / "journal.jsonl").write_text(
        '{"at": 3.0, "job": null, "event": "begun", "told": {}}\n{"at": 4'
    )
    (folder / "log").write_text("Killed")
    reader = Published(folder)
    assert not reader.lives
    reader.lost()
    last = reader.journal.entries[-1]
    assert (last.at, last.event.state, last.event.failed.code) == (3.0, RunState.FAILED, "run-lost")
    assert "Killed" in last.event.failed.detail
    reader.lost()
    assert len(reader.journal.entries) == 2


def test_what_has_long_been_over_is_deleted_and_what_is_not_ours_left(tmp_path: Path) -> None:
    old, going, damaged = (new_folder(tmp_path) for _ in range(3))
    about = about_now("basefit", {})
    replace(about, ended=True).write(old)
    about.write(going)
    (damaged / "about.json").write_text(json.dumps({"owner": 3}))
    for folder in (old, going):
        for one in (*folder.iterdir(), folder):
            os.utime(one, (time.time() - 2 * KEPT_S,) * 2)
    fresh = new_folder(tmp_path)
    assert {one for one in tmp_path.iterdir()} == {going, damaged, fresh}
    assert [one.folder for one in living(tmp_path)] == [going]
