"""From rows to ids: what is trained, what ends it, and that templates are the model's own."""

from dataclasses import replace
from pathlib import Path

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from catalog.problem import Problem
from probes.dataset import layouts
from probes.dataset.examples import Example, Turn, single
from probes.dataset.rows import Skipped
from probes.templates import rendering
from probes.tokenization.base import TextTokenizer
from probes.tokenization.load import load_tokenizer
from probes.training.encode import TemplateCutter, encode, encode_all, encode_prompt
from tests.probes.tiny import write_tokenizer

END = 1
CHATML = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
DIALOGUE = Example(
    (
        Turn("user", "Hi 你"),
        Turn("assistant", "Hello."),
        Turn("user", "Bye"),
        Turn("assistant", "See you, 再见"),
    ),
    1,
)


@pytest.fixture
def cutter(tmp_path: Path) -> TextTokenizer:
    write_tokenizer(tmp_path)
    return load_tokenizer(tmp_path)


@pytest.fixture
def tokenizer(tmp_path: Path) -> PreTrainedTokenizerFast:
    write_tokenizer(tmp_path)
    return AutoTokenizer.from_pretrained(tmp_path)


def trained_text(encoded: object, decode: object) -> str:
    return decode([encoded.ids[position] for position in encoded.targets])  # type: ignore


@pytest.mark.parametrize("layout", [layouts.alpaca, layouts.wenda, layouts.plain])
def test_only_the_answer_and_its_end_are_trained(layout: layouts.Layout, cutter: TextTokenizer) -> None:
    example = single("Describe the red stone.", "thing=stone 石", 1)
    encoded = encode(example, layout, cutter, END)
    assert encoded.ids[0] == 0
    assert encoded.ids[-1] == END
    assert encoded.targets[-1] == len(encoded.ids) - 1
    assert trained_text(encoded, lambda ids: cutter.decode(ids[:-1])) == example.target
    assert encoded.bytes == len("thing=stone 石".encode())


def test_generation_begins_where_the_answer_does(cutter: TextTokenizer) -> None:
    example = single("Describe the red stone.", "thing=stone", 1)
    encoded = encode(example, layouts.alpaca, cutter, END)
    assert encode_prompt(example, layouts.alpaca, cutter, END) == list(encoded.ids[: encoded.targets[0]])


def test_every_answer_of_a_dialogue_is_trained_with_its_end(cutter: TextTokenizer) -> None:
    encoded = encode(DIALOGUE, layouts.wenda, cutter, END)
    ends = [position for position in encoded.targets if encoded.ids[position] == END]
    assert len(ends) == 2
    words = [i for i in (encoded.ids[p] for p in encoded.targets) if i != END]
    assert cutter.decode(words) == "Hello.See you, 再见"
    assert "Bye" in cutter.decode([i for i in encoded.ids if i != END])


def test_a_cut_answer_is_not_taught_to_end(cutter: TextTokenizer) -> None:
    encoded = encode(Example(single("a", "b c d", 1).turns, 1, cut=True), layouts.alpaca, cutter, END)
    assert END not in encoded.ids


def test_plain_text_needs_no_prompt(cutter: TextTokenizer) -> None:
    encoded = encode(Example((Turn("assistant", "some text"),), 1), layouts.alpaca, cutter, END)
    assert encoded.targets == tuple(range(1, len(encoded.ids)))


def test_the_models_own_template_is_used_to_the_letter(tokenizer: PreTrainedTokenizerFast) -> None:
    tokenizer.chat_template = CHATML
    name, layout = layouts.choose(None, tokenizer)
    assert name == "chat"
    encoded = encode(DIALOGUE, layout, TemplateCutter(tokenizer), None)
    messages = [{"role": turn.role, "content": turn.text} for turn in DIALOGUE.turns]
    whole = tokenizer.apply_chat_template(messages, tokenize=False)
    assert tokenizer.decode(encoded.ids) == whole
    assert trained_text(encoded, tokenizer.decode) == "Hello.</s>See you, 再见</s>"


def test_a_template_that_refuses_system_turns_gets_them_in_the_question(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    tokenizer.chat_template = (
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + CHATML
    )
    _, layout = layouts.choose("chat", tokenizer)
    text = "".join(segment.text for segment in layout(single("Hi", "Hello", 1, system="Be kind.")))
    assert text == "<|user|>Be kind.\n\nHi</s>\n<|assistant|>Hello</s>\n"


@pytest.mark.parametrize(
    ("template", "code"),
    [
        (None, "chat-template-missing"),
        ("{{ raise_exception('broken') }}", "chat-template-raises"),
        ("{{ messages.nothing.at_all }}", "chat-template-raises"),
        ("{{ 'x' * 10 ** 10 }}", "chat-template-costly"),
    ],
)
def test_templates_that_cannot_be_used_are_named(
    tokenizer: PreTrainedTokenizerFast, template: str | None, code: str
) -> None:
    tokenizer.chat_template = template
    with pytest.raises(Problem) as told:
        layouts.choose("chat", tokenizer)
    assert told.value.code == code


def test_a_template_without_an_end_is_stopped(
    tokenizer: PreTrainedTokenizerFast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "_BOUNDS", replace(rendering._BOUNDS, seconds=0.2))
    tokenizer.chat_template = "{% for i in range(99999) %}{{ lipsum(n=9) }}{% endfor %}"
    with pytest.raises(Problem) as told:
        layouts.choose("chat", tokenizer)
    assert (told.value.code, told.value.params["bound"]) == ("chat-template-costly", "time")


def test_a_template_that_rewrites_the_answer_is_named(tokenizer: PreTrainedTokenizerFast) -> None:
    tokenizer.chat_template = "{% for m in messages %}{{ m.content | upper }}{% endfor %}"
    _, layout = layouts.choose("chat", tokenizer)
    with pytest.raises(Problem, match="chat-template-rewrites"):
        layout(single("hi", "hello", 12))


def test_examples_beyond_the_context_are_counted(cutter: TextTokenizer) -> None:
    examples = [single("a", "word " * count, count) for count in (2, 5, 400)]
    fitting, longer, refused = encode_all(examples, layouts.alpaca, cutter, END, 256)
    assert (len(fitting), longer, refused) == (2, 1, ())
    with pytest.raises(Problem, match="example-exceeds-context"):
        encode_all(examples[2:], layouts.alpaca, cutter, END, 256)


ROLES = (
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
    "<|{{ m.role }}|>{{ m.content }}</s>{% endfor %}"
)
ASKED_TWICE = Example((Turn("user", "问"), Turn("user", "再问"), Turn("assistant", "答")), 7)


def test_one_row_that_a_template_refuses_is_left_out_and_named(tokenizer: PreTrainedTokenizerFast) -> None:
    tokenizer.chat_template = ROLES
    _, layout = layouts.choose("chat", tokenizer)
    rows = [single(f"问{i}", f"答{i}", i) for i in range(1, 7)]
    kept, longer, refused = encode_all([*rows, ASKED_TWICE], layout, TemplateCutter(tokenizer), END, 256)
    assert [row.id for row in kept] == [row.id for row in rows]
    assert (longer, refused) == (0, (Skipped(7, "chat-template-raises"),))


def test_a_template_that_takes_no_row_at_all_is_told_with_its_place(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    tokenizer.chat_template = ROLES
    _, layout = layouts.choose("chat", tokenizer)
    with pytest.raises(Problem) as told:
        encode_all([ASKED_TWICE], layout, TemplateCutter(tokenizer), END, 256)
    assert told.value.code == "chat-template-raises"
    assert told.value.params["line"] == 1
    assert told.value.params["block"] == "{{ raise_exception('Conversation roles must alternate') }}"


def test_a_template_that_takes_too_much_is_tried_three_times(cutter: TextTokenizer) -> None:
    def layout(example: Example) -> list[layouts.Segment]:
        if example.prompt == "long":
            raise Problem("chat-template-costly")
        return layouts.alpaca(example)

    short, long = single("a", "b", 1), single("long", "b", 2)
    kept, _, refused = encode_all([long, short, long], layout, cutter, END, 256)
    assert (len(kept), refused) == (1, (Skipped(2, "chat-template-costly"),) * 2)
    with pytest.raises(Problem, match="chat-template-costly"):
        encode_all([short, long, long, long, short], layout, cutter, END, 256)


def test_thoughts_that_a_template_leaves_out_are_counted_and_are_no_bytes(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    tokenizer.chat_template = CHATML.replace("m.content", "m.content.split('</think>')[-1]")
    _, layout = layouts.choose("chat", tokenizer)
    in_text = Example((Turn("user", "2+2"), Turn("assistant", "<think>算</think>四")), 1)
    in_field = Example((Turn("user", "2+2"), Turn("assistant", "四", reasoning="算")), 2)
    for example in (in_text, in_field):
        found = encode(example, layout, TemplateCutter(tokenizer), None)
        assert (found.bytes, found.unthought) == (len("四".encode()), 1)
    plain = encode(in_field, layouts.alpaca, TemplateCutter(tokenizer), END)
    assert (plain.bytes, plain.unthought) == (len("<think>\n算\n</think>\n\n四".encode()), 0)


def test_an_answer_that_is_only_read_is_not_trained(tokenizer: PreTrainedTokenizerFast) -> None:
    tokenizer.chat_template = CHATML
    _, layout = layouts.choose("chat", tokenizer)
    wrong, *rest = DIALOGUE.turns[1:]
    read = Example((DIALOGUE.turns[0], replace(wrong, trained=False), *rest), 1)
    encoded = encode(read, layout, TemplateCutter(tokenizer), None)
    assert trained_text(encoded, tokenizer.decode) == "See you, 再见</s>"
    assert encoded.bytes == len("See you, 再见".encode())
    assert encoded.ids == encode(DIALOGUE, layout, TemplateCutter(tokenizer), None).ids
