"""What a template makes of a dialogue, whole, and which of it is trained: marked « » here."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.templates.cutting import DIFFERS, DROPS, REWRITES
from probes.templates.rendering import rendering
from tests.probes.templates import written

SPECIAL = ("<|im_start|>", "<|im_end|>", "</s>", "<s>", "</tool_call>", "<tool_call>")


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def says(text: str, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **more}


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def lay(
    template: str, messages: list[Any], tools: tuple[Any, ...] = (), closed: bool = True
) -> dict[str, Any]:
    return rendering(template, {"eos_token": "</s>"}, SPECIAL)(messages, tools, closed)


def shown(template: str, messages: list[Any], tools: tuple[Any, ...] = (), closed: bool = True) -> str:
    """The text, « and » around what is trained, ■ where the end token is added, - for lost thoughts."""
    found = lay(template, messages, tools, closed)
    text, out, done = found["text"], "", 0
    for answer in found["answers"]:
        out += text[done : answer["start"]] + "«" + text[answer["start"] : answer["end"]] + "»"
        out += "■" * answer["ends"] + "-" * (not answer["thought"])
        done = answer["end"]
    return out + text[done:]


TALK = [user("今天星期几？"), says("星期三"), user("不对"), says("星期四")]
THOUGHT = [user("2+2"), says("<think>\n算\n</think>\n\n4"), user("3+3"), says("<think>\n想\n</think>\n\n6")]
M, A = "<|im_start|>", "<|im_start|>assistant\n"


@pytest.mark.parametrize(
    ("template", "messages", "wanted"),
    [
        (
            written.CHATML,
            TALK,
            f"{M}user\n今天星期几？<|im_end|>\n{A}«星期三<|im_end|>»\n"
            f"{M}user\n不对<|im_end|>\n{A}«星期四<|im_end|>»\n",
        ),
        (  # the 19 characters of an empty thought, which the first answer had while it was the last
            written.FORGETS_THOUGHTS,
            TALK,
            f"{M}user\n今天星期几？<|im_end|>\n{A}«星期三<|im_end|>»\n"
            f"{M}user\n不对<|im_end|>\n{A}<think>\n\n</think>\n\n«星期四<|im_end|>»\n",
        ),
        (
            written.FORGETS_THOUGHTS,
            THOUGHT,
            f"{M}user\n2+2<|im_end|>\n{A}«4<|im_end|>»-\n"
            f"{M}user\n3+3<|im_end|>\n{A}«<think>\n想\n</think>\n\n6<|im_end|>»\n",
        ),
        (
            written.FORGETS_THOUGHTS,
            [user("2+2"), says("<think>算</think>4")],
            f"{M}user\n2+2<|im_end|>\n{A}«<think>\n算\n</think>\n\n4<|im_end|>»\n",
        ),
        (
            written.FORGETS_THOUGHTS,
            [user("2+2"), says("4", reasoning_content="算")],
            f"{M}user\n2+2<|im_end|>\n{A}«<think>\n算\n</think>\n\n4<|im_end|>»\n",
        ),
        (
            written.OPENS_A_THOUGHT,
            [user("2+2"), says("4", reasoning_content="算")],
            f"{M}user\n2+2<|im_end|>\n{A}<think>\n«算\n</think>\n\n4<|im_end|>»\n",
        ),
        (
            written.THINKS_FOR_IT,
            [user("2+2"), says("4")],
            f"{M}user\n2+2<|im_end|>\n{A}<think>\n\n</think>\n\n«4<|im_end|>»\n",
        ),
        (
            written.THINKS_FOR_IT,
            [user("2+2"), says("4", reasoning_content="算")],
            f"{M}user\n2+2<|im_end|>\n{A}<think>\n«算\n</think>\n\n4<|im_end|>»\n",
        ),
        (
            written.CHATML,
            [user("2+2"), says("4", reasoning_content="算")],
            f"{M}user\n2+2<|im_end|>\n{A}«4<|im_end|>»-\n",
        ),
        (
            written.CHATML,
            THOUGHT[:2],
            f"{M}user\n2+2<|im_end|>\n{A}«<think>\n算\n</think>\n\n4<|im_end|>»\n",
        ),
        (written.DROPS_THOUGHTS, THOUGHT, "<U>2+2<A>«4</s>»-<U>3+3<A>«6</s>»-"),
        (
            written.SYSTEM_LAST,
            [system("短"), *TALK],
            "<s>[INST] 今天星期几？[/INST] «星期三</s>»[INST] 短\n\n不对[/INST] «星期四</s>»",
        ),
        (written.ALTERNATES, [system("短"), user("a"), says("b")], "<user>短\n\na</s><assistant>«b</s>»"),
        (written.MARKED, TALK[:2], f"{M}user\n今天星期几？<|im_end|>\n{A}«星期三<|im_end|>»"),
        (
            written.MARKED_LAST,
            TALK,
            "<user>今天星期几？</s><assistant>星期三</s><user>不对</s><assistant>«星期四</s>»",
        ),
        (
            written.CLOSED_AT_THE_END,
            TALK,
            f"{M}user\n今天星期几？<|im_end|>\n{A}«星期三<|im_end|>»\n"
            f"{M}user\n不对<|im_end|>\n{A}«星期四<|im_end|>\n</s>»",
        ),
        (written.UNCLOSED, TALK[:2], "<|user|>\n今天星期几？<|assistant|>\n«星期三»■"),
        (written.IN_PARTS, TALK[:2], "<user>今天星期几？</s><assistant>«星期三</s>»"),
        # words of the answer stand in the question and in the marks too
        (written.CHATML, [user("user"), says("user")], f"{M}user\nuser<|im_end|>\n{A}«user<|im_end|>»\n"),
        (
            written.CHATML,
            [user("a"), user("b"), says("a")],
            f"{M}user\na<|im_end|>\n{M}user\nb<|im_end|>\n{A}«a<|im_end|>»\n",
        ),
    ],
)
def test_what_is_trained(template: str, messages: list[Any], wanted: str) -> None:
    assert shown(template, messages) == wanted


def test_nothing_closes_an_answer_that_was_cut() -> None:
    for template in (written.CHATML, written.FORGETS_THOUGHTS, written.MARKED, written.UNCLOSED):
        found = lay(template, TALK[:2], closed=False)
        (answer,) = found["answers"]
        assert found["text"][: answer["end"]].endswith("星期三")
        assert not answer["ends"]


CALL = {"type": "function", "function": {"name": "weather", "arguments": {"city": "北京"}}}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {}}}


def test_calls_are_answers() -> None:
    talk = [user("天气？"), says("", tool_calls=[CALL]), {"role": "tool", "content": "晴"}, says("晴天。")]
    called = '<tool_call>{"name": "weather", "arguments": {"city": "北京"}}</tool_call><|im_end|>'
    text = shown(written.CALLS, talk, (TOOL,))
    assert text.endswith(
        f"{M}user\n天气？<|im_end|>\n{A}«{called}»\n{M}tool\n晴<|im_end|>\n{A}«晴天。<|im_end|>»\n"
    )
    assert shown(written.CALLS, talk[:2], (TOOL,)).endswith(f"{A}«{called}»\n")


EACH = "{% for m in messages %}{{ m.content }}"


@pytest.mark.parametrize(
    ("template", "messages", "tools", "why"),
    [
        ("{{ messages[0].role }}{{ messages[1].content|upper }}", [user("user"), says("y")], (), REWRITES),
        ("{% for m in messages[-1:] %}{{ m.content }}</s>{% endfor %}", TALK, (), DROPS),
        ("{{ messages[0].content }}", TALK[:2], (), DROPS),
        (EACH + "{{ range(99999) | random }}{% endfor %}", TALK, (), DIFFERS),
        (EACH + "{% endfor %}{{ messages[1].content }}", TALK[:2], (), DIFFERS),
        (written.CHATML, [user("天气？"), says("", tool_calls=[CALL])], (), DROPS),
        (written.CHATML, TALK[:2], (TOOL,), DROPS),
        (written.CHATML, [user("a"), says("\U000f0001")], (), DIFFERS),
    ],
)  # fmt: skip
def test_a_dialogue_that_cannot_be_cut_says_why(
    template: str, messages: list[Any], tools: tuple[Any, ...], why: str
) -> None:
    assert lay(template, messages, tools) == {"uncut": why}


def test_a_mark_around_a_question_is_not_believed() -> None:
    template = "{% generation %}{% for m in messages %}{{ m.content }}</s>{% endfor %}{% endgeneration %}"
    assert lay(template, TALK) == {"uncut": DIFFERS}
    assert lay(template, TALK[:2]) == {"uncut": DIFFERS}
    quoted = [user("星期三"), says("星期三吗？")]
    assert shown(written.MARKED, quoted) == f"{M}user\n星期三<|im_end|>\n{A}«星期三吗？<|im_end|>»"


TEXT = st.text(st.sampled_from("a b\n4<|>是。user</think>"), max_size=12)


@given(
    st.lists(st.tuples(TEXT, TEXT.filter(str.strip)), min_size=1, max_size=4),
    st.sampled_from(
        [written.CHATML, written.FORGETS_THOUGHTS, written.SYSTEM_LAST, written.ALTERNATES, written.MARKED]
    ),
    TEXT,
)
@settings(max_examples=300, deadline=None)
def test_whatever_is_said_the_answers_are_found(
    rounds: list[tuple[str, str]], template: str, rule: str
) -> None:
    messages = [message for q, a in rounds for message in (user(q), says(a.strip()))]
    messages = [system(rule), *messages] if rule.strip() else messages
    found = lay(template, messages)
    assert "failed" not in found
    if "uncut" in found:  # said, never trained wrongly
        return
    assert len(found["answers"]) == len(rounds)
    for (_, said), answer in zip(rounds, found["answers"], strict=True):
        trained = found["text"][answer["start"] : answer["end"]]
        assert said.strip().split("</think>")[-1].strip() in trained
        assert trained.count("<|im_start|>") == said.count("<|im_start|>")
