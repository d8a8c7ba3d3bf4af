"""What a model is wanted for, in the order in which `u` goes through them."""

from catalog.memory import Use

USES: tuple[Use, ...] = ("infer", "qlora", "lora")


def next_use(now: str) -> Use:
    """The use after `now`; the first after the last, and after one that is none of them."""
    at = USES.index(now) if now in USES else -1
    return USES[(at + 1) % len(USES)]
