"""Scripts for TRL and Unsloth: the trial's rows, the trial's numbers."""

from catalog.export.full_run import FullRun
from catalog.export.rows import HELD_OUT, TRAIN
from catalog.export.templates import name_for

_LLAMA_LAYERS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def trl(run: FullRun) -> dict[str, str]:
    """`train_trl.py`: transformers, PEFT and TRL's SFTTrainer; the loss on the answers only."""
    return {"train_trl.py": _TRL.format(**_fields(run, _MASKED, _MORE_FOR_TRL))}


def unsloth(run: FullRun) -> dict[str, str]:
    """`train_unsloth.py`: Unsloth's kernels under the same trainer."""
    named = name_for("unsloth", run.rows.template)
    ask = f"\n\nAsk the tuned model by get_chat_template(tokenizer, {named!r}).\n" if named else ""
    return {"train_unsloth.py": _UNSLOTH.format(**_fields(run, _LABELLED, ""), ask=ask)}


def _fields(run: FullRun, returned: str, more_settings: str) -> dict[str, object]:
    row = _CARRIED if run.rows.with_ids else _CUT
    four = _FOUR_BIT.format(half=run.half, kind=run.about.builder, double=run.about.double_quant)
    quantization = {4: four, 8: "BitsAndBytesConfig(load_in_8bit=True)", None: "None"}[run.bits]
    fields: dict[str, object] = {
        "rows": row.replace("{returned}", returned) + _ROWS,
        "train": repr(TRAIN),
        "held_out": _HELD_OUT.format(file=HELD_OUT) if run.rows.held_out else "None",
        "model": repr(run.model),
        "quantization": quantization,
        "four": run.bits == 4,
        "eight": run.bits == 8,
        "rank": run.rank,
        "alpha": run.alpha,
        "dropout": run.dropout,
        "targets": repr(list(run.targets)) if run.targets else '"all-linear"',
        "named_targets": repr(list(run.targets) or _LLAMA_LAYERS),
        "length": run.length,
        "micro_batch": run.micro_batch,
        "accumulation": run.accumulation,
        "rate": repr(run.rate),
        "epochs": repr(run.epochs),
        "seed": run.seed,
        "half": run.half,
        "output": repr(run.output),
    }
    held = _HELD_SETTINGS.format(**fields) if run.rows.held_out else ""
    more = more_settings.replace("{short}", run.short) + held
    return fields | {"settings": _SETTINGS.format(**fields, more=more)}


_CUT = '''def row(example):
    """A row in pieces as ids: each is cut by itself, and the answers with their ends are trained on."""
    ids, labels = [], []
    for piece in example["segments"]:
        cut = tokenizer.encode(piece["text"], add_special_tokens=False)
        ids += cut
        labels += cut if piece["label"] else [-100] * len(cut)
    return {returned}
'''
_CARRIED = '''def row(example):
    """The rows carry their ids: this tokenizer cuts some pieces otherwise by themselves."""
    ids, labels = example["input_ids"], example["labels"]
    return {returned}
'''
_ROWS = """

def rows(file):
    data = load_dataset("json", data_files=str(HERE / file), split="train")
    return data.map(row, remove_columns=data.column_names)
"""
_LABELLED = '{"input_ids": ids, "labels": labels}'
"""What Unsloth's trainer looks for."""
_MASKED = '{"input_ids": ids, "completion_mask": [int(label != -100) for label in labels]}'
"""What TRL's trainer looks for in every version; only later ones read labels."""
_HELD_OUT = 'rows("{file}")'
_HELD_SETTINGS = """    eval_strategy="epoch",
    per_device_eval_batch_size={micro_batch},
"""

_FOUR_BIT = """BitsAndBytesConfig(
    load_in_4bit=True,
    bnb_4bit_quant_type="{kind}",
    bnb_4bit_use_double_quant={double},
    bnb_4bit_compute_dtype=torch.{half},
)"""

_SETTINGS = """settings = SFTConfig(
    output_dir={output},
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
_MORE_FOR_TRL = """    completion_only_loss=True,
    gradient_checkpointing=True,
    {short}=torch.cuda.is_available(),
"""
"""What Unsloth settles by itself."""

_TRL = '''"""Written by basefit from a measured trial: its rows, batch, length and rate."""

from pathlib import Path

import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

HERE = Path(__file__).parent
tokenizer = AutoTokenizer.from_pretrained({model})


{rows}

quantization = {quantization}
model = AutoModelForCausalLM.from_pretrained(
    {model}, dtype=torch.{half}, quantization_config=quantization
)
adapter = LoraConfig(
    task_type="CAUSAL_LM", r={rank}, lora_alpha={alpha}, lora_dropout={dropout}, target_modules={targets}
)
{settings}trainer = SFTTrainer(
    model=model,
    args=settings,
    train_dataset=rows({train}),
    eval_dataset={held_out},
    peft_config=adapter,
    processing_class=tokenizer,
)
trainer.train()
trainer.save_model()
'''

_UNSLOTH = '''"""Written by basefit from a measured trial: its rows, batch, length and rate.{ask}"""

from unsloth import FastLanguageModel  # first: it patches what is imported after it

from pathlib import Path

from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

HERE = Path(__file__).parent
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


{rows}

{settings}trainer = SFTTrainer(
    model=model,
    args=settings,
    train_dataset=rows({train}),
    eval_dataset={held_out},
    processing_class=tokenizer,
)
trainer.train()
model.save_pretrained({output})
'''
