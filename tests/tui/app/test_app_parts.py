"""The app's parts without the app: state, board, cancelling, plots, bars, colours."""

import asyncio
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest
from rich.cells import cell_len

from catalog.evidence.store import RunState
from catalog.memory.footprint import Footprint, Term
from probes.jobs.cancelling import CancellingExecutor
from probes.jobs.clock import Reckoned
from probes.jobs.events import Failed, FailureKind, Finished, Metric, Progress, Started, decode
from probes.jobs.journal import Begun, Ended, Journal
from probes.jobs.queue import JobState, Queued
from probes.jobs.runner import Exit, Job
from probes.measurement.board import Board, JobRow
from probes.measurement.question_json import plain, question_of
from probes.measurement.saved_requests import Asked
from tests.places import ROOT
from tests.tui.app import app_fakes as fakes
from tui.screens.models import BATCHES, CONTEXTS, flowed, step
from tui.screens.tokenizer_words import cut_content
from tui.state import State, load_state, save_state
from tui.widgets.job_panel import progress_words
from tui.widgets.memory_bar import MemoryBar

JOB = Job("perplexity", {}, "model")


def test_first_paint_loads_no_heavy_library(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from tui.app import BasefitApp\n"
        "async def main():\n"
        "    async with BasefitApp().run_test(size=(80, 24)) as pilot:\n"
        "        await pilot.pause()\n"
        "asyncio.run(main())\n"
        "heavy = 'torch transformers peft bitsandbytes datasets tokenizers numpy'.split()\n"
        "heavy.append('catalog.verdict.recommend')\n"
        "print(*(name for name in heavy if name in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"BASEFIT_HOME": str(tmp_path), "PATH": "", "LANG": "C.UTF-8"},
    )
    assert done.stdout.strip() == ""


def test_state_is_restored_and_damage_only_forgets(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    asked = Asked(use="qlora", context=4096, candidates=("a", "b"), hours=2.5)
    state = State(language="zh", budget="rtx-4090", asked=asked)
    save_state(path, state)
    assert load_state(path) == state
    path.write_text(
        '{"language": "en", "asked": {"context": "long", "use": "fly", "hours": -1, "batch": 2}}'
    )
    assert load_state(path) == State(language="en", asked=Asked(batch=2))
    for damage in ("", "[]", "{", "\x00"):
        path.write_text(damage)
        assert load_state(path) == State()


def test_a_state_from_before_there_was_a_question_in_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(
        '{"language": "zh", "languages": "zh,en", "context": 4096, "targets": ["a"], "data": ""}'
    )
    asked = Asked(language="zh,en", context=4096, candidates=("a",))
    assert load_state(path) == State(language="zh", asked=asked)
    path.write_text('{"context": "long", "language": "en", "targets": 3, "new": 1}')
    assert load_state(path) == State(language="en")


def test_question_survives_the_store(tmp_path: Path) -> None:
    question = fakes.question(tmp_path)
    store = fakes.store(tmp_path)
    run = store.begin("basefit", {"question": plain(question)})
    assert question_of(store.runs()[0].request["question"]) == question
    assert run == 1
    for other in (None, {}, {"budget": 3}, "x"):
        assert question_of(other) is None


def test_board_folds_the_journal_into_rows() -> None:
    now = [0.0]
    journal = Journal(lambda: now[0])
    board = Board(journal)
    journal.tell(Begun())
    journal.tell(Queued(JOB), JOB)
    assert board.read().jobs[0].state is JobState.QUEUED
    now[0] = 1.0
    journal.tell(Started("perplexity", 1), JOB)
    journal.tell(Progress("layers", 1, 4, "layers", 0.5), JOB)
    assert board.read().jobs[0].state is JobState.RUNNING
    now[0] = 3.0
    assert board.jobs[0].seconds(now[0]) == 2.0
    journal.tell(Metric("perplexity", "m", "r", "nf4", {}, {}), JOB)
    journal.tell(Finished({}), JOB)
    assert (board.read().jobs[0].state, len(board.metrics)) == (JobState.DONE, 1)
    failing, waiting = Job("trial", {}, "x"), Job("trial", {}, "y")
    journal.tell(Queued(failing), failing)
    journal.tell(Queued(waiting), waiting)
    journal.tell(Failed(FailureKind.OOM, "out-of-memory", {"detail": "d"}), failing)
    journal.tell(Ended(RunState.CANCELLED))
    states = [JobState.DONE, JobState.FAILED, JobState.CANCELLED]
    assert [row.state for row in board.read().jobs] == states
    assert board.seconds == 3.0
    assert [line.key for line in board.log][-2:] == ["failed", "ended-cancelled"]
    late = Board(journal).read()
    assert (late.jobs, late.log, late.metrics) == (board.jobs, board.log, board.metrics)


async def test_cancelling_one_job_says_so_and_leaves_others_alone() -> None:
    executor = CancellingExecutor(fakes.FakeExecutor(stuck="slow"))
    slow, quick = Job("tokenizers", {}, "slow"), Job("unknown", {}, "quick")

    async def last(job: Job) -> list[str | Exit]:
        async with aclosing(executor.lines(job)) as lines:
            return [line async for line in lines][-2:]

    task = asyncio.create_task(last(slow))
    await asyncio.sleep(0.05)
    assert not task.done()
    executor.cancel(slow)
    told, ended = await asyncio.wait_for(task, 60)
    assert isinstance(told, str)
    assert decode(told).kind is FailureKind.CANCELLED
    assert ended == Exit(130, "")
    assert (await last(quick))[-1] == Exit(0, "")
    executor.cancel(quick)
    assert (await last(quick))[-1] == Exit(130, "")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_memory_bar_shows_every_part_and_marks_the_budget(language: str) -> None:
    terms = [
        Term.known(name, 2**30)
        for name in ("weights", "unquantized", "kv-cache", "adapter", "gradients", "optimizer", "logits")
    ]
    size = Footprint((*terms, Term("slack", 0, 2**30, 3 * 2**30)))
    assert sum(size.parts().values()) == size.expected
    bar = MemoryBar()
    bar.show(size, 16 * 2**30, language)
    assert bar._bar(50).cell_length == 50
    assert "|" not in bar._bar(50).plain
    bar.show(size, 4 * 2**30, language)
    assert bar._bar(50).plain.count("|") == 1
    assert len(bar._bar(50)) == 50


def test_progress_line_is_as_wide_as_told() -> None:
    row = JobRow(0, JOB)
    row.progress = Progress("layers", 3, 6, "layers", 1.5)
    words = progress_words(row, Reckoned(0.5, 2460, 1800, 3300), 40, "zh")
    assert "50%，还需 41 分钟（30-55）" in words
    assert cell_len(words) == 40
    words = progress_words(row, Reckoned(0.5, 2460, 1800, 3300), 60, "en")
    assert words.rstrip() == "████░░░░ 50%, 41 min left (30-55) layer 4 of 6"


def test_steps_stop_at_the_ends() -> None:
    assert step(CONTEXTS, 2048, 1) == 4096
    assert step(CONTEXTS, 512, -1) == 512
    assert step(CONTEXTS, 3000, 1) == 4096
    assert step(BATCHES, 32, 1) == 32


def test_flowed_parts_never_pass_the_width_unless_alone() -> None:
    lines = flowed(["aaaa", "bbbb", "汉汉汉汉", "c" * 30], 14).split("\n")
    assert lines == ["aaaa   bbbb", "汉汉汉汉", "c" * 30]


def test_a_cut_never_reads_markup() -> None:
    assert cut_content(fakes.SEGMENTS).plain == "E8|[树]|?㐀"
