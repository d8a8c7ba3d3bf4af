"""Published ChatGLM directories through the commands, and what is said about bad ones."""

import json
import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.probes.chatglm import small
from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence

SCORE = ("--device", "cpu", "--levels", "bf16", "--windows", "2")


def sharded(folder: Path) -> Path:
    """The weights as ChatGLM-6B and 2 were published: two `.bin` shards and an index."""
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    where = {name: f"pytorch_model-{at % 2 + 1:05d}-of-00002.bin" for at, name in enumerate(tensors)}
    for file in set(where.values()):
        torch.save({name: tensors[name] for name in tensors if where[name] == file}, folder / file)
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": where}))
    return folder


def rest(command: str, tmp_path: Path) -> tuple[object, ...]:
    """What a command needs beside the directory."""
    return {"perplexity": SCORE, "convert": (tmp_path / "out",), "deploy": ("--device", "cpu")}.get(
        command, ()
    )


def test_a_published_directory_is_scored(basefit: Basefit, tmp_path: Path) -> None:
    folder = sharded(small.write(tmp_path / "model", "chatglm-6b"))
    answer = basefit("perplexity", folder, *SCORE, "--json")
    assert answer.status == 0, answer.err
    (row,) = answer.json["levels"]
    assert row["level"] == "bf16"
    assert 0 < row["bits_per_byte"] < 20


@pytest.mark.parametrize(
    ("name", "bits", "command"), [("chatglm-6b", 4, "convert"), ("chatglm2-6b", 8, "perplexity")]
)
def test_already_quantized(basefit: Basefit, tmp_path: Path, name: str, bits: int, command: str) -> None:
    folder = small.write(tmp_path / "model", name, quantization_bit=bits)
    answer = basefit(command, folder, *rest(command, tmp_path))
    assert_one_sentence(answer, str(folder), f"{bits} bits", "-int4 or -int8")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["perplexity", "convert"])
def test_a_bin_that_holds_code(basefit: Basefit, tmp_path: Path, command: str) -> None:
    class Attack:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'executed'}",)

    folder = sharded(small.write(tmp_path / "model", "chatglm-6b"))
    for shard in folder.glob("*.bin"):
        with shard.open("wb") as stream:
            pickle.dump({"transformer.word_embeddings.weight": Attack()}, stream)
    answer = basefit(command, folder, *rest(command, tmp_path))
    assert_one_sentence(answer, "could run code", "safetensors")
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("command", ["deploy", "convert"])
def test_a_missing_shard(basefit: Basefit, tmp_path: Path, command: str) -> None:
    folder = sharded(small.write(tmp_path / "model", "chatglm2-6b"))
    (folder / "pytorch_model-00002-of-00002.bin").unlink()
    answer = basefit(command, folder, *rest(command, tmp_path))
    assert_one_sentence(answer, "pytorch_model-00002-of-00002.bin", str(folder), "download")


@pytest.mark.parametrize(
    ("command", "field", "value"),
    [
        ("perplexity", "padded_vocab_size", 151552),
        ("convert", "rmsnorm", False),
        ("plan", "ffn_hidden_size", None),
        ("plan", "num_layers", "many"),
    ],
)
def test_a_fourth_kind(basefit: Basefit, tmp_path: Path, command: str, field: str, value: object) -> None:
    # Of safetensors alone `plan` can still tell the weights' size.
    folder = sharded(small.write(tmp_path / "model", "chatglm3-6b", **{field: value}))
    answer = basefit(command, folder, *rest(command, tmp_path))
    assert_one_sentence(answer, field)
    assert not (tmp_path / "out").exists()


def test_prompt_tuning_of_the_first(basefit: Basefit, tmp_path: Path) -> None:
    folder = small.write(tmp_path / "model", "chatglm-6b", max_sequence_length=512)
    rows = tmp_path / "rows.jsonl"
    lines = [{"instruction": f"Say {word}", "output": word} for word in map(str, range(100, 130))]
    rows.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    answer = basefit("trial", folder, "--data", rows, "--method", "prompt", "--device", "cpu")
    assert_one_sentence(answer, "prompt tuning", "qlora")
