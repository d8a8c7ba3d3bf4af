"""The command contract: names, JSON fields and exit codes are fixed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from probes.checkpoint.target import DEMO
from tests.tui.cli.conftest import Basefit


@pytest.fixture
def probes() -> None:
    """Fresh ones, as whoever types the command starts them: nothing is imported that a probe forgot."""


def assert_fields(document: dict[str, Any], kind: str, *fields: str) -> None:
    assert document["schema"] == 1
    assert document["kind"] == kind
    assert set(fields) <= document.keys()


def test_profile(basefit: Basefit) -> None:
    answer = basefit("profile", "--quick", "--json")
    fields = ("gpus", "cpu", "ram_bytes", "disk_free_bytes", "budget_bytes")
    assert_fields(answer.json, "profile", *fields)
    assert answer.json["budget_bytes"] > 0


def test_models(basefit: Basefit) -> None:
    answer = basefit("models", "--budget", "24GiB", "--language", "zh", "--json")
    assert answer.status == 0
    assert_fields(answer.json, "models", "rows")
    for row in answer.json["rows"]:
        assert row["fits"] in ("yes", "tight")
        assert 0 < row["low_bytes"] <= row["expected_bytes"] <= row["high_bytes"]
        assert {"model", "parameters", "level", "tokens_per_second_estimate", "published"} <= row.keys()
    assert basefit("models", "--gpu", "rtx-4090", "--json").json["rows"]
    everything = basefit("models", "--budget", "24GiB", "--all", "--json").json["rows"]
    assert {"yes", "no"} <= {row["fits"] for row in everything}


def test_nothing_fits_is_exit_1(basefit: Basefit) -> None:
    answer = basefit("models", "--budget", "10MiB", "--json")
    assert answer.status == 1
    assert answer.json["rows"] == []
    assert basefit("plan", "llama-65b", "--budget", "24GiB").status == 1
    assert basefit("recommend", "--budget", "10MiB", "--json").json["winner"] is None


def test_plan_from_the_catalog_and_from_a_directory(basefit: Basefit) -> None:
    answer = basefit("plan", "llama-2-7b", "--level", "nf4", "--budget", "8GiB", "--json")
    assert answer.status == 0
    fields = ("parameters", "terms", "expected_bytes", "low_bytes", "high_bytes", "fits")
    assert_fields(answer.json, "plan", *fields)
    assert answer.json["parameters"] == 6738415616
    assert sum(term["bytes"] for term in answer.json["terms"]) == answer.json["expected_bytes"]
    local = basefit("plan", DEMO / "demo-llama-s", "--budget", "12MiB", "--json").json
    per_layer = 2 * 128 * 128 + 2 * 128 * 64 + 3 * 128 * 384 + 2 * 128
    assert local["parameters"] == 4096 * 128 + 2 * per_layer + 128


def test_tokenizers(basefit: Basefit) -> None:
    answer = basefit("tokenizers", "demo-llama-s", "--json")
    assert_fields(answer.json, "tokenizers", "text", "tokenizers")
    assert {"bytes", "chars", "han_chars"} <= answer.json["text"].keys()
    (row,) = answer.json["tokenizers"]
    assert {
        "name",
        "vocab_size",
        "tokens",
        "tokens_per_char",
        "tokens_per_han_char",
        "bytes_per_token",
        "byte_fallback_share",
        "unk_share",
        "round_trip",
        "chars_per_second",
    } <= row.keys()
    assert row["vocab_size"] == 4096
    assert row["byte_fallback_share"] > 0.1
    assert "|" in basefit("tokenizers", "demo-llama-s").out.splitlines()[-1], "the sentence as it is cut"


def test_perplexity_then_the_same_from_the_store_then_recommend(basefit: Basefit) -> None:
    arguments = ("perplexity", "demo-llama-s", "--levels", "bf16,nf4", "--windows", 4, "--device", "cpu")
    first = basefit(*arguments, "--json")
    assert first.status == 0, first.err
    fields = ("frame", "levels", "peak_memory_bytes", "bytes_read", "seconds")
    assert_fields(first.json, "perplexity", *fields)
    for row in first.json["levels"]:
        assert {
            "model", "level", "tokens_scored", "nll_per_token", "ppl", "ppl_se", "bits_per_byte",
            "bits_per_char", "delta_ln_ppl", "delta_se", "kl_nats", "kl_se", "same_top",
            "bits_per_weight", "weight_bytes", "verdict",
        } <= row.keys()  # fmt: skip
    again = basefit(*arguments, "--json")
    assert [row["ppl"] for row in again.json["levels"]] == [row["ppl"] for row in first.json["levels"]]
    assert again.json["bytes_read"] == 0, "known levels are not measured again"


def test_recommend_measures_a_directory_it_has_never_seen(basefit: Basefit, small: Path) -> None:
    answer = basefit(
        *("recommend", "--candidates", small, "--budget", "12MiB", "--levels", "bf16,nf4"),
        *("--measure", "--device", "cpu", "--json"),
    )
    assert answer.status == 0, answer.err
    assert_fields(answer.json, "recommend", "winner", "ranking", "vocabulary", "would_change")
    assert answer.json["winner"]["model"] == "small"
    for row in answer.json["ranking"]:
        assert row["verdict"] in ("recommended", "possible", "rejected", "unmeasured")
        for reason in row["reasons"]:
            assert reason["code"]
            assert reason["evidence"]
    (run,) = basefit("runs", "--json").json["runs"]
    assert run["status"] == "done"


def test_quick_commands_and_the_bare_import_leave_torch_alone() -> None:
    script = (
        "import sys, io; sys.stdout = io.StringIO()\n"
        "from tui.cli import run\n"
        "run(['models', '--budget', '24GiB', '--json'])\n"
        "run(['plan', 'llama-2-7b', '--json'])\n"
        "heavy = {'torch', 'transformers', 'datasets', 'peft', 'textual'} & set(sys.modules)\n"
        "sys.stderr.write(str(sorted(heavy)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "[]"


def test_without_a_terminal_and_arguments_json_is_one_object(basefit: Basefit) -> None:
    answer = basefit("models", "--budget", "24", "--json")
    assert len(answer.out.strip().splitlines()) > 1
    json.loads(answer.out)
    assert answer.err == ""


def test_an_unknown_architecture_still_gives_its_weights(basefit: Basefit, small: Path) -> None:
    config = json.loads((small / "config.json").read_text())
    (small / "config.json").write_text(json.dumps(config | {"model_type": "mystery"}))
    answer = basefit("plan", small, "--level", "bf16", "--budget", "12MiB", "--json")
    assert answer.status == 0
    assert answer.json["parameters"] == 918_144
    assert answer.json["weights_only"]
    assert (answer.json["fits"], answer.json["high_bytes"]) == ("unknown", None)
    assert "mystery" in answer.err


def test_a_measured_peak_corrects_the_next_plan(basefit: Basefit) -> None:
    arguments = ("--level", "bf16", "--context", 128, "--json")
    before = basefit("plan", "demo-llama-s", *arguments).json
    deployed = basefit("deploy", "demo-llama-s", "--new-tokens", 8, "--device", "cpu", *arguments)
    assert deployed.status == 0, deployed.err
    fields = ("expected_bytes", "error", "prefill_tokens_per_s", "decode_tokens_per_s", "load_seconds")
    assert_fields(deployed.json, "deploy", "peak_bytes", *fields)
    after = basefit("plan", "demo-llama-s", *arguments).json
    measured = deployed.json["expected_bytes"] / (1 + deployed.json["error"])
    assert abs(after["expected_bytes"] - measured) <= abs(before["expected_bytes"] - measured) + 1


def test_cost_known_answers(basefit: Basefit) -> None:
    hosted = ("--tokens", 118_689_950, "--epochs", 2, "--hosted", "gpt-3.5-turbo-16k")
    answer = basefit("cost", *hosted, "--currency", "CNY", "--rate", 7.18, "--json")
    assert_fields(answer.json, "cost", "hosted", "own")
    assert round(answer.json["hosted"]["amount"]) == 13_635
    assert basefit("cost", "--tokens", "1M").status == 2


def test_vocab(basefit: Basefit) -> None:
    answer = basefit("vocab", "demo-llama-s", "--add", 200, "--json")
    assert answer.status == 0, answer.err
    assert_fields(
        answer.json, "vocab", "before", "after", "saving", "new_parameters", "extra_bytes_infer",
        "extra_bytes_train", "break_even_chars", "verdict", "reasons",
    )  # fmt: skip
    assert answer.json["after"]["tokens_per_char"] < answer.json["before"]["tokens_per_char"]
    assert answer.json["verdict"] == "no"


def test_vocab_without_a_number_learns_what_the_text_supports(basefit: Basefit, tmp_path: Path) -> None:
    held_out, picture, table = DEMO / "held-out.txt", tmp_path / "ladder.svg", tmp_path / "ladder.md"
    arguments = ("vocab", "demo-llama-s", "--others", "demo-glm", "--held-out", held_out)
    answer = basefit(*arguments, "--export", picture, "--json")
    assert answer.status == 0, answer.err
    assert 100 < answer.json["after"]["learnt"] < 20_000
    assert answer.json["reasons"][0]["code"] == "vocabulary-change-base"
    assert answer.json["held_out_chars"] == len(held_out.read_text("utf-8"))
    assert "demo-glm" in picture.read_text("utf-8")
    more = answer.json["after"]["learnt"] + 1
    assert basefit("vocab", "demo-llama-s", "--add", more).status == 2
    assert basefit(*arguments, "--add", 300, "--export", table).status == 0
    assert table.read_text("utf-8").splitlines()[2].startswith("| 0 ")


def test_trial(basefit: Basefit, tmp_path: Path) -> None:
    data = DEMO / "instructions.jsonl"
    answer = basefit("trial", "demo-llama-s", "--data", data, "--examples", 64, "--device", "cpu", "--json")
    assert answer.status == 0, answer.err
    assert_fields(answer.json, "trial", "data", "trials", "ranking", "prediction", "samples")
    assert {"format", "examples", "holdout", "target_bytes"} <= answer.json["data"].keys()
    (row,) = answer.json["trials"]
    assert row["status"] == "done"
    assert row["points"][-1]["bits_per_byte"] < row["points"][0]["bits_per_byte"] - 1
    assert (Path(row["adapter"]) / "adapter_config.json").is_file()
