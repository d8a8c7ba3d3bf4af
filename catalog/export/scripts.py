"""Scripts for TRL and Unsloth: the same rows, the same layout, the same numbers."""

from pathlib import Path

from catalog.export.full_run import FullRun

_OPENINGS = {
    "alpaca": "### Instruction:\n{}\n\n### Response:\n",
    "wenda": "问：{}\n\n答：",
    "plain": "{}\n",
}


def trl(run: FullRun) -> dict[str, str]:
    """`train_trl.py`: transformers, PEFT and TRL's SFTTrainer; the loss on the answers only."""
    return {"train_trl.py": _TRL.format(**_fields(run, _MORE_FOR_TRL))}


def unsloth(run: FullRun) -> dict[str, str]:
    """`train_unsloth.py`: Unsloth's kernels under the same trainer."""
    return {"train_unsloth.py": _UNSLOTH.format(**_fields(run, ""))}


def _fields(run: FullRun, more_settings: str) -> dict[str, object]:
    four = _FOUR_BIT.format(kind=run.about.builder, double=run.about.double_quant)
    quantization = {4: four, 8: "BitsAndBytesConfig(load_in_8bit=True)", None: "None"}[run.bits]
    fields: dict[str, object] = {
        "rows": _rows(run),
        "model": repr(run.model),
        "quantization": quantization,
        "four": run.bits == 4,
        "eight": run.bits == 8,
        "rank": run.rank,
        "alpha": run.alpha,
        "dropout": run.dropout,
        "targets": repr(list(run.targets)) if run.targets else '"all-linear"',
        "named_targets": repr(
            list(run.targets)
            or ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
        ),
        "length": run.length,
        "micro_batch": run.micro_batch,
        "accumulation": run.accumulation,
        "rate": repr(run.rate),
        "epochs": repr(run.epochs),
        "seed": run.seed,
        "output": repr(run.output),
    }
    return fields | {"settings": _SETTINGS.format(**fields, more=more_settings)}


def _rows(run: FullRun) -> str:
    """The lines that read the person's file and turn a row into what TRL calls prompt and completion."""
    kinds = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".txt": "text", ".md": "text"}
    ending = Path(run.data).suffix.lower()
    more = {".tsv": ', sep="\\t"', ".txt": ', sample_by="paragraph"', ".md": ', sample_by="paragraph"'}.get(
        ending, ""
    )
    read = f'"{kinds.get(ending, "json")}", data_files={run.data!r}, split="train"{more}'
    mapped = "data = data.map(row, remove_columns=data.column_names)"
    return f"data = load_dataset({read})\n\n\n{_row(run)}\n\n{mapped}\n"


def _row(run: FullRun) -> str:
    if run.format in ("sharegpt", "messages"):
        field, role, content = (
            ("conversations", "from", "value")
            if run.format == "sharegpt"
            else ("messages", "role", "content")
        )
        return _DIALOGUE.format(field=field, role=role, content=content)
    if run.columns is None:
        return 'def row(example):\n    return {"prompt": "", "completion": example["text"].strip()}\n'
    prompt = f"example[{run.columns[0]!r}]"
    if run.format == "alpaca":
        prompt += ' + ("\\n" + example["input"] if example.get("input") else "")'
    if run.schema:
        prompt = f'(example[{run.schema!r}] + "\\n" if example.get({run.schema!r}) else "") + ' + prompt
    answer = f"str(example[{run.columns[1]!r}]).strip()"
    if run.layout == "chat":
        return (
            "def row(example):\n"
            f'    question = {{"role": "user", "content": {prompt}}}\n'
            f'    answer = {{"role": "assistant", "content": {answer}}}\n'
            '    return {"prompt": [question], "completion": [answer]}\n'
        )
    opening = _OPENINGS[run.layout]
    return (
        "def row(example):\n"
        f"    prompt = {opening!r}.format({prompt})\n"
        f'    return {{"prompt": prompt, "completion": {answer}}}\n'
    )


_FOUR_BIT = """BitsAndBytesConfig(
    load_in_4bit=True,
    bnb_4bit_quant_type="{kind}",
    bnb_4bit_use_double_quant={double},
    bnb_4bit_compute_dtype=torch.bfloat16,
)"""

_DIALOGUE = """ROLES = {{"human": "user", "gpt": "assistant"}}


def text(content):
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or part.get("value") or "" for part in content)


def row(example):
    turns = [
        {{"role": ROLES.get(turn["{role}"], turn["{role}"]), "content": text(turn["{content}"]).strip()}}
        for turn in example["{field}"]
    ]
    while turns and turns[-1]["role"] != "assistant":
        turns.pop()
    return {{"prompt": turns[:-1], "completion": turns[-1:]}}
"""

_SETTINGS = """settings = SFTConfig(
    output_dir={output},
    completion_only_loss=True,
    max_length={length},
    per_device_train_batch_size={micro_batch},
    gradient_accumulation_steps={accumulation},
    learning_rate={rate},
    lr_scheduler_type="constant_with_warmup",
    warmup_steps=10,
    num_train_epochs={epochs},
{more}    logging_steps=10,
    report_to="none",
    seed={seed},
)
"""
_MORE_FOR_TRL = """    gradient_checkpointing=True,
    bf16=torch.cuda.is_available(),
"""
"""What Unsloth settles by itself."""

_TRL = '''"""Written by basefit from a measured trial: batch, length and rate are what ran there."""

import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

{rows}
quantization = {quantization}
model = AutoModelForCausalLM.from_pretrained(
    {model}, dtype=torch.bfloat16, quantization_config=quantization
)
adapter = LoraConfig(
    task_type="CAUSAL_LM", r={rank}, lora_alpha={alpha}, lora_dropout={dropout}, target_modules={targets}
)
{settings}trainer = SFTTrainer(
    model=model,
    args=settings,
    train_dataset=data,
    peft_config=adapter,
    processing_class=AutoTokenizer.from_pretrained({model}),
)
trainer.train()
trainer.save_model()
'''

_UNSLOTH = '''"""Written by basefit from a measured trial: batch, length and rate are what ran there."""

from unsloth import FastLanguageModel  # first: it patches what is imported after it

from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

{rows}
model, tokenizer = FastLanguageModel.from_pretrained(
    {model}, max_seq_length={length}, load_in_4bit={four}, load_in_8bit={eight}
)
model = FastLanguageModel.get_peft_model(
    model,
    r={rank},
    lora_alpha={alpha},
    lora_dropout={dropout},
    target_modules={named_targets},
    use_gradient_checkpointing="unsloth",
    random_state={seed},
)
{settings}trainer = SFTTrainer(model=model, args=settings, train_dataset=data, processing_class=tokenizer)
trainer.train()
model.save_pretrained({output})
'''
