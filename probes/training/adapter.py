"""The PEFT methods: what is attached to the frozen model, and how states pass through it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from peft import (
    AdaLoraConfig,
    LoraConfig,
    PeftConfig,
    PeftModel,
    PrefixTuningConfig,
    PromptEncoderConfig,
    PromptTuningConfig,
    get_peft_model,
)
from torch import Tensor, nn
from transformers import PreTrainedModel

from catalog.files import written_folder
from catalog.problem import Problem
from probes.quantize.transformers_levels import forbid_repacking
from probes.shapes.layers import decoder_of, senses_of
from probes.training.model import Loaded
from probes.training.settings import METHODS, Settings

VIRTUAL = ("prefix", "prompt", "p-tuning")
"""Methods that put trained virtual tokens before the text and leave every layer as it is."""


def attach(loaded: Loaded, settings: Settings) -> PeftModel:
    """A fresh adapter, seeded, on the loaded model. Its parameters are float32.

    Problems: method-unknown; targets-missing; run-too-short, where adalora has no steps to allocate its
    ranks in.
    """
    settings = replace(settings, targets=targets_in(loaded.model, settings.targets))
    torch.manual_seed(settings.seed)
    configuration = _configuration(settings, loaded.width)
    if isinstance(configuration, LoraConfig) and (left := _left_alone(loaded.model)):
        configuration.exclude_modules = left
    model = get_peft_model(loaded.model, configuration)
    forbid_repacking(model)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return model


def _left_alone(model: PreTrainedModel) -> list[str]:
    """Linear modules that get no adapter: a wrapper's other senses, and routers, which give no states."""
    senses = senses_of(model, decoder_of(model))
    seen = {id(module) for sense in senses for module in sense.modules()}
    linear = ((name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear))
    return [name for name, part in linear if id(part) in seen or "Router" in type(part).__name__]


def targets_in(model: nn.Module, wanted: Sequence[str]) -> tuple[str, ...]:
    """The names under which this model has the linear layers that are wanted; none wanted are all.

    q_proj, k_proj and v_proj may be one fused layer, and o_proj goes by several names. Problem
    targets-missing, with the names there are.
    """
    names = {name.rpartition(".")[2] for name, part in model.named_modules() if isinstance(part, nn.Linear)}
    found: list[str] = []
    for name in wanted:
        same = next((other for other in (name, *_ALSO.get(name, ())) if other in names), None)
        if same is None:
            raise Problem("targets-missing", name=name, known=", ".join(sorted(names)))
        found.append(same)
    return tuple(dict.fromkeys(found))


_FUSED = ("query_key_value", "qkv_proj", "Wqkv", "wqkv", "W_pack", "c_attn")
_ALSO = dict.fromkeys(("q_proj", "k_proj", "v_proj"), _FUSED) | {
    "o_proj": ("dense", "out_proj", "wo", "c_proj")
}
"""Other names of the attention's projections: GLM, Phi-3, MPT, InternLM, Baichuan, GPT-2 and their kin."""


def _configuration(settings: Settings, width: int) -> PeftConfig:
    kind: dict[str, Any] = {"task_type": "CAUSAL_LM"}
    virtual = kind | {"num_virtual_tokens": settings.virtual_tokens}
    if settings.method in ("qlora", "lora"):
        return LoraConfig(
            r=settings.rank,
            lora_alpha=settings.alpha,
            lora_dropout=settings.dropout,
            target_modules=list(settings.targets) or "all-linear",
            **kind,
        )
    if settings.method == "adalora":
        return _adalora(settings)
    if settings.method == "prefix":
        return PrefixTuningConfig(**virtual)
    if settings.method == "prompt":
        return PromptTuningConfig(**virtual)
    if settings.method == "p-tuning":
        return PromptEncoderConfig(encoder_hidden_size=width, **virtual)
    raise Problem("method-unknown", method=settings.method, known=", ".join(METHODS))


def _adalora(settings: Settings) -> PeftConfig:
    """Half as many ranks again to begin with, given back between the first tenth and the last quarter."""
    steps = settings.steps
    first, last = max(1, steps // 10), max(1, steps // 4)
    if steps <= first + last:
        raise Problem("run-too-short", method="adalora", steps=steps, needed=first + last + 1)
    return AdaLoraConfig(
        task_type="CAUSAL_LM",
        init_r=settings.rank * 3 // 2,
        target_r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=list(settings.targets) or "all-linear",
        total_step=steps,
        tinit=first,
        tfinal=last,
    )


def detach(model: PeftModel, settings: Settings) -> None:
    """Take the adapter off again; the frozen model is as it was."""
    if settings.method not in VIRTUAL:
        model.unload()


def states_of(model: PeftModel, ids: Tensor) -> Tensor:
    """Token ids [batch, length] -> hidden states [batch, length, width], the adapter in force."""
    return advance(model, ids)[0]


def untuned_states_of(model: PeftModel, ids: Tensor) -> Tensor:
    """The same of the frozen model alone, whatever adapter it wears."""
    base: Any = model.get_base_model()
    with model.disable_adapter():
        states: Tensor = decoder_of(base)(input_ids=ids, use_cache=False).last_hidden_state
    return states


def advance(model: PeftModel, ids: Tensor, past: Any = None, *, keep: bool = False) -> tuple[Tensor, Any]:
    """Token ids [batch, length] -> (hidden states [batch, length, width], the cache to go on from).

    `past` is the cache of the columns before; without it these are the first, and virtual tokens go before
    them. `keep` says whether more will follow. PEFT's own generation puts virtual tokens before every
    column from transformers 5.24 on, where the cache has another name.
    """
    base: Any = model.get_base_model()
    decoder, virtual = decoder_of(base), 0
    kind = str(model.active_peft_config.peft_type.value)
    entry: dict[str, Tensor] = {"input_ids": ids}
    if past is None and kind == "PREFIX_TUNING":
        past = model.get_prompt(batch_size=len(ids))
    elif past is None and kind in ("PROMPT_TUNING", "P_TUNING"):
        embedded = base.get_input_embeddings()(ids)
        prompt = model.get_prompt(batch_size=len(ids)).to(embedded.dtype)
        entry, virtual = {"inputs_embeds": torch.cat((prompt, embedded), 1)}, prompt.shape[1]
    out = decoder(**entry, past_key_values=past, use_cache=keep or past is not None)
    return out.last_hidden_state[:, virtual:], out.past_key_values


def penalty(model: PeftModel) -> Tensor | None:
    """AdaLoRA's orthogonality term (arXiv:2303.10512, equation 4) with its weight; None for others.

    PEFT adds it in the forward pass of the whole model, which is not used here.
    """
    settings = model.active_peft_config
    if settings.peft_type.value != "ADALORA":
        return None
    terms = []
    for name, parameter in model.named_parameters():
        if "lora_A" in name or "lora_B" in name:
            square = parameter @ parameter.T if "lora_A" in name else parameter.T @ parameter
            unit = torch.eye(*square.shape, device=square.device, dtype=square.dtype)
            terms.append(torch.linalg.matrix_norm(square - unit))
    total: Tensor = settings.orth_reg_weight * torch.stack(terms).mean()
    return total


def after_step(model: PeftModel, step: int) -> None:
    """AdaLoRA's ranks are given back here, while gradients are still there; nothing for the others."""
    if model.active_peft_config.peft_type.value == "ADALORA":
        tuner: Any = model.base_model
        tuner.update_and_allocate(step)


def save(model: PeftModel, folder: Path, card: str) -> None:
    """Write the adapter so that `PeftModel.from_pretrained` loads it, and its card; whole, or not at all.

    Problems: disk-full; what lay there before is then still there.
    """
    with written_folder(folder) as fresh:
        model.save_pretrained(str(fresh), save_embedding_layers=False)
        (fresh / "README.md").write_text(card, encoding="utf-8")
