"""What an expert would answer (panel.toml), and that nothing old wins where something newer fits."""

import tomllib
from datetime import date
from fnmatch import fnmatch
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from catalog.hardware.gpu import parse_budget
from catalog.models.registry import load_models
from catalog.quantization.levels import usual_levels
from catalog.verdict.candidates import candidates_for
from catalog.verdict.option import Option
from catalog.verdict.ranking import Comparison
from catalog.verdict.request import Candidate, Request
from catalog.verdict.standing import standing
from catalog.verdict.wishes import USES, Wishes, parse_languages, usual_kind

PANEL: dict[str, Any] = tomllib.loads(Path(__file__).with_name("panel.toml").read_text("utf-8"))
SETS, DATED = PANEL["sets"], PANEL["dated"]
TWO_YEARS = 2 * 365.25
Row = dict[str, Any]


def _question(row: Row) -> Request:
    languages, use = parse_languages(row["language"]), row.get("use", "infer")
    models = candidates_for(load_models(), languages[0][0])
    return Request(
        parse_budget(row["card"]),
        tuple(Candidate(name, entry.spec, facts=entry) for name, entry in models.items()),
        usual_levels(),
        use,
        context=row.get("context", 2048),
        language=languages[0][0],
        wishes=Wishes(
            commercial=row.get("commercial", False),
            task=row.get("task", "general"),
            languages=languages,
            kind=row.get("kind", usual_kind(use)),
        ),
    )


def _named(name: str, sets: list[str]) -> bool:
    patterns = [pattern for one in sets for pattern in SETS.get(one, [one])]
    return any(fnmatch(name, pattern) for pattern in patterns)


def _acceptable(option: Option, row: Row) -> bool:
    facts = option.candidate.facts
    return (
        _named(option.candidate.name, row["accept"])
        and not _wrong(option, row)
        and facts is not None
        and facts.kind in row.get("kinds", [facts.kind])
        and option.level.name in row.get("levels", [option.level.name])
    )


def _wrong(option: Option, row: Row) -> bool:
    named = _named(option.candidate.name, [*DATED, *row.get("wrong", [])])
    return named or option.level.name in PANEL["wrong levels"]


def _order(row: Row) -> list[Option]:
    request = _question(row)
    return list(standing(request, (), Comparison(request.wishes.task)).order)


@pytest.mark.parametrize("name", PANEL["requests"])
def test_an_expert_would_sign(name: str) -> None:
    row = PANEL["requests"][name]
    order = _order(row)
    assert _acceptable(order[0], row), order[0].name
    assert not _wrong(order[0], row), order[0].name


def test_the_panel_is_wide_and_means_models_of_the_catalog() -> None:
    rows = PANEL["requests"].values()
    assert len(rows) >= 60
    assert {row.get("use", "infer") for row in rows} == set(USES)
    assert {row["language"] for row in rows} == {"zh", "en", "zh,en"}
    patterns = [*DATED, *(pattern for patterns in SETS.values() for pattern in patterns)]
    for pattern in patterns:
        assert any(fnmatch(name, pattern) for name in load_models()), pattern
    for model, row in product(load_models(), rows):
        assert not (_named(model, row["accept"]) and _named(model, DATED)), (model, row)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("use", USES)
def test_nothing_older_than_two_years_wins_where_a_newer_one_fits(use: str, language: str) -> None:
    """Of the models of known date; two years before the newest date of the catalog."""
    newest = max(_day(entry.released) for entry in load_models().values() if entry.released)
    for card in ("6GiB", "12GiB", "24GiB", "48GiB", "80GiB", "160GiB"):
        order = _order({"card": card, "use": use, "language": language})
        released = [option.candidate.facts.released for option in order if option.candidate.facts]
        if released[0] and (newest - _day(released[0])).days > TWO_YEARS:
            newer = [one for one in released if one and (newest - _day(one)).days <= TWO_YEARS]
            assert not newer, (card, order[0].name)


def _day(released: str) -> date:
    """Of a month its first."""
    return date.fromisoformat(released if len(released) > 7 else released + "-01")
