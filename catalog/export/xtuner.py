"""A configuration for xtuner: the trial's rows as ids, the trial's numbers."""

from catalog.export.full_run import FullRun
from catalog.export.rows import TRAIN
from catalog.export.templates import name_for


def xtuner(run: FullRun) -> dict[str, str]:
    """`train_xtuner.py` for `xtuner train`, of xtuner 0.2."""
    named = name_for("xtuner", run.rows.template)
    ask = f"\n    xtuner chat {run.model} --adapter ADAPTER --prompt-template {named}" if named else ""
    return {
        "train_xtuner.py": _XTUNER.format(
            ask=ask,
            train=repr(TRAIN),
            model=repr(run.model),
            output=repr(run.output),
            quantization=_quantization(run),
            targets=repr(list(run.targets) or None),
            rank=run.rank,
            alpha=run.alpha,
            dropout=run.dropout,
            length=run.length,
            micro_batch=run.micro_batch,
            accumulation=run.accumulation,
            rate=repr(run.rate),
            epochs=max(1, round(run.epochs)),
            seed=run.seed,
            half=run.half,
        )
    }


def _quantization(run: FullRun) -> str:
    """As xtuner builds it: the class and its arguments."""
    if not run.bits:
        return "None"
    four = (
        f'load_in_4bit=True, bnb_4bit_quant_type="{run.about.builder}", '
        f"bnb_4bit_use_double_quant={run.about.double_quant}, bnb_4bit_compute_dtype=torch.{run.half}"
    )
    return f"dict(type=BitsAndBytesConfig, {four if run.bits == 4 else 'load_in_8bit=True'})"


_XTUNER = '''"""Written by basefit from a measured trial: its rows, batch, length and rate.

    xtuner train train_xtuner.py{ask}
"""

import torch
from datasets import load_dataset
from mmengine.dataset import DefaultSampler
from mmengine.hooks import (
    CheckpointHook,
    DistSamplerSeedHook,
    IterTimerHook,
    LoggerHook,
    ParamSchedulerHook,
)
from mmengine.optim import AmpOptimWrapper, LinearLR
from peft import LoraConfig
from torch.optim import AdamW
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from xtuner.dataset import process_hf_dataset
from xtuner.dataset.collate_fns import default_collate_fn
from xtuner.engine.hooks import DatasetInfoHook
from xtuner.engine.runner import TrainLoop
from xtuner.model import SupervisedFinetune

pretrained_model_name_or_path = {model}
work_dir = {output}

tokenizer = dict(
    type=AutoTokenizer.from_pretrained,
    pretrained_model_name_or_path=pretrained_model_name_or_path,
    padding_side="right",
)
model = dict(
    type=SupervisedFinetune,
    llm=dict(
        type=AutoModelForCausalLM.from_pretrained,
        pretrained_model_name_or_path=pretrained_model_name_or_path,
        torch_dtype=torch.{half},
        quantization_config={quantization},
    ),
    lora=dict(
        type=LoraConfig,
        r={rank},
        lora_alpha={alpha},
        lora_dropout={dropout},
        target_modules={targets},
        bias="none",
        task_type="CAUSAL_LM",
    ),
)

train_dataset = dict(
    type=process_hf_dataset,
    dataset=dict(type=load_dataset, path="json", data_files={train}),
    do_dataset_tokenization=False,
    max_length={length},
    remove_unused_columns=True,
    pack_to_max_length=False,
)
train_dataloader = dict(
    batch_size={micro_batch},
    num_workers=0,
    dataset=train_dataset,
    sampler=dict(type=DefaultSampler, shuffle=True),
    collate_fn=dict(type=default_collate_fn),
)

optim_wrapper = dict(
    type=AmpOptimWrapper,
    optimizer=dict(type=AdamW, lr={rate}, weight_decay=0),
    clip_grad=dict(max_norm=1, error_if_nonfinite=False),
    accumulative_counts={accumulation},
    loss_scale="dynamic",
    dtype="{half}",
)
param_scheduler = [dict(type=LinearLR, start_factor=0.1, by_epoch=False, begin=0, end=10)]
train_cfg = dict(type=TrainLoop, max_epochs={epochs})

custom_hooks = [dict(type=DatasetInfoHook, tokenizer=tokenizer)]
default_hooks = dict(
    timer=dict(type=IterTimerHook),
    logger=dict(type=LoggerHook, log_metric_by_epoch=False, interval=10),
    param_scheduler=dict(type=ParamSchedulerHook),
    checkpoint=dict(type=CheckpointHook, by_epoch=True, interval=1),
    sampler_seed=dict(type=DistSamplerSeedHook),
)
env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
visualizer = None
log_level = "INFO"
load_from = None
resume = False
randomness = dict(seed={seed}, deterministic=False)
log_processor = dict(by_epoch=False)
'''
