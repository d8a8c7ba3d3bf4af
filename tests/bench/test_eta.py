"""The time left in simulated runs of a day: how far off it may be, by tenth of the run."""

from tests.bench.eta import Simulated, lines, simulate, tenths

OF_RUN = (0.25, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2, 0.15, 0.1, 0.05)
"""The most that the median error may be of the whole run's time, by tenth."""


def test_the_time_left_is_near_and_its_interval_holds() -> None:
    runs = [simulate(seed) for seed in range(3)]
    found = tenths(runs)
    assert all(row.of_run <= most for row, most in zip(found, OF_RUN, strict=True)), "\n".join(lines(runs))
    assert sum(row.held for row in found) / len(found) >= 0.7
    for run in runs:
        check(run)


def check(run: Simulated) -> None:
    """No share falls, and a time left is always there."""
    shares = [look.run.share for look in run.looks]
    assert shares == sorted(shares)
    assert shares[-1] > 0.9
    assert all(look.run.low <= look.run.left <= look.run.high and look.run.left > 0 for look in run.looks)
    jobs: dict[int, float] = {}
    for look in run.looks:
        if look.job is not None:
            number, own = look.job
            assert own.share >= jobs.get(number, 0.0)
            assert own.left > 0
            jobs[number] = own.share
    assert len(jobs) > 5
