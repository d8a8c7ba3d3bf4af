"""Whatever is asked of the whole catalog gets a verdict: no exception, and every reason with evidence."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.verdict.recommend import recommend
from tests.catalog.verdict.grounds import assert_grounded
from tests.catalog.verdict.random_requests import random_request


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_every_request_gets_a_grounded_verdict(seed: int) -> None:
    request = random_request(Random(seed))
    verdict = recommend(request, [])
    assert_grounded(verdict, [])
    assert len(verdict.ranking) == len({(row.model, row.level) for row in verdict.ranking})
    for row in verdict.ranking:
        assert row.provenance != "measured"
        if row.verdict == "recommended":
            assert row.fits != "no"
    if verdict.winner is None and verdict.ranking:
        assert verdict.would_change
