"""`basefit quantize`: what is written is read back to the bit, and loads elsewhere."""

import io
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import GPT2Config, GPT2LMHeadModel

from catalog.problem import Problem
from probes.checkpoint.tensors import Tensors
from probes.gptq_checkpoint import run
from probes.jobs.events import Emit
from probes.perplexity.probe import run as score
from probes.quantize import read_gptq
from probes.quantize.gptq_files import unpack
from probes.quantize.gptq_write import GptqWriter, pack, pack_linear
from probes.quantize.grid import Spec, round_to_nearest
from tests.places import DEMO, ROOT

MODEL = DEMO / "demo-llama-s"


@pytest.fixture
def job(tmp_path: Path) -> dict[str, object]:
    text = tmp_path / "text.txt"
    text.write_text((DEMO / "sample.txt").read_text(encoding="utf-8")[:6000], encoding="utf-8")
    return {
        "target": str(MODEL), "name": "s", "level": "gptq-4-g128", "text": str(text),
        "out": str(tmp_path / "out"), "threads": 1,
    }  # fmt: skip


@given(st.sampled_from([4, 8]), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2**32))
def test_packing_is_undone_by_unpacking(bits: int, rows: int, words: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(0, 2**bits, (rows, words * 32 // bits), generator=generator, dtype=torch.uint8)
    assert torch.equal(unpack(pack(values, bits), bits), values)


@pytest.mark.parametrize(("bits", "group", "symmetric"), [(4, 128, True), (8, None, True), (4, 64, False)])
def test_what_is_written_is_read_to_the_bit(
    tmp_path: Path, bits: int, group: int | None, symmetric: bool
) -> None:
    spec = Spec(bits, group, symmetric=symmetric)
    weight = torch.randn(96, 256, generator=torch.Generator().manual_seed(2))
    quantized = round_to_nearest(weight, spec)
    writer = GptqWriter(tmp_path, spec)
    writer.shard(pack_linear("layer", quantized, bits))
    writer.finish({"model_type": "llama"})
    assert torch.equal(dict(read_gptq(tmp_path))["layer"], quantized.weight())


def test_sides_that_fill_no_words(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="shape-unpackable"):
        pack_linear("odd", round_to_nearest(torch.randn(6, 64), Spec(4, 64)), 4)


def test_a_bundled_model_is_quantized(job: dict[str, object]) -> None:
    stream = io.StringIO()
    result = run(job, Emit(stream))
    out = Path(str(job["out"]))
    written, base = dict(read_gptq(out)), Tensors(MODEL)
    assert len(written) == 14
    for name, found in written.items():
        weight = base.load(f"{name}.weight").float()
        error = (found - weight).square().mean() / weight.square().mean()
        assert 0 < float(error) < 0.03
    assert torch.equal(Tensors(out).load("model.norm.weight"), base.load("model.norm.weight"))
    config = json.loads((out / "config.json").read_text())
    assert config["quantization_config"]["bits"] == 4
    assert (out / "tokenizer.json").read_bytes() == (MODEL / "tokenizer.json").read_bytes()
    assert result["bytes"] < sum(base.load(name).nbytes for name in base.names())
    with pytest.raises(Problem, match="out-not-empty"):
        run(job, Emit(stream))
    level = f"gptq:{out}"
    asked = {"target": str(MODEL), "name": "s", "text": job["text"], "windows": 2, "threads": 1}
    rows = score(asked | {"levels": [level, "rtn-3-g128"]}, Emit(stream))["levels"]
    assert [row["level"] for row in rows] == [level, "rtn-3-g128"]
    assert 0.001 < rows[0]["kl_nats"] < rows[1]["kl_nats"]


def test_levels_that_cannot_be_written(job: dict[str, object]) -> None:
    for level in ("nf4", "gptq-3-g128", "rtn-4-g128"):
        with pytest.raises(Problem, match="level-unwritable"):
            run(job | {"level": level}, Emit(io.StringIO()))


def test_an_architecture_that_is_not_proved_to_load_is_not_written(
    job: dict[str, object], tmp_path: Path
) -> None:
    config = GPT2Config(vocab_size=64, n_embd=32, n_layer=1, n_head=2, n_positions=32)
    GPT2LMHeadModel(config).save_pretrained(tmp_path / "gpt2")
    with pytest.raises(Problem, match="architecture-unwritable"):
        run(job | {"target": str(tmp_path / "gpt2")}, Emit(io.StringIO()))
    assert not (tmp_path / "out").exists()


LOAD = """
import sys, torch
torch.set_num_threads(1)
from probes.quantize import read_gptq
from transformers import AutoModelForCausalLM
out, base = sys.argv[1:]
expected = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
for name, weight in read_gptq(out):
    expected.get_submodule(name).weight.data = weight
from gptqmodel import BACKEND, GPTQModel
loaded = GPTQModel.load(out, device="cpu", backend=BACKEND.TORCH, dtype=torch.float16).model
ids = torch.arange(5, 60)[None]
with torch.no_grad():
    a, b = expected(ids).logits, loaded(ids).logits.float()
print("difference", float((a - b).abs().max()))
by_transformers = AutoModelForCausalLM.from_pretrained(out, device_map="cpu", dtype=torch.float16)
print("loaded", type(by_transformers.model.layers[0].mlp.up_proj).__module__)
"""


@pytest.mark.slow
@pytest.mark.skipif(find_spec("gptqmodel") is None, reason="gptqmodel is not installed")
def test_gptqmodel_and_transformers_load_it(job: dict[str, object]) -> None:
    run(job, Emit(io.StringIO()))
    found = subprocess.run(
        [sys.executable, "-c", LOAD, str(job["out"]), str(MODEL)],
        env=os.environ | {"GPTQMODEL_CPU_WORKERS": "2"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    words = dict(
        line.split(" ", 1) for line in found.stdout.splitlines() if line.startswith(("diff", "loaded"))
    )
    # Its float16 arithmetic against float32 on the same weights.
    assert float(words["difference"]) < 0.05, found.stderr[-2000:]
    assert words["loaded"].startswith("gptqmodel"), found.stderr[-2000:]


class _CutOff(BaseException):
    """What ends a run as a kill would: nothing on the way takes it for a failure."""


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.mark.parametrize("layer", [None, 0, 1])
def test_a_run_that_was_cut_off_goes_on_with_its_layer(
    job: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer: int | None
) -> None:
    written = run(job | {"out": str(tmp_path / "whole")}, Emit(io.StringIO()))
    layers = json.loads((MODEL / "config.json").read_text())["num_hidden_layers"]
    around = len(list((tmp_path / "whole").glob("*.safetensors"))) - layers
    cut_at = around - 1 if layer is None else around + layer
    write, done = GptqWriter.shard, list[int]()

    def shard(writer: GptqWriter, tensors: dict[str, torch.Tensor]) -> None:
        if len(done) == cut_at:
            raise _CutOff
        done.append(len(tensors))
        write(writer, tensors)

    with monkeypatch.context() as patch:
        patch.setattr(GptqWriter, "shard", shard)
        with pytest.raises(_CutOff):
            run(job, Emit(io.StringIO()))
    with pytest.raises(Problem, match="out-not-empty"):
        run(job | {"level": "gptq-8-g128"}, Emit(io.StringIO()))
    stream = io.StringIO()
    result = run(job, Emit(stream))
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert next(event["done"] for event in events if event.get("phase") == "layers") == (layer or 0)
    assert contents(Path(str(job["out"]))) == contents(tmp_path / "whole")
    assert result["bytes"] == written["bytes"]
    with pytest.raises(Problem, match="out-not-empty"):
        run(job, Emit(io.StringIO()))
