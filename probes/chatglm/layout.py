"""Where the prefix ends and what each token's two positions are: ChatGLM-6B's GLM layout.

A row is `prompt [gMASK] <sop> answer`. Everything before `<sop>` is the prefix: its tokens see each other
in both directions, and carry the positions 0, 1, 2, … with block position 0. From `<sop>` on tokens are
causal, all carry the position of `[gMASK]` (of `[MASK]` where a row has no `[gMASK]`), and their block
positions count 1, 2, 3, …
"""

from dataclasses import dataclass, replace

import torch

from catalog.problem import Problem


@dataclass(frozen=True)
class Layout:
    """What stays true of a batch of B rows while tokens are appended to it.

    `context` [B]: the column of `<sop>`; `blank` [B]: the position that generated tokens carry; `real`
    [B, T]: False on padding; `virtual`: tokens of a tuned prefix that stand in the cache before column 0.
    """

    context: torch.Tensor
    blank: torch.Tensor
    real: torch.Tensor
    virtual: int = 0

    def extended(self, columns: int, attention_mask: torch.Tensor | None) -> "Layout":
        """The layout after `columns` more; 1s of `attention_mask` (all columns) mark the real ones."""
        total = self.real.shape[1] + columns
        if attention_mask is not None:
            return replace(self, real=attention_mask[:, -total:].bool())
        more = torch.ones(self.real.shape[0], columns, dtype=torch.bool, device=self.real.device)
        return replace(self, real=torch.cat([self.real, more], dim=1))

    def positions(self, columns: int) -> torch.Tensor:
        """[B, 2, columns]: position and block position of the last `columns` columns; 0 on padding."""
        total = self.real.shape[1]
        index = torch.arange(total, device=self.real.device).expand_as(self.real)
        after = index >= self.context[:, None]
        position = torch.where(after, self.blank[:, None], self.real.cumsum(dim=1) - 1)
        block = torch.where(after, index - self.context[:, None] + 1, 0)
        both = torch.stack([position, block], dim=1) * self.real[:, None]
        return both[:, :, total - columns :]

    def visible(self, columns: int) -> torch.Tensor:
        """[B, 1, columns, virtual + T] booleans: what the last `columns` columns may look at.

        A padding column sees itself alone: a softmax over nothing would be NaN.
        """
        total = self.real.shape[1]
        key = torch.arange(total, device=self.real.device)
        query = key[total - columns :, None]
        seen = (key <= query) | (key < self.context[:, None, None])
        seen = (seen & self.real[:, None, :]) | (key == query)
        if self.virtual:
            ahead = torch.ones(*seen.shape[:2], self.virtual, dtype=torch.bool, device=seen.device)
            seen = torch.cat([ahead, seen], dim=2)
        return seen[:, None]


def layout_of(
    input_ids: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    begin: int,
    masks: tuple[int, int],
    pad: int,
    virtual: int = 0,
) -> Layout:
    """The layout of whole rows `input_ids` [B, T]; `masks` are the ids of `[gMASK]` and `[MASK]`.

    `attention_mask` is [B, T] with 1 on tokens, or the published tokenizer's [B, 1, T, T] with 1 on what is
    blocked; without it, `pad` at the head of a row is padding.

    Raises Problem("chatglm-no-prompt-end", row=) where a row lacks `<sop>` or either mask: without them
    it has no answer part, and scoring it would let every token see itself.
    """
    if attention_mask is None:
        real = (input_ids != pad).cumsum(dim=1) > 0
    elif attention_mask.ndim == 4:
        real = ~attention_mask[:, 0].bool().diagonal(dim1=1, dim2=2)
    else:
        real = attention_mask[:, -input_ids.shape[1] :].bool()
    begins = (input_ids == begin) & real
    whole, part = ((input_ids == mask) & real for mask in masks)
    complete = begins.any(dim=1) & (whole | part).any(dim=1)
    if not bool(complete.all()):
        raise Problem("chatglm-no-prompt-end", row=int((~complete).nonzero()[0, 0]))
    marks = torch.where(whole.any(dim=1, keepdim=True), whole, part)
    column = marks.int().argmax(dim=1, keepdim=True)
    blank = (real.cumsum(dim=1) - 1).gather(1, column)[:, 0]
    return Layout(begins.int().argmax(dim=1), blank, real, virtual)
