"""Write `catalog/demo/instructions.jsonl`: sentences about an event, and the event as fields.

    python -m tests.demo_family.instructions > catalog/demo/instructions.jsonl

Part of the rows is written by hand (`instruction_rows.py`), the rest is composed from the scenes in
`instruction_scenes.py` by sentence patterns, with a fixed seed, so that the file comes out the same again.
"""

import json
import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from tests.demo_family import instruction_scenes as scenes
from tests.demo_family.instruction_rows import EN_ROWS, ZH_ROWS
from tests.demo_family.instruction_scenes import Scene, Subject

FIELDS = ("who", "did", "what", "with", "where", "when")
INSTRUCTION = {"en": "Extract the event as fields.", "zh": "把事件提取为字段。"}
SEED = 20
ROWS_PER_SCENE = {"en": 5, "zh": 4}


@dataclass(frozen=True)
class Event:
    """What a sentence is made of; `place` and `time` are (preposition, value), empty where absent."""

    subject: Subject
    did: str
    what: str
    company: str
    place: tuple[str, str]
    time: tuple[str, str]
    organisation: bool


# A pattern needs: t time, p place, c company, w an object, f a place that may open the sentence,
# b an object that 把 may carry before the verb.
EN_PATTERNS = (
    ("tp", "{who} {did} {what} {place} {time}."),
    ("tp", "{time}, {who} {did} {what} {place}."),
    ("tpf", "{place}, {who} {did} {what} {time}."),
    ("ct", "{who} {did} {what} with {company} {time}."),
    ("pc", "Together with {company}, {who} {did} {what} {place}."),
    ("tpc", "{time} {who} {did} {what} {place} with {company}."),
    ("tpc", "{who} and {company} {did} {what} {place} {time}."),
    ("tp", "It was {who} {pronoun} {did} {what} {place} {time}."),
    ("tpw", "We heard that {who} {did} {what} {place} {time}."),
    ("pw", "{who} {did} {what} {place}."),
    ("tw", "According to the diary, {who} {did} {what} {time}."),
    ("tpfw", "{who} {did} {what}. That was {place} {time}."),
    ("p", "Nobody was surprised when {who} {did} {what} {place}."),
)
ZH_PATTERNS = (
    # `place` is 在 with its place, before the verb; `goal` is the place a verb of motion has after it.
    ("tp", "{time}，{who}{place}{did}{what}{goal}。"),
    ("tp", "{who}{time}{place}{did}{what}{goal}。"),
    ("tpc", "{time}，{who}和{company}一起{place}{did}{what}{goal}。"),
    ("pc", "{who}跟{company}一道{place}{did}{what}{goal}。"),
    ("tpf", "{place}，{who}{time}{did}{what}。"),
    ("tp", "听说{who}{time}{place}{did}{what}{goal}。"),
    ("tb", "{who}{time}把{what}{did}。"),
    ("tpw", "{who}{place}{did}{what}，那是{time}的事。"),
    ("pw", "{who}{place}{did}{what}。"),
    ("tc", "据说{who}{time}与{company}一起{did}{what}。"),
)


def _english(template: str, event: Event) -> str:
    sentence = template.format(
        who=event.subject.who,
        pronoun="that" if event.organisation else "who",
        did=event.did,
        what=event.what,
        company=event.company,
        place=" ".join(event.place),
        time=" ".join(event.time),
    )
    return _capital(re.sub(r" +(?=[ .,])", "", sentence).strip())


def _chinese(template: str, event: Event) -> str:
    preposition, place = event.place
    return template.format(
        who=event.subject.who,
        did=event.did,
        what=event.what,
        company=event.company,
        place=preposition + place if preposition else "",
        goal="" if preposition else place,
        time=event.time[1],
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def output(values: dict[str, str]) -> str:
    """`who=… | did=… | what=… | with=… | where=… | when=…`, always all six, `-` for what is not said."""
    return " | ".join(f"{field}={values.get(field) or '-'}" for field in FIELDS)


def row(language: str, sentence: str, values: dict[str, str]) -> dict[str, str]:
    """One Alpaca row; values are written as the sentence has them, a capital at its start included."""
    as_written = {}
    for field, value in values.items():
        as_written[field] = value if value in sentence else _capital(value)
    return {"instruction": INSTRUCTION[language], "input": sentence, "output": output(as_written)}


def _fits(needs: str, scene: Scene) -> bool:
    """Whether a pattern can carry a scene; what has no object must say where it happened."""
    if not scene.what and "p" not in needs:
        return False
    return all(need in "tp" or (scene.what if need == "w" else need in scene.flags) for need in needs)


def _event(draw: random.Random, scene: Scene, needs: str, what: str, language: str) -> Event:
    """One event from a scene; company that needs a possessive is kept from a subject that has none."""
    en = language == "en"
    if scene.by:
        subjects = tuple(Subject(name) for name in scene.by)
        companies = scenes.EN_PARTNERS if en else scenes.ZH_PARTNERS
    else:
        subjects = scenes.EN_SUBJECTS if en else scenes.ZH_SUBJECTS
        companies = scenes.EN_COMPANY if en else scenes.ZH_COMPANY
    if "l" in scene.flags:
        times = scenes.EN_LONG_TIMES if en else scenes.ZH_LONG_TIMES
    else:
        times = scenes.EN_TIMES if en else scenes.ZH_TIMES
    subject = draw.choice(subjects)
    if not subject.their:
        companies = tuple(company for company in companies if "{their}" not in company)
    company, place, time = draw.choice(companies), draw.choice(scene.places), draw.choice(times)
    return Event(
        subject,
        scene.did,
        what,
        company.replace("{their}", subject.their) if "c" in needs else "",
        place if "p" in needs else ("", ""),
        time if "t" in needs else ("", ""),
        bool(scene.by),
    )


def composed(draw: random.Random, language: str) -> Iterator[dict[str, str]]:
    """Rows from every scene in turn: each object is used before one comes again."""
    patterns, put = (EN_PATTERNS, _english) if language == "en" else (ZH_PATTERNS, _chinese)
    for scene in scenes.EN_SCENES if language == "en" else scenes.ZH_SCENES:
        fitting = [pattern for pattern in patterns if _fits(pattern[0], scene)]
        draw.shuffle(fitting)
        for turn in range(ROWS_PER_SCENE[language]):
            needs, template = fitting[turn % len(fitting)]
            what = scene.what[turn % len(scene.what)] if scene.what else ""
            event = _event(draw, scene, needs, what, language)
            values = {
                "who": event.subject.who,
                "did": event.did,
                "what": event.what,
                "with": event.company,
                "where": event.place[1],
                "when": event.time[1],
            }
            yield row(language, put(template, event), values)


def rows() -> list[dict[str, str]]:
    """All rows, shuffled with the seed so that any cut of the file holds both languages."""
    draw = random.Random(SEED)
    found = [row("en", sentence, dict(zip(FIELDS, values, strict=True))) for sentence, *values in EN_ROWS]
    found += [row("zh", sentence, dict(zip(FIELDS, values, strict=True))) for sentence, *values in ZH_ROWS]
    found += [*composed(draw, "en"), *composed(draw, "zh")]
    unique = list({item["input"]: item for item in found}.values())
    draw.shuffle(unique)
    return unique


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for item in rows():
        print(json.dumps(item, ensure_ascii=False))
