"""The outline of queries: their first statement, their order, their limits."""

import pytest

from probes.metrics.statement import first_statement, ordering, statements


def test_the_first_statement_ends_at_a_semicolon_that_is_one() -> None:
    assert first_statement("SELECT ';' -- ;\n, a /* ; */ FROM [t;]; SELECT 2") == (
        "SELECT ';' -- ;\n, a /* ; */ FROM [t;]"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT a FROM (SELECT a FROM t ORDER BY a)",
        "SELECT rank() OVER (ORDER BY a) FROM t",
        "SELECT 'order by' FROM t",
        'SELECT a AS "order by" FROM t -- order by a',
        "WITH q AS (SELECT a FROM t ORDER BY a LIMIT 1) SELECT a FROM q",
    ],
)
def test_an_order_within_something_is_none(statement: str) -> None:
    assert ordering(statement) is None


@pytest.mark.parametrize(
    ("statement", "names", "keyed", "keys"),
    [
        ("SELECT a FROM t ORDER BY a", ["a"], "SELECT a FROM t ORDER BY a", (0,)),
        (
            "SELECT a, b FROM t ORDER BY 2 DESC LIMIT 3",
            ["a", "b"],
            "SELECT a, b FROM t ORDER BY 2 DESC ",
            (1,),
        ),
        (
            "SELECT a FROM t ORDER BY max(b, c) DESC NULLS LAST, [a]",
            ["a"],
            "SELECT a , (max(b, c)) FROM t ORDER BY max(b, c) DESC NULLS LAST, [a]",
            (1, 0),
        ),
        (
            "SELECT a IS DISTINCT FROM b FROM t ORDER BY b",
            ["x"],
            "SELECT a IS DISTINCT FROM b , (b) FROM t ORDER BY b",
            (1,),
        ),
        ("SELECT a FROM t UNION SELECT b FROM t ORDER BY a", ["a"], None, (0,)),
    ],
)
def test_what_orders_the_rows_becomes_columns(
    statement: str, names: list[str], keyed: str | None, keys: tuple[int, ...]
) -> None:
    order = ordering(statement)
    assert order is not None
    found = order.keyed(names)
    assert found is not None
    assert found[1] == keys
    assert keyed is None or found[0].split() == keyed.split()


@pytest.mark.parametrize(
    ("limit", "window"),
    [("", (0, None)), ("LIMIT 3", (0, 3)), ("LIMIT 3 OFFSET 2", (2, 3)), ("LIMIT 2, 3", (2, 3))],
)
def test_limits_are_read(limit: str, window: tuple[int, int | None]) -> None:
    order = ordering(f"SELECT a FROM t ORDER BY a {limit}")
    assert order is not None
    assert (order.skipped, order.most, order.cut) == (*window, False)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT a FROM t ORDER BY a LIMIT (SELECT 1)",
        "SELECT DISTINCT a FROM t ORDER BY b",
        "SELECT a FROM t UNION SELECT b FROM t ORDER BY c",
    ],
)
def test_where_ties_cannot_be_told_the_order_stays_strict(statement: str) -> None:
    order = ordering(statement)
    assert order is not None
    assert order.keyed(["a"]) is None


def test_the_longest_that_may_be_meant_comes_first() -> None:
    found = list(statements("Use WITH:\nSELECT a\nFROM t\nThat is all."))
    assert found[0] == "SELECT a\nFROM t\nThat is all."
    assert "SELECT a\nFROM t" in found
    assert list(statements("I do not know.")) == []
