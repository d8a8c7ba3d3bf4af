"""What a person wants of a model beside its fitting: each with a default that asks for nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from catalog.memory.estimate import Use
from catalog.problem import Problem

USES = ("infer", "qlora", "lora", "both")
"""`both` is to serve and to fine-tune with QLoRA on the same card."""
PLANNED_USES: tuple[Use, ...] = ("infer", "qlora", "lora")
TASKS = ("general", "extraction", "classification", "summary", "chat", "code", "maths", "writing")
EASY_TASKS = frozenset({"extraction", "classification", "summary"})
HARD_TASKS = frozenset({"code", "maths", "writing"})
"""Simple tasks want the smallest model that does them, hard ones the largest that fits (FACTS.md, 1)."""
_SHARE = re.compile(r"([a-z]{2,3})(?:\s*[:=]\s*(\d+(?:\.\d+)?)\s*%?)?", re.IGNORECASE)


@dataclass(frozen=True)
class Wishes:
    """`minimum_speed` in tokens decoded per second of one sequence. `hours` and `money` (US dollars) are
    what tuning may take at most, None where it does not matter; `gpu_hour` is what an hour of the card
    costs in US dollars, None where unknown. `task` is one of TASKS. `languages` are (ISO code, share),
    the largest share first, shares adding up to 1; empty where the text alone says it.
    """

    commercial: bool = False
    minimum_speed: float = 0.0
    hours: float | None = None
    money: float | None = None
    gpu_hour: float | None = None
    task: str = "general"
    languages: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise Problem("task-unknown", task=self.task, known=", ".join(TASKS))
        if not 0 <= self.minimum_speed < float("inf"):
            raise Problem("wish-not-positive", setting="min-speed", value=self.minimum_speed)
        for name in ("hours", "money", "gpu_hour"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise Problem("wish-not-positive", setting=name.replace("_", "-"), value=value)


NO_WISHES = Wishes()


def wishes_of(saved: Mapping[str, Any] | None) -> Wishes:
    """The wishes of a record made by `dataclasses.asdict` and passed through JSON."""
    given = dict(saved or {})
    known = {field.name: given[field.name] for field in fields(Wishes) if field.name in given}
    if "languages" in known:
        known["languages"] = tuple((str(code), float(share)) for code, share in known["languages"])
    return Wishes(**known)


def parse_languages(text: str) -> tuple[tuple[str, float], ...]:
    """(code, share) of "zh", "zh,en" (equal shares) or "zh:70,en:30"; Problem languages-unreadable."""
    parts = [part.strip() for part in text.replace("，", ",").replace("：", ":").split(",") if part.strip()]
    found = [_SHARE.fullmatch(part) for part in parts]
    if not found or not all(found):
        raise Problem("languages-unreadable", text=text)
    matches = [match for match in found if match is not None]
    weights = {match[1].lower(): float(match[2] or 1) for match in matches}
    given = {match[2] is not None for match in matches}
    total = sum(weights.values())
    if len(given) > 1 or len(weights) != len(parts) or total <= 0:
        raise Problem("languages-unreadable", text=text)
    return tuple(sorted(((code, part / total) for code, part in weights.items()), key=lambda one: -one[1]))


def next_use(now: str) -> Use:
    """The use after `now`; the first after the last, and after one that is none of them."""
    at = PLANNED_USES.index(now) if now in PLANNED_USES else -1
    return PLANNED_USES[(at + 1) % len(PLANNED_USES)]
