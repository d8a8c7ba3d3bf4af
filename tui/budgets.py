"""The budgets a person can step through from the machine at hand."""

from contextlib import suppress

from catalog.hardware.gpu import Budget, parse_budget
from catalog.problem import Problem
from probes.machine.hardware import Machine, machine_budget

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
    """The remembered budget; else this machine's GPU, or the usual card where there is none."""
    if remembered is not None:
        with suppress(Problem):
            return parse_budget(remembered) if remembered else machine_budget(machine)
    return machine_budget(machine) if machine.card else parse_budget(USUAL)
