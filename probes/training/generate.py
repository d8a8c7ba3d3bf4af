"""Answers of the model, tuned or not, by greedy decoding."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch
from peft import PeftModel
from torch import Tensor

from probes.training.adapter import advance
from probes.training.model import Loaded

BATCH = 16


def generate(
    loaded: Loaded, model: PeftModel, prompts: Sequence[Sequence[int]], new_tokens: int, *, tuned: bool
) -> list[list[int]]:
    """Ids after each prompt, up to the end token; `tuned` False asks the model without its adapter."""
    model.eval()
    base: Any = model.get_base_model()
    base.gradient_checkpointing_disable()
    size = 1 if loaded.one_at_a_time else BATCH
    # Positions are numbered from the first virtual token on, padding included: there none may be put.
    virtual = bool(model.active_peft_config.is_prompt_learning)
    one_batch = _after_virtual_tokens if virtual and tuned else _batch
    answers: list[list[int]] = [[] for _ in prompts]
    with torch.no_grad(), nullcontext() if tuned else model.disable_adapter():
        for group in _groups([len(prompt) for prompt in prompts], size, not virtual):
            found = one_batch(loaded, model, [prompts[index] for index in group], new_tokens)
            for index, ids in zip(group, found, strict=True):
                answers[index] = ids
    return answers


def _groups(lengths: Sequence[int], size: int, padded: bool) -> list[list[int]]:
    """Indices of like length, at most `size` together; of equal length where nothing may be padded."""
    groups: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        last = groups[-1] if groups else []
        if last and len(last) < size and (padded or lengths[last[0]] == lengths[index]):
            last.append(index)
        else:
            groups.append([index])
    return groups


def _batch(
    loaded: Loaded, model: PeftModel, prompts: Sequence[Sequence[int]], new_tokens: int
) -> list[list[int]]:
    """Padded on the left, so that every row goes on from its own end."""
    longest = max(len(prompt) for prompt in prompts)
    ids = torch.zeros(len(prompts), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, longest - len(prompt) :] = torch.tensor(prompt)
        mask[row, longest - len(prompt) :] = 1
    settings: dict[str, Any] = {
        "max_new_tokens": min(new_tokens, max(1, loaded.context - longest)),
        "do_sample": False,
        "num_beams": 1,
        "use_cache": True,
        "eos_token_id": loaded.end_id,
        "pad_token_id": loaded.end_id if loaded.end_id is not None else 0,
    }
    with loaded.autocast():
        base: Any = model.get_base_model()
        out = base.generate(
            input_ids=ids.to(loaded.device), attention_mask=mask.to(loaded.device), **settings
        )
    return [_up_to(loaded.end_id, row[longest:]) for row in out.tolist()]


def _after_virtual_tokens(
    loaded: Loaded, model: PeftModel, prompts: Sequence[Sequence[int]], new_tokens: int
) -> list[list[int]]:
    """For prompts of one length: the likeliest token each time, the virtual ones before the first."""
    ids = torch.tensor([list(prompt) for prompt in prompts], device=loaded.device)
    room = max(1, loaded.context - ids.shape[1])
    chosen: list[Tensor] = []
    past: Any = None
    with loaded.autocast():
        while len(chosen) < min(new_tokens, room):
            states, past = advance(model, ids, past, keep=True)
            ids = loaded.head(states[:, -1]).argmax(-1, keepdim=True)
            chosen.append(ids)
            if loaded.end_id is not None and bool((torch.cat(chosen, 1) == loaded.end_id).any(1).all()):
                break
    return [_up_to(loaded.end_id, row) for row in torch.cat(chosen, 1).tolist()]


def _up_to(end: int | None, row: list[int]) -> list[int]:
    return row[: row.index(end)] if end is not None and end in row else row
