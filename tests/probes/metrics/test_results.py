"""Rows compared whatever the order of columns and of tied rows: properties, and what must differ."""

import random

from hypothesis import given
from hypothesis import strategies as st

from probes.metrics.results import in_order, same, unordered, with_ties

VALUES = st.one_of(st.none(), st.integers(-3, 3), st.sampled_from([0.5, 1.0, 2.25]), st.sampled_from("ab"))
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.tuples(*[VALUES] * width), min_size=1, max_size=7)
)


@given(TABLES, st.randoms(use_true_random=False))
def test_shuffled_rows_and_columns_are_the_same(
    rows: list[tuple[object, ...]], dice: random.Random
) -> None:
    columns = list(range(len(rows[0])))
    dice.shuffle(columns)
    found = [tuple(row[column] for column in columns) for row in rows]
    assert same(found, in_order(rows))
    dice.shuffle(found)
    assert same(found, unordered(rows))


@given(TABLES, st.data())
def test_one_other_value_is_another_result(rows: list[tuple[object, ...]], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    other = [*rows]
    other[place] = ("elsewhere", *rows[place][1:])
    assert not same(other, unordered(rows))
    assert not same(rows[1:], unordered(rows))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 99)), min_size=1, max_size=8), st.data())
def test_tied_rows_change_places_within_their_tie_alone(
    rows: list[tuple[int, int]], data: st.DataObject
) -> None:
    ordered = sorted(rows, key=lambda row: row[0])
    most = data.draw(st.integers(1, len(rows)))
    wanted = with_ties(ordered, [(row[0],) for row in ordered], 0, most)
    shuffled = sorted(data.draw(st.permutations(ordered)), key=lambda row: row[0])
    assert same(shuffled[:most], wanted)
    backwards = shuffled[:most][::-1]
    assert same(backwards, wanted) == ([row[0] for row in backwards] == [row[0] for row in ordered[:most]])


def test_a_thousand_columns_are_compared() -> None:
    row = tuple(range(2000))
    assert same([row], unordered([row]))
    assert not same([row[::-1][:1000]], unordered([row]))


def test_numbers_are_the_same_within_rounding() -> None:
    assert same([(0.1 + 0.2, 1), (2, 3.0)], unordered([(2.0, 3), (0.3, 1.0)]))
    assert not same([(0.300001,)], unordered([(0.3,)]))
    assert not same([(2**60 + 1,)], unordered([(2**60,)]))
    assert same([(float("inf"),)], unordered([(float("inf"),)]))
