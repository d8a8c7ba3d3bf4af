"""What trains an adapter: what it holds wide, what it keeps of a layer, how many logits at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from catalog.models.spec import ModelSpec
from catalog.problem import Problem
from catalog.quantization.level import QuantLevel

Blocks = Literal["transformers", "litgpt", "unsloth"]
"""Whose modelling code runs."""


@dataclass(frozen=True)
class Trainer:
    """What a tool does where nobody says otherwise.

    `upcasts`: what bitsandbytes does not quantize is held in float32 on a card, as PEFT's
    prepare_model_for_kbit_training does (it leaves GPTQ, HQQ and torchao levels as they are). `logits` is
    how many elements of the logits its loss holds at once, None for all of a batch; `logit_bytes` what
    the loss takes for each at its fullest (low, expected, high). `checkpointing` is whether layers are
    computed again, `offloads` whether what starts them waits in the host's memory. `optimizer` is of
    OPTIMIZER_STATES; `adapter_bytes` and `gradient_bytes` are those of a trained parameter, `buffer_bytes`
    what is set aside whatever the model is (half to one and a half of it). `kept_range` is how far, of
    itself, what layers keep may be off: another version, a batch that is not full. `keeps_inputs`: 4-bit
    layers keep their input for the backward pass. `unties`: a tied head is held a second time;
    `quantizes_head`: the head is at the level too.
    """

    name: str
    upcasts: bool = False
    logits: int | None = None
    logit_bytes: tuple[float, float, float] = (12, 12, 16)
    checkpointing: bool = True
    optimizer: str = "adamw"
    adapter_bytes: int = 4
    gradient_bytes: int = 4
    buffer_bytes: int = 0
    blocks: Blocks = "transformers"
    offloads: bool = False
    kept_range: float = 0.0
    keeps_inputs: bool = False
    unties: bool = False
    quantizes_head: bool = False

    def upcast(self, level: QuantLevel, device: str) -> bool | None:
        """Whether what is not quantized is held in float32; None where nobody but the device says."""
        if device != "cuda":
            return None
        return self.upcasts and level.quantized and "bitsandbytes" in level.trains_with

    def chunk(self, spec: ModelSpec) -> int | None:
        """Positions whose logits are there together, None for all."""
        return None if self.logits is None else max(1, self.logits // spec.vocabulary)


BASEFIT = Trainer("basefit", logits=2**22)
"""basefit's own trial: 16 MiB of float32 logits, 64 positions of a vocabulary of 65,536."""
PEFT = Trainer("peft", upcasts=True)
"""transformers' Trainer or TRL over PEFT. The loss copies the logits to float32 and takes a log-softmax and
a gradient of that width (measured: 12.0 bytes an element; the logits too where a name keeps them)."""
TRAINERS: Mapping[str, Trainer] = {
    one.name: one
    for one in (
        BASEFIT,
        PEFT,
        # DeepSpeed's 16-bit engine casts all parameters, the adapter's too, and keeps float32 copies of
        # those it trains; the loss stays at 16 bits: logits, their shifted copy, log-softmax and gradient.
        # Two buffers of `reduce_bucket_size` (2e8 elements, `overlap_comm`) and float32 gradients, and in a
        # step one of `allgather_bucket_size` besides.
        Trainer(
            "peft-deepspeed",
            logit_bytes=(6, 8, 10),
            optimizer="adamw-master",
            adapter_bytes=2,
            gradient_bytes=6,
            buffer_bytes=800_000_000,
        ),
        # Its own preparation: upcast_layernorm and upcast_lmhead_output are off unless asked for.
        Trainer("llama-factory"),
        # It casts embedding, norms and head back to 16 bits after prepare_model_for_kbit_training.
        Trainer("axolotl"),
        # Its Triton kernels keep no float32 copies, its loss is taken in chunks that fit what is free
        # (here 2^26 elements), what starts a layer goes to pinned host memory ("unsloth" checkpointing).
        Trainer("unsloth", logits=2**26, optimizer="adamw-8bit", blocks="unsloth", offloads=True),
        # bf16-true: adapter, gradients and moments at 16 bits; nothing is computed again on one card.
        # bitsandbytes as it pins it keeps the inputs of 4-bit layers, and replaces the head too.
        Trainer(
            "litgpt",
            logit_bytes=(10, 12, 14),
            checkpointing=False,
            adapter_bytes=2,
            gradient_bytes=2,
            blocks="litgpt",
            kept_range=0.015,
            keeps_inputs=True,
            unties=True,
            quantizes_head=True,
        ),
    )
}
"""Where several versions differ, what they did when the reports in tests/bench were measured."""


def find_trainer(name: str) -> Trainer:
    """The trainer of that name in any case; Problem("trainer-unknown")."""
    key = name.strip().lower()
    if key not in TRAINERS:
        raise Problem("trainer-unknown", name=name, known=", ".join(TRAINERS))
    return TRAINERS[key]
