"""What a run tells while it goes on: how far it is, and the numbers its curves are drawn from."""

from probes.jobs.events import Emit
from probes.machine.torch_device import peak_memory
from probes.training.loop import Trainer


class Telling:
    """Progress of one trainer, in examples or, where time ends sooner, in seconds of training.

    `values` of a `train` event: `examples` seen, `loss` (nats per token of the latest step),
    `tokens_per_second`, `memory_bytes` (the peak so far), and the latest evaluation as `held_out` and
    `held_out_se` (bits per byte, with `held_out_freedom`) at `held_out_examples`.
    """

    def __init__(self, trainer: Trainer, emit: Emit, deadline: float) -> None:
        self._trainer, self._emit, self._deadline = trainer, emit, deadline
        self._start = (0.0, 0.0)

    def begin(self) -> None:
        """A stretch of training begins: rates are counted from here."""
        self._start = (self._trainer.seen, self._trainer.seconds)

    def stepped(self, now: Trainer, loss: float) -> None:
        """After each step."""
        values = self._values() | {"loss": loss}
        wanted = now.settings.examples
        if now.seconds / self._deadline > now.seen / wanted:
            done, total, unit, start = now.seconds, self._deadline, "s", self._start[1]
        else:
            done, total, unit, start = min(now.seen, wanted), wanted, "examples", self._start[0]
        note = f"loss={loss:.4f} held_out={values['held_out']:.4f}"
        self._emit.progress("train", round(done, 1), total, unit, note, start, values)

    def scored(self, done: int, total: int) -> None:
        """While the holdout is scored; what came out is told with the next step, or as the metric."""
        self._emit.progress("score", done, total, "examples")

    def _values(self) -> dict[str, float]:
        now = self._trainer
        last = now.points[-1]
        return {
            "examples": now.seen,
            "tokens_per_second": now.tokens / now.seconds if now.seconds else 0.0,
            "memory_bytes": peak_memory(now.loaded.device),
            "held_out_examples": last.examples,
            "held_out": last.held.bits_per_byte,
            "held_out_se": last.held.se,
            "held_out_freedom": last.held.freedom,
        }
