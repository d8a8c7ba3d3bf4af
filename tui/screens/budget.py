"""The budget picker: a list of cards, or a size or name as one would write it."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from catalog.hardware.gpu import Budget, load_gpus, parse_budget
from catalog.problem import Problem
from probes.machine.device import Device, id_of
from probes.machine.hardware import machine_budget, offers
from probes.machine.nvml import Unknown
from tui.screens.base import BasefitDialog
from tui.wording import cards_words, problem_words, size_words, why_words

_HERE = "here "
"""Before the identity of devices of this machine."""


class BudgetDialog(BasefitDialog[Budget]):
    """Answers the chosen Budget, or None."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self.say("budget.title"), classes="dialog-title", markup=False)
            yield Input(placeholder=self.say("budget.placeholder"), id="budget-input")
            yield Static(id="budget-problem", classes="problem", markup=False)
            yield OptionList(*self._options(), id="budget-list", markup=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()
        self.query_one(OptionList).highlighted = 0

    def _options(self) -> list[Option]:
        cards = sorted(load_gpus().values(), key=lambda gpu: (gpu.memory_bytes, gpu.name))
        return [*self._here(), *self._unusable()] + [
            Option(Content(f"{gpu.name:<22} {size_words(gpu.memory_bytes):>10}  SIM"), id=gpu.name)
            for gpu in cards
        ]

    def _here(self) -> list[Option]:
        """What of this machine can be planned for: its best device first, then the other ways to use it."""
        machine = self.basefit.machine
        best, *others = offers(machine)
        budgets = [machine_budget(machine, meant) for meant in others]
        words = [self.say("budget.here", size=size_words(machine_budget(machine, best).bytes))]
        words = [f"{words[0]}: {best[0].name}"] if others else words
        words += [
            self.say("budget.device", label=one.label, size=cards_words(one.bytes, one.count))
            for one in budgets
        ]
        return [
            Option(Content(line), id=_HERE + id_of(meant))
            for line, meant in zip(words, [best, *others], strict=True)
        ]

    def _unusable(self) -> list[Option]:
        """The cards that cannot be used, with why."""
        cards = [one for one in self.basefit.machine.devices[:-1] if one.why_not is not None]
        return [
            Option(Content(self._why(card, card.why_not)), id=f"unusable {card.place}", disabled=True)
            for card in cards
            if card.why_not is not None
        ]

    def _why(self, card: Device, why: Unknown) -> str:
        return self.say("home.gpu-unused", name=card.name, why=why_words(why, self.basefit.language))

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        name, machine = event.option.id or "", self.basefit.machine
        if not name.startswith(_HERE):
            self.dismiss(parse_budget(name))
            return
        meant = next(one for one in offers(machine) if id_of(one) == name.removeprefix(_HERE))
        self.dismiss(machine_budget(machine, meant))

    @on(Input.Submitted)
    def _written(self, event: Input.Submitted) -> None:
        try:
            self.dismiss(parse_budget(event.value))
        except Problem as problem:
            self.query_one("#budget-problem", Static).update(problem_words(problem, self.basefit.language))
