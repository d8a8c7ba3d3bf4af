"""The memory of an app that stays open and measures again and again: flat, once it is warm.

The probes are stand-ins that answer at once, so that what grows is the app's own; each round has another
text, so that every job is run anew.
"""

import asyncio
import gc
import json
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.reliability.case import Case, Found
from tests.reliability.programs import forked, settings

JOBS, WARM_JOBS = 150, 60
MOST_GROWTH_BYTES = 20 * 2**20


def case(jobs: int, warm: int) -> Case:
    """An app that runs so many jobs, of which the first `warm` may fill what is kept for good."""
    return Case("memory", "app", jobs, lambda place: _measured(place, jobs, warm))


def _measured(place: Path, jobs: int, warm: int) -> Found:
    found = Found()
    ended = forked(place, lambda: asyncio.run(_rounds(place, jobs)), settings(place), 1200.0).wait()
    if ended.status:
        found.faults.append(f"the app ended with {ended.status}: {ended.err[-500:]}")
        return found
    rounds = json.loads(ended.out)
    found.count("jobs", rounds[-1]["jobs"])
    start = next(one["bytes"] for one in rounds if one["jobs"] >= warm)
    grown = rounds[-1]["bytes"] - start
    last = rounds[-1]["jobs"] - next(one["jobs"] for one in rounds if one["jobs"] >= warm)
    found.figures = {
        "grown_mib": round(grown / 2**20, 1),
        "over_jobs": last,
        "rounds_mib": [round(one["bytes"] / 2**20) for one in rounds],
    }
    if grown > MOST_GROWTH_BYTES * last / max(1, JOBS - WARM_JOBS):
        found.faults.append(f"the app grew by {grown / 2**20:.1f} MiB over its last {last} jobs")
    return found


async def _rounds(place: Path, jobs: int) -> None:
    """In the fork: press the key until so many jobs have run; the memory after each round as JSON."""
    from catalog.evidence.store import Store
    from tests.tui.app import app_fakes as fakes
    from tests.tui.app.driving import go, idle, shown, until
    from tui.app import BasefitApp

    home = place / "home"
    home.mkdir()
    question = fakes.question(home)
    assert question.text is not None
    executor = fakes.FakeExecutor()
    app = BasefitApp(
        folder=home, store=Store(home / "evidence.sqlite"), machine=fakes.CPU_ONLY, executor=executor
    )
    app.animation_level = "none"
    rounds, ran = [], 0
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "home")
        while ran < jobs:
            question.text.write_text(f"第 {len(rounds)} 次。Some text.\n" * 50, encoding="utf-8")
            app.measure(question)
            await until(pilot, lambda: executor.ran)
            await idle(pilot, "measure")
            await go(pilot, "home")
            ran += len(executor.ran)
            executor.ran.clear()
            gc.collect()
            rounds.append({"jobs": ran, "bytes": psutil.Process().memory_info().rss})
    print(json.dumps(rounds))


def cases(seed: int) -> Iterator[Case]:
    """One, whatever the seed."""
    yield case(JOBS, WARM_JOBS)
