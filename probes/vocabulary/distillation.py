"""New pieces learnt from what a model makes of their old cutting (Token Distillation, arXiv:2505.20133).

The model reads a snippet cut the old way and cut with the new pieces. Where both cuttings have read the
same text, its last states should be the same: their mean squared distance is made smaller. States say
nothing of a head: its rows learn from the nats of the next token, cut with the new pieces, as in the
authors' code. Only the rows of new pieces learn; old rows and all layers stay to the bit, and so the
model being taught is its own teacher.
"""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, mse_loss

from probes.shapes.layers import decoder_of
from probes.tokenization.base import TextTokenizer
from probes.training.model import OutputHead
from probes.training.settings import CLIP, RATE_WIDTH
from probes.vocabulary.embeddings import tables_of
from probes.vocabulary.extension import Merged

RATE = 1e-4
"""At width 4,096, as in the paper; narrower models take more in proportion."""
SNIPPET_TOKENS = 50
BATCH = 16
LEAST_STEPS, MOST_PASSES = 200, 10
"""Where a text has few snippets they are read again, up to so many times. Our own line."""
_NEXT = 4
"""The nats of every fourth token are taken: a head is most of the work, and the mean is the same."""


@dataclass(frozen=True)
class Snippet:
    """The same text as ids of the extended and of the base tokenizer, without a prefix.

    `ends[i]` is how many base tokens the first i + 1 new ones stand for.
    """

    new: list[int]
    old: list[int]
    ends: list[int]


@dataclass
class Distilled:
    """What it took: tokens read in both cuttings, seconds."""

    snippets: int = 0
    tokens: int = 0
    seconds: float = 0.0


def find_snippets(merged: Merged, texts: Sequence[str], most: int, seed: int) -> list[Snippet]:
    """Snippets of 50 tokens, in an order drawn by the seed: up to `most` of each new piece.

    The pieces that stand in the fewest come first, and what is taken for them counts for the others.
    """
    parts = dict(enumerate(merged.parts(), start=merged.first))
    windows = [
        ids[start : start + SNIPPET_TOKENS]
        for ids in merged.tokenizer.encode_batch(list(texts))
        for start in range(0, len(ids) - SNIPPET_TOKENS + 1, SNIPPET_TOKENS)
    ]
    random.Random(seed).shuffle(windows)
    holding: dict[int, list[int]] = defaultdict(list)
    for index, window in enumerate(windows):
        for token in parts.keys() & set(window):
            holding[token].append(index)
    taken: set[int] = set()
    seen: Counter[int] = Counter()
    for token, found in sorted(holding.items(), key=lambda item: (len(item[1]), item[0])):
        for index in found:
            if seen[token] >= most:
                break
            if index not in taken:
                taken.add(index)
                seen.update(parts.keys() & set(windows[index]))
    return [_snippet(windows[index], parts) for index in sorted(taken)]


def passes_over(snippets: Sequence[Snippet]) -> int:
    """How often they are read."""
    return min(MOST_PASSES, max(1, -(-LEAST_STEPS * BATCH // max(1, len(snippets)))))


def distil(
    model: Any,
    base: TextTokenizer,
    merged: Merged,
    snippets: Sequence[Snippet],
    passes: int = 1,
    until: float | None = None,
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> Distilled:
    """Train the new rows of `model`, which has room for them, `passes` times over the snippets.

    `until`: seconds after which it ends. Warm-up and linear decay as in a trial of the vocabulary.
    """
    spent, began = Distilled(), time.monotonic()
    asked = [parameter.requires_grad for parameter in model.parameters()]
    model.requires_grad_(False)
    model.eval()
    tables = [table for table, _ in tables_of(model)]
    hooks = [table.requires_grad_().register_hook(_new_rows_only(merged.first)) for table in tables]
    rate = RATE * RATE_WIDTH / model.config.get_text_config().hidden_size
    optimizer = torch.optim.AdamW(tables, lr=rate, betas=(0.9, 0.95), weight_decay=0.0)
    lesson = _Lesson(model, list(base.prefix_ids))
    total = passes * len(snippets)
    batches = chain.from_iterable(repeat(range(0, len(snippets), BATCH), passes))
    for start in batches:
        done = max(spent.snippets / total, spent.seconds / until if until else 0.0)
        if done >= 1:
            break
        batch = snippets[start : start + BATCH]
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, 20 * (done + BATCH / total)) * max(0.1, 1 - done)
        lesson.loss(batch, start).backward()
        torch.nn.utils.clip_grad_norm_(tables, CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        spent.snippets += len(batch)
        spent.tokens += sum(len(one.new) + len(one.old) for one in batch)
        spent.seconds = time.monotonic() - began
        watch(spent.snippets, total)
    for hook in hooks:
        hook.remove()
    for parameter, wanted in zip(model.parameters(), asked, strict=True):
        parameter.requires_grad_(wanted)
    return spent


class _Lesson:
    """What the model should make of snippets, and what it makes of them."""

    def __init__(self, model: Any, prefix: list[int]) -> None:
        self._decoder = decoder_of(model)
        self._head = OutputHead(model.get_output_embeddings(), model.config.get_text_config())
        self._prefix = prefix
        self._device = next(model.parameters()).device

    def loss(self, batch: Sequence[Snippet], start: int) -> Tensor:
        """Mean squared distance of states, and nats a token of a quarter of the places."""
        before = len(self._prefix)
        rows = [row for row, one in enumerate(batch) for _ in one.new]
        places = [before + place for one in batch for place in range(len(one.new))]
        ends = [before + end - 1 for one in batch for end in one.ends]
        with torch.no_grad():
            wanted = self._states([one.old for one in batch])[rows, ends]
        found = self._states([one.new for one in batch])
        states = found[rows, places]
        targets = [token for one in batch for token in [*one.new[1:], -1]]
        chosen = [at for at, token in enumerate(targets) if token >= 0 and (at + start) % _NEXT == 0]
        next_ids = torch.tensor([targets[at] for at in chosen], device=self._device)
        nats = cross_entropy(self._head(states[chosen]).float(), next_ids)
        return mse_loss(states.float(), wanted.float()) + nats

    def _states(self, several: Sequence[list[int]]) -> Tensor:
        """Last states [batch, longest, width]; padding is on the right, where nothing looks back from."""
        longest = max(map(len, several))
        rows = [[*self._prefix, *ids, *([0] * (longest - len(ids)))] for ids in several]
        ids = torch.tensor(rows, device=self._device)
        states: Tensor = self._decoder(input_ids=ids, use_cache=False).last_hidden_state
        return states


def _new_rows_only(first: int) -> Callable[[Tensor], Tensor]:
    def keep(gradient: Tensor) -> Tensor:
        kept = gradient.clone()
        kept[:first] = 0
        return kept

    return keep


def _snippet(new: list[int], parts: dict[int, list[int]]) -> Snippet:
    old: list[int] = []
    ends = []
    for token in new:
        old += parts.get(token, [token])
        ends.append(len(old))
    return Snippet(new, old, ends)
