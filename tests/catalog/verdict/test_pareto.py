"""The Pareto front of points, against the definition."""

from hypothesis import given
from hypothesis import strategies as st

from catalog.verdict.pareto import pareto


def test_equal_points_stay_together() -> None:
    assert pareto([(1, 3), (2, 2), (3, 1), (3, 3), (2, 2)]) == [True, True, True, False, True]
    assert pareto([]) == []


@given(st.lists(st.tuples(*[st.integers(0, 4)] * 3), max_size=12))
def test_as_the_definition_says(points: list[tuple[float, ...]]) -> None:
    def dominated(point: tuple[float, ...]) -> bool:
        return any(other != point and all(map(float.__le__, map(float, other), point)) for other in points)

    assert pareto(points) == [not dominated(point) for point in points]
