"""How a trial's answers are scored."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.problem import Problem
from probes.dataset.examples import single
from probes.dataset.split import Split
from probes.training.scoring import options_of, scorer


def test_sql_is_scored_on_the_database_of_its_row(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE item (name TEXT)")
        connection.executemany("INSERT INTO item VALUES (?)", [("pen",), ("ink",), ("pad",)])
    connection.close()
    scoring = scorer("sqlite", str(tmp_path))
    assert scoring is not None
    row = replace(single("How many?", "SELECT count(*) FROM item", 1), database="shop")
    assert scoring.score(row, "SELECT 3") == 1
    assert scoring.score(row, "SELECT 4") == 0
    with pytest.raises(Problem, match="metric-database-missing"):
        scoring.score(replace(row, database="school"), "SELECT 3")
    failing = replace(single("How many?", "SELECT nothing FROM item", 1), database="shop")
    with pytest.raises(Problem, match="metric-gold-fails"):
        scoring.ready(Split((row,), (failing,), 0, 0))


def test_options_are_the_letters_up_to_the_last_or_the_different_answers() -> None:
    assert options_of([single("?", letter, 1) for letter in "BDB"]) == ("A", "B", "C", "D")
    assert options_of([single("?", word, 1) for word in ("正面", "负面", "正面")]) == ("正面", "负面")
    for answers in (["yes"], [str(number) for number in range(27)]):
        with pytest.raises(Problem, match="metric-no-options"):
            options_of([single("?", answer, 1) for answer in answers])


def test_each_metric_scores_a_target_as_itself() -> None:
    for name, target in (("exact-match", "A"), ("choice", "A"), ("rouge-l", "a b"), ("json", '{"a": 1}')):
        scoring = scorer(name, None)
        assert scoring is not None
        assert scoring.score(single("?", target, 1), target) == 1
        assert scoring.score(single("?", target, 1), "b") < 1
