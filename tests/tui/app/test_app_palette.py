"""The palette: what is shown is what was written, and finding nothing is said in the person's language."""

from textual.command import DiscoveryHit, Hit
from textual.content import Content

from tests.tui.app.driving import SIZE, go, until
from tui.palette import Commands


async def test_help_with_brackets_is_shown_whole(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await go(pilot, "models")
        hits = [hit async for hit in Commands(app.screen).discover() if isinstance(hit, DiscoveryHit)]
        shown = [Content.from_markup(hit.help).plain for hit in hits if hit.help]
        assert any("[ and ] change the context" in words for words in shown)


async def test_finding_nothing_is_said_in_both_languages(make) -> None:
    app = make(language="zh")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.screen.id == "home")
        for language, said in (("zh", "没有这样的命令"), ("en", "nothing of that name")):
            app.language = language
            (hit,) = [hit async for hit in Commands(app.screen).search("qqzzy")]
            assert isinstance(hit, Hit)
            assert str(hit.match_display) == said
            hit.command()
        found = [str(hit.text) async for hit in Commands(app.screen).search("budget: h200")]
        assert "nothing of that name" not in found
