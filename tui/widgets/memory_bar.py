"""One bar for memory, its parts in the same order and colours wherever it appears."""

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from catalog.memory.footprint import PARTS, Footprint
from tui.colours import MEMORY
from tui.strings import say
from tui.wording import size_words

GLYPHS = dict(zip((*PARTS, "range"), "█▓█▓█▓▒", strict=True))


def filled(footprint: Footprint, scale: float, width: int) -> Content:
    """The parts side by side and the range behind them; `width` cells are `scale` bytes."""
    pieces, size, at = [], 0, 0
    for name, part in (*footprint.parts().items(), ("range", footprint.high - footprint.expected)):
        size += max(0, part)
        end = min(width, round(size / scale * width))
        pieces.append(Content.styled(GLYPHS[name] * (end - at), MEMORY[name]))
        at = max(at, end)
    return Content("").join(pieces)


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
        shown = sum(self._footprint.parts().values())
        scale = max(self._budget, shown + max(0, self._footprint.high - self._footprint.expected), 1)
        bar = filled(self._footprint, scale, width)
        limit = round(self._budget / scale * width)
        bar += Content.styled("·" * (limit - bar.cell_length), "dim")
        if limit < width:
            # The budget ends inside the bar: mark where.
            bar = bar[:limit] + Content.styled("|", Style(bold=True)) + bar[limit + 1 :]
        return bar

    def _legend(self) -> Content:
        assert self._footprint is not None
        entries = [
            (GLYPHS[name], say(f"app.memory.{name}", self._language), size, MEMORY[name])
            for name, size in self._footprint.parts().items()
        ]
        spare = self._budget - self._footprint.expected
        if spare > 0:
            entries.append(("·", say("app.memory.spare", self._language), spare, "dim"))
        shown = [
            Content.assemble((glyph, colour), f" {word} {size_words(size)}")
            for glyph, word, size, colour in entries
        ]
        return Content("  ").join(shown)
