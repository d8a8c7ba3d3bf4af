"""A stranger's configuration: whatever transformers raises for its values is one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.problem import Problem
from probes.checkpoint.configuration import making, read_configuration
from tests.places import DEMO


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"initializer_range": [0.02]}, "config-refused"),
        ({"model_type": "no-such"}, "architecture-unsupported"),
        ({"rope_parameters": 7}, None),
        ({"num_attention_heads": "four"}, None),
    ],
)
def test_a_value_that_cannot_be_so(tmp_path: Path, changed: dict[str, Any], code: str | None) -> None:
    written = json.loads((DEMO / "demo-llama-s" / "config.json").read_text("utf-8")) | changed
    (tmp_path / "config.json").write_text(json.dumps(written), encoding="utf-8")
    with pytest.raises(Problem) as told:
        read_configuration(tmp_path)
    assert told.value.code == code if code else told.value.code.startswith("config-")


def test_what_a_class_raises_as_it_makes_its_modules() -> None:
    config = read_configuration(DEMO / "demo-llama-s")
    with pytest.raises(Problem) as told, making(config):
        raise ZeroDivisionError("division\nby zero")
    assert (told.value.code, told.value.params["detail"]) == ("config-refused", "division by zero")
    with pytest.raises(MemoryError), making(config):
        raise MemoryError
