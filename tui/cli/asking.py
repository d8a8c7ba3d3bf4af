"""From the options of `recommend` to a question: what is said now, over what was saved, over defaults."""

from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from catalog.models import load_models
from catalog.problem import Problem
from catalog.request import Reason, Request
from catalog.wishes import parse_languages
from probes.asked import Asked, load_request, save_request
from probes.campaign import Inputs, Step
from probes.home import home
from probes.plan_of_measurement import measure_within
from probes.question import Question, question_of
from probes.runner import Runner
from tui.cli.deciding import answer
from tui.cli.fetching import fetch
from tui.cli.knowing import room
from tui.cli.measuring import device_here, sample_text
from tui.cli.output import tell, words
from tui.cli.session import Session
from tui.wording import reason_words

LISTS = ("candidates", "levels")
FILES = ("text", "data")


def recommend(
    options: Mapping[str, Any],
    measuring: bool,
    minutes: float | None,
    name: str | None,
    save_as: str | None,
    device: str | None,
    agreed: bool,
    as_json: bool,
) -> int:
    """See commands.recommend."""
    asked = (load_request(name) if name is not None else Asked()).given(_plain(options))
    question = understand(asked, device)
    if save_as is not None:
        tell(words("cli.request-saved", path=save_request(save_as, asked)))
    if agreed and measuring and asked.candidates:
        with Session({"fetch": list(asked.candidates)}) as session:
            for target in asked.candidates:
                fetch(session, target, agreed)
            session.done({})

    def needed(request: Request, inputs: Inputs, runner: Runner) -> AsyncGenerator[Step, None]:
        out = home() / "adapters"
        return measure_within(request, inputs, runner, out, minutes, stopped=_tell)

    return answer("recommend", question, needed if measuring else None, as_json)


def _tell(why: Reason) -> None:
    tell(reason_words(why))


def understand(asked: Asked, device: str | None = None) -> Question:
    """The question behind what was asked: the room it means, the models it leaves open."""
    place = room(asked.budget)
    languages = parse_languages(asked.language)
    targets = asked.candidates or catalog_targets(languages[0][0])
    text = sample_text(Path(asked.text).expanduser() if asked.text else None)
    return question_of(asked, targets, text, place, device_here(device))


def catalog_targets(language: str) -> tuple[str, ...]:
    """Every base model of the catalog that speaks a language; Problem no-candidates where none does."""
    found = tuple(
        name
        for name, entry in load_models().items()
        if not entry.chat and (language in entry.languages or "multi" in entry.languages)
    )
    if not found:
        raise Problem("no-candidates")
    return found


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with lists taken apart and files by their full place, so that they can be saved."""
    found = dict(options)
    for name in LISTS:
        if found.get(name) is not None:
            found[name] = tuple(part.strip() for part in found[name].split(",") if part.strip())
    for name in FILES:
        if found.get(name):
            found[name] = str(Path(found[name]).expanduser().absolute())
    return found
