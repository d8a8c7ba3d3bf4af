"""Side by side with TRL's SFTTrainer: training tokens a second, and the peak of all tensors.

    pip install --no-deps --target DIR trl        (into a folder of its own: basefit does not need it)
    PYTHONPATH=DIR python -m tests.bench.trial_throughput [--rounds 3] [--steps 16] [--family] [--wide]

The same loaded weights, token ids, batch of 8 and rank-16 adapter on all linear layers; no gradient
checkpointing on either side; both in turn, in this process, on one core. `--family`: the two larger
bundled Llamas on `viggo` (needs the shared data). `--wide`: random weights, a vocabulary of 65,536, prompts
of 256 tokens and targets of 128. Seconds are the processor's, so that a busy machine does not count;
tokens are those of the rows, padding left out. `--rounds 0` measures memory alone. Prints one JSON object.
"""

import argparse
import importlib.util
import json
import logging
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from statistics import median
from typing import Any

import torch
from peft import LoraConfig
from transformers import AutoModelForCausalLM, LlamaConfig, TrainerCallback

from probes.machine.peak_memory import peak_of, resident_bytes
from probes.training.adapter import attach
from probes.training.encode import Encoded
from probes.training.loop import Trainer
from probes.training.model import Loaded, load
from probes.training.settings import Settings
from tests.bench.trial_runs import Stable
from tests.bench.trial_tasks import task
from tests.places import DEMO

BATCH, RANK, RATE = 8, 16, 1e-3
WARM_UP_STEPS = 2
"""Not timed, on either side."""
PROMPT, TARGET, VOCABULARY = 256, 128, 65_536
CPU = torch.device("cpu")

Fresh = Callable[[], Loaded]
Side = Callable[[Loaded, Sequence[Encoded]], tuple[int, float]]
"""Train over all rows once; (tokens, seconds) after the warm-up."""


def ours(loaded: Loaded, rows: Sequence[Encoded]) -> tuple[int, float]:
    method = "lora" if loaded.level == "bf16" else "qlora"
    settings = Settings(method, RANK, RATE, BATCH, len(rows), 0, alpha=2 * RANK)
    trainer = Trainer(loaded, attach(loaded, settings), settings, rows, rows[:1])
    trainer.train_to(WARM_UP_STEPS * BATCH, _ignore)
    tokens, began = trainer.tokens, time.process_time()
    trainer.train_to(len(rows), _ignore)
    return trainer.tokens - tokens, time.process_time() - began


def _ignore(trainer: Trainer, loss: float) -> None:
    return


def trl(grouped: bool) -> Side:
    """TRL with rows in random order, as it comes, or grouped by length."""

    def train(loaded: Loaded, rows: Sequence[Encoded]) -> tuple[int, float]:
        from datasets import Dataset
        from trl import SFTConfig, SFTTrainer

        clock = _Clock()
        data = Dataset.from_list(
            [
                {
                    "input_ids": list(row.ids),
                    "completion_mask": [int(at in set(row.targets)) for at in range(len(row.ids))],
                }
                for row in rows
            ]
        )
        with tempfile.TemporaryDirectory() as folder:
            settings = SFTConfig(
                output_dir=folder,
                per_device_train_batch_size=BATCH,
                num_train_epochs=1,
                learning_rate=RATE,
                lr_scheduler_type="constant_with_warmup",
                warmup_steps=4,
                max_length=None,
                completion_only_loss=True,
                gradient_checkpointing=False,
                use_cpu=True,
                bf16=False,
                save_strategy="no",
                logging_strategy="no",
                report_to="none",
                disable_tqdm=True,
                include_num_input_tokens_seen="non_padding",
                train_sampling_strategy="group_by_length" if grouped else "random",
            )
            adapter = LoraConfig(
                r=RANK, lora_alpha=2 * RANK, target_modules="all-linear", task_type="CAUSAL_LM"
            )
            trainer = SFTTrainer(
                model=loaded.model,
                args=settings,
                train_dataset=data,
                processing_class=_tokenizer(),
                peft_config=adapter,
                callbacks=[clock],
            )
            with redirect_stdout(sys.stderr):  # TRL tells of its run there
                trainer.train()
        return clock.tokens, clock.seconds

    return train


EQUAL_LENGTHS = {"ours": ours, "trl": trl(False)}
BY_LENGTH = EQUAL_LENGTHS | {"trl_by_length": trl(True)}


class _Clock(TrainerCallback):
    """From the end of the warm-up to the end of the last step."""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        now = time.process_time()
        if state.global_step == WARM_UP_STEPS:
            self._began, self._tokens = now, state.num_input_tokens_seen
        elif state.global_step > WARM_UP_STEPS:
            self.seconds = now - self._began
            self.tokens = int(state.num_input_tokens_seen - self._tokens)


def _tokenizer() -> Any:
    """TRL wants one; the rows are ids already, and only its padding token is used."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(DEMO / "demo-llama-s", local_files_only=True)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    return tokenizer


def speeds(fresh: Fresh, rows: Sequence[Encoded], rounds: int, sides: Mapping[str, Side]) -> dict[str, Any]:
    """Median tokens a second of each side, and ours over each of the others round by round."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            tokens, seconds = side(fresh(), rows)
            found[name].append(tokens / seconds)
            print(f"  {name}: {tokens / seconds:,.0f} tokens/s", file=sys.stderr, flush=True)
    answer: dict[str, Any] = {name: round(median(rates)) for name, rates in found.items()}
    for name in [name for name in sides if name != "ours"]:
        pairs = zip(found["ours"], found[name], strict=True)
        answer[f"ours_over_{name}"] = [round(a / b, 2) for a, b in pairs]
    return answer


def peaks(fresh: Fresh, rows: Sequence[Encoded]) -> dict[str, Any]:
    """The most bytes of tensors in three steps, weights included."""
    answer: dict[str, Any] = {}
    for name, side in EQUAL_LENGTHS.items():
        loaded = fresh()
        resident = resident_bytes(loaded.model)
        answer[name] = peak_of(
            lambda side=side, loaded=loaded: side(loaded, rows[: 3 * BATCH]), CPU, resident
        ).allocated
        answer["weights"] = resident
    return answer | {"ours_over_trl": round(answer["ours"] / answer["trl"], 3)}


def family(rounds: int, steps: int) -> dict[str, Any]:
    """demo-llama-m and demo-llama-l on viggo, unquantized and NF4."""
    stable, whole = Stable(), task("viggo")
    found = {}
    for model in ("demo-llama-m", "demo-llama-l"):
        for level in ("bf16", "nf4"):
            print(f"{model} {level}", file=sys.stderr, flush=True)
            rows = stable.reading(model, level, "viggo", whole.ordered(0)[: steps * BATCH], whole.held[:1])
            found[f"{model} {level}"] = speeds(
                lambda model=model, level=level: load(DEMO / model, level, CPU),
                rows.train,
                rounds,
                BY_LENGTH,
            )
    return found


def wide(rounds: int, steps: int) -> dict[str, Any]:
    """A vocabulary of 65,536 over 8 layers of width 512."""
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=512,
        intermediate_size=1408,
        num_hidden_layers=8,
        num_attention_heads=8,
        num_key_value_heads=4,
        tie_word_embeddings=True,
    )
    chance = random.Random(0)
    rows = [
        Encoded(
            str(number),
            tuple(chance.randrange(VOCABULARY) for _ in range(PROMPT + TARGET)),
            tuple(range(PROMPT, PROMPT + TARGET)),
            TARGET,
        )
        for number in range(steps * BATCH)
    ]
    with tempfile.TemporaryDirectory(prefix="basefit-bench-") as folder:
        torch.manual_seed(0)
        AutoModelForCausalLM.from_config(config).to(torch.bfloat16).save_pretrained(folder)

        def fresh() -> Loaded:
            return load(Path(folder), "bf16", CPU)

        print("vocabulary of 65,536", file=sys.stderr, flush=True)
        answer = {"peak_tensor_bytes": peaks(fresh, rows)}
        return answer | ({"speed": speeds(fresh, rows, rounds, EQUAL_LENGTHS)} if rounds else {})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--family", action="store_true")
    parser.add_argument("--wide", action="store_true")
    arguments = parser.parse_args()
    if importlib.util.find_spec("trl") is None:
        print("TRL is not here: pip install --no-deps --target DIR trl, then set PYTHONPATH=DIR; skipped.")
        return 0
    from importlib.metadata import version

    both = not (arguments.family or arguments.wide)
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    found: dict[str, Any] = {name: version(name) for name in ("trl", "transformers", "torch", "peft")}
    if arguments.wide or both:
        found["wide"] = wide(arguments.rounds, max(WARM_UP_STEPS + 1, arguments.steps // 4))
    if arguments.family or both:
        found["family"] = family(arguments.rounds, arguments.steps)
    print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
