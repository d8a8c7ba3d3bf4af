"""Blind votes: two answers to a question, unlabelled; which is better, and how sure the win rate is."""

import hashlib
from collections.abc import Sequence

from catalog.evidence.kinds import Vote, write
from catalog.evidence.records import Evidence
from catalog.evidence.statistics import Interval, wilson
from catalog.evidence.store import Store

BEFORE, AFTER, TIE = "before", "after", "tie"


def sides(trial: Evidence, number: int) -> tuple[str, str]:
    """Which answer stands first and which second: as by a coin, and the same whenever it is asked."""
    coin = hashlib.sha256(f"{trial.id}:{number}".encode()).digest()[0] % 2
    return (AFTER, BEFORE) if coin else (BEFORE, AFTER)


def chosen(trial: Evidence, number: int, key: int) -> str:
    """What a vote for the first (1), the second (2) or neither (0) was for."""
    return TIE if key == 0 else sides(trial, number)[key - 1]


def win_rate(votes: Sequence[str]) -> Interval:
    """Share of the votes for the tuned model, a tie half a win, with Wilson's 95 % interval."""
    return wilson(sum(1.0 if vote == AFTER else 0.5 if vote == TIE else 0.0 for vote in votes), len(votes))


def keep_votes(store: Store, trial: Evidence, votes: Sequence[str]) -> None:
    """Into the evidence store, beside the trial they are about."""
    rate = win_rate(votes)
    found = write(Vote(tuple(votes), rate.mean, rate.low, rate.high, rate.count))
    about = {"trial": trial.id}
    store.append(Evidence("vote", trial.model, trial.revision, trial.level, about, found, source="vote"))


def kept_votes(store: Store, trial: Evidence) -> list[str]:
    """The latest votes about a trial."""
    found = store.find("vote", key={"trial": trial.id})
    return list(Vote.of(found[-1]).votes) if found else []
