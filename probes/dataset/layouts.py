"""How an example is put before a model: its own chat template, an Alpaca-like default, 问/答, or plain.

A layout turns an example into segments of text; the trained ones are the answers with what ends them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.problem import Problem
from probes.bounds.panics import reading
from probes.bounds.small_files import check_small_files, small_text
from probes.bounds.worker import BeyondBounds, Raised
from probes.dataset.examples import Example, Message
from probes.dataset.rendering import ANSWER_BYTES, MEMORY_BYTES, SECONDS, Render, renderer

LAYOUTS = ("chat", "alpaca", "wenda", "plain")


@dataclass(frozen=True)
class Segment:
    """A piece of the text. `trained` pieces are scored; `ends` asks for the end token after this one."""

    text: str
    trained: bool = False
    ends: bool = False


Layout = Callable[[Example], list[Segment]]


def alpaca(example: Example) -> list[Segment]:
    """`### Instruction:` and `### Response:`, without the preamble of Stanford's, to keep prompts short."""
    return _tagged(example, "### Instruction:\n{}\n\n### Response:\n", "\n\n")


def wenda(example: Example) -> list[Segment]:
    """问：… 答：…, the layout of ChatGLM's own dialogues and of the ADGEN rows (facts, section 1)."""
    return _tagged(example, "问：{}\n\n答：", "\n\n")


def plain(example: Example) -> list[Segment]:
    """The turns one after the other, a line each, and nothing around them."""
    return _tagged(example, "{}\n", "\n")


def _tagged(example: Example, question: str, between: str) -> list[Segment]:
    """Each answer is followed by the end token, also in the middle of a dialogue."""
    segments = [Segment(f"{example.tools}\n\n")] if example.tools else []
    for index, turn in enumerate(example.turns):
        last = index == len(example.turns) - 1
        if turn.role == "assistant":
            ends = not (last and example.cut)
            segments.append(Segment(turn.written, trained=turn.trained, ends=ends))
            if not last:
                segments.append(Segment(between))
        else:
            head = "{}\n\n" if turn.role in ("system", "tool") else question
            segments.append(Segment(head.format(turn.text)))
    return segments


def chat(template: Render) -> Layout:
    """The model's own chat template. An answer is trained up to the mark that closes it.

    Problems: chat-template-raises; chat-template-drops-text, where the template rewrites the answer.
    """

    def layout(example: Example) -> list[Segment]:
        if not any(turn.role == "user" for turn in example.turns):
            return plain(example)  # a text without a question is no dialogue
        messages, tools = example.messages(), example.tool_list()
        segments: list[Segment] = []
        done = 0
        for index, turn in enumerate(example.turns):
            if not turn.is_target:
                continue
            through = template(messages[: index + 1], tools, False)
            opening = _common(through, template(messages[:index], tools, True))
            called = bool(turn.calls or turn.reasoning)  # a template writes these in its own way
            answer = through[opening:].rstrip() if called else turn.text
            at = opening if called else through.find(answer, opening)
            if at < done:
                raise Problem("chat-template-drops-text", row=example.number)
            closed = at + len(answer)
            closing = through[closed:].rstrip()
            last = index == len(messages) - 1
            cut = last and example.cut
            segments.append(Segment(through[done:at]))
            trained = answer + ("" if cut else closing)
            segments.append(Segment(trained, trained=True, ends=not closing and not cut))
            done = closed if cut else closed + len(closing)
        return segments

    return layout


def _common(text: str, opening: str) -> int:
    """How many first characters agree: where the answer may begin at the earliest."""
    length = 0
    for a, b in zip(text, opening, strict=False):
        if a != b:
            break
        length += 1
    return length


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


def template_of(tokenizer: Any) -> Render:
    """The template of a transformers tokenizer. A system turn it refuses is put before the first question.

    Problems: chat-template-missing, chat-template-raises, chat-template-costly.
    """
    if not getattr(tokenizer, "chat_template", None):
        raise Problem("chat-template-missing")

    render = _rendered_apart(tokenizer)

    def apply(messages: list[Message], tools: list[Any], opening: bool) -> str:
        try:
            return render(messages, tools, opening)
        except BeyondBounds as error:
            raise Problem(
                "chat-template-costly",
                bound=error.bound,
                seconds=SECONDS,
                memory_bytes=MEMORY_BYTES,
                answer_bytes=ANSWER_BYTES,
            ) from error
        except Raised as error:
            if messages and messages[0]["role"] == "system" and len(messages) > 1:
                first, second, *rest = messages
                merged = second | {"content": f"{first['content']}\n\n{second['content']}"}
                return apply([merged, *rest], tools, opening)
            raise Problem("chat-template-raises", detail=str(error)[:120]) from error

    return apply


def _rendered_apart(tokenizer: Any) -> Render:
    """`tokenizer.apply_chat_template`, with what is a stranger's in it run in a bounded process."""
    from transformers import PreTrainedTokenizerBase

    if type(tokenizer).apply_chat_template is not PreTrainedTokenizerBase.apply_chat_template:
        return _in_own_code(tokenizer)
    try:
        template = tokenizer.get_chat_template()
    except ValueError as error:  # several, and none that is called "default"
        raise Problem("chat-template-raises", detail=str(error)[:120]) from error
    return renderer(template, tokenizer.special_tokens_map)


def _in_own_code(tokenizer: Any) -> Render:
    """Of a tokenizer that lays dialogues out in code of transformers' own (Mistral's): nothing is run."""

    def render(messages: list[Message], tools: list[Any], opening: bool) -> str:
        try:
            return str(
                tokenizer.apply_chat_template(
                    messages, tools=tools or None, tokenize=False, add_generation_prompt=opening
                )
            )
        except Exception as error:  # each such class has its own
            raise Raised(type(error).__name__, str(error)) from error

    return render


def choose(name: str | None, tokenizer: Any) -> tuple[str, Layout]:
    """The layout by name; None means the model's own template where it has one, else `alpaca`.

    `tokenizer` is transformers', or None where the model has no chat template.
    Problems: layout-unknown, and those of `template_of`.
    """
    name = name or ("chat" if getattr(tokenizer, "chat_template", None) else "alpaca")
    tagged: dict[str, Layout] = {"alpaca": alpaca, "wenda": wenda, "plain": plain}
    if name in tagged:
        return name, tagged[name]
    if name != "chat":
        raise Problem("layout-unknown", layout=name, known=", ".join(LAYOUTS))
    template = template_of(tokenizer)
    template(
        [{"role": "user", "content": "?"}], [], True
    )  # a template that raises is told before any training
    return name, chat(template)
