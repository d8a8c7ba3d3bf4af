"""The judgement itself: who leads, who waits, and who is rejected by what.

Every answer rests on it: the verdict with its reasons (recommend.py) and the table of what fits (fit.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalog.evidence.records import Evidence
from catalog.verdict.gates import closed
from catalog.verdict.option import Option, options_of
from catalog.verdict.ranking import Comparison
from catalog.verdict.request import Reason, Request

MEMORY = frozenset({"does-not-fit", "tight"})
"""The gates of memory."""
MEASURABLE = frozenset({"little-training-data", "language-unlisted"})
"""Gates of the catalog that a measurement opens."""

Closed = Mapping[tuple[str, str], tuple[Reason, ...]]
"""Option name -> the gates that rejected it."""


@dataclass(frozen=True)
class Standing:
    """Every option of a request. `order` may be chosen, the winner first; `waiting` could be but is not
    measured while others are, or while other levels of its model are; `measurable` are all that may be
    chosen, or could be once they are measured.
    """

    order: Sequence[Option]
    waiting: Sequence[Option]
    rejected: Sequence[Option]
    measurable: Sequence[Option]
    gates: Closed


def standing(request: Request, evidence: Iterable[Evidence], comparison: Comparison) -> Standing:
    """The judgement itself, without its reasons: who leads, who waits, who is rejected by what."""
    options = options_of(request, evidence)
    gates = {option.name: closed(request, option) for option in options}
    codes = {name: {reason.code for reason in reasons} for name, reasons in gates.items()}
    able = [option for option in options if not codes[option.name]]
    tight = not able
    if tight:  # then the least of a risk first: with more memory it is the first that surely fits
        able = [option for option in options if codes[option.name] == {"tight"}]
        order = sorted(
            able,
            key=lambda option: (option.size, not option.measured, option.prior, option.tie, option.name),
        )
        waiting: list[Option] = []
    else:
        # A trial speaks for its model at another level only where no level of it was measured itself.
        known = {option.candidate.name for option in options if option.measured_itself}
        measured = [
            option
            for option in able
            if option.measured and (option.measured_itself or option.candidate.name not in known)
        ]
        order = comparison.order(measured) if measured else comparison.expected_order(able)
        chosen = {option.name for option in order}
        waiting = [option for option in able if option.name not in chosen]
        waiting.sort(key=lambda option: (option.prior, option.name))
    names = {option.name for option in able}
    rejected = [option for option in options if option.name not in names]
    rejected.sort(key=lambda option: (option.size, option.candidate.spec.parameters, option.name))
    opened = [option for option in rejected if codes[option.name] <= MEASURABLE]
    measurable = order[:1] if tight else [*able, *opened]
    return Standing(order, waiting, rejected, measurable, gates)
