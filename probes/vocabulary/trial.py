"""The extension tried: train the model a little with and without it, and compare bits per byte.

Every variant takes the same steps of the same number of tokens, from the same text in the same order;
bits per byte are of the same held-out text, so vocabularies can be compared. The extended ones read
more text in those steps: that is what the extension is for.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM

from catalog.problem import Problem
from probes.jobs.events import Emit
from probes.tokenization.base import TextTokenizer
from probes.vocabulary.corpus import Parts
from probes.vocabulary.extension import Merged
from probes.vocabulary.job import Try

REFERENCE_WIDTH, REFERENCE_RATE, HIGHEST_RATE = 4096, 2e-4, 2e-3


@dataclass(frozen=True)
class Point:
    """Bits per byte of the held-out text after `steps`, having read `tokens` of `bytes` of text."""

    steps: int
    tokens: int
    bytes: int
    bits_per_byte: float


def compare_trained(
    directory: Path, base: TextTokenizer, merged: Merged, parts: Parts, settings: Try, emit: Emit
) -> dict[str, Any]:
    """Train each variant, measuring on the way. Problems: vocabulary-try-target, vocabulary-try-corpus."""
    if not (directory / "config.json").is_file():
        raise Problem("vocabulary-try-target", path=str(directory))
    held_out = _first_bytes(parts.held_out, settings.held_out_bytes)
    rows = []
    for index, variant in enumerate(settings.variants):
        tokenizer = base if variant == "unextended" else merged.tokenizer
        windows = _windows(tokenizer, parts.train, settings)
        model = _load(directory).to(settings.device)
        if variant != "unextended":
            extend_embeddings(model, base, merged, variant, settings.seed)
        points = []
        for point in train(model, tokenizer, windows, held_out, settings):
            points.append(point)
            done = index * settings.steps + point.steps
            emit.progress("try", done, settings.steps * len(settings.variants), "steps", variant)
        rows.append({"variant": variant, "points": [vars(point) for point in points]})
    return {
        "steps": settings.steps,
        "tokens_per_step": settings.batch * settings.window,
        "rate": rate_for(_width(directory), settings.rate),
        "held_out_bytes": sum(len(text.encode()) for text in held_out),
        "added": len(merged.added),
        "variants": rows,
    }


def rate_for(width: int, given: float) -> float:
    """The learning rate: the one given, else scaled up for models narrower than 4,096."""
    return given or min(HIGHEST_RATE, REFERENCE_RATE * REFERENCE_WIDTH / width)


def extend_embeddings(
    model: Any, base: TextTokenizer, merged: Merged, initialisation: str, seed: int
) -> None:
    """Rows for the new pieces, in the embedding and the head.

    `mean`: of the rows of the base tokens that the piece is cut into. `random`: normal, with the
    deviation of the old rows.
    """
    tables = [model.get_input_embeddings().weight]
    head = model.get_output_embeddings()
    if head is not None and head.weight is not tables[0]:
        tables.append(head.weight)
    old = [table.detach().clone() for table in tables]
    first = base.vocab_size
    model.resize_token_embeddings(max(first + len(merged.added), old[0].shape[0]), mean_resizing=False)
    tables = [model.get_input_embeddings().weight]
    if len(old) == 2:
        tables.append(model.get_output_embeddings().weight)
    parts = merged.parts()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for table, before in zip(tables, old, strict=True):
            deviation = float(before[:first].std())
            for index, ids in enumerate(parts):
                if initialisation == "mean":
                    row = before[ids].mean(0)
                else:
                    row = torch.randn(before.shape[1], generator=generator) * deviation
                table[first + index] = row.to(table.device, table.dtype)


def train(
    model: Any,
    tokenizer: TextTokenizer,
    windows: Sequence[tuple[list[int], int]],
    held_out: Sequence[str],
    settings: Try,
) -> Iterator[Point]:
    """Full training with AdamW and a linear decay; a point before the first step and evenly after."""
    rate = rate_for(model.config.hidden_size, settings.rate)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.95), weight_decay=0.0)
    warm = max(1, settings.steps // 20)
    at = {round(settings.steps * part / max(settings.points - 1, 1)) for part in range(settings.points)}
    tokens = size = 0
    yield Point(0, 0, 0, bits_per_byte(model, tokenizer, held_out, settings.window))
    for step in range(settings.steps):
        chosen = windows[step * settings.batch : (step + 1) * settings.batch]
        ids = torch.tensor([window for window, _ in chosen], device=settings.device)
        scale = min(1.0, (step + 1) / warm) * max(0.1, 1 - step / settings.steps)
        for group in optimizer.param_groups:
            group["lr"] = rate * scale
        model.train()
        logits = model(input_ids=ids).logits[:, :-1].float()
        loss = cross_entropy(logits.reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        tokens += ids.numel()
        size += sum(length for _, length in chosen)
        if step + 1 in at:
            score = bits_per_byte(model, tokenizer, held_out, settings.window)
            yield Point(step + 1, tokens, size, score)


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
    """Windows of tokens for all steps, shuffled by the seed, each with the bytes it holds."""
    stream = [token for ids in tokenizer.encode_batch(list(texts)) for token in ids]
    prefix = list(tokenizer.prefix_ids)
    length = settings.window - len(prefix)
    windows = [stream[i : i + length] for i in range(0, len(stream) - length + 1, length)]
    if not windows:
        raise Problem("vocabulary-try-corpus", tokens=len(stream), needed=length)
    random.Random(settings.seed).shuffle(windows)
    needed = settings.steps * settings.batch
    chosen = (windows * (needed // len(windows) + 1))[:needed]
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


def _width(directory: Path) -> int:
    from transformers import AutoConfig

    return int(AutoConfig.from_pretrained(directory, trust_remote_code=False).hidden_size)


def _load(directory: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, trust_remote_code=False, local_files_only=True
    )
