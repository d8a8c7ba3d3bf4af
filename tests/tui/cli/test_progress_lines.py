"""Progress where nobody looks on: at most a line a minute, and ever more rarely."""

import pytest

from probes.jobs.clock import Foreseen, Part, Work
from probes.jobs.events import Finished, Progress, Started
from probes.jobs.journal import Journal
from probes.jobs.queue import Queued
from probes.jobs.runner import Job
from tui.cli.session import Lines


def test_a_long_job_tells_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    journal = Journal(lambda: now)
    lines, job = Lines(journal), Job("perplexity", {}, "model")
    journal.tell(Foreseen((Work("perplexity", "model", (Part("layers", 3600.0),)),)))
    journal.tell(Queued(job), job)
    journal.tell(Started("perplexity", 1), job)
    for step in range(720):
        now = step * 10.0
        journal.tell(Progress("layers", step / 10, 72, "layers", now, values={"tokens": 72000.0}), job)
    journal.tell(Finished({}), job)
    lines.read()
    *said, last = capsys.readouterr().err.splitlines()
    assert 20 <= len(said) <= 80
    assert "model: " in said[-1]
    assert "10 tokens/s" in said[-1] or "10 词元/秒" in said[-1]
    assert "%" in said[-1]
    assert "model" in last
