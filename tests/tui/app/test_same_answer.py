"""Home, the first row of Models, `models` and `recommend` name the same model at the same level."""

import asyncio
import json
from itertools import product

import pytest

from catalog.hardware.gpu import load_gpus, parse_budget
from catalog.verdict.wishes import USES
from tests.tui.app.driving import cells, go, shown, until, words
from tui.app import BasefitApp
from tui.cli import run

ASKED = tuple(product(USES, ("zh", "en")))
EVERY = 11
"""One card of so many is asked for; tests/catalog/verdict/test_fit.py goes through all of size x use x
language. No divisor of len(ASKED), so that every use in either language is asked, too."""
QUESTIONS = tuple(
    (card, *ASKED[place % len(ASKED)])
    for place, card in enumerate((*load_gpus(), "8GiB", "24GiB", "2x a40"))
    if place % EVERY == 0
)

Question = tuple[str, str, str]
Answer = tuple[str, str]


def test_the_four_places_agree(make, capfd: pytest.CaptureFixture[str]) -> None:
    answers = {question: by_commands(question, capfd) for question in QUESTIONS}
    assert len({answer[0] for answer in answers.values()}) > 5
    assert {question[1:] for question in QUESTIONS} == set(ASKED)
    asyncio.run(on_screen(make(), {question: answers[question] for question in QUESTIONS[: len(ASKED)]}))


def by_commands(question: Question, capfd: pytest.CaptureFixture[str]) -> Answer:
    """(model, level) of `recommend`, which is also in the first row of `models`."""
    card, use, language = question
    given = ["--budget", card, "--language", language, "--use", use, "--json"]
    documents = []
    for command in ("recommend", "models"):
        assert run([command, *given]) == 0
        documents.append(json.loads(capfd.readouterr().out))
    winner, first = documents[0]["winner"], documents[1]["rows"][0]
    assert (first["model"], first["level"]) == (winner["model"], winner["level"]), question
    return winner["model"], winner["level"]


async def on_screen(app: BasefitApp, answers: dict[Question, Answer]) -> None:
    """Home's sentence and the first row of Models say the same."""
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, "home")
        for (card, use, language), (model, level) in answers.items():
            await go(pilot, "home")
            app.ask(use=use, language=language)
            app.set_budget(parse_budget(card))
            await until(pilot, lambda: f"{model} at {level}:" in words(app, "answer"))  # noqa: B023
            await go(pilot, "models")
            await until(pilot, lambda: cells(app, "models-table")[0][1:4:2] == [model, level])  # noqa: B023
