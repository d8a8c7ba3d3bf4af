"""Bits per weight with everything stored beside the codes."""

import pytest

from catalog.evidence.published import load_perplexity
from catalog.models.registry import find_model
from catalog.problem import Problem
from catalog.quantization.levels import LEVELS, find_level


@pytest.mark.parametrize(
    ("level", "bits"),
    [
        ("bf16", 16),
        ("nf4", 4 + 32 / 64),
        ("fp4", 4 + 32 / 64),
        ("nf4-dq", 4 + 8 / 64 + 32 / (64 * 256)),
        ("int8", 8 + 32 / 4096),
        ("gptq-4-g128", 4 + 16 / 128 + 4 / 128 + 32 / 11008),
        ("gptq-4-col", 4 + 20 / 4096 + 32 / 11008),
        ("awq-4-g128", 4 + 16 / 128 + 4 / 128),
        ("hqq-4-g64", 4 + 32 / 64),
        ("hqq-3-g64", 3.2 + 32 / 64),
        ("gguf-q8_0", 8.5),
        ("gguf-q4_0", 4.5),
        ("gguf-q2_k", 2.625),
    ],
)
def test_bits_per_weight_are_those_of_the_format(level: str, bits: float) -> None:
    """Formulas of FACTS.md section 2; codebooks and padding add less than a thousandth of a bit."""
    assert find_level(level).bits_per_weight(4096, 11008) == pytest.approx(bits, abs=1e-3)


def test_padding_counts() -> None:
    level = find_level("gptq-4-g128")
    # 130 inputs: two groups; 10 outputs: zeros fill two int32 words a group
    assert level.matrix_bytes(130, 10) == 4 * 17 * 10 + 2 * 2 * 10 + 4 * 2 * 2 + 4 * 130
    assert find_level("nf4").matrix_bytes(3, 5) == 8 + 64 + 4


def test_an_odd_row_falls_back_in_gguf() -> None:
    # phi-3 has 3072 = 12 * 256, qwen2-0.5b 896 = 3.5 * 256: its K types become 32-weight blocks
    assert find_level("gguf-q4_k_m").bits_per_weight(896, 896) == 5.5


def test_gguf_files_have_their_published_size() -> None:
    """llama.cpp's table prints hundredths of a GiB; the file holds a tokenizer of some MB besides."""
    rows = [row for row in load_perplexity() if row.method.startswith("gguf-q") and row.file_bytes]
    assert len(rows) == 15
    for row in rows:
        size = find_level(row.level or "").weight_bytes(find_model(row.model).spec)
        assert abs((row.file_bytes or 0) - size) < 0.015 * 2**30, (row.model, row.level)


def test_checkpoints_have_their_published_size() -> None:
    """GPTQ-for-LLaMa's checkpoint sizes, printed as GB and meaning GiB: 12.5 for LLaMA-7B in fp16."""
    rows = [row for row in load_perplexity() if "checkpoint" in row.note and row.context == 2048]
    assert len(rows) > 15
    for row in rows:
        size = find_level(row.level or "").weight_bytes(find_model(row.model).spec) / 2**30
        published = (row.file_bytes or 0) / 10**9
        assert size == pytest.approx(published, rel=0.04, abs=0.2), (row.model, row.level)


def test_fewer_bits_are_fewer_bytes() -> None:
    spec = find_model("llama-2-7b").spec
    sizes = [
        find_level(name).weight_bytes(spec) for name in ("bf16", "int8", "nf4", "nf4-dq", "gptq-3-g128")
    ]
    assert sizes == sorted(sizes, reverse=True)


def test_an_unknown_level_suggests_the_nearest() -> None:
    with pytest.raises(Problem) as raised:
        find_level("gptq-5-g128")
    assert raised.value.code == "level-unknown"
    assert "gptq-" in str(raised.value.params["nearest"])


def test_names_are_the_contracts() -> None:
    for name in ("fp32", "fp16", "rtn-2-g128", "rtn-8-col", "gptq-3-col-act", "gguf-q4_k_m", "nf4-dq"):
        assert LEVELS[name].name == name
    assert find_level(" NF4 ") is LEVELS["nf4"]
    assert LEVELS["gptq-4-g128-act"].act_order
    assert not LEVELS["gguf-q8_0"].trains_with
    assert LEVELS["nf4"].measured_by_basefit
    assert not LEVELS["awq-4-g128"].measured_by_basefit
