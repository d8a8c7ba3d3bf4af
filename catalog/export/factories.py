"""Tools that are driven by YAML: LLaMA-Factory, Axolotl and ms-swift."""

import json
from collections.abc import Mapping
from typing import Any

from catalog.export.full_run import FullRun
from catalog.export.rows import HELD_OUT, IDS, TRAIN
from catalog.export.templates import name_for

DATASET, HELD = "basefit", "basefit_held_out"
_SAID = "Written by basefit from a measured trial: rows, batch, length and rate are what ran there."
_SEGMENTS = {
    "formatting": "sharegpt",
    "columns": {"messages": "segments"},
    "tags": {"role_tag": "role", "content_tag": "text", "user_tag": "user", "assistant_tag": "assistant"},
}
"""LLaMA-Factory's words for a row in pieces, see catalog.export.rows."""


def llama_factory(run: FullRun) -> dict[str, str]:
    """`train.yaml` for `llamafactory-cli train`, and the `dataset_info.json` it reads.

    Its templates differ from the models' own in small ways, so it is told `empty` and the rows carry the
    layout; rows that carry ids lie in a folder beside. `chat.yaml`, for `llamafactory-cli chat`, names the
    template by which the tuned model is asked.
    """
    held = run.rows.held_out
    settings: dict[str, Any] = {
        "model_name_or_path": run.model,
        **_quantized(run),
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "lora",
        "lora_rank": run.rank,
        "lora_alpha": run.alpha,
        "lora_dropout": run.dropout,
        "lora_target": ",".join(run.targets) or "all",
        "dataset": DATASET,
        "eval_dataset": HELD if held else None,
        "dataset_dir": ".",
        "tokenized_path": IDS if run.rows.with_ids else None,
        "template": "empty",
        "cutoff_len": run.length,
        "train_on_prompt": False,
        "output_dir": run.output,
        "per_device_train_batch_size": run.micro_batch,
        "per_device_eval_batch_size": run.micro_batch if held else None,
        "eval_strategy": "epoch" if held else None,
        "gradient_accumulation_steps": run.accumulation,
        "learning_rate": run.rate,
        "num_train_epochs": run.epochs,
        "lr_scheduler_type": "constant_with_warmup",
        "warmup_steps": 10,
        run.short: True,
        "seed": run.seed,
        "logging_steps": 10,
        "save_steps": 500,
    }
    info = {DATASET: {"file_name": TRAIN} | _SEGMENTS}
    if held:
        info[HELD] = {"file_name": HELD_OUT} | _SEGMENTS
    files = {
        "train.yaml": dump(settings, _SAID + "\nllamafactory-cli train train.yaml"),
        "dataset_info.json": json.dumps(info, indent=2, ensure_ascii=False) + "\n",
    }
    return files | (_llama_factory_chat(run) if run.layout == "chat" else {})


def _llama_factory_chat(run: FullRun) -> dict[str, str]:
    settings = {
        "model_name_or_path": run.model,
        "adapter_name_or_path": run.output,
        **_quantized(run),
        "finetuning_type": "lora",
        "template": name_for("llama-factory", run.rows.template),  # none: it reads the model's own
        "default_system": run.rows.system or None,
    }
    return {"chat.yaml": dump(settings, "Asks the tuned model.\nllamafactory-cli chat chat.yaml")}


def _quantized(run: FullRun) -> dict[str, Any]:
    return {
        "quantization_bit": run.bits,
        "quantization_method": "bnb" if run.bits else None,
        "quantization_type": run.about.builder if run.bits == 4 else None,
        "double_quantization": run.about.double_quant if run.bits == 4 else None,
    }


def axolotl(run: FullRun) -> dict[str, str]:
    """`axolotl.yaml` for `axolotl train`: rows in pieces, or in ids, in the very layout of the trial.

    `chat_template` is what the tuned model is asked by; such rows need none.
    """
    settings: dict[str, Any] = {
        "base_model": run.model,
        "load_in_4bit": run.bits == 4,
        "load_in_8bit": run.bits == 8,
        "adapter": "qlora" if run.bits == 4 else "lora",
        "lora_r": run.rank,
        "lora_alpha": run.alpha,
        "lora_dropout": run.dropout,
        "lora_target_modules": list(run.targets) or None,
        "lora_target_linear": None if run.targets else True,
        "chat_template": name_for("axolotl", run.rows.template),
        "datasets": [_axolotl_rows(run, TRAIN)],
        "test_datasets": [_axolotl_rows(run, HELD_OUT)] if run.rows.held_out else None,
        "train_on_inputs": False,
        "sequence_len": run.length,
        "micro_batch_size": run.micro_batch,
        "gradient_accumulation_steps": run.accumulation,
        "learning_rate": run.rate,
        "num_epochs": run.epochs,
        "lr_scheduler": "constant_with_warmup",
        "warmup_steps": 10,
        "optimizer": "adamw_torch",
        **({"bf16": "auto"} if run.short == "bf16" else {"bf16": False, "fp16": True}),
        "gradient_checkpointing": True,
        "seed": run.seed,
        "output_dir": f"./{run.output}",
    }
    return {"axolotl.yaml": dump(settings, _SAID + "\naxolotl train axolotl.yaml")}


def _axolotl_rows(run: FullRun, file: str) -> dict[str, Any]:
    kind = None if run.rows.with_ids else "input_output"  # columns of ids are known by their names
    return {"path": file, "ds_type": "json", "split": "train", "type": kind}


def ms_swift(run: FullRun) -> dict[str, str]:
    """`train.yaml` for `swift sft`, and the template that it needs for rows that carry their layout."""
    settings: dict[str, Any] = {
        "model": run.model,
        "external_plugins": "basefit_template.py",
        "template": DATASET,
        "dataset": TRAIN,
        "val_dataset": HELD_OUT if run.rows.held_out else None,
        "tuner_type": "lora",
        "lora_rank": run.rank,
        "lora_alpha": run.alpha,
        "lora_dropout": run.dropout,
        "target_modules": list(run.targets) or ["all-linear"],
        "quant_method": "bnb" if run.bits else None,
        "quant_bits": run.bits,
        "bnb_4bit_quant_type": run.about.builder if run.bits == 4 else None,
        "bnb_4bit_use_double_quant": run.about.double_quant if run.bits == 4 else None,
        "max_length": run.length,
        "per_device_train_batch_size": run.micro_batch,
        "gradient_accumulation_steps": run.accumulation,
        "learning_rate": run.rate,
        "num_train_epochs": run.epochs,
        "lr_scheduler_type": "constant_with_warmup",
        "warmup_steps": 10,
        "torch_dtype": run.half,
        "seed": run.seed,
        "output_dir": run.output,
    }
    named = name_for("ms-swift", run.rows.template)
    ask = (
        f"\nThe tuned model is asked by its own template: swift infer --template {named} ..."
        if named
        else ""
    )
    return {
        "train.yaml": dump(settings, _SAID + "\nswift sft train.yaml" + ask),
        "basefit_template.py": _SWIFT_TEMPLATE,
    }


_SWIFT_TEMPLATE = '''"""The rows carry their layout and their end tokens: nothing is put around them."""

from swift.template import TemplateMeta, register_template

register_template(
    TemplateMeta("basefit", prefix=[], prompt=["{{QUERY}}"], chat_sep=[], suffix=[], auto_add_bos=False)
)
'''


def dump(values: Mapping[str, Any], comment: str = "") -> str:
    """One key a line, lists and mappings indented below; None is left out."""
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    return head + "".join(_lines(values, 0))


def _lines(values: Mapping[str, Any], depth: int) -> list[str]:
    pad = "  " * depth
    lines: list[str] = []
    for key, value in values.items():
        if value is None:
            continue
        if isinstance(value, Mapping):
            lines += [f"{pad}{key}:\n", *_lines(value, depth + 1)]
        elif isinstance(value, (list, tuple)):
            lines.append(f"{pad}{key}:\n")
            for item in value:
                if isinstance(item, Mapping):
                    first, *rest = _lines(item, depth + 2)
                    lines += [f"{pad}  - {first.lstrip()}", *rest]
                else:
                    lines.append(f"{pad}  - {_scalar(item)}\n")
        else:
            lines.append(f"{pad}{key}: {_scalar(value)}\n")
    return lines


def _scalar(value: Any) -> str:
    if isinstance(value, float):
        # YAML 1.1 takes 1e-04 for a string: a point makes it a number.
        text = repr(value)
        return text if "." in text or "e" not in text else text.replace("e", ".0e")
    return json.dumps(value, ensure_ascii=False)
