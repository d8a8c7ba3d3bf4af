"""A chat template at work: a stranger's program, run in the child of a `probes.bounds.worker.Worker`."""

import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from probes.bounds.worker import Bounds, Worker
from probes.templates.cutting import DROPS, Refused, Render, Rendered, Uncut, cut
from probes.templates.failing import failure
from probes.templates.places import Message

SECONDS, MEMORY_BYTES, ANSWER_BYTES = 5.0, 2**29, 2**25
_BOUNDS = Bounds(SECONDS, MEMORY_BYTES, ANSWER_BYTES)
_MARKS = re.compile(r"\{%[-+]?\s*generation\s*[-+]?%\}")

Dialogue = Callable[[Sequence[Message], Sequence[Any], bool], dict[str, Any]]
"""(messages, tools, whether the last answer is whole) -> `text` and its `answers` (fields of
`cutting.Answer`); or `uncut`, why there are none; or `failed`, the fields of `failing.Failure`."""


def dialogues(template: str, variables: Mapping[str, Any], special: Collection[str]) -> Worker:
    """A Dialogue by a template. `variables` are the tokenizer's named special tokens, `special` all it has.

    It raises what `Worker` does.
    """
    return Worker(
        "probes.templates.rendering:rendering", _BOUNDS, template, dict(variables), sorted(special)
    )


def rendering(template: str, variables: Mapping[str, Any], special: Sequence[str]) -> Dialogue:
    """The child's side: transformers' own rendering, without torch, which only takes time to load."""
    sys.modules.setdefault("torch", None)  # type: ignore[arg-type]  # how Python marks a module as missing
    from transformers.utils import chat_template_utils

    marks = bool(_MARKS.search(template))

    def by(source: str, tools: Sequence[Any], messages: Sequence[Message], opening: bool) -> Rendered:
        rendered: Any = chat_template_utils.render_jinja_template(
            conversations=[list(messages)],
            tools=list(tools) or None,
            chat_template=source,
            return_assistant_tokens_mask=marks,
            add_generation_prompt=opening,
            **variables,
        )
        texts, marked = rendered
        return Rendered(str(texts[0]), tuple(marked[0]) if marked else ())

    def render(tools: Sequence[Any], messages: Sequence[Message], opening: bool) -> Rendered:
        try:
            return by(template, tools, messages, opening)
        except MemoryError:
            raise
        except Exception as error:
            raise Refused(error, messages, opening) from error

    def run(messages: Sequence[Message], tools: Sequence[Any], closed: bool) -> dict[str, Any]:
        try:
            return answered(messages, tools, partial(render, tools), closed, special)
        except Refused as told:
            again = partial(by, tools=tools, messages=told.messages, opening=told.opening)
            return {"failed": vars(failure(template, told.error, again))}

    return run


def answered(
    messages: Sequence[Message],
    tools: Sequence[Any],
    render: Render,
    closed: bool,
    special: Collection[str],
) -> dict[str, Any]:
    """What a Dialogue gives of one that `render` takes, every tool's name in it. Raises Refused."""
    try:
        text, answers = cut(messages, render, closed, special)
    except Uncut as told:
        return {"uncut": told.reason}
    if not all(_name(tool) in text for tool in tools):
        return {"uncut": DROPS}
    return {"text": text, "answers": [vars(answer) for answer in answers]}


def _name(tool: Any) -> str:
    function = tool.get("function", tool) if isinstance(tool, dict) else {}
    return str(function.get("name", "")) if isinstance(function, dict) else ""
