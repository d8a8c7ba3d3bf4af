"""Jobs in real processes: what reaches the reader and the store, whatever becomes of the child."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from catalog.evidence.store import Store
from probes.jobs import runner as module
from probes.jobs.events import Event, Failed, FailureKind, Finished, Metric, Progress, Started, encode
from probes.jobs.runner import Exit, Job, JobError, Runner
from tests.probes.jobs.fake_probes import ROOT, FakeProcesses, fake
from tui.strings import LANGUAGES, say_problem

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups and signals of POSIX")
PATIENCE_S = 60
"""What a busy machine may take; the fake probes wait ten times as long for their end."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "evidence.sqlite")
    yield opened
    opened.close()


async def all_events(runner: Runner, job: Job) -> list[Event]:
    async with aclosing(runner.events(job)) as events:
        return [event async for event in events]


class Script:
    """An executor that plays lines back."""

    def __init__(self, *lines: str | Exit | float) -> None:
        self._lines = lines

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        for line in self._lines:
            if isinstance(line, float):
                await asyncio.sleep(line)
            else:
                yield line


def levels(store: Store) -> list[str]:
    return [one.level for one in store.find("perplexity")]


async def test_a_job_from_its_start_to_the_store(store: Store):
    run = store.begin("basefit fake", {})
    events = await all_events(Runner(store, run, FakeProcesses()), fake("finish"))
    started, progress, metric, finished = events
    assert isinstance(started, Started)
    assert isinstance(progress, Progress)
    assert isinstance(metric, Metric)
    assert finished == Finished({"answer": 42})
    (kept,) = store.evidence_of(run)
    assert (kept.level, kept.values, kept.source) == ("nf4", {"ppl": 0.5}, "basefit fake finish")
    assert store.failures() == []


async def test_the_result_alone_and_without_a_store():
    assert await Runner(None, executor=FakeProcesses()).result(fake("finish")) == {"answer": 42}


async def test_what_is_no_event_is_passed_over(store: Store):
    events = await all_events(Runner(store, executor=FakeProcesses()), fake("noise"))
    assert [type(event) for event in events] == [Started, Finished]


async def test_a_line_longer_than_a_pipe_buffer_passes(store: Store):
    events = await all_events(Runner(store, executor=FakeProcesses()), fake("long", characters=300_000))
    assert events[-1] == Finished({"text": "x" * 300_000})
    assert store.find()[0].values["ppl"] == "字" * 300_000


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        ("problem", FailureKind.BAD_INPUT, "text-empty"),
        ("unsupported", FailureKind.UNSUPPORTED, "architecture-unsupported"),
        ("memory", FailureKind.OOM, "out-of-memory"),
        ("cuda", FailureKind.OOM, "out-of-memory"),
        ("cpu", FailureKind.OOM, "out-of-memory"),
        ("disk", FailureKind.BAD_INPUT, "disk-full"),
        ("bug", FailureKind.CRASH, "probe-crashed"),
    ],
)
async def test_an_error_arrives_as_what_it_means(store: Store, error: str, kind: FailureKind, code: str):
    run = store.begin("basefit fake", {})
    with pytest.raises(JobError) as raised:
        await Runner(store, run, FakeProcesses()).result(fake("raise", error=error))
    assert (raised.value.failed.kind, raised.value.failed.code) == (kind, code)
    (row,) = store.failures(run)
    assert (row["probe"], row["subject"], row["failure"]["code"]) == ("fake", "nobody", code)


async def test_killed_in_the_middle_names_the_phase_and_keeps_what_was_measured(store: Store):
    events = await all_events(Runner(store, executor=FakeProcesses()), fake("die", signal="SIGKILL"))
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert (failed.kind, failed.code, failed.params) == (
        FailureKind.KILLED,
        "probe-killed",
        {"phase": "layers"},
    )
    assert "last words for the log" in failed.detail
    assert levels(store) == ["bf16"]
    assert len(store.failures()) == 1
    assert await Runner(store, executor=FakeProcesses()).result(fake("finish")) == {"answer": 42}


async def test_another_signal_is_a_crash_with_its_name(store: Store):
    events = await all_events(Runner(store, executor=FakeProcesses()), fake("die", signal="SIGABRT"))
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert (failed.kind, failed.code) == (FailureKind.CRASH, "probe-signalled")
    assert failed.params == {"signal": "SIGABRT", "phase": "layers"}
    for language in LANGUAGES:
        said = say_problem(failed.code, failed.params, language)
        assert "SIGABRT" in said
        assert "problem." not in said


@pytest.mark.parametrize(
    ("ended", "kind", "params"),
    [
        (
            Exit(-signal.SIGABRT, "reads\nmemory allocation of 4398046511104 bytes failed"),
            FailureKind.OOM,
            {"detail": "memory allocation of 4398046511104 bytes failed"},
        ),
        (
            Exit(1, "ImportError: libtorch.so: failed to map segment from shared object"),
            FailureKind.OOM,
            {"detail": "ImportError: libtorch.so: failed to map segment from shared object"},
        ),
        (
            Exit(120, "object type name: MemoryError\nlost sys.stderr"),
            FailureKind.OOM,
            {"detail": "object type name: MemoryError"},
        ),
        (Exit(-60, "reads"), FailureKind.CRASH, {"signal": "60", "phase": "start"}),
    ],
)
async def test_a_library_that_aborts_for_lack_of_memory_says_so_in_the_log(
    ended: Exit, kind: FailureKind, params: dict[str, str]
):
    (failed,) = await all_events(Runner(None, executor=Script(ended)), fake("nothing"))
    assert isinstance(failed, Failed)
    assert (failed.kind, failed.params) == (kind, params)


@pytest.mark.parametrize("code", [0, 7])
async def test_an_end_without_a_last_word_is_a_crash(store: Store, code: int):
    events = await all_events(Runner(store, executor=FakeProcesses()), fake("leave", code=code))
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert (failed.code, failed.params["code"]) == ("probe-silent", code)


async def _until_waiting(events: AsyncGenerator[Event, None]) -> int:
    pid = 0
    async for event in events:
        if isinstance(event, Started):
            pid = event.pid
        if isinstance(event, Metric):
            return pid
    raise AssertionError("the probe ended")


async def test_closing_the_events_ends_the_child(store: Store):
    async with aclosing(Runner(store, executor=FakeProcesses()).events(fake("hang"))) as events:
        pid = await _until_waiting(events)
        assert psutil.pid_exists(pid)
    assert not psutil.pid_exists(pid)
    assert levels(store) == ["nf4"]


async def test_cancelling_the_reader_ends_the_child(store: Store):
    pids: asyncio.Queue[int] = asyncio.Queue()

    async def read() -> None:
        async with aclosing(Runner(store, executor=FakeProcesses()).events(fake("hang"))) as events:
            pids.put_nowait(await _until_waiting(events))
            await asyncio.sleep(600)

    task = asyncio.create_task(read())
    pid = await pids.get()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert not psutil.pid_exists(pid)


async def test_a_child_that_ignores_the_first_signal_gets_the_second(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "GRACE_S", 0.3)
    sent: list[int] = []
    real = module._signal_group

    def recorded(process: asyncio.subprocess.Process, sign: int) -> bool:
        sent.append(sign)
        return real(process, sign)

    monkeypatch.setattr(module, "_signal_group", recorded)
    async with aclosing(
        Runner(store, executor=FakeProcesses()).events(fake("hang", stubborn=True))
    ) as events:
        pid = await _until_waiting(events)
        assert sent == []
    assert sent[:2] == [signal.SIGTERM, signal.SIGKILL]
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize("job", [fake("hang"), fake("die", signal="SIGKILL")], ids=["cancelled", "killed"])
async def test_nothing_of_the_group_is_left(store: Store, tmp_path: Path, job: Job):
    note = tmp_path / "orphan"
    job = fake(**dict(job.arguments), orphan=str(note))
    async with (
        asyncio.timeout(PATIENCE_S),
        aclosing(Runner(store, executor=FakeProcesses()).events(job)) as events,
    ):
        async for event in events:
            if isinstance(event, Metric) and job.arguments["do"] == "hang":
                break
    orphan = int(note.read_text())
    for _ in range(round(PATIENCE_S / 0.02)):
        if not _alive(orphan):
            break
        await asyncio.sleep(0.02)
    assert not _alive(orphan)


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_bursts_of_progress_are_thinned_and_the_tail_is_told():
    burst = [encode(Progress("read", n, 9000)) for n in range(9000)]
    metric = encode(Metric("k", "m", "", "", {}, {}))
    more = [encode(Progress("score", n, 9000)) for n in range(9001)]
    runner = Runner(None, executor=Script(*burst, metric, *more, encode(Finished({})), Exit(0, "")))
    events = await all_events(runner, fake("nothing"))
    assert len(events) < 100
    assert [e for e in events if not isinstance(e, Progress)] == [
        Metric("k", "m", "", "", {}, {}),
        Finished({}),
    ]
    before = events[: events.index(Metric("k", "m", "", "", {}, {}))]
    assert before[-1] == Progress("read", 8999, 9000)
    assert events[-2] == Progress("score", 9000, 9000)


async def test_a_steady_stream_reaches_the_reader_at_a_dozen_a_second():
    lines: list[str | Exit | float] = []
    for number in range(200):
        lines += [encode(Progress("read", number, 200)), 0.005]
    runner = Runner(None, executor=Script(*lines, encode(Finished({})), Exit(0, "")))
    began = time.monotonic()
    events = await all_events(runner, fake("nothing"))
    seconds = time.monotonic() - began
    assert 3 <= len(events) <= seconds * 12 + 4


async def test_an_executor_that_breaks_is_not_swallowed():
    class Broken:
        async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
            yield encode(Started("fake", 1))
            raise OSError("the cluster is gone")

    with pytest.raises(OSError, match="the cluster is gone"):
        await all_events(Runner(None, executor=Broken()), fake("nothing"))


def start(tmp_path: Path, job: Job) -> subprocess.Popen[bytes]:
    """The probe's process by itself, as another executor would start it."""
    file = tmp_path / "job.json"
    file.write_text(module.json.dumps(dict(job.arguments)))
    command = FakeProcesses().command(job, file)
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, cwd=tmp_path)


def test_the_child_ends_when_its_stdin_closes(tmp_path: Path):
    with start(tmp_path, fake("hang")) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert b"started" in child.stdout.readline()
        child.stdin.close()
        assert child.wait(PATIENCE_S) == 130


@pytest.mark.parametrize(
    ("job", "code"),
    [
        (fake("finish"), 0),
        (fake("raise", error="problem"), 2),
        (fake("raise", error="unsupported"), 2),
        (fake("raise", error="bug"), 3),
        (fake("raise", error="memory"), 3),
        (fake("die", signal="SIGTERM"), -signal.SIGTERM),
    ],
)
def test_exit_status(tmp_path: Path, job: Job, code: int):
    with start(tmp_path, job) as child:
        assert child.stdout is not None
        child.stdout.read()
        assert child.wait(PATIENCE_S) == code


def test_a_folder_named_probes_where_the_person_stands_is_not_run(tmp_path: Path):
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "__init__.py").write_text("raise SystemExit(99)")
    job = tmp_path / "job.json"
    job.write_text("{}")
    command = module.LocalProcesses().command(Job("hardware", {}), job)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, check=False, stdin=-3
    )
    assert b'"started"' in done.stdout
    assert b"job-setting-missing" in done.stdout, "the real probe, which misses the devices in its job"
    assert done.returncode == 2


def test_the_runner_needs_no_heavy_library():
    heavy = "{'torch', 'transformers', 'numpy'}"
    code = f"import sys, probes.jobs.runner; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
