"""A report's words in one language, and values worded for it."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from catalog.verdict.request import Reason
from tui.report.blocks import Line, Piece, line
from tui.strings import say, table
from tui.wording import reason_words, size_words


class Words:
    """`words("title")` are the words for `report.title`; `cited` are the ids the report can point to."""

    def __init__(self, language: str, cited: Iterable[str] = ()) -> None:
        self.language = language
        self.cited = frozenset(cited)

    def __call__(self, key: str, **params: Any) -> str:
        return say(f"report.{key}", self.language, **params)

    def columns(self, *names: str) -> tuple[str, ...]:
        """The headings of a table."""
        return tuple(self(f"column.{name}") for name in names)

    def known(self, key: str, otherwise: str) -> str:
        """The words for a key that others may add to; `otherwise` where there are none yet."""
        return self(key) if f"report.{key}" in table() else otherwise

    def reason(self, reason: Reason, ids: bool = True) -> Line:
        """A reason's sentence with the ids of its evidence."""
        words = line(reason_words(reason, self.language))
        found = self.ids(reason.evidence) if ids else ()
        return (*words, Piece(" "), *found) if found else words

    def budget(self, budget: Mapping[str, Any]) -> str:
        """A budget by its name with its size; a budget that is named by its size, once."""
        label, size = str(budget.get("label") or ""), size_words(budget.get("bytes") or 0)
        return label if re.fullmatch(r"(\d+x )?[\d.]+ ?[KMGT]i?B", label) else f"{label} ({size})".strip()

    def ids(self, found: Iterable[str]) -> Line:
        """Ids as pointers into the evidence; what is no entry of it (a formula, a table) by its name."""
        pieces: list[Piece] = []
        for id_ in dict.fromkeys(found):
            pieces += [Piece(" ")] if pieces else []
            pieces.append(Piece(id_, "evidence" if id_ in self.cited else "code"))
        return tuple(pieces)

    def time(self, stamp: str) -> str:
        """An ISO time as "2026-11-21 11:18:52 UTC"; a dash where there is none."""
        return datetime.fromisoformat(stamp).strftime("%Y-%m-%d %H:%M:%S UTC") if stamp else "-"

    def value(self, name: str, value: Any) -> str:
        """Something of a key, a question or a machine, as a person reads it."""
        if value is None or value == "" or value == [] or value == {}:
            return "-"
        if isinstance(value, bool):
            return self("yes") if value else self("no")
        if isinstance(value, int | float) and name.endswith("bytes"):
            return size_words(value)
        if isinstance(value, float):
            return f"{value:.6g}"
        if isinstance(value, list | tuple):
            return ", ".join(self.value(name, item) for item in value)
        if isinstance(value, dict):
            return ", ".join(f"{key} {self.value(key, item)}" for key, item in value.items() if item)
        return str(value)
