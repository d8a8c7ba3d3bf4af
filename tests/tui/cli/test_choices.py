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


def test_a_kind_of_model_is_asked_for_and_who_is_left_out_is_said(basefit: Basefit) -> None:
    assert_one_sentence(basefit("models", "--kind", "poet"), "poet", "reasoning")
    tuned = basefit("models", "--gpu", "rtx-4090", "--use", "both")
    assert "that are no base models; --kind any takes them in." in tuned.out
    question = ("--gpu", "rtx-4090", "--use", "qlora", "--json")
    rows = basefit("models", *question, "--kind", "chat").json["rows"]
    assert {row["kind"] for row in rows} == {"chat"}
    ranking = basefit("recommend", *question).json["ranking"]
    kinds = {row["kind"] for row in ranking if row["reasons"][0]["code"] != "kind-unwanted"}
    assert "chat" not in {row["kind"] for row in ranking if row["verdict"] != "rejected"}
    assert "base" in kinds
    none = basefit("recommend", *question, "--candidates", "qwen2.5-7b", "--kind", "reasoning")
    assert none.status == 1
    assert none.json["contradictions"][0]["code"] == "none-of-kind"
    named = basefit("recommend", *question, "--candidates", "qwen2.5-7b-instruct")
    assert named.json["winner"]["model"] == "qwen2.5-7b-instruct"


def test_to_serve_and_to_tune_takes_what_needs_more(basefit: Basefit) -> None:
    needs = {
        use: basefit("plan", "qwen2.5-7b", "--use", use, "--gpu", "rtx-4090", "--json").json[
            "expected_bytes"
        ]
        for use in ("infer", "qlora", "both")
    }
    assert needs["both"] == max(needs["infer"], needs["qlora"])
