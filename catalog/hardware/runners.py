"""What decodes a token: an engine with the kernels of a library, its constants read from runners.toml.

`python -m tests.bench.speed_fit` writes that file from published measurements and says how well the
formula holds on rows that it has not seen.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from catalog.models.spec import ModelSpec
from catalog.quantization.level import QuantLevel

ENOUGH = 5
"""Published rows from which a runner counts as calibrated."""
USUAL = "transformers"
"""The engine of a level that nothing serves."""
CALLED = {"transformers": ("bitsandbytes", "gptqmodel", "hqq"), "vllm": ("bitsandbytes",)}
"""Engine -> libraries whose kernels it calls; whatever else it loads it multiplies with its own."""


@dataclass(frozen=True)
class Runner:
    """One layer takes `floor_s` seconds however little it reads, a weight's byte 1 / (`share` × bandwidth).

    A cached byte takes `kv_share` / bandwidth, and not less than `kv_s` + `kv_repeat_s` × (query heads to a
    head of keys) seconds. With `overlaps` the host queues kernels while earlier ones read, so that the
    slower of the two decides; else both add up. Speeds reach from 1 / `slower` to `faster` times what is
    expected; `rows` is how many published measurements stand behind it.
    """

    name: str
    share: float
    floor_s: float
    kv_share: float
    kv_s: float
    kv_repeat_s: float
    overlaps: bool
    slower: float
    faster: float
    rows: int

    @property
    def calibrated(self) -> bool:
        return self.rows >= ENOUGH

    def seconds(self, spec: ModelSpec, weights: float, cached: float, bandwidth: float) -> float:
        """For one token of one sequence that reads so many bytes of weights and of the cache."""
        repeats = spec.heads / max(1, spec.kv_heads)
        each = max(self.kv_share / bandwidth, self.kv_s + self.kv_repeat_s * repeats)
        reading = weights / (self.share * bandwidth) + cached * each
        floor = spec.layers * self.floor_s
        return max(reading, floor) if self.overlaps else reading + floor


def name_of(spec: ModelSpec, level: QuantLevel, engine: str) -> str:
    """The runner of a model at a level: `engine`, or `engine+library` where the kernels are not its own."""
    if engine == "transformers" and spec.routed_parameters:
        return "transformers+experts"
    library = next((name for name in CALLED.get(engine, ()) if name in level.loads_with), "")
    if engine == "transformers" and level.quantized and level.multiplies == "as-stored":
        library = "fp8"
    return f"{engine}+{library}" if library else engine


@cache
def load_runners() -> Mapping[str, Runner]:
    """All of runners.toml by name."""
    table = tomllib.loads((Path(__file__).parent / "runners.toml").read_text("utf-8"))
    return {name: Runner(name=name, **found) for name, found in table["runner"].items()}


def runner_of(spec: ModelSpec, level: QuantLevel, engine: str = USUAL) -> Runner:
    """What decodes a model at a level; a library that was never measured in that engine as bitsandbytes
    is in transformers, the slowest there is.
    """
    name = name_of(spec, level, engine or USUAL)
    return load_runners().get(name) or load_runners()["transformers+bitsandbytes"]
