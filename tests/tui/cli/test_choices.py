"""Choices that name nothing are bad input, never an empty answer."""

from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence


def test_no_level(basefit: Basefit) -> None:
    assert_one_sentence(basefit("perplexity", "demo-llama-s", "--levels", ","), "--levels")


def test_a_level_named_twice_is_scored_once(basefit: Basefit) -> None:
    answer = basefit("perplexity", "demo-llama-s", "--levels", "bf16,bf16", "--windows", 2, "--json")
    assert answer.status == 0, answer.err
    assert [row["level"] for row in answer.json["levels"]] == ["bf16"]


def test_a_language_that_no_model_speaks(basefit: Basefit) -> None:
    assert_one_sentence(basefit("models", "--language", "xx"), "xx", "zh")
    assert basefit("models", "--language", "zh", "--budget", "24GiB").status == 0


def test_the_memory_said_twice(basefit: Basefit) -> None:
    for command in (("models",), ("plan", "demo-llama-s"), ("recommend",)):
        answer = basefit(*command, "--gpu", "rtx-4090", "--budget", "12GiB")
        assert_one_sentence(answer, "rtx-4090", "12GiB")
