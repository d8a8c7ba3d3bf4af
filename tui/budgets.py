"""The budgets a person can step through from the machine at hand."""

from contextlib import suppress

from catalog.hardware.gpu import Budget, parse_budget
from catalog.problem import Problem
from probes.machine.device import Device, id_of
from probes.machine.hardware import Machine, machine_budget, offers

STOPS = (
    "rtx-3060-laptop",
    "rtx-4060",
    "rtx-3060",
    "rtx-4070-ti-super",
    "rtx-4090",
    "rtx-5090",
    "a100-40gb",
    "l40s",
    "a100-80gb",
    "h200",
    "2x a100-80gb",
)
"""Where the budget bar stops, from a small laptop to two data-centre cards."""
USUAL = "rtx-4090"
"""The budget a machine without a GPU starts from: the card most local work is planned for."""


def budget_stops(machine: Machine) -> tuple[Budget, ...]:
    """The machine first, then cards by memory."""
    cards = sorted((parse_budget(name) for name in STOPS), key=lambda budget: budget.total_bytes)
    return (machine_budget(machine), *cards)


def first_budget(machine: Machine, remembered: str | None) -> Budget:
    """The remembered budget ("" this machine's best, an identity other devices of it); else this machine's
    GPU; its card as one to plan for where it cannot be used; the usual card where there is none.
    """
    if remembered == "":
        return machine_budget(machine)
    if remembered is not None:
        here = (meant for meant in offers(machine) if id_of(meant) == remembered)
        if meant := next(here, ()):
            return machine_budget(machine, meant)
        with suppress(Problem):
            return parse_budget(remembered)
    if machine.card:
        return machine_budget(machine)
    return planned_only(machine.unused) or parse_budget(USUAL)


def planned_only(card: Device | None) -> Budget | None:
    """A card that cannot be used here, to plan for as for any other; None where its memory is unknown."""
    if card is None or not card.total_bytes:
        return None
    for written in (card.name, f"{card.total_bytes / 2**20:.0f}MiB"):
        with suppress(Problem):
            return parse_budget(written)
    return None
