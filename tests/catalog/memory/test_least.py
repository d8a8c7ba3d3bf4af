"""What the headers of files say a model takes at least."""

import pytest

from catalog.memory.least import at_least
from catalog.models.from_headers import HeaderShapes, counted_shapes
from catalog.models.stored_settings import StoredAs
from catalog.models.stored_tensors import Header
from catalog.quantization.levels import find_level

GIB = 2**30
GPTQ = StoredAs("gptq-4", "gptq", 4, 128)
MXFP4 = StoredAs("mxfp4", "mxfp4", 4, 32)
PLAIN = StoredAs("bf16")


def mixtral() -> Header:
    """Mixtral-8x7B as GPTQ writes it: eight weights in a word, its scales, zeros and indices beside."""
    found: Header = {
        name: ("F16", (32000, 4096)) for name in ("model.embed_tokens.weight", "lm_head.weight")
    }
    attention = [
        ("q_proj", 4096, 4096),
        ("k_proj", 4096, 1024),
        ("v_proj", 4096, 1024),
        ("o_proj", 4096, 4096),
    ]
    experts = [("w1", 4096, 14336), ("w3", 4096, 14336), ("w2", 14336, 4096)]
    for layer in range(32):
        matrices = [(f"self_attn.{name}", *sides) for name, *sides in attention]
        for expert in range(8):
            matrices += [(f"block_sparse_moe.experts.{expert}.{name}", *sides) for name, *sides in experts]
        for name, inputs, outputs in matrices:
            at = f"model.layers.{layer}.{name}."
            found[at + "qweight"] = ("I32", (inputs // 8, outputs))
            found[at + "qzeros"] = ("I32", (inputs // 128, outputs // 8))
            found[at + "scales"] = ("F16", (inputs // 128, outputs))
            found[at + "g_idx"] = ("I32", (inputs,))
    return found


def gpt_oss() -> Header:
    """gpt-oss-20b: its experts are three-dimensional, two weights in a byte."""
    found: Header = {
        name: ("BF16", (201088, 2880)) for name in ("model.embed_tokens.weight", "lm_head.weight")
    }
    for layer in range(24):
        at = f"model.layers.{layer}."
        for name, shape in (
            ("q", (4096, 2880)),
            ("k", (512, 2880)),
            ("v", (512, 2880)),
            ("o", (2880, 4096)),
        ):
            found[f"{at}self_attn.{name}_proj.weight"] = ("BF16", shape)
        for name, rows in (("gate_up", 5760), ("down", 2880)):
            found[f"{at}mlp.experts.{name}_proj_blocks"] = ("U8", (32, rows, 90, 16))
            found[f"{at}mlp.experts.{name}_proj_scales"] = ("U8", (32, rows, 90))
    return found


def test_packed_words_are_the_weights_in_them() -> None:
    shapes = counted_shapes(mixtral(), GPTQ)
    assert shapes.parameters == 46_701_477_888
    assert shapes.cached == 32 * 2 * 1024
    needed = at_least(shapes, find_level("nf4"))
    assert needed.term("weights").low / GIB == pytest.approx(24.3, abs=0.05)


def test_experts_of_three_dimensions_stay_at_16_bits_where_the_loader_leaves_them() -> None:
    shapes = counted_shapes(gpt_oss(), MXFP4)
    assert shapes.stacked == 24 * 32 * (5760 + 2880) * 2880
    assert at_least(shapes, find_level("bf16")).expected / GIB == pytest.approx(39.0, abs=0.1)
    assert at_least(shapes, find_level("nf4")).term("experts").low == 2 * shapes.stacked
    assert at_least(shapes, find_level("gptq-4-g128")).expected < 13 * GIB


def test_use_context_and_batch_are_heeded() -> None:
    shapes = counted_shapes(gpt_oss(), MXFP4)
    long = at_least(shapes, find_level("nf4"), context=131072, batch=16).term("kv-cache")
    assert (long.low, long.expected) == (0, 24 * 1024 * 131072 * 16 * 2)
    trained = at_least(shapes, find_level("nf4"), use="qlora", rank=8)
    assert trained.term("adapter").low == 8 * 24 * 12 * (2 * (4096 + 2880) + 2 * (512 + 2880))
    assert not trained.term("kv-cache").expected


def test_nothing_is_counted_of_what_nothing_explains() -> None:
    header: Header = {"a.weight": ("U8", (8, 8)), "b.weight": ("BF16", (8, 8))}
    stored = StoredAs("unknown", bits=0, unclaimed=("a.weight",))
    assert counted_shapes(header, stored) == HeaderShapes(64, 0, 0, 0, 16, unclear=1)


def test_awq_packs_along_the_outputs_and_flattened_bytes_have_no_sides() -> None:
    awq = counted_shapes({"x.k_proj.qweight": ("I32", (64, 4))}, StoredAs("awq-4", "awq", 4, 128))
    assert (awq.linear, awq.widths, awq.cached) == (64 * 32, 64 + 32, 32)
    flat = counted_shapes({"x.k_proj.weight": ("U8", (1024, 1))}, StoredAs("bnb-nf4", "bnb-nf4", 4))
    assert (flat.linear, flat.widths) == (2048, 0)
    assert counted_shapes({"s": ("F32", ())}, PLAIN).parameters == 1
