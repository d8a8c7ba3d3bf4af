"""A chat template rendered: a stranger's program, run in the child of a `probes.bounds.worker.Worker`."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from probes.bounds.worker import Bounds, Worker
from probes.dataset.examples import Message

Render = Callable[[list[Message], list[Any], bool], str]
"""(messages, tools, whether the assistant's opening follows) -> text."""
SECONDS, MEMORY_BYTES, ANSWER_BYTES = 5.0, 2**29, 2**25
_BOUNDS = Bounds(SECONDS, MEMORY_BYTES, ANSWER_BYTES)


def renderer(template: str, variables: Mapping[str, Any]) -> Worker:
    """A `Render`: the text that the template makes.

    `variables` are the tokenizer's named special tokens. It raises what `Worker` does.
    """
    return Worker("probes.dataset.rendering:rendering", _BOUNDS, template, dict(variables))


def rendering(template: str, variables: Mapping[str, Any]) -> Render:
    """The child's side: transformers' own rendering, without torch, which only takes time to load."""
    sys.modules.setdefault("torch", None)  # type: ignore[arg-type]  # how Python marks a module as missing
    from transformers.utils import chat_template_utils

    def render(messages: list[Message], tools: list[Any], opening: bool) -> str:
        texts: Any = chat_template_utils.render_jinja_template(
            conversations=[messages],
            tools=tools or None,
            chat_template=template,
            add_generation_prompt=opening,
            **variables,
        )
        return str(texts[0][0])

    return render
