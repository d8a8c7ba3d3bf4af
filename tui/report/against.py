"""What changed between two runs: the verdict, each number, the machine and what was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.evidence.kinds import unlike
from catalog.evidence.paired import Difference
from catalog.evidence.records import Evidence
from tui.report.gather import Report
from tui.report.numbers import Number, change, numbers


@dataclass(frozen=True)
class Change:
    """One number before and after. `difference` None: taken once, nothing says how sure it is."""

    before: Number
    after: Number
    difference: Difference | None

    @property
    def exceeds(self) -> bool | None:
        """Whether it is beyond two standard errors (for what is exact: whether it differs at all)."""
        return None if self.difference is None else self.difference.significant


@dataclass(frozen=True)
class Unlike:
    """A measurement that both runs have and that cannot be compared, with its (entry, before, after)."""

    before: Evidence
    after: Evidence
    entries: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True)
class Altered:
    """Something told of both runs that is not the same."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Against:
    """`before` and `after` are the runs. `unchanged` counts measurements that both rest on."""

    before: Report
    after: Report
    changes: tuple[Change, ...]
    unlike: tuple[Unlike, ...]
    unchanged: int
    only_before: tuple[Evidence, ...] = ()
    only_after: tuple[Evidence, ...] = ()
    asked: tuple[Altered, ...] = field(default=())
    machine: tuple[Altered, ...] = field(default=())

    @property
    def comparable(self) -> bool:
        """Whether any number of one can be held against the other's."""
        return bool(self.changes or self.unchanged)

    @property
    def same_winner(self) -> bool:
        return winner_name(self.before) == winner_name(self.after)


def winner_name(report: Report) -> tuple[str, str] | None:
    """(model, level) that a run recommends."""
    row = report.winner
    return (row["model"], row["level"]) if row else None


def against(after: Report, before: Report) -> Against:
    """What `after` shows otherwise than `before`."""
    earlier, later = _by_subject(before), _by_subject(after)
    changes: list[Change] = []
    apart: list[Unlike] = []
    unchanged, only_after = 0, []
    for subject, found in later.items():
        for now in found:
            then = earlier.get(subject, [])
            match = next((e for e in reversed(then) if not unlike(e, now)), None)
            if match is None:
                if then:
                    apart.append(Unlike(then[-1], now, unlike(then[-1], now)))
                else:
                    only_after.append(now)
            elif match.id == now.id:
                unchanged += 1
            else:
                changes += _changes(match, now)
    only_before = [e for subject, found in earlier.items() if subject not in later for e in found]
    return Against(
        before,
        after,
        tuple(changes),
        tuple(apart),
        unchanged,
        tuple(only_before),
        tuple(only_after),
        altered(_asked(before), _asked(after)),
        altered(_machine(before), _machine(after)),
    )


def _by_subject(report: Report) -> dict[tuple[str, str, str], list[Evidence]]:
    found: dict[tuple[str, str, str], list[Evidence]] = {}
    for e in report.evidence:
        found.setdefault((e.kind, e.model, e.level), []).append(e)
    return found


def _changes(before: Evidence, after: Evidence) -> list[Change]:
    then = {number.quantity: number for number in numbers([before])}
    return [
        Change(then[now.quantity], now, change(then[now.quantity], now))
        for now in numbers([after])
        if now.quantity in then
    ]


def altered(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Altered, ...]:
    """The entries that differ, nested ones by their path: `budget.bytes`."""
    found: list[Altered] = []
    for name in dict.fromkeys([*before, *after]):
        then, now = before.get(name), after.get(name)
        if isinstance(then, Mapping) and isinstance(now, Mapping):
            found += [Altered(f"{name}.{a.name}", a.before, a.after) for a in altered(then, now)]
        elif then != now:
            found.append(Altered(name, then, now))
    return tuple(found)


def _asked(report: Report) -> Mapping[str, Any]:
    """The question, with the hashes of what it named: a file of the same name may hold another text."""
    asked = report.question or report.asked
    verdict = report.verdict or {}
    hashes = {name: verdict[name] for name in ("text_sha256", "data_sha256") if verdict.get(name)}
    models = {f"revision of {e.model}": e.revision for e in report.evidence if e.revision}
    return {**asked, **hashes, **models}


def _machine(report: Report) -> Mapping[str, Any]:
    record = report.machines.get(report.run.id, {})
    return {name: value for name, value in record.items() if name != "folder"}
