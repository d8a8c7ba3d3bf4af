"""SQL judged by its rows, whatever stands around it; SQL that must not do harm."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.problem import Problem
from probes.metrics import sql
from probes.metrics.execution import ROWS_BYTES, execute
from probes.metrics.sql import Judge, find_database


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
    assert len(execute("SELECT * FROM item", database).rows) == 3


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("table") / "t.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a INT, b TEXT, v REAL)")
        rows = [(1, "x;y", 1.0), (2, "b", 2.5), (3, "c", 2.5), (1, "x;y", 1.0)]
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    connection.close()
    return path


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("SELECT a, b FROM t", "SELECT b, a FROM t"),
        ("SELECT a FROM t WHERE b = 'x;y'", "SELECT a FROM t WHERE b = 'x;y'"),
        ('select a from t where b = "x;y"', "SELECT a FROM t WHERE b = 'x;y'"),
        ("```SQL\nSELECT a FROM t\n```", "SELECT a FROM t"),
        ("```sqlite\nSELECT a FROM t\n```", "SELECT a FROM t"),
        ("```sql\nSELECT a\n\nFROM t\n```", "SELECT a FROM t"),
        ("```sql\nSELECT a FROM t", "SELECT a FROM t"),
        ("Here it is:\n```\nSELECT a FROM t;\n```\nIt lists all.", "SELECT a FROM t"),
        ("SELECT a FROM t\n\nIt gives:\n```\n1 2 3\n```", "SELECT a FROM t"),
        ("SELECT a\n\nFROM t", "SELECT a FROM t"),
        ("Select all of them from the table:\nSELECT a\nFROM t\nThis gives every a.", "SELECT a FROM t"),
        (
            "SELECT a FROM t WHERE v > 1\n\nWith this, the rows above 1 are kept.",
            "SELECT a FROM t WHERE v > 1",
        ),
        ("SQL: SELECT a FROM t", "SELECT a FROM t"),
        ('"SELECT a FROM t"', "SELECT a FROM t"),
        ("查询语句如下：SELECT a FROM t。", "SELECT a FROM t"),
        ("<think>SELECT b FROM t?</think>\nSELECT a FROM t", "SELECT a FROM t"),
        ("SELECT a FROM t -- all; of them", "SELECT a FROM t"),
        ("SELECT a FROM t; SELECT 1", "SELECT a FROM t;  -- gold"),
        ("WITH q AS (SELECT a FROM t) SELECT a FROM q", "SELECT a FROM t"),
        ("SELECT a FROM t", "SELECT a FROM (SELECT a FROM t ORDER BY a DESC)"),
        ("SELECT a FROM t ORDER BY a", "SELECT a FROM t"),
        ("SELECT a FROM t ORDER BY a", "SELECT a FROM t WHERE b <> 'order by'"),
        ("SELECT a FROM t LIMIT 0", "SELECT a FROM t WHERE 0"),
        ("SELECT 1.0", "SELECT 1"),
        ("SELECT avg(v) * 1.0000000001 FROM t", "SELECT avg(v) FROM t"),
        ("SELECT replace(b, 'x', 'y') FROM t", "SELECT replace(b, 'x', 'y') FROM t"),
    ],
)
def test_the_same_rows_are_right_in_whatever_form(
    judge: Judge, table: Path, answer: str, target: str
) -> None:
    assert judge.same_result(answer, target, table) == 1


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("", "SELECT a FROM t WHERE 0"),
        ("```sql\n```", "SELECT a FROM t WHERE 0"),
        ("There are none.", "SELECT a FROM t WHERE 0"),
        ("<think>SELECT a FROM t", "SELECT a FROM t"),
        ("SELECT DISTINCT a FROM t", "SELECT a FROM t"),
        ("SELECT a FROM t ORDER BY a DESC", "SELECT a FROM t ORDER\nBY a"),
        ("SELECT a FROM t ORDER BY a DESC", "SELECT a FROM t ORDER  BY a"),
        ("SELECT a FROM t ORDER BY a DESC", "SELECT a FROM t ORDER /* up */ BY a"),
        ("SELECT a FROM t", "SELECT a FROM t ORDER BY a"),
        ("SELECT a, b FROM t", "SELECT a FROM t"),
        ("SELECT a, a FROM t", "SELECT a, b FROM t"),
        ("SELECT v + 0.001 FROM t", "SELECT v FROM t"),
        ("SELECT a FROM t\nWHERE nothing = 1", "SELECT a FROM t"),
        ("INSERT INTO t SELECT a FROM t", "SELECT a FROM t"),
        ("CREATE VIEW w AS SELECT a FROM t", "SELECT a FROM t"),
        ("EXPLAIN SELECT a FROM t", "SELECT a FROM t"),
        ("DROP TABLE t", "SELECT a FROM t"),
        ("SELECT '1' FROM t", "SELECT 1 FROM t"),
        ("SELECT 9007199254740993", "SELECT 9007199254740992"),
    ],
)
def test_other_rows_no_statement_and_changes_are_wrong(
    judge: Judge, table: Path, answer: str, target: str
) -> None:
    assert judge.same_result(answer, target, table) == 0
    assert len(execute("SELECT * FROM t", table).rows) == 4


@pytest.mark.parametrize(
    ("answer", "target", "score"),
    [
        ("SELECT b FROM t WHERE v = 2.5 ORDER BY b DESC", "SELECT b FROM t WHERE v = 2.5 ORDER BY v", 1),
        ("SELECT b FROM t ORDER BY v, b DESC", "SELECT b FROM t ORDER BY v", 1),
        ("SELECT b FROM t ORDER BY v DESC", "SELECT b FROM t ORDER BY v", 0),
        ("SELECT v, b FROM t ORDER BY v, b DESC", "SELECT b, v FROM t ORDER BY 2", 1),
        ("SELECT b FROM t ORDER BY v DESC, b DESC LIMIT 1", "SELECT b FROM t ORDER BY v DESC LIMIT 1", 1),
        ("SELECT b FROM t ORDER BY v LIMIT 1", "SELECT b FROM t ORDER BY v DESC LIMIT 1", 0),
        ("SELECT b FROM t ORDER BY v, b DESC LIMIT 2 OFFSET 1", "SELECT b FROM t ORDER BY v LIMIT 1, 2", 1),
        ("SELECT b FROM t ORDER BY v, b DESC LIMIT 3 OFFSET 1", "SELECT b FROM t ORDER BY v LIMIT 1, 2", 0),
        (
            "SELECT v FROM t GROUP BY v ORDER BY v DESC",
            "SELECT v AS w FROM t GROUP BY v ORDER BY count(*) DESC",
            1,
        ),
        (
            "SELECT a FROM t GROUP BY a ORDER BY count(*) DESC, a DESC",
            "SELECT a FROM t GROUP BY a ORDER BY count(*) DESC",
            1,
        ),
        (
            "SELECT a FROM t GROUP BY a ORDER BY count(*)",
            "SELECT a FROM t GROUP BY a ORDER BY count(*) DESC",
            0,
        ),
        (
            "SELECT b AS z FROM t ORDER BY v, z DESC",
            "SELECT b FROM t UNION ALL SELECT b FROM t WHERE 0 ORDER BY 1",
            0,
        ),
        ("SELECT DISTINCT b FROM t ORDER BY v, b DESC", "SELECT DISTINCT b FROM t ORDER BY v, b", 0),
    ],
)
def test_rows_that_the_order_does_not_tell_apart_may_change_places(
    judge: Judge, table: Path, answer: str, target: str, score: float
) -> None:
    assert judge.same_result(answer, target, table) == score


def test_a_target_that_fails_is_told_before_any_answer(judge: Judge, table: Path) -> None:
    judge.check("SELECT a FROM t", table)
    with pytest.raises(Problem, match="metric-gold-fails"):
        judge.check("SELECT nothing FROM t", table)


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
