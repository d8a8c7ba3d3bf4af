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


def test_the_trainer_is_asked_for_everywhere(basefit: Basefit) -> None:
    question = ("--gpu", "rtx-4090", "--use", "qlora", "--levels", "nf4", "--json")
    named = ("--candidates", "qwen2.5-7b")
    sizes = {}
    for trainer in ("basefit", "peft", "unsloth"):
        told = ("--trainer", trainer)
        planned = basefit("plan", "qwen2.5-7b", "--use", "qlora", "--gpu", "rtx-4090", "--json", *told).json
        ranked = basefit("recommend", *question, *named, *told).json["ranking"][0]
        assert planned["trainer"] == trainer
        assert planned["expected_bytes"] == ranked["expected_bytes"]
        sizes[trainer] = planned["expected_bytes"]
    assert sizes["peft"] > 1.3 * sizes["basefit"]
    rows = basefit("models", *question, "--trainer", "peft").json["rows"]
    assert next(row for row in rows if row["model"] == "qwen2.5-7b")["expected_bytes"] == sizes["peft"]
    assert_one_sentence(basefit("models", "--trainer", "torchtune"), "torchtune", "llama-factory")


def test_speeds_by_engine(basefit: Basefit) -> None:
    planned = basefit("plan", "qwen2.5-7b", "--level", "gptq-4-g128", "--gpu", "rtx-4090", "--json").json
    assert [one["engine"] for one in planned["speeds"]] == ["transformers", "vllm", "exllama"]
    assert all(one["low"] < one["expected"] < one["high"] for one in planned["speeds"])
    assert planned["prefill_tokens_per_second"]["calibrated"] is False
    fast = basefit("recommend", "--gpu", "rtx-4090", "--min-speed", 60, "--language", "en", "--json").json
    winner = fast["ranking"][0]
    (said,) = (one for one in winner["reasons"] if one["code"] == "reaches-speed")
    assert said["params"]["engine"] == winner["engine"] == "vllm"
    assert said["params"]["speed"] == winner["speed"] >= 60
    assert winner["speed_low"] < winner["speed"] < winner["speed_high"] < 3 * winner["speed_low"]
    assert_one_sentence(basefit("models", "--gpu", "quadro-p6000"), "6.1", "24GiB")
