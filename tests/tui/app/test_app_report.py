"""The report from within the app: w on the Verdict, or the palette."""

from tests.tui.app.driving import judged, until


async def test_w_writes_the_report_of_what_is_shown(make, folder) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await judged(pilot)
        await pilot.press("w")
        written = folder / "reports" / "run-1.html"
        await until(pilot, lambda: written.exists() and written.stat().st_size > 0)
        await until(pilot, lambda: [n for n in app._notifications if str(written) in n.message])
    text = written.read_text("utf-8")
    assert "large-model" in text
    assert "<script" not in text
    assert text.index('class="en"') < text.index('class="zh"')
