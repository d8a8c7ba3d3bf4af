"""Turns and rows: what is trained, how it is written, and as which messages others read it."""

from dataclasses import replace

import pytest
from transformers import AutoTokenizer

from probes.dataset import layouts
from probes.dataset.examples import Call, Example, Turn, single
from probes.tokenization.load import load_tokenizer
from probes.training.encode import encode
from tests.probes.tiny import write_tokenizer

ADD = Call("add", '{"a": 0, "b": 1}', "c1")
USED = Example(
    (
        Turn("user", "0加1"),
        Turn("assistant", "", calls=(ADD,)),
        Turn("tool", "1", name="add", call_id="c1"),
        Turn("assistant", "先说错", trained=False),
        Turn("user", "不对"),
        Turn("assistant", "答案是1。", reasoning="想"),
    ),
    1,
    tools='[{"name": "add"}]',
)


def test_messages_are_those_of_openai() -> None:
    call = {"type": "function", "id": "c1", "function": {"name": "add", "arguments": {"a": 0, "b": 1}}}
    assert USED.messages()[1:4] == [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "1", "name": "add", "tool_call_id": "c1"},
        {"role": "assistant", "content": "先说错"},
    ]
    assert USED.messages()[-1]["reasoning_content"] == "想"
    assert USED.tool_list() == [{"name": "add"}]
    assert replace(USED, tools="").tool_list() == []


def test_what_is_trained_counts_with_its_calls_and_thoughts() -> None:
    call, answer = USED.turns[1].written, USED.turns[-1].written
    assert call == '{"name": "add", "arguments": {"a": 0, "b": 1}}'
    assert answer == USED.target == "<think>\n想\n</think>\n\n答案是1。"
    assert USED.target_bytes == len((call + answer).encode())
    assert Turn("assistant", "好", calls=(ADD,)).written == f"好\n{call}"


@pytest.mark.parametrize(
    "other",
    [
        replace(USED, tools=""),
        replace(USED, turns=(*USED.turns[:3], replace(USED.turns[3], trained=True), *USED.turns[4:])),
        replace(USED, turns=(*USED.turns[:-1], replace(USED.turns[-1], reasoning="别的"))),
        replace(USED, turns=(USED.turns[0], Turn("assistant", "", calls=(Call("sub"),)), *USED.turns[2:])),
    ],
)
def test_a_row_that_says_another_thing_has_another_id(other: Example) -> None:
    assert other.id != USED.id


def test_the_number_is_no_content_and_plain_turns_keep_their_ids() -> None:
    assert replace(USED, number=2).id == USED.id
    assert single("问", "答", 1).id == "820b82ec4adc"


@pytest.mark.parametrize("name", ["alpaca", "wenda", "plain", "chat"])
def test_an_answer_of_no_weight_is_read_and_not_trained(tmp_path, name: str) -> None:
    write_tokenizer(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    tokenizer.chat_template = (
        "{{ tools | tojson }}{% for m in messages %}<|{{ m.role }}|>{{ m.reasoning_content }}"
        "{{ m.content }}"
        "{% for c in m.tool_calls %}{{ c.function.name }}{{ c.function.arguments | tojson }}{% endfor %}"
        "</s>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
    )
    _, layout = layouts.choose(name, tokenizer)
    pieces = layout(USED)
    text = "".join(piece.text for piece in pieces)
    trained = [piece.text for piece in pieces if piece.trained]
    assert '[{"name": "add"}]' in text
    assert "先说错" in text
    assert len(trained) == 2
    assert "add" in trained[0]
    assert "想" in trained[1]
    assert "答案是1。" in trained[1]
    cutter = load_tokenizer(tmp_path)
    if name != "chat":
        encoded = encode(USED, layout, cutter, 1)
        ends = [place for place, one in enumerate(encoded.ids) if one == 1]
        assert [place in encoded.targets for place in ends] == [True, False, True]
