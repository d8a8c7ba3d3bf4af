"""How a model is served: by which engine, how much of a prompt at once, how narrow the cache."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from catalog.problem import Problem
from catalog.quantization.engines import ENGINES, KV_BITS, OFFLOADS, Engine, engines_of, find_engine
from catalog.quantization.levels import QuantLevel

ALL = "all"
"""Of a prompt: it goes through in one piece."""


class Served(NamedTuple):
    """What the estimate asks of an engine: `prefill` tokens of each sequence at once, `kv_bytes` of a
    cached element. `engine` is None for a level that no engine loads: it is reckoned as transformers
    would run it. `offload` is whether the experts stay in the host's memory.
    """

    engine: Engine | None
    prefill: int
    kv_bytes: float
    offload: bool = False

    @property
    def name(self) -> str:
        """The engine's; "" where there is none."""
        return self.engine.name if self.engine else ""

    @property
    def fused(self) -> bool:
        return self.engine is not None and self.engine.fused


@dataclass(frozen=True)
class Serving:
    """What was asked of the serving: `engine` by name, "" for the cheapest that serves the level;
    `prefill` in tokens, 0 for a prompt in one piece, None as the engine does it; `kv_bits` of KV_BITS;
    `offload` of OFFLOADS, "" for nothing.
    """

    engine: str = ""
    prefill: int | None = None
    kv_bits: int = 16
    offload: str = ""

    def __post_init__(self) -> None:
        if self.engine:
            find_engine(self.engine)
        if self.offload and self.offload not in OFFLOADS:
            raise Problem("offload-unknown", given=self.offload, known=", ".join(OFFLOADS))
        if self.kv_bits not in KV_BITS:
            raise Problem("kv-bits-unknown", given=self.kv_bits, known=", ".join(map(str, KV_BITS)))

    @property
    def on_card(self) -> "Serving":
        """The same with nothing left in the host's memory."""
        return replace(self, offload="") if self.offload else self

    def at_once(self, engine: Engine, context: int) -> int:
        """Tokens of each sequence that go through the engine together."""
        if self.prefill is None:
            return engine.at_once(context)
        return min(context, self.prefill or context)

    def serves(self, level: QuantLevel, device: str = "cuda") -> bool:
        """Whether some engine does what was asked at that level; a yardstick is served by none but asked
        about all the same.
        """
        return bool(_able(self, level, device)) or not (engines_of(level) or self.engine)

    def of(self, level: QuantLevel, context: int, device: str = "cuda", scores: bool = False) -> Served:
        """By the cheapest of the engines that do it: the one that takes in the least at once and, of
        several, the one that copies nothing out. `scores` is whether transformers holds scores or masks
        of this model even where a prompt goes through in one piece. Where none does, as transformers.
        """
        return _served(self, level, context, device, scores)


ANYHOW = Serving()
"""Nothing is asked of it."""


@lru_cache(maxsize=4096)
def _able(serving: Serving, level: QuantLevel, device: str) -> tuple[Engine, ...]:
    return tuple(
        engine
        for engine in engines_of(level)
        if serving.engine in ("", engine.name)
        and serving.kv_bits in engine.kv_bits
        and (engine.on_cpu or device != "cpu")
        and (engine.offloads or not serving.offload)
    )


@lru_cache(maxsize=4096)
def _served(serving: Serving, level: QuantLevel, context: int, device: str, scores: bool) -> Served:
    found = []
    for engine in _able(serving, level, device):
        at_once = serving.at_once(engine, context)
        copies = not engine.fused and (scores or at_once < context)
        found.append((at_once, copies, engine))
    if not found:
        usual = ENGINES["transformers"]
        return Served(None, serving.at_once(usual, context), usual.kv_bits[serving.kv_bits] / 8)
    at_once, _, engine = min(found, key=lambda one: one[:2])
    offload = bool(serving.offload) and device != "cpu"
    return Served(engine, at_once, engine.kv_bits[serving.kv_bits] / 8, offload)


def parse_prefill(text: str) -> int | None:
    """Tokens at once of "512"; 0 of "all"; None of "". Problem("prefill-unreadable")."""
    said = text.strip().lower().replace(",", "")
    if not said:
        return None
    if said == ALL:
        return 0
    if not said.isdecimal() or int(said) < 1:
        raise Problem("prefill-unreadable", text=text)
    return int(said)
