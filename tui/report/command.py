"""The exact commands that give a report's verdict and its estimates again."""

import shlex
from collections.abc import Mapping
from typing import Any

from catalog.memory.trainers import BASEFIT
from tui.report.gather import Report, Row

WITHOUT_WORDS = "basefit"
"""The command of a run that was started in the app."""
ASKED = ["budget", "use", "context", "batch", "language", "text", "targets", "levels", "device"]
"""What a question must say to be asked again; a damaged or an older record may not."""


def verdict_command(report: Report) -> str:
    """The run's own command; for a run of the app, the command that asks the same."""
    question = report.question
    if report.run.command != WITHOUT_WORDS or question is None or not {*ASKED} <= question.keys():
        return report.run.command
    return question_command(question)


def question_command(question: Row) -> str:
    """`basefit demo`, or `basefit recommend` with all that was asked."""
    from probes.measurement.question import demo_question
    from probes.measurement.question_json import plain
    from tui.report.gather import plain as as_json

    demo = as_json(plain(demo_question()))
    if {**demo, **question} == demo:  # an older record does not say everything
        return "basefit demo"
    words: list[object] = ["basefit", "recommend", *_budget(question["budget"])]
    words += ["--use", question["use"], "--context", question["context"], "--batch", question["batch"]]
    words += ["--language", language_words(question), "--text", question["text"]]
    if question.get("data"):
        words += ["--data", question["data"], "--examples", question["examples"]]
    words += ["--candidates", ",".join(question["targets"]), "--levels", ",".join(question["levels"])]
    words += _trainer(question)
    if question.get("windows"):
        words += ["--windows", question["windows"]]
    words += ["--device", question["device"], *_wishes(question.get("wishes") or {}), "--measure"]
    return shlex.join(map(str, words))


def plan_command(report: Report, row: Row) -> str | None:
    """The command that itemises a row's estimate, of both uses the one that needs more; None where the
    question is not known any more.
    """
    question, items = report.question, report.footprints.get((row["model"], row["level"]))
    if question is None or items is None:
        return None
    use = question["use"]
    if use == "both":
        use = "qlora" if items.term("adapter").high else "infer"
    words: list[object] = ["basefit", "plan", _target(question, row["model"]), "--level", row["level"]]
    words += ["--use", use, "--context", question["context"], "--batch", question["batch"]]
    return shlex.join(map(str, [*words, *_trainer(question), *_budget(question["budget"])]))


def _trainer(question: Row) -> list[str]:
    """What tunes, where it is not basefit's own trial."""
    named = str(question.get("trainer") or BASEFIT.name)
    return [] if named == BASEFIT.name else ["--trainer", named]


def language_words(question: Row) -> str:
    """`zh`, or the mix as it is written: `zh:70,en:30`."""
    mix = (question.get("wishes") or {}).get("languages") or ()
    if len(mix) < 2:
        return str(question["language"])
    return ",".join(f"{code}:{100 * share:g}" for code, share in mix)


def _target(question: Row, model: str) -> str:
    """The target of the question that goes by this name."""
    named = [t for t in question["targets"] if t == model or t.rstrip("/").rpartition("/")[2] == model]
    return str(named[0]) if named else model


def _budget(budget: Mapping[str, Any]) -> list[str]:
    """As `--budget` reads it; nothing for the machine's own free memory, which is of its moment."""
    if not budget.get("simulated"):
        return []
    one = budget["gpu"]["name"] if budget.get("gpu") else f"{budget['bytes']}B"
    count = budget.get("count", 1)
    return ["--budget", f"{count}x {one}" if count > 1 else one]


def _wishes(wishes: Mapping[str, Any]) -> list[str]:
    words: list[str] = []
    if wishes.get("commercial"):
        words.append("--commercial")
    if wishes.get("task") not in (None, "general"):
        words += ["--task", str(wishes["task"])]
    for name, option in (
        ("minimum_speed", "--min-speed"),
        ("hours", "--hours"),
        ("money", "--money"),
        ("gpu_hour", "--gpu-hour"),
    ):
        if wishes.get(name):
            words += [option, f"{wishes[name]:g}"]
    return words
