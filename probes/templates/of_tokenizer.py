"""The chat template that lies beside a model's tokenizer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from catalog.problem import Problem
from probes.bounds.panics import reading
from probes.bounds.small_files import check_small_files, small_text
from probes.bounds.worker import BeyondBounds
from probes.templates.cutting import Refused, Rendered
from probes.templates.places import Message
from probes.templates.rendering import (
    ANSWER_BYTES,
    MEMORY_BYTES,
    SECONDS,
    Dialogue,
    answered,
    dialogues,
)

_TRIED: tuple[list[Message], ...] = (
    [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}],
    [
        {"role": "system", "content": "."},
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": "!"},
    ],
)


def has_template(directory: Path) -> bool:
    """Whether a chat template lies beside a model's tokenizer, or in its settings."""
    beside = any((directory / name).exists() for name in ("chat_template.jinja", "chat_template.json"))
    return beside or '"chat_template"' in small_text(directory / "tokenizer_config.json")


def templated_tokenizer(directory: Path) -> Any:
    """The transformers tokenizer of a model with a chat template, else None: it takes time to load.

    Problems: tokenizer-unreadable, and those of `check_small_files`.
    """
    if not has_template(directory):
        return None
    check_small_files(directory)
    from transformers import AutoTokenizer

    with reading(directory):
        return AutoTokenizer.from_pretrained(directory, trust_remote_code=False, local_files_only=True)


def dialogue_of(tokenizer: Any) -> Dialogue:
    """The template of a transformers tokenizer, tried on the simplest dialogues.

    Problems: chat-template-missing, chat-template-refuses, and of the dialogues that are laid out with it:
    chat-template-costly; chat-template-raises or chat-template-refuses where it takes none at all.
    """
    if not getattr(tokenizer, "chat_template", None):
        raise Problem("chat-template-missing")
    lay = _bounded(_laid_apart(tokenizer))
    found = [lay(messages, (), True) for messages in _TRIED]
    if all("failed" in one for one in found):
        raise failed(found[0]["failed"])
    return lay


def failed(failure: dict[str, Any]) -> Problem:
    """A failure of a template: chat-template-raises, or chat-template-refuses where it has no place."""
    if failure["line"] is None:
        return Problem("chat-template-refuses", detail=failure["detail"])
    return Problem("chat-template-raises", **failure)


def _bounded(lay: Dialogue) -> Dialogue:
    def run(messages: Sequence[Message], tools: Sequence[Any], closed: bool) -> dict[str, Any]:
        try:
            return lay(messages, tools, closed)
        except BeyondBounds as error:
            raise Problem(
                "chat-template-costly",
                bound=error.bound,
                seconds=SECONDS,
                memory_bytes=MEMORY_BYTES,
                answer_bytes=ANSWER_BYTES,
            ) from error

    return run


def _laid_apart(tokenizer: Any) -> Dialogue:
    """`tokenizer.apply_chat_template`, with what is a stranger's in it run in a bounded process."""
    from transformers import PreTrainedTokenizerBase

    if type(tokenizer).apply_chat_template is not PreTrainedTokenizerBase.apply_chat_template:
        return _in_own_code(tokenizer)
    try:
        template = tokenizer.get_chat_template()
    except ValueError as error:  # several, and none that is called "default"
        raise Problem("chat-template-refuses", detail=str(error)[:120]) from error
    return dialogues(template, tokenizer.special_tokens_map, tokenizer.get_added_vocab())


def _in_own_code(tokenizer: Any) -> Dialogue:
    """Of a tokenizer that lays dialogues out in code of transformers' own (Mistral's): nothing is run."""

    def run(messages: Sequence[Message], tools: Sequence[Any], closed: bool) -> dict[str, Any]:
        def render(some: Sequence[Message], opening: bool) -> Rendered:
            try:
                text = tokenizer.apply_chat_template(
                    list(some), tools=list(tools) or None, tokenize=False, add_generation_prompt=opening
                )
            except MemoryError:
                raise
            except Exception as error:  # each such class has its own
                raise Refused(error, some, opening) from error
            return Rendered(str(text))

        try:
            return answered(messages, tools, render, closed, tokenizer.get_added_vocab())
        except Refused as told:
            return {"failed": {"line": None, "block": "", "detail": str(told)[:120]}}

    return run
