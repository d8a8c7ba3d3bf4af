"""An app on a machine that is the same everywhere, with a folder of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_textual_snapshot import normalize_svg
from textual.pilot import Pilot

from catalog.evidence.store import Store
from tests.tui.app import app_fakes as fakes
from tui.app import BasefitApp
from tui.state import State, save_state

Make = Callable[..., BasefitApp]
Before = Callable[[Pilot[int]], Awaitable[None]]
PATIENCE = 60.0  # seconds a busy machine may take to paint what it has been told


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key waits for all widgets; Textual gives up on that after half a minute."""
    monkeypatch.setattr(Pilot._wait_for_screen, "__defaults__", (PATIENCE,))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return tmp_path


@pytest.fixture
def make(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Builds an app from language, machine, executor, state; its demo is the fake family."""
    question = fakes.question(folder)
    monkeypatch.setattr("probes.measurement.question.demo_question", lambda: question)
    # How many small checkpoints are probed at a time.
    monkeypatch.setattr("os.cpu_count", lambda: 2)

    def build(language: str = "en", **options: Any) -> BasefitApp:
        state = State(language=language, **options.pop("state", {}))
        save_state(folder / "state.json", state)
        options.setdefault("machine", fakes.CPU_ONLY)
        options.setdefault("executor", fakes.FakeExecutor())
        app = BasefitApp(
            folder=folder, store=Store(folder / "evidence.sqlite"), clock=lambda: 100.0, **options
        )
        app.animation_level = "none"
        return app

    return build


@pytest.fixture
def snap_compare(
    snap_compare: Callable[..., bool], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., bool]:
    """Compares when the screen has come to rest, however slow the machine.

    That is when it equals the stored picture, or, with none to wait for, when it no longer changes.
    What is compared is the picture that was at rest, not one taken a moment later.
    """
    name = request.node.path
    stored = name.parent / "__snapshots__" / name.stem / f"{request.node.name}.svg"
    updating = request.config.option.update_snapshots
    expected = normalize_svg(stored.read_text("utf-8")) if stored.exists() and not updating else None

    async def at_rest(pilot: Pilot[int]) -> None:
        last, waited = "", 0.0
        while waited < PATIENCE:
            await asyncio.sleep(0.1)
            waited += 0.1
            taken = pilot.app.export_screenshot(title=pilot.app.title, simplify=True)
            picture = normalize_svg(taken)
            if picture == expected or (expected is None and picture == last and waited > 2):
                monkeypatch.setattr(pilot.app, "export_screenshot", lambda taken=taken, **_: taken)
                return
            last = picture

    def compare(app: BasefitApp, *, terminal_size: tuple[int, int], run_before: Before) -> bool:
        async def before(pilot: Pilot[int]) -> None:
            await run_before(pilot)
            await at_rest(pilot)

        return snap_compare(app, terminal_size=terminal_size, run_before=before)

    return compare
