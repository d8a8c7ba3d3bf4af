"""What a person wants of a model beside its fitting: each with a default that asks for nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, get_args

from catalog.memory.estimate import Use
from catalog.models.registry import KINDS
from catalog.problem import Problem

USES = (*get_args(Use), "both")
"""`both` is to serve and to fine-tune with QLoRA on the same card."""
ANY_KIND = "any"
KIND_WISHES = (ANY_KIND, *KINDS)
TASKS = ("general", "extraction", "classification", "summary", "chat", "code", "maths", "writing")
EASY_TASKS = frozenset({"extraction", "classification", "summary"})
HARD_TASKS = frozenset({"code", "maths", "writing"})
"""Simple tasks want the smallest model that does them, hard ones the largest that fits (FACTS.md, 1)."""
_SHARE = re.compile(r"([a-z]{2,3})(?:\s*[:=]\s*(\d+(?:\.\d+)?)\s*%?)?", re.IGNORECASE)


def check_use(use: str) -> None:
    """Problem use-unknown for a use that is none."""
    if use not in USES:
        raise Problem("use-unknown", use=use, known=", ".join(USES))


@cache
def uses_of(use: str) -> tuple[Use, ...]:
    """What the memory is for: everything of it has to fit. Problem use-unknown."""
    check_use(use)
    return tuple(one for one in get_args(Use) if one == use or (use == "both" and one != "lora"))


def check_kind(kind: str) -> None:
    """Problem kind-unknown for what is neither a kind of model nor `any`."""
    if kind not in KIND_WISHES:
        raise Problem("kind-unknown", kind=kind, known=", ".join(KIND_WISHES))


def usual_kind(use: str) -> str:
    """The kind of model a use asks for where nobody says: a base to tune, any to serve."""
    return ANY_KIND if use == "infer" else "base"


@dataclass(frozen=True)
class Wishes:
    """`minimum_speed` in tokens decoded per second of one sequence. `hours` and `money` (US dollars) are
    what tuning may take at most, None where it does not matter; `gpu_hour` is what an hour of the card
    costs in US dollars, None where unknown. `task` is one of TASKS. `languages` are (ISO code, share),
    the largest share first, shares adding up to 1; empty where the text alone says it. `kind` is one of
    KIND_WISHES.
    """

    commercial: bool = False
    minimum_speed: float = 0.0
    hours: float | None = None
    money: float | None = None
    gpu_hour: float | None = None
    task: str = "general"
    languages: tuple[tuple[str, float], ...] = ()
    kind: str = ANY_KIND

    def __post_init__(self) -> None:
        check_kind(self.kind)
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


def after(now: str, values: Sequence[str]) -> str:
    """The value after `now`; the first after the last, and after one that is none of them."""
    at = values.index(now) if now in values else -1
    return values[(at + 1) % len(values)]
