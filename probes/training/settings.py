"""How a trial trains: every number that makes two trials comparable."""

from dataclasses import dataclass

RATE_WIDTH = 4096
RATE = 2e-4
"""The usual LoRA rate at width 4096; narrower models want more in proportion (width 256 wanted 2e-3)."""
WARM_UP_STEPS = 4
"""A short linear warm-up; constant after. A run that is made longer later is then still the same run."""
VIRTUAL_RATES = {"prefix": 2e-2, "prompt": 2e-2, "p-tuning": 2e-3}
"""2e-2 is P-tuning v2's on ADGEN (FACTS.md, section 1); p-tuning's tokens come out of a small network."""
CLIP = 1.0
RETRY_SHARE = 1 / 3


@dataclass(frozen=True)
class Settings:
    """`examples` is how many are seen in all, epochs included; `batch` the effective batch."""

    method: str
    rank: int
    rate: float
    batch: int
    examples: int
    seed: int
    minutes: float | None = None
    micro_batch: int | None = None
    alpha: int = 32
    dropout: float = 0.0
    targets: tuple[str, ...] = ()
    """Names of the linear layers to adapt; empty means all of them."""
    virtual_tokens: int = 32

    @property
    def steps(self) -> int:
        """Optimizer steps planned."""
        return -(-self.examples // self.batch)

    def rate_at(self, step: int) -> float:
        """The rate of step `step` (from 0)."""
        return self.rate * min(1.0, (step + 1) / WARM_UP_STEPS)


def default_rate(width: int, method: str = "qlora") -> float:
    """2e-4 × 4096 / width for adapters of layers; virtual tokens want a rate of their own."""
    return VIRTUAL_RATES.get(method, RATE * RATE_WIDTH / width)


def evaluation_points(examples: int, batch: int, first: int = 16, *, bounded: bool = False) -> list[int]:
    """Numbers of examples after which the holdout is scored: each doubling up to `examples`.

    Counted back from the end, so that the last three are usable for a fit: 16, 32, 64, 128, 256. All of
    them where something else (`bounded`: minutes) may end the run sooner, else the last five.
    """
    points = [examples]
    while (bounded or len(points) < 5) and points[0] // 2 >= max(first, batch):
        points.insert(0, points[0] // 2 // batch * batch)
    return points


METHODS = ("qlora", "lora", "adalora", "prefix", "prompt", "p-tuning")
