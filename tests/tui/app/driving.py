"""Driving the app as a person would, and waiting for what is asserted next.

`pilot.press` and `pilot.pause` return when the process looks idle, and on a stalled machine it always does:
after them nothing is certain. So whatever a key brings about is waited for with `until`, before it is
asserted and before the next key that needs it.
"""

import asyncio
from collections.abc import Callable

from textual.css.query import NoMatches
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from tui.app import BasefitApp
from tui.screens.own import FIELDS
from tui.widgets.table import Table

SIZE = (80, 24)
POLL_S = 0.02
POLLS = 4500
"""Ninety seconds of an idle machine; counted, so that one that stands still has longer."""
KEYS = {"home": "1", "models": "2", "tokenizers": "3", "run": "4", "verdict": "5", "trial": "6"}
FOCUS = {
    "home": {"act"},
    "models": {"models-table"},
    "tokenizers": {"counts"},
    "run": {"jobs", "levels"},
    "verdict": {"ranking"},
    "trial": {"trial-seen", "lanes", "answers", "forecasts"},
}
"""What takes the keys of a screen once it is there."""


async def until(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    """Wait until it is true. What asserts, or asks for a widget that is not there yet, is not true yet.

    Gives up with the reason and what was on the screen.
    """
    for _ in range(POLLS):
        if pilot.app._exception is not None:
            raise pilot.app._exception
        if _holds(condition):
            return
        await asyncio.sleep(POLL_S)
    reason: object = "it never happened"
    try:
        if condition():
            return
    except (AssertionError, NoMatches) as error:
        reason = error
    raise AssertionError(f"{reason}\n{shot(pilot.app)}")


def _holds(condition: Callable[[], object]) -> bool:
    try:
        return bool(condition())
    except (AssertionError, NoMatches):
        return False


def shot(app: BasefitApp) -> str:
    """Where the app is, and the screen as plain text."""
    where = f"{app.current_mode}: {app.screen_stack}, focus {app.focused}, {list(app.workers)}"
    notes = [note.message for note in app._notifications]
    lines = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    return "\n".join([where, f"notifications {notes}", *lines])


async def shown(pilot: Pilot[int], mode: str) -> None:
    """A screen that is there, and takes keys."""
    app = pilot.app

    def there() -> bool:
        focused = app.focused.id if app.focused else None
        return app.current_mode == app.screen.id == mode and focused in FOCUS[mode]

    await until(pilot, there)


async def go(pilot: Pilot[int], mode: str) -> None:
    """To a screen by its digit; no key where one is there: nothing would tell that it has arrived."""
    await shown(pilot, pilot.app.current_mode)
    if pilot.app.current_mode != mode:
        await pilot.press(KEYS[mode])
        await shown(pilot, mode)


async def dialog(pilot: Pilot[int], kind: type[Screen]) -> Screen:
    """A dialog that is there and takes keys."""
    app = pilot.app

    def there() -> bool:
        screen = app.screen
        return (
            isinstance(screen, kind)
            and screen.is_mounted
            and (screen.focused is not None or not screen.focus_chain)
        )

    await until(pilot, there)
    return app.screen


async def closed(pilot: Pilot[int]) -> None:
    """No dialog is left."""
    await until(pilot, lambda: len(pilot.app.screen_stack) == 1)


async def idle(pilot: Pilot[int], group: str) -> None:
    """Nothing of this group of workers runs."""
    await until(pilot, lambda: not any(w.group == group and w.is_running for w in pilot.app.workers))


async def focused(pilot: Pilot[int], name: str) -> None:
    """Keys go to the widget of this id."""
    await until(pilot, lambda: pilot.app.focused is not None and pilot.app.focused.id == name)


async def focus(pilot: Pilot[int], name: str) -> None:
    """Let keys go to the widget of this id."""
    pilot.app.screen.query_one(f"#{name}").focus()
    await focused(pilot, name)


async def submit_own(pilot: Pilot[int]) -> None:
    """Enter through the fields of the form for own models."""
    for name in FIELDS:
        await focused(pilot, name)
        await pilot.press("enter")


async def judged(pilot: Pilot[int]) -> None:
    """Enter on Home, to the verdict of what is measured."""
    await shown(pilot, "home")
    await pilot.press("enter")
    await ranked(pilot)


async def ranked(pilot: Pilot[int]) -> None:
    """The verdict is there."""
    await shown(pilot, "verdict")
    await until(pilot, lambda: cells(pilot.app, "ranking"))


def words(app: BasefitApp, name: str) -> str:
    """What a block of words says."""
    return str(app.screen.query_one(f"#{name}", Static).content)


def said(app: BasefitApp, selector: str = "Static") -> str:
    """Everything that the screen's blocks of words say."""
    return "\n".join(str(block.content) for block in app.screen.query(selector).results(Static))


def cells(app: BasefitApp, name: str) -> list[list[str]]:
    """The rows of a table; none where there is no table."""
    table = next(app.screen.query(f"#{name}").results(Table), None)
    if table is None:
        return []
    return [[str(cell) for cell in table.get_row_at(row)] for row in range(table.row_count)]
