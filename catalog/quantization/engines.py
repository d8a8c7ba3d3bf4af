"""What serves a model: how much of a prompt it takes in at once, and how narrow its cache can be.

Which levels an engine loads stands with the level (`QuantLevel.loads_with`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.problem import Problem
from catalog.quantization.level import QuantLevel

OFFLOADS = ("experts",)
"""What can be left in the host's memory."""
KV_BITS = (16, 8, 4)
"""Widths of a cached key or value that can be asked for."""


@dataclass(frozen=True)
class Engine:
    """`prefill` is how many tokens of each sequence go through at once where nobody says, None for all.

    `kv_bits` is what each width of the cache really takes, scales included. `fused`: its own attention
    kernels read the cache where it lies and hold no scores; else keys and values that a chunk attends to
    are copied out for every query head. `on_cpu`: it runs without a card. `offloads`: it can leave
    experts in the host's memory.
    """

    name: str
    prefill: int | None
    kv_bits: Mapping[int, float] = field(hash=False)
    fused: bool = True
    on_cpu: bool = True
    offloads: bool = True

    def at_once(self, context: int) -> int:
        """Tokens of a sequence that go through together."""
        return min(context, self.prefill or context)


ENGINES: Mapping[str, Engine] = {
    engine.name: engine
    for engine in (
        # `device_map` moves a layer's experts to the card when it comes to them.
        # `QuantizedCache` (HQQ) has a 16-bit scale and zero for 64 elements.
        Engine("transformers", None, {16: 16, 8: 8.5, 4: 4.5}, fused=False),
        # `--ubatch-size`; `--n-cpu-moe`; caches of q8_0 and q4_0 have a 16-bit scale for 32 elements.
        Engine("llama.cpp", 512, {16: 16, 8: 8.5, 4: 4.5}),
        # `max_num_batched_tokens`; its cache of FP8 has scales for whole tensors.
        Engine("vllm", 2048, {16: 16, 8: 8}, on_cpu=False, offloads=False),
        # `max_input_len`; its caches of 8 and 4 bits have a 16-bit scale for 32 elements.
        Engine("exllama", 2048, {16: 16, 8: 8.5, 4: 4.5}, on_cpu=False, offloads=False),
    )
}
"""Every engine there is, the one that basefit itself deploys with first."""


def find_engine(name: str) -> Engine:
    """The engine of that name in any case; Problem("engine-unknown")."""
    key = name.strip().lower()
    if key not in ENGINES:
        raise Problem("engine-unknown", name=name, known=", ".join(ENGINES))
    return ENGINES[key]


def engines_of(level: QuantLevel) -> tuple[Engine, ...]:
    """The engines that load a level, in the order of ENGINES; none where it is a yardstick alone."""
    return tuple(engine for name, engine in ENGINES.items() if name in level.loads_with)
