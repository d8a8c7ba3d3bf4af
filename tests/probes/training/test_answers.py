"""How a trial's answers are scored."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.problem import Problem
from probes.dataset.examples import single
from probes.training.answers import scorer


def test_sql_is_scored_on_the_database_of_its_row(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE item (name TEXT)")
        connection.executemany("INSERT INTO item VALUES (?)", [("pen",), ("ink",), ("pad",)])
    connection.close()
    score = scorer("sqlite", str(tmp_path))
    assert score is not None
    row = replace(single("How many?", "SELECT count(*) FROM item", 1), database="shop")
    assert score(row, "SELECT 3") == 1
    assert score(row, "SELECT 4") == 0
    with pytest.raises(Problem, match="metric-database-missing"):
        score(replace(row, database="school"), "SELECT 3")
