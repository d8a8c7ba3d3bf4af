"""The extension tried: train the model a little with and without it, and compare bits per byte.

Every variant takes the same steps of the same number of tokens (or the same minutes), from the same text
in the same order; bits per byte are of the same held-out text, so vocabularies can be compared. The model
without a new piece is the control. The extended ones read more text in those steps: that is what the
extension is for.
"""

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM

from catalog.problem import Problem
from probes.chatglm import is_chatglm
from probes.chatglm.loading import load_model
from probes.jobs.events import Emit
from probes.machine.torch_device import device_of
from probes.tokenization.base import TextTokenizer
from probes.training.settings import CLIP, RATE, RATE_WIDTH
from probes.vocabulary.corpus import Parts
from probes.vocabulary.distillation import Distilled, distil, find_snippets, passes_over
from probes.vocabulary.embeddings import Rows, extend_embeddings
from probes.vocabulary.extension import Merged
from probes.vocabulary.job import Try, VocabularyJob

HIGHEST_RATE = 2e-3
UNEXTENDED, DISTILLED = "unextended", "distilled"
_SHARE = 0.5
"""Of a budget of minutes that distillation may take."""


@dataclass(frozen=True)
class Point:
    """Bits per byte of the held-out text after `steps`, having read `tokens` of `bytes` of text.

    `seconds` are of training and of distillation before it; scoring is not counted.
    """

    steps: int
    tokens: int
    bytes: int
    bits_per_byte: float
    seconds: float


def compare_trained(
    job: VocabularyJob, base: TextTokenizer, merged: Merged, parts: Parts, emit: Emit
) -> dict[str, Any]:
    """Train each variant, measuring on the way. Problems: vocabulary-try-corpus, those of `load_whole`."""
    settings = job.try_ or Try()
    held_out = _first_bytes(parts.held_out, settings.held_out_bytes)
    rows = []
    for index, variant in enumerate(settings.variants):
        tokenizer = base if variant == UNEXTENDED else merged.tokenizer
        windows = _windows(tokenizer, parts.train, settings)
        model = load_whole(Path(job.target), job.device)
        distilled = None
        if variant != UNEXTENDED:
            until = settings.minutes * 60 * _SHARE if settings.minutes else None
            distilled = begin(model, base, merged, variant, parts.train, job, emit, until)
        points = []
        spent = distilled.seconds if distilled else 0.0
        for done, point in train(model, tokenizer, windows, held_out, settings, spent):
            points.append(point)
            emit.progress("try", index + done, len(settings.variants), "variants", variant)
        row = {"variant": variant, "points": [vars(point) for point in points]}
        rows.append(row | ({"distilled": vars(distilled)} if distilled else {}))
    return {
        "steps": settings.steps,
        "minutes": settings.minutes,
        "tokens_per_step": settings.batch * settings.window,
        "rate": rate_for(_width(model), settings.rate),
        "held_out_bytes": sum(len(text.encode()) for text in held_out),
        "added": len(merged.added),
        "variants": rows,
    }


def load_whole(directory: Path, device: str) -> Any:
    """The model in float32. Problems: those of loading a ChatGLM."""
    model: Any
    if is_chatglm(directory):
        model = load_model(directory, torch.float32)
    else:
        model = AutoModelForCausalLM.from_pretrained(
            directory, dtype=torch.float32, trust_remote_code=False, local_files_only=True
        )
    return model.to(device_of(device))


def begin(
    model: Any,
    base: TextTokenizer,
    merged: Merged,
    how: str,
    texts: Sequence[str],
    job: VocabularyJob,
    emit: Emit,
    until: float | None = None,
) -> Distilled | None:
    """Give a loaded model its new rows, as `how` of probes.vocabulary.job.EMBEDDINGS says.

    Distilled rows begin as means; `until` is how many seconds that may take.
    """
    extend_embeddings(model, Rows(merged, "mean" if how == DISTILLED else how, job.seed))
    if how != DISTILLED:
        return None
    snippets = find_snippets(merged, texts, job.snippets, job.seed)
    return distil(
        model,
        base,
        merged,
        snippets,
        passes_over(snippets),
        until,
        lambda done, total: emit.progress("distil", done, total, "snippets"),
    )


def rate_for(width: int, given: float) -> float:
    """The learning rate: the one given, else scaled up for models narrower than 4,096."""
    return given or min(HIGHEST_RATE, RATE * RATE_WIDTH / width)


def train(
    model: Any,
    tokenizer: TextTokenizer,
    windows: Sequence[tuple[list[int], int]],
    held_out: Sequence[str],
    settings: Try,
    spent: float = 0.0,
) -> Iterator[tuple[float, Point]]:
    """Full training with AdamW and a linear decay; a point before the first step and evenly after.

    `spent` are seconds used up before. Each point comes with how much of the training is done.
    """
    rate = rate_for(_width(model), settings.rate)
    device = next(model.parameters()).device
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.95), weight_decay=0.0)
    budget = max((settings.minutes or 0.0) * 60 - spent, 1e-9)
    steps = settings.steps
    tokens = size = told = 0
    seconds = done = 0.0
    for step in count():
        due = int(done * max(settings.points - 1, 1) + 1e-9) + 1
        if due > told:
            score = bits_per_byte(model, tokenizer, held_out, settings.window)
            # A step so long that it passes several places counts at each: variants have as many points.
            yield from [(done, Point(step, tokens, size, score, spent + seconds))] * (due - told)
            told = due
        if done >= 1:
            return
        began = time.monotonic()
        places = range(step * settings.batch, (step + 1) * settings.batch)
        chosen = [windows[place % len(windows)] for place in places]
        ids = torch.tensor([window for window, _ in chosen], device=device)
        warm = 20 * (done + 1 / steps) if settings.minutes is None else 20 * done + 0.1
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, warm) * max(0.1, 1 - done)
        model.train()
        logits = model(input_ids=ids).logits[:, :-1].float()
        loss = cross_entropy(logits.reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        tokens += ids.numel()
        size += sum(length for _, length in chosen)
        seconds += time.monotonic() - began
        done = min(1.0, seconds / budget) if settings.minutes else (step + 1) / steps


@torch.no_grad()
def bits_per_byte(model: Any, tokenizer: TextTokenizer, texts: Sequence[str], window: int) -> float:
    """-Σ log2 p / bytes over all tokens of `texts`, each window with the family's prefix in front."""
    model.eval()
    device = next(model.parameters()).device
    prefix = list(tokenizer.prefix_ids)
    total, size = 0.0, 0
    for text in texts:
        ids = tokenizer.encode(text)
        size += len(text.encode())
        for start in range(0, len(ids), window):
            part = ids[start : start + window]
            # Without a prefix the first token of a window is scored after the last of the one before.
            head = prefix or ids[max(start - 1, 0) : max(start, 1)]
            scored = torch.tensor([[*head, *(part if prefix or start else part[1:])]], device=device)
            if scored.shape[1] < 2:
                continue
            logits = model(input_ids=scored).logits[0, len(head) - 1 : -1].float()
            total += float(cross_entropy(logits, scored[0, len(head) :], reduction="sum"))
    return total / math.log(2) / size


def _windows(tokenizer: TextTokenizer, texts: Sequence[str], settings: Try) -> list[tuple[list[int], int]]:
    """Windows of tokens, shuffled by the seed, each with the bytes it holds."""
    stream = [token for ids in tokenizer.encode_batch(list(texts)) for token in ids]
    prefix = list(tokenizer.prefix_ids)
    length = settings.window - len(prefix)
    windows = [stream[i : i + length] for i in range(0, len(stream) - length + 1, length)]
    if not windows:
        raise Problem("vocabulary-try-corpus", tokens=len(stream), needed=length)
    random.Random(settings.seed).shuffle(windows)
    needed = settings.steps * settings.batch
    chosen = windows if settings.minutes else windows[:needed]
    return [([*prefix, *ids], sum(map(len, tokenizer.pieces(ids)))) for ids in chosen]


def _first_bytes(texts: Sequence[str], most: int) -> list[str]:
    """Whole texts up to about `most` bytes; the first one at least, cut to that size."""
    kept, size = [], 0
    for text in texts:
        if size >= most:
            break
        kept.append(text[: max(most - size, 1)])
        size += len(kept[-1].encode())
    return kept


def _width(model: Any) -> int:
    return int(model.config.get_text_config().hidden_size)
