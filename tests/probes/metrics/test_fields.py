"""JSON by its keys and values."""

import pytest

from probes.metrics.fields import fields_f1

TARGET = '{"name": "Ann", "age": 31, "tags": ["a", "b"], "home": {"city": "北京"}}'


@pytest.mark.parametrize(
    "answer",
    [
        TARGET,
        '{"home":{"city":"北京。"},"tags":["b","a"],"age":31.0,"name":"ann"}',
        f"Here it is:\n```json\n{TARGET}\n```\nDone.",
        f"It is {TARGET}, I think [1].",
        f"[1] {TARGET}",
        f'<think>{{"name": 1}}</think>{TARGET}',
    ],
)
def test_the_same_fields_in_another_form_are_right(answer: str) -> None:
    assert fields_f1(answer, TARGET) == 1


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ('{"name": "Ann"}', 2 * 1 / (1 + 5)),
        (TARGET.replace("31", "32"), 2 * 4 / 10),
        (TARGET.replace("31", '"31"'), 2 * 4 / 10),
        (TARGET.replace("}}", '}, "more": null}'), 2 * 5 / 11),
        ('{"name": {"first": "Ann"}}', 0),
        ("{}", 0),
        ("", 0),
        ('{"name": "Ann"', 0),
        ("[" * 5000, 0),
        ("no fields", 0),
    ],
)
def test_each_leaf_counts_once(answer: str, score: float) -> None:
    assert fields_f1(answer, TARGET) == pytest.approx(score)


def test_objects_in_a_list_keep_together() -> None:
    target = '[{"who": "Ann", "age": 1}, {"who": "Bo", "age": 2}]'
    assert fields_f1('[{"who": "Bo", "age": 2}, {"who": "Ann", "age": 1}]', target) == 1
    assert fields_f1('[{"who": "Bo", "age": 1}, {"who": "Ann", "age": 2}]', target) == pytest.approx(0.5)


def test_empty_and_odd_values() -> None:
    assert fields_f1("{}", "{}") == 1
    assert fields_f1('{"a": []}', '{"a": []}') == 1
    assert fields_f1('{"a": true}', '{"a": 1}') == 0
    for target in ("3", "word", '"text"'):
        with pytest.raises(ValueError):  # noqa: PT011
            fields_f1("{}", target)
