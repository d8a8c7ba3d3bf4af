"""The tasks of the trial benches: rows to train on and to hold out, bundled or in `../shared/data`."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from probes.dataset.examples import Example, single
from probes.dataset.load import load_dataset
from probes.dataset.split import against, split
from tests.places import DEMO
from tests.places import SHARED as GIVEN

SHARED = GIVEN / "data"
ALPACA = SHARED / "instruct" / "alpaca"
TASKS = ("viggo", "adgen", "cmrc", "alpaca-zh", "alpaca-en", "xquad-en", "events")
PASSAGE = 50
"""Characters of a passage kept on either side of the answer: the bundled family reads 2,048 tokens, most
Chinese characters as three."""
ZH_CHARS, EN_CHARS = 120, 600
"""Alpaca rows are used up to so many characters, instruction and answer: minutes, not hours."""


@dataclass(frozen=True)
class Task:
    """Rows to train on and rows held out, each in file order; `full` is how many a full run sees."""

    name: str
    train: tuple[Example, ...]
    held: tuple[Example, ...]
    full: int

    def ordered(self, seed: int) -> tuple[Example, ...]:
        """The training rows in a seeded order."""
        rows = list(self.train)
        random.Random(f"order:{seed}").shuffle(rows)
        return tuple(rows)


@cache
def task(name: str) -> Task:
    """`viggo`: sentence to meaning. `adgen`: keywords to a Chinese advertisement. `cmrc`, `xquad-en`: a
    passage and a question to the words that answer it. `alpaca-zh`, `alpaca-en`: instructions to answers.
    `events`: sentence to fields, the bundled rows.

    Full runs see less than one epoch, but for viggo's two and a half. KeyError for another name;
    FileNotFoundError where the shared data is not there.
    """
    if not SHARED.is_dir():
        raise FileNotFoundError(f"no data at {SHARED}")
    return {
        "viggo": _viggo,
        "adgen": lambda: _split("adgen", SHARED / "instruct" / "adgen" / "dev.json", 100, 800),
        "cmrc": _cmrc,
        "alpaca-zh": lambda: _split("alpaca-zh", ALPACA / "alpaca_zh_10k.json", 100, 1600, ZH_CHARS),
        "alpaca-en": lambda: _split("alpaca-en", ALPACA / "alpaca_en_demo.json", 60, 400, EN_CHARS),
        "xquad-en": _xquad,
        "events": lambda: _split("events", DEMO / "instructions.jsonl", 80, 1280),
    }[name]()


def _split(name: str, path: Path, held: int, full: int, most_chars: int | None = None) -> Task:
    """By the trial's own rule, of the rows that have no more characters."""
    rows = load_dataset(path).examples
    if most_chars is not None:
        rows = [row for row in rows if sum(len(turn.text) for turn in row.turns) <= most_chars]
    parts = split(rows, held, 0)
    return Task(name, parts.train, parts.holdout, full)


def _viggo() -> Task:
    """Train and valid as published: of valid, one row of each meaning that train does not have."""
    train, valid = (
        load_dataset(SHARED / "instruct" / "viggo" / f"{part}.csv", None, ("ref", "mr")).examples
        for part in ("train", "valid")
    )
    train = tuple({row.id: row for row in train}.values())
    seen = {row.target for row in train} | {row.prompt for row in train}
    held = {row.target: row for row in reversed(valid) if not {row.target, row.prompt} & seen}
    return Task("viggo", train, tuple(held.values())[::-1], 12_800)


def _cmrc() -> Task:
    """Trained on the development set, scored on one question of each of 200 passages of the trial set."""
    folder = SHARED / "text" / "cmrc2018"
    train = tuple(rows[0] for rows in _passages(folder / "cmrc2018_dev.json", each=True))
    held = [rows[0] for rows in _passages(folder / "cmrc2018_trial.json")][:200]
    parts = against(train, held)
    return Task("cmrc", parts.train, parts.holdout, 3200)


def _xquad() -> Task:
    """Scored on one question of each of the last 60 passages, trained on the others."""
    passages = list(_passages(SHARED / "text" / "xquad" / "xquad.en.json"))
    train = tuple(row for rows in passages[:-60] for row in rows)
    return Task("xquad-en", train, tuple(rows[0] for rows in passages[-60:]), 800)


def _passages(path: Path, each: bool = False) -> Iterator[list[Example]]:
    """The questions of each passage of a file in SQuAD's form; one by one where `each`."""
    number = 0
    for article in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            rows = []
            for asked in paragraph["qas"]:
                number += 1
                answer = asked["answers"][0]
                start = max(0, answer["answer_start"] - PASSAGE)
                end = answer["answer_start"] + len(answer["text"]) + PASSAGE
                prompt = f"{paragraph['context'][start:end]}\n\n{asked['question']}"
                rows.append(single(prompt, answer["text"], number))
            yield from ([row] for row in rows) if each else (rows,)
