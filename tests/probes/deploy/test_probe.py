"""Deploying for real on the CPU: what is loaded, what is measured, and how it meets its estimate."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from catalog.evidence.records import Evidence
from catalog.evidence.store import Store
from catalog.memory import estimate
from catalog.memory.correction import correction_from
from catalog.models.architectures import scored
from catalog.models.from_config import spec_from_config
from catalog.models.registry import load_models
from catalog.models.to_config import config_of
from catalog.problem import Problem
from catalog.quantization.levels import deployed_levels, find_level
from probes.checkpoint.buffers import fill_buffers
from probes.deploy.assembly import assemble, random_source
from probes.deploy.job import DeployJob
from probes.deploy.probe import (
    IN_ONE_PIECE,
    answer,
    expected_footprint,
    load,
    read_job,
    refuse_what_cannot_fit,
)
from probes.jobs.events import Failed, FailureKind, Finished, Metric
from probes.jobs.record import read
from probes.jobs.runner import Job, Runner
from probes.machine.peak_memory import peak_of, resident_bytes
from probes.quantize import find
from tests.forked import probes_are_forked
from tui.strings import table

CPU = torch.device("cpu")
LLAMA = {
    "model_type": "llama", "hidden_size": 256, "intermediate_size": 704, "num_hidden_layers": 3,
    "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 2048,
    "max_position_embeddings": 512, "pad_token_id": 0,
}  # fmt: skip
SMALL = {
    "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4,
    "head_dim": 32, "vocab_size": 512, "max_position_embeddings": 512,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _one_thread():
    """Small matrices are not worth sharing out, least of all on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def built(config: dict, level: str):
    source = random_source(CPU, find(level).dtype)
    return assemble(AutoConfig.for_model(**config), source, level=find(level), device=CPU)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory as transformers writes it."""
    folder = tmp_path_factory.mktemp("checkpoint")
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**LLAMA), dtype=torch.bfloat16)
    model.save_pretrained(folder)
    return folder


class Quiet:
    def progress(self, *_: object, **__: object) -> None: ...


def test_a_configuration_says_the_same_shapes_again():
    for name, entry in load_models().items():
        if not entry.spec.counted:
            assert spec_from_config(config_of(entry.spec), name) == entry.spec


def test_shapes_that_no_class_can_build_are_refused():
    llama = next(e.spec for e in load_models().values() if e.spec.architecture == "llama")
    spec = replace(llama, traits=replace(llama.traits, qkv_bias=not llama.traits.output_bias))
    with pytest.raises(Problem, match="spec-config-unsupported"):
        config_of(spec)


@pytest.mark.parametrize("name", sorted(scored() - {"chatglm"}))
def test_every_architecture_is_built_as_counted(name: str):
    spec = spec_from_config(SMALL | {"model_type": name, "num_key_value_heads": 2}, name)
    model = built(config_of(spec), "bf16")
    assert sum(p.numel() for p in model.parameters()) == spec.parameters
    buffers = sum(buffer.nbytes for buffer in model.buffers())
    assert resident_bytes(model) - buffers == find_level("bf16").weight_bytes(spec)
    logits = model(input_ids=torch.arange(8)[None]).logits
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("level", deployed_levels())
def test_a_level_takes_the_bytes_that_were_counted(level: str):
    model = built(LLAMA, level)
    buffers = sum(buffer.nbytes for buffer in model.buffers())
    counted = find_level(level).weight_bytes(spec_from_config(LLAMA, "small"))
    assert resident_bytes(model) - buffers == counted


@pytest.mark.parametrize("level", ["bf16", "int8", "nf4", "nf4-dq", "fp4"])
def test_assembled_as_transformers_loads_it(checkpoint: Path, level: str):
    """The same weights, given one by one, make the same model to the bit."""
    from probes.checkpoint.tensors import Tensors

    with Tensors(checkpoint) as tensors:
        ours = assemble(
            AutoConfig.from_pretrained(checkpoint),
            lambda name, shape: tensors.load(name, shape=tuple(shape)).clone(),
            level=find(level),
            device=CPU,
        )
    job = {"target": str(checkpoint), "level": level, "context": 64, "new_tokens": 4}
    theirs = load(read_job(read(DeployJob, job)), Quiet())
    assert [type(m) for m in ours.modules()] == [type(m) for m in theirs.modules()]
    assert resident_bytes(ours) == resident_bytes(theirs)
    ids = torch.arange(1, 33)[None]
    with torch.inference_mode():
        assert torch.equal(ours(input_ids=ids).logits, theirs(input_ids=ids).logits)


def test_a_tied_head_is_held_once():
    model = built(LLAMA | {"tie_word_embeddings": True}, "nf4")
    assert model.lm_head.weight is model.model.embed_tokens.weight


def test_filling_never_holds_more_than_one_matrix_besides():
    config = AutoConfig.for_model(**LLAMA)
    model = []
    peak = peak_of(
        lambda: model.append(
            assemble(config, random_source(CPU, torch.bfloat16), level=find("nf4"), device=CPU)
        ),
        CPU,
        0,
    )
    largest = LLAMA["vocab_size"] * LLAMA["hidden_size"] * 2
    assert peak.allocated < resident_bytes(model[0]) + 2.2 * largest


def test_the_peak_of_known_allocations():
    def work() -> None:
        first = torch.empty(2**20, dtype=torch.uint8)
        del first
        both = [torch.empty(2**20, dtype=torch.uint8) for _ in range(3)]
        both.clear()

    assert peak_of(work, CPU, 1000).allocated == 3 * 2**20 + 1000


def test_buffers_come_to_life():
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**LLAMA))
    fill_buffers(model, CPU)
    frequencies = model.model.rotary_emb.inv_freq
    assert torch.allclose(frequencies, 10000 ** -(torch.arange(0, 64, 2) / 64))


def test_no_quantization_where_there_is_none():
    assert find("bf16").settings is None


async def test_deploy_from_shapes_alone(tmp_path: Path):
    store = Store(tmp_path / "evidence.sqlite")
    arguments = {"config": LLAMA, "name": "small", "level": "nf4", "context": 256, "new_tokens": 4}
    job = Job(
        "deploy", arguments | {"device": "cpu", "random_weights": True}, "small", "basefit deploy small"
    )

    events = [event async for event in Runner(store).events(job)]

    assert isinstance(events[-1], Finished)
    result = events[-1].result
    json.dumps(result, allow_nan=False)
    assert result["peak_bytes"]["allocated"] == result["measured_bytes"] > result["resident_bytes"]
    assert result["peak_bytes"]["process"] > result["peak_bytes"]["allocated"]
    assert abs(result["error"]) < 0.03
    assert result["error"] == pytest.approx(result["expected_bytes"] / result["measured_bytes"] - 1)
    assert result["prefill_tokens_per_s"] > 0
    assert result["decode_tokens_per_s"] > 0
    assert result["load_seconds"] > 0
    assert len([event for event in events if isinstance(event, Metric)]) == 1
    (kept,) = store.find("deploy")
    assert (kept.model, kept.level, kept.key["context"]) == ("small", "nf4", 256)
    assert correction_from([kept], kept.key["device"]) is not None
    store.close()


async def test_a_level_that_is_not_loaded_this_way_is_refused_before_anything_is_read(monkeypatch):
    probes_are_forked(monkeypatch)
    job = Job("deploy", {"config": LLAMA, "level": "gguf-q4_k_m"})
    last = [event async for event in Runner(None).events(job)][-1]
    assert isinstance(last, Failed)
    assert (last.kind, last.code) == (FailureKind.UNSUPPORTED, "deploy-level-unsupported")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"new_tokens": 256}, "deploy-length"),
        ({"new_tokens": -1}, "trial-setting"),
        ({"level": "nf5"}, "level-unknown"),
        ({"target": "/no/such/place"}, "config-missing"),
    ],
)
def test_a_bad_job_says_what_is_wrong(changed: dict, code: str):
    with pytest.raises(Problem) as raised:
        read_job(read(DeployJob, {"config": LLAMA, "context": 256, "new_tokens": 4} | changed))
    assert raised.value.code == code


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_card_that_is_not_there_is_said():
    with pytest.raises(Problem) as raised:
        read_job(DeployJob(config=LLAMA, device="cuda"))
    assert (raised.value.code, raised.value.params) == ("device-missing", {"device": "cuda"})


def test_every_problem_of_deploy_is_worded():
    codes = ("deploy-level-unsupported", "deploy-length", "spec-config-unsupported", "device-missing")
    assert {f"problem.{code}" for code in codes} <= table().keys()


def deployed(
    measured: int, expected: int, level: str = "nf4", device: str = "card", **key: object
) -> Evidence:
    values = {"measured_bytes": measured, "expected_bytes": expected}
    return Evidence("deploy", "m", "r", level, {"device": device, "context": 1, "batch": 1} | key, values)


def test_a_correction_is_the_middle_of_what_one_device_showed():
    known = [
        deployed(110, 100),
        deployed(120, 100, "int8"),
        deployed(150, 100, "bf16"),
        deployed(900, 100, device="other"),
    ]
    correction = correction_from(known, "card")
    assert correction is not None
    assert correction.ratio == pytest.approx(1.2)
    assert correction.spread == pytest.approx(0.25)


def test_the_latest_of_the_same_counts_once():
    correction = correction_from(
        [deployed(200, 100), deployed(110, 100), deployed(110, 100, "int8")], "card"
    )
    assert correction is not None
    assert correction.ratio == pytest.approx(1.1)


def test_few_measurements_are_believed_less():
    correction = correction_from([deployed(105, 100)], "card")
    assert correction is not None
    assert correction.spread == pytest.approx(0.06)


def test_nothing_measured_corrects_nothing():
    assert correction_from([deployed(105, 100, device="other")], "card") is None


def test_a_correction_moves_the_estimate():
    asked = read_job(DeployJob(config=LLAMA, level="nf4", context=128, new_tokens=8))
    plain = expected_footprint(asked)
    correction = correction_from([deployed(130, 100)], "card")
    moved = estimate.inference(
        spec_from_config(LLAMA, "small"),
        find_level("nf4"),
        context=128,
        prompt=120,
        device="cpu",
        correction=correction,
    )
    assert moved.expected == round(plain.expected * 1.3)


HEADS = {"linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 16,
         "linear_value_head_dim": 16}  # fmt: skip
PIECES = {
    "llama": {},
    "gemma2": {"sliding_window": 16},
    "gemma3_text": {"sliding_window": 16},
    "llama4_text": {"num_local_experts": 2, "attention_chunk_size": 16, "intermediate_size_mlp": 64},
    "gpt_oss": {"sliding_window": 16, "num_local_experts": 2, "num_experts_per_tok": 1},
    "lfm2": {},
    "qwen3_5_text": HEADS,
    "jamba": {"num_experts": 2, "num_experts_per_tok": 1, "attn_layer_period": 2, "attn_layer_offset": 1},
}
"""Full, sliding and chunked attention and the states of hybrids."""


@pytest.mark.parametrize("kind", PIECES)
def test_a_prompt_in_pieces_gives_the_same_tokens(kind: str):
    shape = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4,
             "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 256}  # fmt: skip
    config = AutoConfig.for_model(kind, **shape, **PIECES[kind])
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    for weight in model.parameters():
        if weight.dim() > 1:
            torch.nn.init.normal_(weight, std=0.15)
    ids = torch.randint(0, 256, (2, 41))
    found = []
    with torch.inference_mode():
        for prefill in (None, 7, 16):
            told: list[torch.Tensor] = []
            answer(model, ids, 6, prefill=prefill, told=told)
            found.append(torch.cat(told, dim=1).tolist())
    assert len({token for row in found[0] for token in row}) > 1
    assert (found[0] == found[1] == found[2]) is (kind not in IN_ONE_PIECE)


@pytest.mark.parametrize("kind", ["jamba", "bamba"])
def test_what_answers_otherwise_in_pieces_is_refused(kind: str):
    with pytest.raises(Problem) as refused:
        read_job(DeployJob(config={"model_type": kind}, prefill=64))
    assert refused.value.code == "deploy-prefill-whole"


@pytest.mark.parametrize(("kind", "level"), [("llama", "nf4"), ("gemma2", "bf16")])
def test_a_prompt_in_pieces_takes_what_was_planned(kind: str, level: str):
    """Keys and values are copied out for every query head; eager attention holds a chunk's scores."""
    config = LLAMA | {"model_type": kind, "head_dim": 64}
    job = DeployJob(config=config, level=level, context=1024, new_tokens=2, prefill=128, batch=2)
    asked = read_job(job)
    model = built(config, level)
    ids = torch.randint(0, 2048, (2, asked.prompt))
    with torch.inference_mode():
        peak = peak_of(lambda: answer(model, ids, 2, prefill=128), CPU, resident_bytes(model)).allocated
        whole = peak_of(lambda: answer(model, ids, 2), CPU, resident_bytes(model)).allocated
    assert peak < 0.75 * whole
    assert expected_footprint(asked).expected == pytest.approx(peak, rel=0.03)
    assert expected_footprint(replace(asked, job=replace(job, prefill=None))).expected == pytest.approx(
        whole, rel=0.07
    )


def test_layers_with_a_window_hold_the_prompt_until_the_next_token():
    """transformers cuts the window out of the keys and values of all that went through at once."""
    window = {"model_type": "mistral", "num_hidden_layers": 8, "sliding_window": 64}
    config = LLAMA | window | {"max_position_embeddings": 2048}
    asked = read_job(DeployJob(config=config, level="bf16", context=2048, new_tokens=2))
    model = built(config, "bf16")
    ids = torch.randint(0, 2048, (1, asked.prompt))
    with torch.inference_mode():
        peak = peak_of(lambda: answer(model, ids, 2), CPU, resident_bytes(model)).allocated
        cache = model(input_ids=ids, use_cache=True, logits_to_keep=1).past_key_values
    held = sum(x.untyped_storage().nbytes() for layer in cache.layers for x in (layer.keys, layer.values))
    expected = expected_footprint(asked)
    assert expected.term("kv-cache").expected == held
    assert expected.expected == pytest.approx(peak, rel=0.15)


@pytest.mark.gpu
@pytest.mark.parametrize("level", ["bf16", "nf4"])
async def test_deploy_on_a_card(level: str):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    config = config_of(load_models()["tinyllama-1.1b"].spec)
    arguments = {"config": config, "level": level, "context": 1024, "new_tokens": 16, "device": "cuda"}
    result = await Runner(None).result(Job("deploy", arguments))
    assert abs(result["error"]) < 0.25
    assert result["peak_bytes"]["reserved"] >= result["peak_bytes"]["allocated"] > result["resident_bytes"]


def test_what_no_memory_holds_is_refused_before_it_is_loaded() -> None:
    asked = read_job(DeployJob(config=LLAMA, level="bf16", context=10**9))
    with pytest.raises(Problem) as caught:
        refuse_what_cannot_fit(asked, expected_footprint(asked))
    assert caught.value.code == "deploy-too-large"
    assert caught.value.params["needed_bytes"] > caught.value.params["free_bytes"] > 0
    small = read_job(DeployJob(config=LLAMA, level="bf16", context=256))
    refuse_what_cannot_fit(small, expected_footprint(small))
