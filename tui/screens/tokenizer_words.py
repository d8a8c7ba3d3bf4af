"""What the Tokenizers screen shows of a result: the cut sentence, the ladder, the advice."""

from collections.abc import Iterable, Mapping
from typing import Any

from textual.content import Content

from catalog.verdict.request import Reason
from tui.colours import TOKENS
from tui.report.vocabulary_file import comparable, height_key
from tui.strings import say
from tui.widgets.ladder import Ladder
from tui.wording import knee_words, reason_words, segment_words, vocabulary_cost_words


def cut_content(segments: Iterable[Mapping[str, Any]]) -> Content:
    """Each token on a background of its own, a bar between them; bytes of a character as hex."""
    pieces = []
    for place, segment in enumerate(s for s in segments if s["kind"] != "prefix"):
        pieces.append(Content.styled(segment_words(segment), f"#ffffff on {TOKENS[place % len(TOKENS)]}"))
    return Content("|").join(pieces)


def ladder_of(result: Mapping[str, Any]) -> tuple[Ladder, str]:
    """What is drawn, and by which figure: per Han character, or per character where there is no Han."""
    per, rungs = height_key(result), result["ladder"]
    knee = next(place for place, rung in enumerate(rungs) if rung["learnt"] == result["knee"])
    others = [(str(row["name"]), row[per]) for row in comparable(result)]
    return Ladder([(rung["added"], rung[per]) for rung in rungs], knee, others), per


def advice_content(result: Mapping[str, Any], language: str) -> Content:
    """No, maybe or yes with the reasons, where it bends, and what new pieces cost the model."""
    lines = [Content.styled(say(f"cli.vocab-{result['verdict']}", language), "bold")]
    lines += [
        Content(reason_words(Reason(note["code"], note), language)) for note in result.get("notes", ())
    ]
    for reason in result["reasons"]:
        lines.append(Content("- " + reason_words(Reason(reason["code"], reason["params"]), language)))
    lines.append(Content("◆ " + knee_words(result, language)))
    if cost := vocabulary_cost_words(result, language):
        lines.append(Content(cost))
    return Content("\n").join(lines)
