"""Every card is offered in the app: what is chosen is planned for, run on, and there at the next start."""

from dataclasses import replace

from textual.widgets import OptionList

from probes.jobs.runner import environment
from probes.machine.device import id_of
from probes.machine.torch_build import TorchBuild
from probes.measurement.jobs import perplexity_job
from probes.measurement.question import understand
from tests.tui.app import app_fakes as fakes
from tests.tui.app.driving import SIZE, closed, dialog, focused, until, words
from tui.app import BasefitApp
from tui.budgets import first_budget
from tui.screens.budget import BudgetDialog

SMALL = replace(
    fakes.CARD,
    index=1,
    name="NVIDIA GeForce RTX 3060",
    uuid="GPU-2",
    total_bytes=12 * fakes.GIB,
    free_bytes=2**30,
)
TWO = replace(
    fakes.WITH_GPU,
    gpus=(fakes.CARD, SMALL),
    build=TorchBuild("2.13.0+cu126", (12, 6), None, None, ("sm_86",)),
)
WITHOUT_CUDA = replace(TWO, build=TorchBuild("2.13.0+cpu"))


def again(app: BasefitApp, make) -> BasefitApp:
    """The next start, with what the last one remembered."""
    return make(machine=app.machine, state={"budget": app.state.budget})


async def test_another_card_and_the_processor_can_be_chosen(make) -> None:
    app = make(machine=TWO)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "RTX 3060 (cuda:1): 1.0 GiB free" in words(app, "machine"))
        assert id_of(app.devices) == "GPU-1"
        await pilot.press("b")
        asked = await dialog(pilot, BudgetDialog)
        await focused(pilot, "budget-list")
        shown = [str(option.prompt) for option in asked.query_one(OptionList).options[:3]]
        assert shown == [
            "this machine, 22.5 GiB free: NVIDIA GeForce RTX 4090",
            "NVIDIA GeForce RTX 3060, 1.0 GiB free",
            "CPU: Example CPU, 12.0 GiB free",
        ]
        await pilot.press("down")
        await until(pilot, lambda: asked.query_one(OptionList).highlighted == 1)
        await pilot.press("enter")
        await closed(pilot)
        assert (app.budget.label, app.budget.bytes) == ("NVIDIA GeForce RTX 3060", 2**30)
        assert (id_of(app.devices), app.state.budget) == ("GPU-2", "GPU-2")
        assert (app.room().device, app.stops()[0]) == ("cuda", app.budget)
        await until(pilot, lambda: "NVIDIA GeForce RTX 3060, 1.0 GiB free now" in words(app, "budget-line"))
    assert again(app, make).budget == app.budget
    lost = make(machine=replace(TWO, gpus=(fakes.CARD,)), state={"budget": "GPU-2"})
    assert id_of(lost.devices) == "GPU-1"
    cpu = make(machine=TWO, state={"budget": "cpu"})
    assert (cpu.room().device, id_of(cpu.devices)) == ("cpu", "cpu")


def test_what_is_measured_runs_on_the_card_that_is_planned_for(make) -> None:
    app = make(machine=TWO, state={"budget": "GPU-2"})
    request, _ = app.starting_request()
    question = understand(app.state.asked.open, app.room(), id_of(app.devices))
    job = perplexity_job(("m", "m", "r"), ["bf16"], [question.text], question.device)
    assert request.budget.label == "NVIDIA GeForce RTX 3060"
    assert environment(job)["CUDA_VISIBLE_DEVICES"] == "GPU-2"


async def test_cards_that_cannot_be_used_are_shown_with_why_and_planned_for(make) -> None:
    app = make(machine=WITHOUT_CUDA)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: words(app, "machine").count("cannot be used: the installed torch") == 2)
        assert (app.budget.label, app.budget.simulated) == ("rtx-4090", True)
        assert id_of(app.devices) == "cpu"
        await pilot.press("b")
        asked = await dialog(pilot, BudgetDialog)
        options = asked.query_one(OptionList).options
        assert [option.disabled for option in options[:4]] == [False, True, True, False]
    assert first_budget(WITHOUT_CUDA, "").label == "CPU: Example CPU"
