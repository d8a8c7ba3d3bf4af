"""Whatever stands in a row, it is an example or is left out with a reason."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.dataset.forms.cells import RowError
from probes.dataset.forms.form import Form, convert, notes_of
from probes.dataset.forms.table import FORMS

WORDS = ["", "a", "[1]", "[('a', 'b')]", "{1: 2}", '{"role": "user"}', "Human: a\nAssistant:", "true", "A"]
KEYS = ["role", "from", "content", "value", "human", "assistant", "input", "output", "tool_calls", "weight"]
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.floats(), st.sampled_from(WORDS))
ROLES = st.sampled_from(["user", "assistant", "tool", "function_call", "system", "robot"])
MESSAGES = st.lists(st.fixed_dictionaries({"role": ROLES, "content": PLAIN}), max_size=4)
VALUES = st.recursive(
    PLAIN | MESSAGES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)
BESIDE = [
    "system",
    "history",
    "tools",
    "chosen",
    "rejected",
    "label",
    "options",
    "A",
    "B",
    "reasoning_content",
]


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_row_is_an_example_or_has_a_reason(form: Form, data: st.DataObject) -> None:
    needed = [names[0] for names in form.needs]
    columns = [*needed, *data.draw(st.lists(st.sampled_from(BESIDE), max_size=4))]
    row: dict[str, Any] = {name: data.draw(VALUES) for name in columns}
    notes = notes_of(form, [row])
    try:
        example = convert(form, row, 1, notes)
    except RowError:
        return
    assert example.turns[-1].is_target
    assert "nan" not in "".join(turn.written for turn in example.turns).lower()
    json.dumps([example.messages(), example.tool_list()], allow_nan=False)


LONG = {
    "spaces": " " * 300_000,
    "lines": "\n" * 300_000,
    "marks": "<eoh>" * 60_000,
    "digits": "1" * 300_000,
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_text_takes_no_longer_than_reading_it(name: str) -> None:
    """A pattern that goes back over what it has read would take minutes here."""
    text = f"{LONG[name]}问"
    for form, row in (
        (FORMS["moss"], {"chat": {"turn_1": {"Human": text, "MOSS": "答"}}}),
        (FORMS["moss"], {"chat": {text: text, "Human": text, "MOSS": "答"}}),
        (FORMS["alpaca"], {"instruction": text, "output": "答"}),
    ):
        assert convert(form, row, 1, notes_of(form, [row])).target == "答"
