"""Published directories as they come, converting them, and what is wrong with bad ones."""

import json
import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from catalog.problem import Problem
from probes.chatglm import is_chatglm, load
from probes.chatglm.convert import convert, run
from probes.checkpoint import shards
from probes.jobs.events import Emit, Progress, decode
from tui.strings import LANGUAGES, say_problem, table

IDS = torch.tensor([[5, 6, 7, 481, 484, 9, 10]])
Make = Callable[..., Path]


def as_bins(folder: Path, shards: int = 3) -> None:
    """Store the weights as ChatGLM-6B and 2 were published: `pytorch_model-*.bin` and an index."""
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(tensors)
    where = {
        name: f"pytorch_model-{at % shards + 1:05d}-of-{shards:05d}.bin" for at, name in enumerate(names)
    }
    for file in set(where.values()):
        torch.save({name: tensors[name] for name in names if where[name] == file}, folder / file)
    index = {"metadata": {}, "weight_map": where}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index), encoding="utf-8")


@pytest.mark.parametrize("name", ["chatglm-6b", "chatglm2-6b"])
def test_sharded_bins_give_the_same_model(
    recording: Callable[[str], Any], directory: Make, name: str
) -> None:
    folder = directory(name)
    as_bins(folder)
    model, tokenizer = load(folder, torch.float32)
    assert tokenizer is None
    assert is_chatglm(folder)
    with torch.no_grad():
        assert torch.equal(model(IDS).logits, recording(name).model(IDS).logits)
    assert model.name_or_path in ("", str(folder)), "no Hub name that a library would look up"


def test_weights_come_as_stored_unless_asked(directory: Make) -> None:
    folder = directory("chatglm-6b")
    assert load(folder)[0].dtype == torch.float16
    assert load(folder, torch.bfloat16)[0].dtype == torch.bfloat16


@pytest.mark.parametrize("name", ["chatglm-6b", "chatglm2-6b", "chatglm3-6b"])
def test_convert_loads_again(
    recording: Callable[[str], Any], directory: Make, tmp_path: Path, name: str
) -> None:
    folder, out = directory(name), tmp_path / "converted"
    as_bins(folder)
    stream = StringIO()
    result = convert(folder, out, Emit(stream), shard_bytes=150_000)
    events = [decode(line) for line in stream.getvalue().splitlines()]
    last = events[-1]
    assert isinstance(last, Progress)
    assert last.done == last.total == result["bytes"]
    files = sorted(out.glob("*.safetensors"))
    assert len(files) == result["shards"] > 2
    assert all(file.stat().st_size < 200_000 for file in files)
    assert (
        sum(tensor.numel() for file in files for tensor in load_file(file).values()) == result["parameters"]
    )
    with torch.no_grad():
        wanted = recording(name).model(IDS).logits
        assert torch.equal(load(out, torch.float32)[0](IDS).logits, wanted)
        if name != "chatglm-6b":
            plain = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32)
            assert type(plain).__name__ == "GlmForCausalLM"
            assert torch.equal(plain(IDS).logits, wanted)


def test_convert_wants_an_empty_place(directory: Make) -> None:
    folder = directory("chatglm2-6b")
    with pytest.raises(Problem) as caught:
        run({"directory": str(folder), "out": str(folder)}, Emit(StringIO()))
    assert caught.value.code == "convert-target-exists"


def test_a_conversion_that_was_cut_off_goes_on(
    directory: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, out = directory("chatglm2-6b"), tmp_path / "out"
    convert(folder, tmp_path / "whole", Emit(StringIO()), shard_bytes=150_000)

    def cut_off(tensors: dict[str, torch.Tensor], place: Path, metadata: dict[str, str]) -> None:
        if len(list(out.glob("*.safetensors"))) == 2:
            raise KeyboardInterrupt
        save_file(tensors, place, metadata)

    with monkeypatch.context() as patch:
        patch.setattr(shards, "save_file", cut_off)
        with pytest.raises(KeyboardInterrupt):
            convert(folder, out, Emit(StringIO()), shard_bytes=150_000)
    with pytest.raises(Problem, match="convert-target-exists"):
        convert(folder, out, Emit(StringIO()), shard_bytes=200_000)
    began = {path.name: path.stat().st_mtime_ns for path in out.glob("*.safetensors")}
    convert(folder, out, Emit(StringIO()), shard_bytes=150_000)
    assert {name: (out / name).stat().st_mtime_ns for name in began} == began
    found, whole = (
        {path.name: path.read_bytes() for path in place.iterdir()} for place in (out, tmp_path / "whole")
    )
    assert found == whole
    with pytest.raises(Problem, match="convert-target-exists"):
        convert(folder, out, Emit(StringIO()), shard_bytes=150_000)


def code_of(folder: Path) -> tuple[str, dict[str, Any]]:
    """The Problem that loading raises, which must have its sentence in both languages."""
    with pytest.raises(Problem) as caught:
        load(folder)
    problem = caught.value
    assert f"problem.{problem.code}" in table()
    for language in LANGUAGES:
        sentence = say_problem(problem.code, problem.params, language)
        assert not any(f"<{field}>" in sentence for field in ("path", "tensor", "shard", "field", "bits"))
        assert str(folder) in sentence
    return problem.code, dict(problem.params)


@pytest.mark.parametrize("bits", [4, 8])
def test_a_quantized_checkpoint(directory: Make, bits: int) -> None:
    code, params = code_of(directory("chatglm2-6b", quantization_bit=bits))
    assert (code, params["bits"]) == ("chatglm-quantized-unsupported", bits)


@pytest.mark.parametrize(
    ("name", "changes", "field"),
    [
        ("chatglm2-6b", {"padded_vocab_size": 151552}, "padded_vocab_size"),
        ("chatglm2-6b", {"rmsnorm": False}, "rmsnorm"),
        ("chatglm2-6b", {"multi_query_attention": False}, "multi_query_attention"),
        ("chatglm2-6b", {"ffn_hidden_size": None}, "ffn_hidden_size"),
        ("chatglm2-6b", {"model_type": "glm130b"}, "model_type"),
        ("chatglm-6b", {"position_encoding_2d": False}, "position_encoding_2d"),
        ("chatglm-6b", {"num_layers": "28"}, "num_layers"),
    ],
)
def test_a_fourth_kind(directory: Make, name: str, changes: dict[str, Any], field: str) -> None:
    code, params = code_of(directory(name, **changes))
    assert (code, params["field"]) == ("chatglm-kind-unsupported", field)


def test_a_tuned_prefix(directory: Make) -> None:
    code, params = code_of(directory("chatglm-6b", pre_seq_len=128))
    assert (code, params["tokens"]) == ("chatglm-prefix-unsupported", 128)


def test_a_bin_that_holds_code(directory: Make, tmp_path: Path) -> None:
    class Writes:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "executed"),)

    folder = directory("chatglm-6b")
    (folder / "model.safetensors").unlink()
    torch.save({"transformer.word_embeddings.weight": Writes()}, folder / "pytorch_model.bin")
    assert code_of(folder)[0] == "pickle-holds-code"
    assert not (tmp_path / "executed").exists()


def test_a_missing_shard(directory: Make) -> None:
    folder = directory("chatglm2-6b")
    as_bins(folder)
    (folder / "pytorch_model-00002-of-00003.bin").unlink()
    code, params = code_of(folder)
    assert (code, params["shard"]) == ("shard-missing", "pytorch_model-00002-of-00003.bin")


def test_no_config_and_a_broken_one(directory: Make) -> None:
    folder = directory("chatglm2-6b")
    (folder / "config.json").write_text("{", encoding="utf-8")
    assert code_of(folder)[0] == "config-unreadable"
    (folder / "config.json").unlink()
    assert code_of(folder)[0] == "config-missing"
    assert not is_chatglm(folder)


def test_code_beside_the_weights_is_never_run(directory: Make, tmp_path: Path) -> None:
    folder = directory("chatglm2-6b")
    for file in ("configuration_chatglm.py", "modeling_chatglm.py", "tokenization_chatglm.py"):
        text = f"import os\nos.mkdir({str(tmp_path / 'executed')!r})\n"
        (folder / file).write_text(text, encoding="utf-8")
    load(folder)
    convert(folder, tmp_path / "out", Emit(StringIO()))
    assert not (tmp_path / "executed").exists()
    assert not list((tmp_path / "out").glob("*.py"))
