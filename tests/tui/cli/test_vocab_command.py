"""`basefit vocab` that writes a model, tries it, and is asked for what cannot be."""

import json
from pathlib import Path

import pytest

from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence


def test_a_model_with_room_is_written(basefit: Basefit, tmp_path: Path) -> None:
    out = tmp_path / "wider"
    answer = basefit("vocab", "demo-llama-s", "--add", 100, "--out", out, "--write-model", "--json")
    assert answer.status == 0, answer.err
    written = answer.json["written"]
    assert written["model"]["vocab_size"] == 4096 + written["added"]
    assert written["model"]["embeddings"] == "mean"
    assert json.loads((out / "config.json").read_text())["vocab_size"] == written["model"]["vocab_size"]
    assert not list(tmp_path.glob(".wider*"))
    again = basefit("vocab", "demo-llama-s", "--add", 100, "--out", out, "--write-model")
    assert_one_sentence(again, str(out), "another folder")


def test_what_is_compared_is_chosen_and_told(basefit: Basefit) -> None:
    tried = ("--try", "--steps", 1, "--variants", "mean,distilled", "--snippets", 1, "--device", "cpu")
    answer = basefit("vocab", "demo-llama-s", "--add", 100, *tried)
    assert answer.status == 0, answer.err
    assert "unextended" not in answer.out
    assert "distilled from" in answer.out
    assert answer.out.index("mean:") < answer.out.index("distilled:")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--write-model",), "--out"),
        (("--out", "x", "--embeddings", "best"), "mean, weighted, distilled, random"),
        (("--try", "--variants", "best"), "unextended, mean, weighted, distilled, random"),
        (("--try", "--minutes", "soon"), "soon"),
    ],
)
def test_what_cannot_be_is_said(basefit: Basefit, options: tuple[str, ...], said: str) -> None:
    assert_one_sentence(basefit("vocab", "demo-llama-s", "--add", 100, *options), said)
