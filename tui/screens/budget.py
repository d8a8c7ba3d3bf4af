"""The budget picker: a list of cards, or a size or name as one would write it."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from catalog.hardware.gpu import Budget, load_gpus, parse_budget
from catalog.problem import Problem
from probes.machine.hardware import machine_budget
from tui.screens.base import BasefitDialog
from tui.wording import problem_words, size_words


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
        here = machine_budget(self.basefit.machine)
        words = self.say("budget.here", size=size_words(here.bytes))
        cards = sorted(load_gpus().values(), key=lambda gpu: (gpu.memory_bytes, gpu.name))
        return [Option(Content(words), id="here")] + [
            Option(Content(f"{gpu.name:<22} {size_words(gpu.memory_bytes):>10}  SIM"), id=gpu.name)
            for gpu in cards
        ]

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        name = event.option.id or ""
        self.dismiss(machine_budget(self.basefit.machine) if name == "here" else parse_budget(name))

    @on(Input.Submitted)
    def _written(self, event: Input.Submitted) -> None:
        try:
            self.dismiss(parse_budget(event.value))
        except Problem as problem:
            self.query_one("#budget-problem", Static).update(problem_words(problem, self.basefit.language))
