"""A foreign name in the app: an escape where it is worded, and never a raw byte on a line."""

import re

from rich.segment import Segment
from textual.color import Color
from textual.widgets import Static

from tests.tui.app.driving import SIZE, shown
from tui.widgets.harmless import Harmless
from tui.widgets.table import cell

EVIL = "a\x1b]0;owned\x07\x9b31m\u202eb"
RAW = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def test_a_line_keeps_its_width() -> None:
    (kept,) = Harmless().apply([Segment("x\ud800\x1by\u202e")], Color(0, 0, 0))
    assert kept.text == "xy "
    assert kept.cell_length == Segment("x\ud800\x1by\u202e").cell_length
    plain = Segment("中文")
    assert Harmless().apply([plain], Color(0, 0, 0)) == [plain]


async def test_nothing_raw_reaches_the_terminal(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await app.screen.mount(Static(f"here {EVIL}", markup=False, id="evil"))
        await pilot.pause()
        lines = app.screen._compositor.render_strips()
        text = "".join(segment.text for line in lines for segment in line)
        assert "here a]0;owned31mb" in text
        assert not RAW.search(text)


def test_a_cell_shows_the_escape() -> None:
    assert cell(EVIL).plain == r"a\x1b]0;owned\x07\x9b31m\u202eb"
