"""The place in a chat template where it fails: its line, and the block there."""

import re
from collections.abc import Callable
from dataclasses import dataclass

_OPENING = re.compile(r"\{[%{][-+]?")
_CLOSING = re.compile(r"[%}]\}")
_SHOWN = 120
_DETAIL = 200


@dataclass(frozen=True)
class Failure:
    """`line` from 1, None where nothing tells it; the `block` there, and what was said, both cut."""

    line: int | None
    block: str
    detail: str


def failure(template: str, error: BaseException, again: Callable[[str], object]) -> Failure:
    """Where `template` raised `error`. `again` does the same with another template.

    Jinja tells lines, and many templates are one line: each block is put on a line of its own, which
    changes nothing inside a block, and the same is tried with that.
    """
    detail = " ".join(str(error).split())[:_DETAIL] or type(error).__name__
    spread = _OPENING.sub(lambda match: match[0] + "\n", template)
    try:
        again(spread)
    except MemoryError:
        raise
    except Exception as same:
        line = _line(same)
        if line is not None and str(same) == str(error):
            return _of_block(template, spread, line, detail)
    line = _line(error)
    lines = template.split("\n")
    block = lines[line - 1].strip()[:_SHOWN] if line is not None and line <= len(lines) else ""
    return Failure(line, block, detail)


def _line(error: BaseException) -> int | None:
    """The template's own line in an error: of its syntax, or the last of it that ran."""
    line = getattr(error, "lineno", None)
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _of_block(template: str, spread: str, line: int, detail: str) -> Failure:
    """The block that stands on a line of the spread template."""
    before = sum(len(text) + 1 for text in spread.split("\n")[: line - 1])
    starts = [(o.start(), o.end() + added) for added, o in enumerate(_OPENING.finditer(template), 1)]
    at = max((start for start, end in starts if end <= before), default=0)
    closing = _CLOSING.search(template, at)
    block = template[at : closing.end() if closing else None]
    return Failure(template.count("\n", 0, at) + 1, " ".join(block.split())[:_SHOWN], detail)
