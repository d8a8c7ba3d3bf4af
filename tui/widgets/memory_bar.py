"""One bar for memory, its parts in the same order and colours wherever it appears."""

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from catalog.memory.footprint import Footprint
from tui.colours import MEMORY
from tui.strings import say
from tui.wording import size_words

PARTS = {
    "weights": ("weights", "unquantized"),
    "cache": ("kv-cache",),
    "adapter": ("adapter",),
    "optimizer": ("optimizer", "gradients"),
    "activations": ("activations", "logits", "checkpoints", "dequantization"),
    "context": ("context", "slack", "correction"),
}
"""Shown part -> the terms of the estimate that it sums."""
GLYPHS = dict(zip((*PARTS, "range"), "█▓█▓█▓▒", strict=True))


def parts(footprint: Footprint) -> dict[str, int]:
    """Expected bytes of each part that is there."""
    known = {name: sum(footprint.term(term).expected for term in terms) for name, terms in PARTS.items()}
    return {name: size for name, size in known.items() if size > 0}


class MemoryBar(Widget):
    """A footprint against a budget. The second line names the parts; the fit is in words elsewhere."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._footprint: Footprint | None = None
        self._budget, self._language = 0, "en"

    def show(self, footprint: Footprint | None, budget_bytes: int, language: str) -> None:
        """Draw another footprint."""
        self._footprint, self._budget, self._language = footprint, budget_bytes, language
        self.refresh(layout=True)

    def render(self) -> Content:
        if self._footprint is None:
            return Content("")
        return Content("\n").join([self._bar(max(10, self.size.width)), self._legend()])

    def _bar(self, width: int) -> Content:
        assert self._footprint is not None
        needed = parts(self._footprint)
        needed["range"] = max(0, self._footprint.high - self._footprint.expected)
        scale = max(self._budget, sum(needed.values()), 1)
        pieces: list[Content] = []
        filled, at = 0.0, 0
        for name, size in needed.items():
            filled += size
            end = round(filled / scale * width)
            if end > at:
                pieces.append(Content.styled(GLYPHS[name] * (end - at), MEMORY[name]))
            at = max(at, end)
        limit = round(self._budget / scale * width)
        if at < limit:
            pieces.append(Content.styled("·" * (limit - at), "dim"))
        bar = Content("").join(pieces)
        if limit < width:
            # The budget ends inside the bar: mark where.
            bar = bar[:limit] + Content.styled("|", Style(bold=True)) + bar[limit + 1 :]
        return bar

    def _legend(self) -> Content:
        assert self._footprint is not None
        entries = [
            (GLYPHS[name], say(f"app.memory.{name}", self._language), size, MEMORY[name])
            for name, size in parts(self._footprint).items()
        ]
        spare = self._budget - self._footprint.expected
        if spare > 0:
            entries.append(("·", say("app.memory.spare", self._language), spare, "dim"))
        shown = [
            Content.assemble((glyph, colour), f" {word} {size_words(size)}")
            for glyph, word, size, colour in entries
        ]
        return Content("  ").join(shown)
