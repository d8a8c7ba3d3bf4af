"""What of a row that is too long gives way: documents, then questions, and instructions last."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from probes.dataset.clipping import clip
from probes.dataset.examples import Example, Turn, single
from probes.dataset.load import load_dataset

LONG = "".join(chr(0x4E00 + i % 2000) for i in range(5000))


def size(example: Example) -> int:
    return sum(len(turn.written) for turn in example.turns)


def read(folder: Path, row: dict[str, object]) -> Example:
    """The first of thirty such rows, whose `#` is their number."""
    path = folder / "rows.jsonl"
    line = json.dumps(row, ensure_ascii=False)
    path.write_text("".join(line.replace("#", str(i)) + "\n" for i in range(30)), encoding="utf-8")
    return load_dataset(path).examples[0]


def test_the_document_goes_and_the_instruction_stays(tmp_path: Path) -> None:
    example = read(tmp_path, {"instruction": "概括下文：", "input": LONG, "output": "答#"})
    short = clip(example, 1000)
    assert short.turns[0].text == "概括下文：\n" + LONG[: 1000 - 2 - 6 - 1] + "…"
    assert (size(short), short.lost, short.cut) == (1000, size(example) - 1000, False)


def test_a_context_before_its_question_goes_first(tmp_path: Path) -> None:
    example = read(tmp_path, {"context": LONG, "question": "谁写的？", "answer": "鲁迅#"})
    (asked, answer) = clip(example, 800).turns
    assert asked.text.endswith("…\n谁写的？")
    assert asked.text.startswith(LONG[:700])
    assert answer.text == "鲁迅0"


def test_the_system_prompt_stays_and_the_question_loses_its_middle(tmp_path: Path) -> None:
    rule = "规则" * 26
    example = read(
        tmp_path,
        {
            "messages": [
                {"role": "system", "content": rule},
                {"role": "user", "content": "请概括：" + LONG + "以上。"},
                {"role": "assistant", "content": "湖月秋湖雪秋花风花秋#"},
            ]
        },
    )
    short = clip(example, 4000)
    assert short.turns[0].text == rule
    assert short.turns[1].text.startswith("请概括：一")
    assert short.turns[1].text.endswith("以上。")
    assert short.turns[1].text.count("…") == 1
    assert size(short) == 4000


def test_the_oldest_exchange_goes_whole() -> None:
    talk = [Turn("system", "短")]
    for i in range(9):
        talk += [Turn("user", f"问{i}" * 10), Turn("assistant", f"答{i}" * 50)]
    short = clip(Example(tuple(talk), 1), 420)
    assert [turn.text[:2] for turn in short.turns] == ["短", "问6", "答6", "问7", "答7", "问8", "答8"]
    assert all(turn in talk for turn in short.turns)
    assert short.lost == sum(len(turn.text) for turn in talk) - size(short)


def test_a_long_answer_keeps_three_quarters_and_is_not_taught_to_end() -> None:
    short = clip(single("问" * 100 + "end", "答" * 200, 1), 60)
    assert (len(short.target), short.cut, size(short)) == (45, True, 60)
    assert short.prompt.startswith("问")
    assert short.prompt.endswith("end")
    assert clip(single("", "答" * 100, 1), 60).cut
    assert clip(single("a", "b", 1), 60) == single("a", "b", 1)
    assert not clip(Example((Turn("assistant", "a" * 50 + " " * 20 + "b" * 50),), 1), 60).target.endswith(
        " "
    )


ROLES = st.sampled_from(["user", "assistant", "tool"])
TURNS = st.lists(st.tuples(ROLES, st.integers(1, 300), st.booleans()), max_size=7)


@given(TURNS, st.integers(0, 80), st.integers(1, 300), st.integers(16, 400))
def test_whatever_comes_it_fits_and_no_earlier_answer_is_cut(
    turns: list[tuple[str, int, bool]], rule: int, answer: int, most: int
) -> None:
    said = [
        Turn(role, "x" * length, document=(0, length // 2) if about and role == "user" else None)  # type: ignore[arg-type]
        for role, length, about in turns
    ]
    start = [Turn("system", "s" * rule)] if rule else []
    example = Example((*start, *said, Turn("assistant", "a" * answer)), 1)
    short = clip(example, most)
    assert size(short) <= max(most, 16)
    assert short.lost == size(example) - size(short)
    assert all(turn in said for turn in short.turns[:-1] if turn.role == "assistant")
    assert short.turns[-1].text == "a" * len(short.turns[-1].text)
    if size(example) > most:
        assert len(short.turns[-1].text) >= min(answer, most * 3 // 4)
