"""Which option is better, by the best evidence both have, and the order that follows.

The rule, called the climb: go through what may be chosen in order of memory. The first is the incumbent;
another replaces it only when it is better by more than the error on the same text, and no smaller one is
better still. So memory is spent only where it buys a measured gain, ties go to the
smaller, faster, freer, and more memory can never make the verdict worse: it only adds challengers.

Where nobody measured anything the same climb goes by what is expected: a larger one replaces the incumbent
when it is likely to be the better one and by a point of the benchmarks or more (prior.py).
"""

from collections.abc import Sequence
from dataclasses import replace

from catalog.evidence.paired import Difference, compare
from catalog.verdict import pareto
from catalog.verdict.option import WORSE, Option
from catalog.verdict.prior import Gain, gain, gain_of_model
from catalog.verdict.wishes import EASY_TASKS

EASY_BITS = 0.05
"""Bits per byte that a gain must be worth before a simple task pays memory for it: about one doubling of
parameters, .115 nats a token of some 3.5 bytes."""
EASY_NATS = 0.15
"""The same among estimates, in nats per token: a doubling is .11 there (prior.py), and the next size a
little more."""

Pair = tuple[tuple[str, str], tuple[str, str]]


class Comparison:
    """Differences between options, each worked out once; `task` sets what a gain must be worth."""

    def __init__(self, task: str = "general") -> None:
        self._easy = task in EASY_TASKS
        self._known: dict[Pair, Difference] = {}
        self._gains: dict[Pair, Gain] = {}

    def difference(self, a: Option, b: Option) -> Difference:
        """Bits per byte of `a` minus those of `b` by the best evidence both have.

        Two trials on the person's data are compared on that data; otherwise the probes on their text; else
        the prior, in nats per token.
        """
        key = (a.name, b.name)
        if key not in self._known:
            self._known[key] = _measured(a, b) or self._estimated(a, b)
        return self._known[key]

    def gain(self, better: Option, other: Option) -> Gain:
        """What `better` is expected to be better by than `other`, whatever was measured."""
        key = (better.name, other.name)
        if key not in self._gains:
            same = better.level is other.level
            self._gains[key] = gain(better.expected, other.expected, same)
        return self._gains[key]

    def _estimated(self, a: Option, b: Option) -> Difference:
        found = self.gain(b, a)
        return Difference(found.nats, found.nats_sd, False, "prior")

    def worth_it(self, incumbent: Option, challenger: Option) -> bool:
        """Whether the challenger's gain is beyond the noise, and worth its memory for this task.

        An incumbent that its level has damaged stays only while it beats every other.
        """
        found = self.difference(incumbent, challenger)
        if found.value <= 0:
            return False
        if incumbent.damage == WORSE:
            return True
        if found.basis == "prior":
            return self.gain(challenger, incumbent).worth_memory and not self._unneeded(found.value)
        return found.significant and found.value > (EASY_BITS if self._easy else 0.0)

    def order(self, options: Sequence[Option]) -> list[Option]:
        """Measured options: the climb's winner, then the climb's winner among the others, and so on."""
        left = sorted(options, key=_by_tie)
        order = []
        while left:
            order.append(self._climb(left))
            left.remove(order[-1])
        return order

    def expected_order(self, options: Sequence[Option]) -> list[Option]:
        """Options of which none is measured: the climb's winner, for a simple task the smallest that is
        nearly as good as the best, then the others by what is expected of them.
        """
        order = sorted(options, key=lambda option: (option.prior, option.tie, option.name))
        if not order:
            return order
        if self._easy:
            first = min((one for one in order if self._unneeded(one.prior - order[0].prior)), key=_by_tie)
        else:
            first = self._climb_expected(sorted(options, key=_by_tie))
        order.remove(first)
        order.insert(0, first)
        return order

    def _climb_expected(self, ascending: Sequence[Option]) -> Option:
        """The climb among estimates. Nobody asks a model to see: one that can replaces the incumbent only
        where no model made for text alone is as good, as far as is known, in no more memory; the best that
        is takes the place instead.
        """
        first = best = ascending[0]
        for place, challenger in enumerate(ascending[1:], start=1):
            if challenger.prior >= first.prior or not self._worth_memory(challenger, first):
                continue
            equal = [one for one in ascending[:place] if self._for_text_as_good(one, challenger)]
            if not equal:
                first = challenger
            found = min(equal, key=lambda one: (one.prior, one.tie, one.name), default=first)
            best = found if found.prior < best.prior else best
        return best

    def _worth_memory(self, challenger: Option, incumbent: Option) -> bool:
        """Whether it is expected to be; a gain that is the level's alone is no reason for another model."""
        if not self.gain(challenger, incumbent).worth_memory:
            return False
        same = challenger.candidate.name == incumbent.candidate.name
        return same or gain_of_model(challenger.expected, incumbent.expected).worth_memory

    def _for_text_as_good(self, option: Option, challenger: Option) -> bool:
        sees = challenger.candidate.spec.parameters_vision > 0
        return (
            sees
            and not option.candidate.spec.parameters_vision
            and not self.gain(challenger, option).worth_memory
        )

    def _unneeded(self, nats: float) -> bool:
        """Whether a gain that is only estimated is more than a simple task needs."""
        return self._easy and nats <= EASY_NATS

    def _climb(self, ascending: Sequence[Option]) -> Option:
        incumbent = ascending[0]
        for place, challenger in enumerate(ascending[1:], start=1):
            if self.worth_it(incumbent, challenger) and not any(
                self.difference(challenger, smaller).value > 0 for smaller in ascending[:place]
            ):
                incumbent = challenger
        return incumbent


def front(options: Sequence[Option], comparison: Comparison) -> set[tuple[str, str]]:
    """Names on the Pareto front over quality, memory and speed; an unknown speed is no difference."""
    ascending = sorted(options, key=_by_tie)
    if any(option.measured for option in options) or len({option.speed is None for option in options}) > 1:
        best = pareto.front(ascending, lambda a, b: _dominates(a, b, comparison))
    else:  # then a number says how good each is
        best = pareto.pareto([(o.size, o.prior, -o.speed.expected if o.speed else 0.0) for o in ascending])
    return {option.name for option, on_front in zip(ascending, best, strict=True) if on_front}


def _dominates(a: Option, b: Option, comparison: Comparison) -> bool:
    worse = comparison.difference(a, b).value if a.measured and b.measured else a.prior - b.prior
    slower = (b.speed.expected - a.speed.expected) if a.speed and b.speed else 0.0
    larger = a.size - b.size
    return max(worse, slower, larger) <= 0 and min(worse, slower, larger) < 0


def _by_tie(option: Option) -> tuple[object, ...]:
    """Memory, speed, freedom; among equals the better measured, then the name."""
    probe = option.scored.bits_per_byte if option.scored else None
    return option.tie[:3], float("inf") if probe is None else probe, option.prior, option.name


def _measured(a: Option, b: Option) -> Difference | None:
    if a.tuned and b.tuned and a.trial is not b.trial:
        return replace(compare(a.tuned, b.tuned), basis="trial")
    if a.scored and b.scored:
        return compare(a.scored, b.scored)
    return None
