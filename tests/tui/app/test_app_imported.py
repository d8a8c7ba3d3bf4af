"""The verdict on what others measured: the screen and the dialog behind a row say whose it is."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.evidence.records import Provenance
from catalog.evidence.store import Store
from tests.tui.app.driving import SIZE, cells, dialog, go, judged, ranked, said, words
from tui.screens.evidence import EvidenceDialog
from tui.wording import provenance_word


def all_by_others(path: Path) -> None:
    """The same store, as if each of its results had been imported."""
    with closing(Store(path)) as store:
        runs, found = store.runs(), store.find()
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()
    with closing(Store(path)) as store:
        for run in reversed(runs):
            store.end(store.begin(run.command, run.request), run.status, run.result)
        for e in found:
            store.append(replace(e, provenance=Provenance.IMPORTED))


@pytest.mark.parametrize(("language", "title"), [("en", "by imported results"), ("zh", "依据导入的结果")])
async def test_imported_results_are_told(make, folder: Path, language: str, title: str) -> None:
    first = make()
    async with first.run_test(size=SIZE) as pilot:
        await judged(pilot)
    first.store.close()
    all_by_others(folder / "evidence.sqlite")
    app = make(language=language)
    async with app.run_test(size=(120, 36)) as pilot:
        await go(pilot, "verdict")
        await ranked(pilot)
        assert "large-model" in words(app, "verdict-title")
        assert title in words(app, "verdict-title")
        assert cells(app, "ranking")[0][-1] == provenance_word("imported", language)
        await pilot.press("enter")
        await dialog(pilot, EvidenceDialog)
        assert provenance_word("imported", language) in said(app, ".evidence")
        assert provenance_word("measured", language) not in said(app, ".evidence")
