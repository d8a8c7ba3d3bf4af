"""What trains an adapter: what it holds in float32, and how many logits at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.models.spec import ModelSpec
from catalog.problem import Problem
from catalog.quantization.level import QuantLevel


@dataclass(frozen=True)
class Trainer:
    """`upcasts`: what bitsandbytes does not quantize is held in float32 on a card, as PEFT's
    prepare_model_for_kbit_training does (it leaves GPTQ, HQQ and torchao levels as they are). `logits` is
    how many elements of the logits its loss holds at once, None for all of a batch.
    """

    name: str
    upcasts: bool
    logits: int | None

    def upcast(self, level: QuantLevel, device: str) -> bool | None:
        """Whether what is not quantized is held in float32; None where nobody but the device says."""
        if device != "cuda":
            return None
        return self.upcasts and level.quantized and "bitsandbytes" in level.trains_with

    def chunk(self, spec: ModelSpec) -> int | None:
        """Positions whose logits are there together, None for all."""
        return None if self.logits is None else max(1, self.logits // spec.vocabulary)


BASEFIT = Trainer("basefit", upcasts=False, logits=2**22)
"""basefit's own trial: 16 MiB of float32 logits, 64 positions of a vocabulary of 65,536."""
TRAINERS: Mapping[str, Trainer] = {one.name: one for one in (BASEFIT, Trainer("peft", True, None))}


def find_trainer(name: str) -> Trainer:
    """The trainer of that name in any case; Problem("trainer-unknown")."""
    key = name.strip().lower()
    if key not in TRAINERS:
        raise Problem("trainer-unknown", name=name, known=", ".join(TRAINERS))
    return TRAINERS[key]
