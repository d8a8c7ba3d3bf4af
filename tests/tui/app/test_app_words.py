"""No word is missing in either language, and none runs over at 80 x 24."""

import re
import string
import unicodedata
from itertools import pairwise

import pytest
from textual.widgets import Footer, Static
from textual.widgets._footer import FooterKey

from tests.places import ROOT
from tests.tui.app.driving import go, judged, until
from tui.strings import app as app_words
from tui.strings import home, reasons, screens, table
from tui.widgets.table import Table
from tui.widgets.topbar import SCREENS, TopBar
from tui.wording import damage_word

TUI = ROOT / "tui"
WORDS = app_words.WORDS | screens.WORDS | home.WORDS
FAMILIES = """
app.screen home models tokenizers run verdict
app.help home models tokenizers run verdict
app.state queued running done failed cancelled
app.log started measured finished failed cancelled ended-done ended-no ended-failed ended-cancelled
app.run title-earlier title-running title-done title-no title-failed title-cancelled
app.probe tokenizers perplexity trial hardware deploy vocabulary
app.kind perplexity trial tokenizer deploy hardware
app.home act-fresh act-running act-again note-fresh note-running note-again
app.home budget-sim budget-here budget-cpu
app.guide fresh again budget language use kind others own own-none
app.guide.use infer qlora lora both
app.guide.language zh en zh,en
app.verdict winner-measured winner-estimated none nothing
app.licence True False None
app.use infer qlora lora both
app.sort best memory parameters speed name
app.memory weights cache adapter optimizer activations context range spare
app.own candidates text data minutes candidates-example text-example data-example minutes-example
app.own use kind task commercial language context batch levels min_speed hours money gpu_hour windows
app.own examples
app.wish task commercial min_speed hours money levels
app.kind usual any base chat coder reasoning
app.task general extraction classification summary chat code maths writing
app.column letter model level weights quality kl damage verdict tuned memory fit source tokenizer
app.column vocabulary tokens per-char per-han fallback relative parameters speed disk licence
"""
"""Keys that the code puts together: a family and its members."""


def fields(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_both_languages_are_there_with_the_same_fields() -> None:
    for key, (english, chinese) in (WORDS | reasons.WORDS).items():
        assert english, key
        assert chinese, key
        assert fields(english) == fields(chinese), key


def test_every_key_in_the_code_has_words() -> None:
    known = table()
    for source in TUI.rglob("*.py"):
        if source.parent.name in ("cli", "strings"):
            continue
        text = source.read_text("utf-8")
        for key in re.findall(r'self\.say\(\s*"([\w.-]+)"', text):
            assert f"app.{key}" in known, (source.name, key)
        for key in re.findall(r'"(app\.[\w.-]+[\w])"', text):
            assert key in known or key in ("app.tcss", "app.measure_own", "app.report", "app.focus_next"), (
                source.name,
                key,
            )
    for key in re.findall(r'words\("([\w-]+)"', (TUI / "palette.py").read_text("utf-8")):
        assert f"app.palette.{key}" in known, key
    for line in FAMILIES.strip().splitlines():
        family, *names = line.split()
        for name in names:
            assert f"{family}.{name}" in known


def test_every_reason_the_judgement_gives_has_words() -> None:
    verdict = ROOT / "catalog" / "verdict"
    judged = "\n".join(file.read_text("utf-8") for file in verdict.glob("*.py"))
    codes = set(re.findall(r'Reason\(\s*"([\w-]+)"', judged))
    assert {"trained-on-little", "vocabulary-costs", "relax-budget"} <= codes
    codes |= {
        "beats",
        "tie-smaller-wins",
        "worse-than",
        "tie-larger",
        "more-memory",
        "more-memory-unmeasured",
    }
    for code in codes:
        known = [key for key in table() if key.startswith(f"reason.{code}")]
        assert known if code.endswith("-") else f"reason.{code}" in table(), code
    for word in ("indistinguishable", "slightly worse", "worse", "broken"):
        assert not damage_word(word, "zh").startswith("damage."), word


def test_columns_hold_no_character_of_unsure_width() -> None:
    for key, pair in WORDS.items():
        if key.startswith(("app.column.", "app.state.", "app.probe.", "app.key.", "app.screen.")):
            for words in pair:
                unsure = [c for c in words if unicodedata.east_asian_width(c) == "A"]
                assert not unsure, (key, unsure)


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_nothing_runs_over_at_80_by_24(make, language: str) -> None:
    app = make(language=language)
    async with app.run_test(size=(80, 24)) as pilot:
        await judged(pilot)
        for mode in SCREENS:
            await go(pilot, mode)
            await until(pilot, lambda: fits(app, language))


def fits(app, language: str) -> bool:
    """Asserts that nothing is cut; False as long as nothing is laid out."""
    where = (app.current_mode, language)
    bar = [child for child in app.screen.query_one(TopBar).children if child.display]
    for before, after in pairwise(bar):
        if before.id not in ("sim-badge", "budget-chip"):
            assert before.region.right <= after.region.x or after.region.x == 0, (where, before.id)
    keys = [key.region for key in app.screen.query_one(Footer).query(FooterKey)]
    if not keys or not all(keys):
        return False
    docked = max(keys, key=lambda region: region.x)
    for region in keys:
        assert region is docked or region.right <= docked.x, (where, region)
    for grid in app.screen.query(Table):
        if grid.display and grid.region:
            assert grid.virtual_size.width <= grid.size.width, (where, grid.id, grid.virtual_size.width)
    for block in app.screen.query(Static):
        if block.display and block.region.width:
            assert block.region.right <= 80, (where, block.id)
    home = app.screen.query("#home-body")
    if home:
        assert home.first().max_scroll_y == 0, where
    return True
