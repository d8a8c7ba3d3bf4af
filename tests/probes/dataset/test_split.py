"""What is held out was not trained on: not the row, not its question, not a dialogue it belongs to."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.dataset.examples import Example, Turn, single
from probes.dataset.groups import GENERIC, Groups
from probes.dataset.split import Split, against, split

Scored = tuple[tuple[tuple[str, str], ...], str]


def talk(*texts: str, number: int = 1, system: str = "") -> Example:
    start = [Turn("system", system)] if system else []
    said = [Turn("assistant" if i % 2 else "user", text) for i, text in enumerate(texts)]
    return Example((*start, *said), number)


def scored(examples: Sequence[Example]) -> set[Scored]:
    """Each answer that is trained on or scored, with all that came before it."""
    return {
        (tuple((t.role, t.text) for t in example.turns[:index]), turn.text)
        for example in examples
        for index, turn in enumerate(example.turns)
        if turn.is_target
    }


def leaked(parts: Split) -> set[Scored]:
    return scored(parts.train) & scored(parts.holdout)


def expanded(dialogues: int, turns: int, window: int | None = None) -> list[Example]:
    """Each turn of a dialogue a row, with all that came before it, or with the last exchanges."""
    rows = []
    for d in range(dialogues):
        said = [f"第{d}个对话的第{t}个{what}。" for t in range(turns) for what in ("问题", "回答")]
        for t in range(turns):
            first = 0 if window is None else max(0, t + 1 - window)
            rows.append(talk(*said[2 * first : 2 * t + 2], number=len(rows) + 1))
    return rows


@pytest.mark.parametrize("window", [None, 2])
def test_a_dialogue_expanded_turn_by_turn_is_one_group(window: int | None) -> None:
    rows = expanded(60, 3, window)
    parts = split(rows)
    assert parts.groups == 60
    assert len(parts.holdout) == 15
    assert not leaked(parts)
    held = {row.turns[-1].text.split("的")[0] for row in parts.holdout}
    assert not held & {row.turns[-1].text.split("的")[0] for row in parts.train}
    assert len(parts.train) + len(parts.holdout) + parts.shared_prompts == 180
    if window is None:  # the row that holds all of its dialogue
        assert {len(row.turns) for row in parts.holdout} == {6}


def test_a_greeting_binds_no_dialogues_and_is_not_scored() -> None:
    rows = [talk("你好", "您好！请问有什么可以帮您？", f"问题{i}？", f"回答{i}。") for i in range(200)]
    parts = split(rows)
    assert parts.groups == 200
    assert len(parts.holdout) == parts.unscored == 40
    assert not leaked(parts)
    assert all(row.turns[-1].is_target for row in parts.holdout)
    few = [talk("你好", "您好！请问有什么可以帮您？", f"问题{i}？", f"回答{i}。") for i in range(GENERIC)]
    assert Groups(few).count == 1


def test_no_prompt_is_on_both_sides() -> None:
    examples = [single(f"prompt {i // 3}", f"answer {i}", i) for i in range(300)] + [
        single("prompt 1", "answer 3", 301)
    ]
    parts = split(examples, 20, seed=1)
    assert len(parts.holdout) == 20
    assert (parts.duplicates, parts.groups) == (1, 100)
    assert not {e.prompt for e in parts.train} & {e.prompt for e in parts.holdout}
    assert len(parts.train) + len(parts.holdout) + parts.shared_prompts == 300


def test_prompts_that_differ_in_white_space_and_case_are_one() -> None:
    examples = [single(f"Prompt {i}", "a", i) for i in range(100)]
    examples += [single(f" prompt  {i}\n", "b", 100 + i) for i in range(100)]
    parts = split(examples, 20)
    assert parts.groups == 100
    plain = [{" ".join(e.prompt.split()).lower() for e in side} for side in (parts.train, parts.holdout)]
    assert not plain[0] & plain[1]


def test_the_same_exchange_under_other_rules_is_one_group() -> None:
    rows = [
        single(f"请解释第{i}条规定的意思", f"第{i}条规定的意思是……", i, system=f"规则{r}")
        for i in range(40)
        for r in range(3)
    ]
    parts = split(rows)
    assert parts.groups == 40
    assert not {e.target for e in parts.train} & {e.target for e in parts.holdout}


def test_one_prompt_for_all_rows_is_split_by_row() -> None:
    parts = split([single("the same", f"answer {i}", i) for i in range(100)], 20)
    assert (len(parts.train), len(parts.holdout), parts.groups) == (80, 20, 1)


def test_few_dialogues_hold_their_ends_out_and_score_what_was_not_trained_on() -> None:
    parts = split(expanded(8, 5))
    assert parts.groups == 8
    assert len(parts.holdout) == 2
    assert parts.unscored > 0
    assert not leaked(parts)
    assert {len(row.turns) for row in parts.holdout} == {10}


def test_split_depends_on_content_and_seed_alone() -> None:
    examples = [single(f"prompt {i}", "answer", i) for i in range(100)] + expanded(30, 3)
    assert split(examples).holdout_sha256 == split(examples[::-1]).holdout_sha256
    assert split(examples).holdout_sha256 != split(examples, seed=1).holdout_sha256


def test_a_longer_file_keeps_most_of_the_split() -> None:
    examples = [single(f"prompt {i}", "answer", i) for i in range(1000)]
    first = {row.id for row in split(examples[:900]).holdout}
    assert len(first & {row.id for row in split(examples).holdout}) >= 30


def test_rows_of_the_holdouts_dialogues_are_not_trained_on() -> None:
    rows = expanded(60, 3)
    parts = against(rows, rows[2:30:3])
    assert parts.leaked == 10
    assert parts.shared_prompts == 20
    assert len(parts.train) == 150
    assert not leaked(parts)


WORDS = st.sampled_from(["a", "b", "c", "d", "长一点的话" * 5, "又一句" * 9])


@given(st.lists(st.lists(WORDS, min_size=2, max_size=6), min_size=4, max_size=60))
def test_nothing_scored_was_trained_on_after_the_same_words(dialogues: list[list[str]]) -> None:
    rows = [talk(*texts[: len(texts) // 2 * 2], number=i) for i, texts in enumerate(dialogues)]
    parts = split(rows)
    ids = [row.id for row in rows]
    assert len(parts.train) + len(parts.holdout) + parts.shared_prompts == len(set(ids))
    fresh = [row for row in parts.holdout if row.turns[-1].trained]
    assert len(fresh) == len(parts.holdout) > 0
    if len(parts.holdout) > 1 or parts.unscored:
        assert not leaked(parts)
