"""How an example is put before a model: its own chat template, an Alpaca-like default, 问/答, or plain.

A layout turns an example into segments of text; the trained ones are the answers with what ends them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from catalog.problem import Problem
from probes.dataset.examples import Example
from probes.templates.of_tokenizer import dialogue_of, failed
from probes.templates.rendering import Dialogue

LAYOUTS = ("chat", "alpaca", "wenda", "plain")


@dataclass(frozen=True)
class Segment:
    """A piece of the text. `trained` pieces are scored; `ends` asks for the end token after this one.

    `bytes` are the UTF-8 bytes of the row's own answer in it, None where it is nothing else. `unthought`:
    the thoughts of the answer are left out.
    """

    text: str
    trained: bool = False
    ends: bool = False
    bytes: int | None = None
    unthought: bool = False

    @property
    def answer_bytes(self) -> int:
        """What the nats of a trained piece are divided by."""
        return len(self.text.encode("utf-8")) if self.bytes is None else self.bytes


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


def chat(dialogue: Dialogue) -> Layout:
    """The model's own chat template: pieces of one render of the whole, of which the answers are trained.

    Problems, each of one row: chat-template-raises and chat-template-refuses, where it takes no such
    dialogue; chat-template-drops-text, chat-template-rewrites and chat-template-differs, where the answers
    cannot be told from the rest.
    """

    def layout(example: Example) -> list[Segment]:
        if not any(turn.role == "user" for turn in example.turns):
            return plain(example)  # a text without a question is no dialogue
        found = dialogue(example.messages(), example.tool_list(), not example.cut)
        if "failed" in found:
            raise failed(found["failed"])
        if "uncut" in found:
            raise Problem(found["uncut"], row=example.number)
        text, done = found["text"], 0
        segments: list[Segment] = []
        for answer in found["answers"]:
            turn = example.turns[answer["turn"]]
            start, end, kept = answer["start"], answer["end"], answer["thought"]
            size = len((turn if kept else turn.unthought).written.encode("utf-8"))
            piece = Segment(text[start:end], turn.trained, answer["ends"], size, not kept)
            segments += [Segment(text[done:start]), piece]
            done = end
        if not example.cut:
            segments.append(Segment(text[done:]))
        return [segment for segment in segments if segment.text or segment.ends]

    return layout


def choose(name: str | None, tokenizer: Any) -> tuple[str, Layout]:
    """The layout by name; None means the model's own template where it has one, else `alpaca`.

    `tokenizer` is transformers', or None where the model has no chat template.
    Problems: layout-unknown, and those of `dialogue_of`.
    """
    name = name or ("chat" if getattr(tokenizer, "chat_template", None) else "alpaca")
    tagged: dict[str, Layout] = {"alpaca": alpaca, "wenda": wenda, "plain": plain}
    if name in tagged:
        return name, tagged[name]
    if name != "chat":
        raise Problem("layout-unknown", layout=name, known=", ".join(LAYOUTS))
    return name, chat(dialogue_of(tokenizer))
