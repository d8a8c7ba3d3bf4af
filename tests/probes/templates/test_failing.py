"""A template that fails names the place in it."""

import pytest

from probes.templates.failing import failure
from probes.templates.rendering import rendering

QUESTION = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]


@pytest.mark.parametrize(
    ("template", "line", "block", "detail"),
    [
        (
            "{% for m in messages %}\n{{ m.content }}\n  {{ raise_exception('no ' + m.role) }}{% endfor %}",
            3,
            "{{ raise_exception('no ' + m.role) }}",
            "no user",
        ),
        (  # on one line, as many are published
            "{{ messages[0].content }}{% if true %}{{ messages.nothing.at_all }}{% endif %}<end>",
            1,
            "{{ messages.nothing.at_all }}",
            "'list object' has no attribute 'nothing'",
        ),
        ("a\n{% for m in messages %}{% if %}{% endfor %}", 2, "{% if %}", "Expected an expression"),
        ("{{ messages[0].content }}{% nonsense %}", 1, "{% nonsense %}", "unknown tag 'nonsense'"),
        (
            "{% macro show(m) %}{{ m.content + 1 }}{% endmacro %}\n{{ show(messages[0]) }}",
            1,
            "{{ m.content + 1 }}",
            'can only concatenate str (not "int") to str',
        ),
    ],
)  # fmt: skip
def test_the_line_and_the_block_are_told(template: str, line: int, block: str, detail: str) -> None:
    found = rendering(template, {}, ())(QUESTION, (), True)["failed"]
    assert (found["line"], found["block"]) == (line, block)
    assert detail in found["detail"]


def test_a_long_block_and_a_long_message_are_cut() -> None:
    template = "{{ raise_exception('" + "x" * 999 + "') }}"
    found = rendering(template, {}, ())(QUESTION, (), True)["failed"]
    assert len(found["block"]) == 120
    assert len(found["detail"]) == 200


def test_an_error_without_a_line_has_no_place() -> None:
    found = failure("{{ a }}", ValueError(""), lambda source: None)
    assert (found.line, found.block, found.detail) == (None, "", "ValueError")
