"""Scores of answers, against hand-made ones; SQL that must not do harm."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.problem import Problem
from probes.metrics import sql
from probes.metrics.execution import ROWS_BYTES, execute
from probes.metrics.sql import Judge, find_database
from probes.metrics.text import exact_match, rouge_l


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("Paris.", "paris"),
        (' "Paris"\nIt is the capital.', "Paris"),
        ("```sql\nSELECT 1\n```", "select 1"),
        ("Yes, it is.", "1"),
        ("false", "0"),
        ("１２３", "123"),
        ("a  b", "a b"),
        ("line one\nline two", "line one\nline two"),
    ],
)
def test_the_same_answer_in_another_form_matches(answer: str, target: str) -> None:
    assert exact_match(answer, target) == 1


@pytest.mark.parametrize(
    ("answer", "target"), [("Paris", "London"), ("No", "1"), ("", "x"), ("1", "yes but")]
)
def test_another_answer_does_not(answer: str, target: str) -> None:
    assert exact_match(answer, target) == 0


def test_rouge_l_of_words_and_of_chinese_characters() -> None:
    assert rouge_l("the cat sat", "the cat sat on the mat") == pytest.approx(2 * 3 / 9)
    assert rouge_l("police killed the gunman", "police kill the gunman") == pytest.approx(0.75)
    assert rouge_l("我爱北京", "我爱上海") == pytest.approx(0.5)
    assert rouge_l("用GPU训练", "用GPU推理") == pytest.approx(2 * 2 / 8)
    assert rouge_l("", "x") == 0


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "shop" / "shop.sqlite"
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE item (name TEXT, price INT)")
        connection.executemany("INSERT INTO item VALUES (?, ?)", [("pen", 2), ("ink", 5), ("pad", 5)])
    connection.close()
    return path


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("SELECT name FROM item WHERE price > 3", 1),
        ("```sql\nselect name from item where price = 5 order by 1;\n```", 1),
        ("SELECT name FROM item WHERE price > 3; DROP TABLE item", 1),
        ("SELECT name FROM item", 0),
        ("SELECT nothing FROM item", 0),
        ("DELETE FROM item", 0),
        ("ATTACH 'x' AS y", 0),
        ("I do not know.", 0),
        ("", 0),
        ("SELECT name FROM item WHERE name = '\ud800'", 0),
        ("SELECT randomblob(2e9)", 0),
        ("SELECT zeroblob(2e9)", 0),
        ("PRAGMA hard_heap_limit = 0", 0),
    ],
)
def test_sql_is_judged_by_its_rows(judge: Judge, database: Path, answer: str, score: float) -> None:
    assert judge.same_result(answer, "SELECT name FROM item WHERE price >= 4", database) == score
    assert len(execute("SELECT * FROM item", database)) == 3


def test_order_counts_where_the_target_orders(judge: Judge, database: Path) -> None:
    target = "SELECT name FROM item ORDER BY name"
    assert judge.same_result("SELECT name FROM item ORDER BY name DESC", target, database) == 0


def test_a_query_that_never_ends_is_stopped(database: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with pytest.raises(TimeoutError):
        execute(endless, database, limit_s=0.2)


def test_one_function_that_never_ends_is_stopped_and_the_next_answer_is_judged(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "_BOUNDS", replace(sql._BOUNDS, seconds=0.3))
    judge, target = Judge(), "SELECT count(*) FROM item"
    assert judge.same_result("SELECT printf('%.*c', 2000000000, 'x')", target, database) == 0
    assert judge.worker.pid is None
    assert judge.same_result("SELECT 3", target, database) == 1


def test_rows_have_a_bound_in_bytes(database: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {} FROM n"
    with pytest.raises(ValueError, match=f"{ROWS_BYTES // 2**20} MiB"):
        execute(endless.format("zeroblob(4000000)"), database)
    with pytest.raises(MemoryError):
        execute(endless.format("zeroblob(16000000)" + ", zeroblob(16000000)" * 30), database)


def test_databases_are_found_as_spider_keeps_them(judge: Judge, database: Path) -> None:
    assert find_database(database.parent.parent, "shop") == database
    assert find_database(database, "anything") == database
    with pytest.raises(Problem, match="metric-database-missing"):
        find_database(database.parent.parent, "school")
    with pytest.raises(Problem, match="metric-gold-fails"):
        judge.same_result("SELECT 1", "SELECT nothing FROM nowhere", database)
