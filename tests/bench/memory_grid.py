"""Predicted tensor bytes against the allocator's measured peak, on the CPU, for small configurations.

    python -m tests.bench.memory_grid [NAME...]

A name is an architecture, a size, a level or a use; without one of the first it is the four of FAMILIES.

Nothing is fitted here: the predictions are those that `basefit plan` shows. Inference takes in a prompt
and decodes two tokens; training is a batch forward and backward, as PEFT and transformers do it.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median

import torch
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoConfig, PreTrainedModel

from catalog.memory import estimate
from catalog.models.architectures import ARCHITECTURES
from catalog.models.from_config import spec_from_config
from catalog.models.spec import ModelSpec
from catalog.models.to_config import config_of
from catalog.quantization.levels import find_level
from probes.deploy.assembly import assemble, random_source
from probes.deploy.probe import answer
from probes.machine.peak_memory import peak_of, resident_bytes
from probes.quantize import find

CPU = torch.device("cpu")
FAMILIES = ("llama", "qwen2", "glm", "gemma2")
"""The architectures of the table in docs/memory.md, with their classes' default traits."""
_FIELDS = (
    "num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads",
    "head_dim",
)  # fmt: skip
SIZES = {
    "narrow": dict(zip(_FIELDS, (4, 256, 704, 4, 2, 64), strict=True)),
    "wide": dict(zip(_FIELDS, (3, 512, 1408, 8, 2, 64), strict=True)),
}
LEVELS = ("bf16", "nf4", "int8")


@dataclass(frozen=True)
class Case:
    """One configuration in one use; `length` tokens in each of `batch` sequences."""

    family: str
    size: str
    level: str
    use: str
    length: int
    batch: int = 1
    vocabulary: int = 8192
    rank: int = 16

    def __str__(self) -> str:
        shape = f"{self.batch}x{self.length}"
        return f"{self.family:17}{self.size:7}{self.level:5} {self.use:19}{shape:7}V {self.vocabulary:6}"

    @property
    def spec(self) -> ModelSpec:
        config = SIZES[self.size] | {"model_type": self.family, "vocab_size": self.vocabulary}
        return spec_from_config(config, self.family)

    @property
    def checkpointing(self) -> bool:
        return self.use.endswith("checkpointed")


@dataclass(frozen=True)
class Outcome:
    """Bytes; `error` is predicted / measured − 1."""

    case: Case
    measured: int
    predicted: int

    @property
    def error(self) -> float:
        return self.predicted / self.measured - 1


def grid(families: Sequence[str] = FAMILIES) -> Iterator[Case]:
    """All cases: every family, size and level, at two lengths, in inference and in training."""
    for family, size, level in product(families, SIZES, LEVELS):
        yield Case(family, size, level, "infer", 512)
        yield Case(family, size, level, "infer", 128, batch=4)
        yield Case(family, size, level, "infer", 1024, vocabulary=2048)
        for use, (length, vocabulary) in product(
            ("train", "train-checkpointed"), ((128, 8192), (512, 2048), (512, 16384))
        ):
            yield Case(family, size, level, use, length, vocabulary=vocabulary)


def run(case: Case) -> Outcome:
    """Build the model with random weights, measure its peak, and predict it."""
    level = find(case.level)
    model = assemble(
        AutoConfig.for_model(**config_of(case.spec)),
        random_source(CPU, level.dtype),
        level=level,
        device=CPU,
    )
    if case.use == "infer":
        return Outcome(case, _infer(case, model), _predict_inference(case))
    return Outcome(case, _train(case, model), _predict_training(case))


def _infer(case: Case, model: PreTrainedModel) -> int:
    ids = torch.randint(0, case.vocabulary, (case.batch, case.length - 2))
    with torch.inference_mode():
        return peak_of(lambda: answer(model, ids, 2), CPU, resident_bytes(model)).allocated


def _predict_inference(case: Case) -> int:
    level = find_level(case.level)
    spec = case.spec
    return estimate.inference(spec, level, context=case.length, batch=case.batch, device="cpu").expected


def _train(case: Case, model: PreTrainedModel) -> int:
    """A further batch under gradient accumulation: gradients and optimizer states are there already."""
    quantized = find_level(case.level).quantized
    if quantized:
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
    else:
        model.requires_grad_(False)
    if case.checkpointing:
        # PEFT turns it on only for models that transformers' own loader marked as quantized.
        model.gradient_checkpointing_enable({"use_reentrant": False})
        model.enable_input_require_grads()
    adapter = LoraConfig(r=case.rank, target_modules="all-linear", task_type="CAUSAL_LM")
    trained = get_peft_model(model, adapter)
    trained.train()
    trained.config.use_cache = False
    weights = [parameter for parameter in trained.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-4)
    ids = torch.randint(0, case.vocabulary, (case.batch, case.length))

    def accumulate() -> None:
        trained(input_ids=ids, labels=ids).loss.backward()

    accumulate()
    optimizer.step()
    states = sum(
        value.nbytes for state in optimizer.state.values() for value in state.values() if value.dim()
    )
    gradients = sum(weight.grad.nbytes for weight in weights if weight.grad is not None)
    return peak_of(accumulate, CPU, resident_bytes(trained) + states + gradients).allocated


def _predict_training(case: Case) -> int:
    return estimate.finetune(
        case.spec,
        find_level(case.level),
        use="qlora" if find_level(case.level).quantized else "lora",
        rank=case.rank,
        length=case.length,
        batch=case.batch,
        checkpointing=case.checkpointing,
        device="cpu",
    ).expected


def summary(outcomes: Sequence[Outcome]) -> tuple[float, Outcome]:
    """The median absolute error, and the worst outcome."""
    worst = max(outcomes, key=lambda outcome: abs(outcome.error))
    return median(abs(outcome.error) for outcome in outcomes), worst


def main() -> None:
    """Print the table; arguments choose architectures, sizes, levels or uses by name."""
    torch.set_num_threads(1)
    wanted = set(sys.argv[1:])
    families = [name for name in ARCHITECTURES if name in wanted] or FAMILIES
    wanted -= set(families)
    outcomes = []
    print(f"{'case':68}{'measured':>12}{'predicted':>12}{'error':>8}")
    for case in grid(families):
        if not wanted <= {case.size, case.level, case.use}:
            continue
        outcomes.append(run(case))
        last = outcomes[-1]
        print(f"{case!s:68}{last.measured:12,}{last.predicted:12,}{last.error:+8.1%}", flush=True)
    for use in ("infer", "train", "train-checkpointed"):
        some = [outcome for outcome in outcomes if outcome.case.use == use]
        if some:
            middle, worst = summary(some)
            print(f"{use}: {len(some)} cases, median {middle:.2%}, worst {worst.error:+.2%} ({worst.case})")
    middle, worst = summary(outcomes)
    print(f"all: {len(outcomes)} cases, median {middle:.2%}, worst {worst.error:+.2%} ({worst.case})")


if __name__ == "__main__":
    main()
