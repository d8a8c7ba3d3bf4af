"""What a level is expected to cost a model until it is measured: by method, bits, group and size.

The figures are medians over the published perplexities of models from 6 billion parameters on (`published/
perplexity.csv`: ln of the ratio to 16 bits within one comparison, where both are printed the mean KL; tests
hold each against its rows), in nats per token. Where no table has a method, its neighbour's stands in, with
twice the spread.
"""

from dataclasses import dataclass
from functools import lru_cache

from catalog.quantization.level import QuantLevel

TABLES = "perplexity tables"
EXTRAPOLATED = "extrapolated"
PUBLISHED = {
    "gptq-3-col": 0.339, "gptq-3-g128": 0.158, "gptq-3-g128-act": 0.145,
    "gptq-4-col": 0.076, "gptq-4-g128": 0.030, "gptq-4-g128-act": 0.029,
    "awq-3-g128": 0.112, "awq-4-g128": 0.023,
    "rtn-3-col": 1.194, "rtn-3-g128": 0.181, "rtn-4-col": 0.102, "rtn-4-g128": 0.039,
    "gguf-q2_k": 0.445, "gguf-q3_k_s": 0.146, "gguf-q3_k_m": 0.068, "gguf-q4_0": 0.032, "gguf-q4_1": 0.025,
    "gguf-q4_k_s": 0.043, "gguf-q4_k_m": 0.021, "gguf-q5_0": 0.010, "gguf-q5_1": 0.005, "gguf-q5_k_s":
    0.006, "gguf-q5_k_m": 0.011, "gguf-q6_k": 0.005, "gguf-q8_0": 0.001,
}  # fmt: skip
"""Nats per token, over the models from LARGE on."""
NEIGHBOURS = {
    "int8": 0.001, "nf4": 0.030, "nf4-dq": 0.030, "fp4": 0.053,
    "hqq-4-g64": 0.030, "hqq-3-g64": 0.158, "hqq-2-g64": 1.0,
    "gptq-2-g128": 1.5, "gptq-2-g128-act": 1.3, "gptq-2-col": 4.0, "rtn-2-g128": 4.0, "rtn-2-col": 6.0,
    "gptq-3-col-act": 0.30, "gptq-4-col-act": 0.065, "rtn-8-col": 0.002, "gptq-8-col": 0.002,
}  # fmt: skip
"""What no table has for models of this size: int8 as the bundled family measures it (.0008 to .0011), nf4
between what c4 says of LLaMA-7B (.015) and what the bundled family measures (.046 to .059), and near GPTQ
and q4_0 of as many bits; fp4 by its squared error on Gaussian weights, 1.75 times NF4's (.0149 and
.0085); HQQ as GPTQ of its bits; two bits by what the step from four to three costs."""
BY_BITS = ((8, 0.001), (6, 0.005), (5, 0.009), (4, 0.031), (3, 0.158), (2, 1.5))
"""What nothing above names, such as a checkpoint on disk that was quantized elsewhere."""
LARGE = 6e9
SMALL_POWER, SMALLEST = 0.45, 1e8
"""Below LARGE a level costs (LARGE / parameters)^.45 times as much: nf4 on a model of 135 million has a
KL of .245. Nothing is known below SMALLEST; above LARGE sizes of one family cost alike (LLaMA 7B to
65B)."""
TINY = 3e7
"""Models this small have not seen enough text to lose more: the bundled family's .046 to .059 at nf4 lies
within the spread of what large models lose."""
SPREAD, WIDE_SPREAD = 0.5, 1.0
"""Standard deviation as a share of the cost, where a table has the method and where none has: Llama-3-8B
loses twice what LLaMA-7B does."""


@dataclass(frozen=True)
class Damage:
    """Expected cost in nats per token with its standard deviation; `source` what it rests on."""

    nats: float
    sd: float
    source: str


NOTHING = Damage(0.0, 0.0, "")


def damage(level: QuantLevel, parameters: int) -> Damage:
    """What the level costs a model of so many parameters; nothing at 16 bits."""
    return _damage(level, parameters) if level.quantized or level.damage is not None else NOTHING


@lru_cache(maxsize=4096)
def _damage(level: QuantLevel, parameters: int) -> Damage:
    if level.damage is not None:
        return Damage(level.damage, SPREAD * level.damage, level.name)
    nats, share, source = _at_large(level)
    if parameters >= TINY:
        nats *= max(1.0, LARGE / max(parameters, SMALLEST)) ** SMALL_POWER
    return Damage(nats, share * nats, source)


def _at_large(level: QuantLevel) -> tuple[float, float, str]:
    if level.name in PUBLISHED:
        return PUBLISHED[level.name], SPREAD, TABLES
    if level.name in NEIGHBOURS:
        return NEIGHBOURS[level.name], WIDE_SPREAD, EXTRAPOLATED
    least = next((nats for bits, nats in BY_BITS if level.bits >= bits), BY_BITS[-1][1])
    return least, WIDE_SPREAD, EXTRAPOLATED
