"""Plans against the memory that Qwen3's documentation reports."""

from statistics import median

import pytest

from catalog.quantization.stored_level import unsplit
from tests.bench.qwen3_memory import MIB, point, points
from tests.places import SHARED

REPORTED = SHARED / "facts/qwen3_memory.csv"


@pytest.mark.parametrize(
    ("model", "level", "tokens", "mib"),
    [
        ("qwen3-30b-a3b", "BF16", 1, 58462),
        ("qwen3-30b-a3b", "FP8", 1, 30296),
        ("qwen3-8b", "FP8", 6144, 10187),
        ("qwen3-14b", "FP8", 30720, 20813),
        ("qwen3-32b", "FP8", 6144, 34915),
        ("qwen3-14b", "AWQ-INT4", 1, 9962),
        ("qwen3-0.6b", "GPTQ-Int8", 14336, 2554),
    ],
)
def test_within_a_hundredth_and_in_range(model: str, level: str, tokens: int, mib: float) -> None:
    one = point(model, level, tokens, mib)
    assert abs(one.error) < 0.01
    assert one.in_range


def test_small_models_in_fp8_may_hold_their_table_twice() -> None:
    one = point("qwen3-1.7b", "FP8", 6144, 3462)
    assert one.in_range
    assert one.reported - one.planned.low > 151936 * 2048 * 2


@pytest.mark.skipif(not REPORTED.is_file(), reason="the table is not here")
def test_the_whole_table() -> None:
    found = points(REPORTED)
    assert len(found) == 40
    assert median(abs(one.error) for one in found) < 0.01
    assert sum(one.in_range for one in found) >= 36


@pytest.mark.parametrize(
    ("size", "beside"),
    [(MIB, 0), (3 * MIB // 2, MIB // 2 // 13), (2 * MIB, 0), (3 * MIB, 0), (25 * MIB, MIB), (48 * MIB, 0)],
)
def test_what_the_allocator_does_not_split_off(size: int, beside: int) -> None:
    assert unsplit(size) == beside
