"""Where SQL stands in what a model wrote, and what puts a query's rows in order.

Only the outline is read here, by SQLite's rules for tokens: SQLite itself says whether a piece of text is
a statement (`probes.metrics.execution`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from probes.metrics.text import fenced, spoken

_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\]
    | (?P<skip>--[^\n]* | /\*.*?(?:\*/|\Z) | \s+) | [^\W\d]\w* | \d[\w.]* | .""",
    re.DOTALL | re.VERBOSE,
)
"""A literal, a quoted name, a comment or white space, a word, a number, or a mark."""
_BEGINS = re.compile(
    r"\b(?:select|with|values|insert|replace|update|delete|create|drop|alter|attach|explain|pragma)\b",
    re.IGNORECASE,
)
"""Statements that change something are found too, so that none is taken for the query within it."""
_BEFORE = re.compile(r"[\s>*`\"'“‘「(（]*\Z")
"""What may stand between the start of a line and a statement on it."""
_GOES_ON = re.compile(
    "select|from|where|group|order|having|limit|offset|join|left|right|full|inner|outer|cross|natural|on|using"
    "|and|or|not|in|is|like|glob|between|exists|union|intersect|except|all|distinct|as|with|values|window|over"
    "|partition|by|case|when|then|else|end|asc|desc|nulls|collate|escape",
    re.IGNORECASE,
)
_AFTER = " \t\n\"'`”’」)）。．.，,"
_MOST_STARTS = 8


def statements(answer: str) -> Iterator[str]:
    """What may be the statement meant, the likeliest and longest first; nothing where none begins.

    Fences and thoughts are peeled off, then prose: before it, a line that begins with a statement's first
    word comes before such a word within a line; behind it, lines that do not go on as SQL are left out one
    by one, and a closing mark. Which is the first that SQLite can parse is for the caller to try.
    """
    text = spoken(answer)
    for part in (*fenced(text), text):
        found = [match.start() for match in _BEGINS.finditer(part)]
        begins_line = [at for at in found if _BEFORE.fullmatch(part[part.rfind("\n", 0, at) + 1 : at])]
        for start in [*begins_line, *(at for at in found if at not in begins_line)][:_MOST_STARTS]:
            yield from _shortened(first_statement(part[start:]))


def first_statement(text: str) -> str:
    """Up to the first semicolon that ends a statement, comments and literals aside."""
    end = next((token.start for token in _tokens(text) if token.text == ";"), len(text))
    return text[:end].strip()


def _shortened(text: str) -> Iterator[str]:
    text = text.rstrip("。；")  # to SQLite, letters of a name
    while text:
        yield text
        bare = text.rstrip(_AFTER)
        if bare != text:
            yield bare
        newlines = (match.start() for match in re.finditer(r"\n", text))
        text = text[: max((at for at in newlines if _prose(text, at)), default=0)].rstrip()


def _prose(text: str, newline: int) -> bool:
    """Whether the line after this newline may be no SQL: a new paragraph, or no word that goes on."""
    line = text[newline + 1 :].lstrip(" \t")
    if not line.strip() or line.startswith("\n"):
        return True
    word = re.match(r"[^\W\d]\w*", line)
    return word is not None and _GOES_ON.fullmatch(word.group()) is None


@dataclass(frozen=True)
class _Token:
    """`depth` counts the brackets it stands in."""

    text: str
    start: int
    depth: int

    @property
    def word(self) -> str:
        return self.text.casefold()


def _tokens(statement: str) -> list[_Token]:
    found, depth = [], 0
    for match in _TOKEN.finditer(statement):
        if match.lastgroup == "skip":
            continue
        depth -= match.group() == ")"
        found.append(_Token(match.group(), match.start(), depth))
        depth += match.group() == "("
    return found


@dataclass(frozen=True)
class Ordering:
    """The ORDER BY of the outermost SELECT: `terms` without their direction.

    `before` is the statement up to it, `clause` itself. New columns may be put in at `room`, None where
    they would change the rows (DISTINCT) or there are several SELECTs. `skipped` and `most` are LIMIT's;
    `most` None without one. `cut` tells of a LIMIT that is no number.
    """

    before: str
    clause: str
    terms: tuple[str, ...]
    room: int | None
    skipped: int = 0
    most: int | None = None
    cut: bool = False

    def keyed(self, names: Sequence[str]) -> tuple[str, tuple[int, ...]] | None:
        """The same query without its LIMIT, and the columns whose values order it; None where not known.

        `names` are the query's columns. A term that is none of them becomes a column behind them.
        """
        if self.cut:
            return None
        known = {name.casefold(): index for index, name in reversed(list(enumerate(names)))}
        added: list[str] = []
        keys = []
        for term in self.terms:
            if term.isdecimal():
                keys.append(int(term) - 1)
            elif _unquoted(term) in known:
                keys.append(known[_unquoted(term)])
            else:
                keys.append(len(names) + len(added))
                added.append(f", ({term})")
        if added and self.room is None:
            return None
        room = self.room or 0
        start = self.before[:room] + "".join(added) + " " + self.before[room:]
        return f"{start} {self.clause}", tuple(keys)


def ordering(statement: str) -> Ordering | None:
    """What orders the rows of the statement; None where nothing does.

    ORDER BY within brackets orders a subquery, a window or an aggregate, not the rows.
    """
    outer = [token for token in _tokens(statement) if token.depth == 0]
    words = [token.word for token in outer]
    at = next((i for i, pair in enumerate(pairwise(words)) if pair == ("order", "by")), None)
    if at is None:
        return None
    end = next((i for i in range(at, len(outer)) if words[i] == "limit"), len(outer))
    limit = outer[end].start if end < len(outer) else len(statement)
    skipped, most, cut = _limit(words[end + 1 :])
    return Ordering(
        before=statement[: outer[at].start],
        clause=statement[outer[at].start : limit],
        terms=tuple(_terms(statement, outer[at + 2 : end], limit)),
        room=_room(outer[:at]),
        skipped=skipped,
        most=most,
        cut=cut,
    )


def _terms(statement: str, tokens: Sequence[_Token], end: int) -> Iterator[str]:
    """The terms between commas, ASC, DESC and NULLS FIRST or LAST left off."""
    commas = [token.start for token in tokens if token.text == ","]
    starts = [tokens[0].start, *(comma + 1 for comma in commas)] if tokens else []
    for start, stop in zip(starts, [*commas, end], strict=True) if starts else ():
        within = [token for token in tokens if start <= token.start < stop]
        direction = (t.start for t in within if t.word in ("asc", "desc", "nulls"))
        yield statement[start : next(direction, stop)].strip()


def _room(tokens: Sequence[_Token]) -> int | None:
    """The end of the select list, for one SELECT without DISTINCT that has a FROM."""
    words = [token.word for token in tokens]
    if words.count("select") != 1 or {"values", "union", "intersect", "except"} & set(words):
        return None
    selects = words.index("select")
    if words[selects + 1 : selects + 2] == ["distinct"]:
        return None
    for index in range(selects + 1, len(words)):
        if words[index] == "from" and words[index - 1] != "distinct":  # a IS DISTINCT FROM b
            return tokens[index].start
    return None


def _limit(words: Sequence[str]) -> tuple[int, int | None, bool]:
    """(rows skipped, rows at most, whether it cannot be read) of what follows LIMIT."""
    if not words:
        return 0, None, False
    numbers = [int(word) for word in words[::2] if word.isdecimal()]
    if (
        len(words) not in (1, 3)
        or len(numbers) != len(words[::2])
        or words[1:2] not in ([], ["offset"], [","])
    ):
        return 0, None, True
    if len(numbers) == 1:
        return 0, numbers[0], False
    return (numbers[0], numbers[1], False) if words[1] == "," else (numbers[1], numbers[0], False)


def _unquoted(term: str) -> str:
    if len(term) > 1 and (term[0], term[-1]) in (('"', '"'), ("`", "`"), ("[", "]")):
        term = term[1:-1]
    return term.casefold()
