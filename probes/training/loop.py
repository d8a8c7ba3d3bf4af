"""The training loop: one run that can be stopped, scored and taken up again at any number of examples."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import torch
from peft import PeftModel

from catalog.evidence import kinds
from probes.jobs.out_of_memory import lacks_memory
from probes.training.adapter import VIRTUAL, after_step, penalty, states_of
from probes.training.batches import batches, longest
from probes.training.encode import Encoded
from probes.training.evaluate import Held, Told, evaluate
from probes.training.loss import nats_sum, pad
from probes.training.model import Loaded
from probes.training.settings import CLIP, Settings

RISE = 1.05
"""A held-out loss this many times that of before is no noise: the training has done harm."""
ZERO_LOSS = 1e-6
OVERFLOW = "float16-overflow"
"""Why a run failed whose numbers left float16's range, which ends at 65,504."""
MOST_LEFT_OUT = 24
"""Steps running that may overflow: the scale begins at 2**16 and is halved by each, to far below one."""

Watch = Callable[["Trainer", float], None]
"""Called after each step with the trainer and the step's loss in nats per token."""


class TrainingFailed(Exception):
    """The run itself failed, not the model: `reason` is `nan-loss`, `float16-overflow`, `zero-loss` or
    `rising-loss`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Point:
    """The holdout's score after `examples` seen, `seconds` of training (evaluation not counted)."""

    examples: int
    held: Held
    seconds: float

    def row(self) -> kinds.Point:
        """As it stands in the result."""
        held = self.held
        return kinds.Point(self.examples, held.bits_per_byte, held.se, round(self.seconds, 3), held.freedom)


@dataclass
class Trainer:
    """One run's state. `seen`, `tokens` and `seconds` are of training alone; `left_out` steps in a row
    overflowed in float16 and changed nothing.

    `half_done` is entered while weights and counters are being changed: whoever stops the run waits.
    """

    loaded: Loaded
    model: PeftModel
    settings: Settings
    train: Sequence[Encoded]
    holdout: Sequence[Encoded]
    points: list[Point] = field(default_factory=list)
    seen: int = 0
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    micro_batch: int = 0
    checkpointing: bool = False
    left_out: int = 0
    half_done: Callable[[], AbstractContextManager[None]] = nullcontext

    def __post_init__(self) -> None:
        self.micro_batch = self.settings.micro_batch or self.settings.batch
        self.trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.trained, lr=self.settings.rate, weight_decay=0.0)
        # float16 has no room for small gradients: they are scaled up; a step that overflows is left out.
        scales = self.loaded.mixed and self.loaded.half is torch.float16
        self.scaler = torch.amp.GradScaler(self.loaded.device.type, enabled=scales)

    def score(self, told: Told | None = None) -> Point:
        """Evaluate now and keep the point. TrainingFailed where the loss is no number or has risen."""
        held = evaluate(self.loaded, self.model, self.holdout, told)
        point = Point(self.seen, held, self.seconds)
        self.points = [p for p in self.points if p.examples != self.seen] + [point]
        if self.seen:
            if not held.finite:
                raise TrainingFailed(self._no_number)
            if held.bits_per_byte > RISE * self.points[0].held.bits_per_byte:
                raise TrainingFailed("rising-loss")
        return point

    @property
    def _no_number(self) -> str:
        """What a loss that is no number is called."""
        return OVERFLOW if self.loaded.half is torch.float16 and self.loaded.mixed else "nan-loss"

    def rehearse(self) -> None:
        """Pass the longest batch forward and back and forget it: a lack of memory shows at once."""
        self.model.train()
        self._backward(longest(self.train, self.settings.batch))
        self.optimizer.zero_grad(set_to_none=True)

    def train_to(self, examples: int, watch: Watch, deadline: float = math.inf) -> None:
        """Train until `examples` have been seen or `seconds` of training reach `deadline`."""
        stream = batches(self.train, self.settings.batch, self.settings.seed)
        for batch in islice(stream, self.step, None):
            if self.seen >= examples or (self.step and self.seconds >= deadline):
                return
            self._one_step(batch, watch)

    def _one_step(self, batch: list[Encoded], watch: Watch) -> None:
        began = time.monotonic()
        self.model.train()
        loss = self._backward(batch)
        if not math.isfinite(loss):
            raise TrainingFailed(self._no_number)
        if loss < ZERO_LOSS:
            raise TrainingFailed("zero-loss")
        self.scaler.unscale_(self.optimizer)
        norm = torch.nn.utils.clip_grad_norm_(self.trained, CLIP)
        if self.scaler.is_enabled():
            self.left_out = 0 if bool(norm.isfinite()) else self.left_out + 1
            if self.left_out > MOST_LEFT_OUT:
                raise TrainingFailed(OVERFLOW)
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.rate_at(self.step)
        with self.half_done():
            self.scaler.step(self.optimizer)
            self.scaler.update()
            after_step(self.model, self.step)
            self.optimizer.zero_grad(set_to_none=True)
            self.step += 1
            self.seen += len(batch)
            self.tokens += sum(len(example.ids) for example in batch)
            self.seconds += time.monotonic() - began
        watch(self, loss)

    def _backward(self, batch: Sequence[Encoded]) -> float:
        """Gradients of the mean nats per target token of the batch; makes room where memory runs out."""
        while True:
            try:
                return self._accumulate(batch)
            except (torch.OutOfMemoryError, RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error) or not self._make_room():
                    raise
            self.optimizer.zero_grad(set_to_none=True)
            if self.loaded.device.type == "cuda":
                torch.cuda.empty_cache()

    def _accumulate(self, batch: Sequence[Encoded]) -> float:
        count = sum(len(example.targets) for example in batch)
        total = 0.0
        for start in range(0, len(batch), self.micro_batch):
            ids, places, targets = pad(batch[start : start + self.micro_batch], self.loaded.device)
            with self.loaded.autocast():
                states = states_of(self.model, ids).flatten(0, 1)[places]
                loss = nats_sum(states, targets, self.loaded.head) / count
            self.scaler.scale(loss).backward()
            total += float(loss.detach())
        more = penalty(self.model)
        if more is not None:
            self.scaler.scale(more).backward()
        return total

    def _make_room(self) -> bool:
        """Activations recomputed first, then half the micro-batch (accumulation doubles with it).

        Recomputing would drop the trained prefix, which lies in the cache: there it is left out.
        """
        if not self.checkpointing and self.settings.method not in VIRTUAL:
            self.checkpointing = True
            base: Any = self.model.get_base_model()
            base.gradient_checkpointing_enable({"use_reentrant": False})
        elif self.micro_batch > 1:
            self.micro_batch //= 2
        else:
            return False
        return True


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out, on a GPU or here."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or lacks_memory(str(error))
