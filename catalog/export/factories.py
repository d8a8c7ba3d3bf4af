"""Tools that are driven by YAML: LLaMA-Factory and Axolotl."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalog.export.full_run import FullRun

DATASET = "basefit"
_DS_TYPES = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".txt": "text", ".md": "text"}
TEMPLATE_TOKENS = 64
"""Room for the sentence that LLaMA-Factory's `alpaca` template puts in front."""
_SAID = "Written by basefit from a measured trial: batch, length and rate are what ran there."


def llama_factory(run: FullRun) -> dict[str, str]:
    """`train.yaml` for `llamafactory-cli train`, and the `dataset_info.json` it reads.

    Its `alpaca` template puts one sentence before the layout that the trial used.
    """
    settings: dict[str, Any] = {
        "model_name_or_path": run.model,
        "quantization_bit": run.bits,
        "quantization_method": "bnb" if run.bits else None,
        "quantization_type": run.about.builder if run.bits == 4 else None,
        "double_quantization": run.about.double_quant if run.bits == 4 else None,
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "lora",
        "lora_rank": run.rank,
        "lora_alpha": run.alpha,
        "lora_dropout": run.dropout,
        "lora_target": ",".join(run.targets) or "all",
        "dataset": DATASET,
        "dataset_dir": ".",
        "template": None if run.layout == "chat" else "alpaca",
        "cutoff_len": run.length + (0 if run.layout == "chat" else TEMPLATE_TOKENS),
        "train_on_prompt": False,
        "output_dir": run.output,
        "per_device_train_batch_size": run.micro_batch,
        "gradient_accumulation_steps": run.accumulation,
        "learning_rate": run.rate,
        "num_train_epochs": run.epochs,
        "lr_scheduler_type": "constant_with_warmup",
        "warmup_steps": 10,
        "bf16": True,
        "seed": run.seed,
        "val_size": 0.05,
        "logging_steps": 10,
        "save_steps": 500,
    }
    info = {DATASET: {"file_name": run.data} | _llama_factory_columns(run)}
    return {
        "train.yaml": dump(settings, _SAID + "\nllamafactory-cli train train.yaml"),
        "dataset_info.json": json.dumps(info, indent=2, ensure_ascii=False) + "\n",
    }


def _llama_factory_columns(run: FullRun) -> dict[str, Any]:
    if run.format == "sharegpt":
        return {"formatting": "sharegpt", "columns": {"messages": "conversations"}}
    if run.format == "messages":
        tags = {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        }
        return {"formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": tags}
    if run.columns is None:
        return {"columns": {"prompt": "text"}}
    columns = {"prompt": run.columns[0], "response": run.columns[1]}
    if run.schema:  # its query comes after its prompt, a line below
        columns |= {"prompt": run.schema, "query": run.columns[0]}
    return {"columns": columns | ({"query": "input"} if run.format == "alpaca" else {})}


def axolotl(run: FullRun) -> dict[str, str]:
    """`axolotl.yaml` for `axolotl train`, in the very layout of the trial."""
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
        "datasets": [
            {"path": run.data, "ds_type": _DS_TYPES.get(Path(run.data).suffix.lower(), "json")}
            | _axolotl_type(run)
        ],
        "train_on_inputs": False,
        "val_set_size": 0.05,
        "sequence_len": run.length,
        "micro_batch_size": run.micro_batch,
        "gradient_accumulation_steps": run.accumulation,
        "learning_rate": run.rate,
        "num_epochs": run.epochs,
        "lr_scheduler": "constant_with_warmup",
        "warmup_steps": 10,
        "optimizer": "adamw_torch",
        "bf16": "auto",
        "gradient_checkpointing": True,
        "seed": run.seed,
        "output_dir": f"./{run.output}",
    }
    return {"axolotl.yaml": dump(settings, _SAID + "\naxolotl train axolotl.yaml")}


def _axolotl_type(run: FullRun) -> dict[str, Any]:
    if run.format in ("sharegpt", "messages"):
        sharegpt = run.format == "sharegpt"
        properties = {"role": "from", "content": "value"} if sharegpt else None
        field = "conversations" if sharegpt else "messages"
        return {
            "type": "chat_template",
            "field_messages": field,
            "message_property_mappings": properties,
        }
    if run.columns is None:
        return {"type": "completion", "field": "text"}
    opening = {
        "wenda": "问：{instruction}\n\n答：",
        "plain": "{instruction}\n",
    }.get(run.layout, "### Instruction:\n{instruction}\n\n### Response:\n")
    both = opening.replace("{instruction}", "{instruction}\n{input}")
    fields = {"field_instruction": run.columns[0], "field_output": run.columns[1]}
    if run.format == "alpaca":
        return {"type": fields | {"field_input": "input", "format": both, "no_input_format": opening}}
    if run.schema:
        after = opening.replace("{instruction}", "{input}\n{instruction}")
        return {"type": fields | {"field_input": run.schema, "format": after, "no_input_format": opening}}
    return {"type": fields | {"format": opening, "no_input_format": opening}}


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
