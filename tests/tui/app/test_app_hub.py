"""A model named in the app that is not on this disk: size and room first, Yes or No, progress, resume."""

import shutil
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from probes.checkpoint.target import DEMO
from probes.jobs.events import Finished, encode
from probes.jobs.runner import Exit, Job, LocalProcesses
from tests.probes.checkpoint.hub_server import Hub, ModelScope
from tests.tui.app import app_fakes as fakes
from tests.tui.app.driving import (
    SIZE,
    dialog,
    focus,
    focused,
    idle,
    ranked,
    shown,
    submit_own,
    until,
    words,
)
from tui.app import BasefitApp
from tui.screens.fetch import FetchDialog
from tui.screens.own import FIELDS, OwnDialog

LARGE = bytes(range(256)) * (64 * 1024)


class Downloading(fakes.FakeExecutor):
    """Downloads for real, from the local Hub; measures by formula."""

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        inner = LocalProcesses() if job.probe == "download" else super()
        async for line in inner.lines(job):
            yield line


@pytest.fixture
def hub(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    root = folder / "served"
    shutil.copytree(DEMO / "demo-llama-s", root / "tiny" / "llama")
    (root / "tiny" / "llama" / "model.safetensors").write_bytes(LARGE)
    server = Hub(root)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(fakes, "SIZES", fakes.SIZES | {"tiny/llama": 128})
    monkeypatch.setattr(fakes, "QUALITY", fakes.QUALITY | {"tiny/llama": 2.4})
    yield server
    server.go_on.set()
    server.shutdown()


async def named(app: BasefitApp, pilot: Pilot[int], folder: Path, name: str) -> None:
    """The form filled with one model, and started."""
    await shown(pilot, "home")
    await pilot.press("m")
    form = await dialog(pilot, OwnDialog)
    form.query_one("#candidates", Input).value = name
    form.query_one("#text", Input).value = str(folder / "text.txt")
    await submit_own(pilot)


async def sizes_known(app: BasefitApp, pilot: Pilot[int]) -> None:
    await dialog(pilot, FetchDialog)
    await until(pilot, lambda: not app.screen.query_one("#yes", Button).disabled)


def fetched(folder: Path) -> list[Path]:
    return [path for path in (folder / "hub").rglob("*.safetensors") if path.is_file()]


async def test_no_means_nothing_is_fetched(make, folder: Path, hub: Hub) -> None:
    app = make(executor=Downloading())
    async with app.run_test(size=SIZE) as pilot:
        await named(app, pilot, folder, "tiny/llama")
        await sizes_known(app, pilot)
        assert "tiny/llama (Hugging Face): 16." in words(app, "fetch-sizes")
        assert "free on the disk" in words(app, "fetch-state")
        await focused(pilot, "no")
        await pilot.press("enter")
        await dialog(pilot, OwnDialog)
        await until(pilot, lambda: "Nothing was fetched: tiny/llama" in words(app, "own-problem"))
        assert not hub.ranges
        assert not fetched(folder)
        assert not app.measuring


async def test_yes_fetches_shows_how_far_ends_and_goes_on(make, folder: Path, hub: Hub) -> None:
    hub.hold_after = 12 * 2**20
    app = make(executor=Downloading())
    async with app.run_test(size=SIZE) as pilot:
        await named(app, pilot, folder, "tiny/llama")
        await sizes_known(app, pilot)
        await pilot.press("y")
        await until(pilot, lambda: "% of 16." in words(app, "fetch-state"))
        await until(pilot, lambda: not words(app, "fetch-state").startswith("tiny/llama: 0%"))
        await pilot.press("escape")
        await until(pilot, lambda: "Nothing was fetched: tiny/llama" in words(app, "own-problem"))
        await idle(pilot, "hub")  # the child is gone: it must not go on when the Hub does
        assert not fetched(folder)
        hub.hold_after = None
        hub.go_on.set()
        await focus(pilot, FIELDS[-1])
        await pilot.press("enter")
        await sizes_known(app, pilot)
        await pilot.press("y")
        await until(pilot, lambda: app.measurement is not None)
        assert [path.read_bytes() == LARGE for path in fetched(folder)] == [True]
        assert [wanted for wanted in hub.ranges if wanted and not wanted.startswith("bytes=0-")]
        await ranked(pilot)
        assert {e.model for e in app.store.find("perplexity")} == {"tiny/llama"}


async def test_a_refusal_is_one_sentence_and_yes_stays_shut(make, folder: Path, hub: Hub) -> None:
    app = make(executor=Downloading(), language="zh")
    async with app.run_test(size=SIZE) as pilot:
        await named(app, pilot, folder, "tiny/gated")
        await dialog(pilot, FetchDialog)
        await until(pilot, lambda: "HF_TOKEN" in words(app, "fetch-problem"))
        assert app.screen.query_one("#yes", Button).disabled
        await pilot.press("y", "n")
        await dialog(pilot, OwnDialog)
        assert not [request for request in hub.requests if "/resolve/" in request]


async def test_the_other_hub_may_have_it(make, folder: Path, hub: Hub, monkeypatch) -> None:
    scope = ModelScope(folder / "scope")
    (scope.root / "tiny").mkdir(parents=True)
    (hub.root / "tiny" / "llama").rename(scope.root / "tiny" / "llama")
    monkeypatch.setenv("MODELSCOPE_ENDPOINT", scope.environment["MODELSCOPE_ENDPOINT"])
    monkeypatch.setenv("MODELSCOPE_CACHE", str(folder / "hub" / "ms"))
    app = make(executor=Downloading())
    async with app.run_test(size=SIZE) as pilot:
        await named(app, pilot, folder, "tiny/llama")
        await dialog(pilot, FetchDialog)
        await until(pilot, lambda: "Hugging Face knows no tiny/llama" in words(app, "fetch-problem"))
        await pilot.press("h")
        await sizes_known(app, pilot)
        assert "tiny/llama (ModelScope): 16." in words(app, "fetch-sizes")
        assert not words(app, "fetch-problem")
        await pilot.press("y")
        await until(pilot, lambda: app.measurement is not None)
        assert [path.read_bytes() == LARGE for path in fetched(folder)] == [True]
    scope.shutdown()


class FullDisk(fakes.FakeExecutor):
    """A Hub's answer on a disk with too little room."""

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        self.ran.append(job)
        sizes = {"bytes": 2**34, "missing_bytes": 2**33, "disk_free_bytes": 2**33, "spare_bytes": 2**30}
        yield encode(Finished({"repo": job.subject} | sizes))
        yield Exit(0, "")


async def test_a_full_disk_is_said_before(make, folder: Path) -> None:
    app = make(executor=FullDisk())
    async with app.run_test(size=SIZE) as pilot:
        await named(app, pilot, folder, "tiny/llama")
        await dialog(pilot, FetchDialog)
        await until(pilot, lambda: "1.0 GiB must stay free" in words(app, "fetch-problem"))
        assert "tiny/llama (Hugging Face): 8.0 GiB to fetch, 16.0 GiB in all" in words(app, "fetch-sizes")
        assert app.screen.query_one("#yes", Button).disabled
        await pilot.press("y", "n")
        await dialog(pilot, OwnDialog)
        assert [job.arguments["ask"] for job in app.executor.ran] == [True]
