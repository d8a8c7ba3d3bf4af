"""What changed between two runs, and what cannot be compared."""

import json

import pytest

from catalog.evidence.store import Store
from tests.tui.report import stored
from tui.report.against import against, altered
from tui.report.gather import gather
from tui.report.write import text_of


def test_the_same_measurements_are_no_change(store: Store) -> None:
    first, second = stored.family(store), stored.family(store)
    found = against(gather(store, second), gather(store, first))
    assert found.same_winner
    assert found.comparable
    assert found.changes == ()
    assert found.unchanged == 7
    assert found.machine == ()


def test_paired_differences_exceed_where_single_errors_would_not(store: Store) -> None:
    first, second = stored.family(store), stored.family(store, shift=0.01)
    found = against(gather(store, second), gather(store, first))
    bits = [c for c in found.changes if c.after.quantity == "bits_per_byte"]
    assert len(bits) == 5
    for change in bits:
        assert change.difference is not None
        assert change.difference.value == pytest.approx(0.01)
        assert change.difference.paired
        assert change.exceeds, "0.01 against an error of 0.06: only pairing tells"
    ppl = next(c for c in found.changes if c.after.quantity == "ppl")
    assert ppl.exceeds is False
    speed = next(c for c in found.changes if c.after.quantity == "tokens_per_second")
    assert speed.exceeds is None, "taken once: no error to hold it to"
    weights = next(c for c in found.changes if c.after.quantity == "weight_bytes")
    assert weights.exceeds is False
    assert weights.difference is not None
    assert weights.difference.se == 0


def test_another_text_is_said_not_compared(store: Store) -> None:
    first = stored.measured(store, "basefit perplexity", stored.perplexity("m", "nf4", 2.0))
    other = stored.perplexity("m", "nf4", 3.0, text_sha256="u" * 64, windows=99)
    second = stored.measured(store, "basefit perplexity", other)
    found = against(gather(store, second), gather(store, first))
    assert not found.comparable
    assert found.unlike[0].entries == (("text_sha256", "t" * 64, "u" * 64), ("windows", 8, 99))
    text = text_of(gather(store, second), "md", "en", found)
    assert f"No number of run {first} can be held against one of run {second}." in text
    assert "measured on something else (text tttttttttttt / uuuuuuuuuuuu, windows 8 / 99)" in text
    document = json.loads(text_of(gather(store, second), "json", "en", found))
    assert document["against"]["comparable"] is False


def test_another_machine_and_another_winner_are_told(store: Store) -> None:
    first = stored.family(store)
    second = stored.family(store, model="demo-llama-m")
    before, after = gather(store, first), gather(store, second)
    after.run.request["machine"] = stored.MACHINE | {"driver": "560.0", "folder": "/elsewhere"}
    machines = dict(after.machines) | {second: after.run.request["machine"]}
    found = against(type(after)(**{**vars_of(after), "machines": machines}), before)
    assert not found.same_winner
    assert [(m.name, m.before, m.after) for m in found.machine] == [("driver", "555.1", "560.0")]
    assert "targets" in [each.name for each in found.asked]
    assert {e.model for e in found.only_before} == {"demo-llama-s"}
    text = text_of(after, "md", "zh", found)
    assert "结论改变：demo-llama-s（nf4） → demo-llama-m（nf4）。" in text


def vars_of(report) -> dict:
    return {name: getattr(report, name) for name in type(report).__dataclass_fields__}


def test_differences_by_path() -> None:
    found = altered({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 1, "c": 4}, "e": 5})
    assert [(each.name, each.before, each.after) for each in found] == [
        ("a.c", 2, 4),
        ("d", 3, None),
        ("e", None, 5),
    ]
