"""Examples as ChatGLM's own fine-tuning reads them: rounds or roles before, one answer to each row.

ChatGLM-6B sees its whole prompt in both directions, so a row can hold one answer only, the last; 2 and 3
are put the same way. A dialogue of several answers is several rows of one id: each answer is scored once.
"""

from collections.abc import Sequence

from catalog.problem import Problem
from probes.chatglm.config import Family
from probes.chatglm.tokenizer import ChatGLMTokenizer
from probes.dataset.examples import Example, Turn
from probes.tokenization.offsets import Offsets
from probes.training.encode import Encoded, fitting

_ROLES = {"tool": "observation"}
"""What ChatGLM calls a role that others call otherwise."""


class TextCutter:
    """The tokenizer without the special tokens it would add. See probes.training.encode.Cutter."""

    prefix_ids: tuple[int, ...] = ()

    def __init__(self, tokenizer: ChatGLMTokenizer) -> None:
        self._tokenizer = tokenizer

    def encode(self, text: str) -> list[int]:
        """See Cutter."""
        return self._tokenizer.encode_text(text)

    def encode_with_offsets(self, text: str) -> tuple[list[int], Offsets]:
        """See Cutter."""
        return self._tokenizer.encode_with_offsets(text)

    def decode(self, ids: Sequence[int]) -> str:
        """See Cutter; special tokens are left out."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))


def encode(example: Example, tokenizer: ChatGLMTokenizer) -> list[Encoded]:
    """A row for each answer, with what came before it as its prompt; the end token counts as a target."""
    rows = []
    for index, turn in enumerate(example.turns):
        if not turn.is_target:
            continue
        before = _before(example, index)
        prompt = _prompt(before, tokenizer)
        answer = _answer(turn.written, bool(before), tokenizer)
        if example.cut and index == len(example.turns) - 1:
            answer.pop()
        ids = (*prompt, *answer)
        size = len(turn.written.encode("utf-8"))
        rows.append(Encoded(example.id, ids, tuple(range(len(prompt), len(ids))), size))
    return rows


def encode_prompt(example: Example, tokenizer: ChatGLMTokenizer) -> list[int]:
    """The ids before the last answer: where generation begins."""
    return _prompt(_before(example, len(example.turns) - 1), tokenizer)


def encode_all(
    examples: Sequence[Example], tokenizer: ChatGLMTokenizer, context: int
) -> tuple[list[Encoded], int]:
    """The examples that the context holds, and how many are longer. Problems: those of `fitting`."""
    return fitting([row for example in examples for row in encode(example, tokenizer)], context)


def _before(example: Example, index: int) -> tuple[Turn, ...]:
    """The turns before an answer, under those tools that may be called."""
    tools = (Turn("system", example.tools),) if example.tools else ()
    return (*tools, *example.turns[:index])


def _prompt(turns: Sequence[Turn], tokenizer: ChatGLMTokenizer) -> list[int]:
    """A text without a question is continued from the begin token; else the model's own layout."""
    if not turns:
        return list(tokenizer.prefix_ids)
    try:
        return tokenizer.chat_ids(
            [{"role": _ROLES.get(turn.role, turn.role), "content": turn.written} for turn in turns]
        )
    except Problem as problem:
        if problem.code != "chatglm-chat-roles":
            raise
        # Turns that do not alternate have no rounds: they are put as one question.
        joined = "\n".join(turn.written for turn in turns)
        return tokenizer.chat_ids([{"role": "user", "content": joined}])


def _answer(text: str, asked: bool, tokenizer: ChatGLMTokenizer) -> list[int]:
    if asked or tokenizer.family is not Family.THIRD:
        return tokenizer.answer_ids(text)
    return [*tokenizer.encode_text(text), tokenizer.eos_token_id]
