"""Two bars on one scale: the memory that was predicted, in its parts, and what was measured."""

from textual.content import Content
from textual.widget import Widget

from catalog.memory.footprint import Footprint
from tui.strings import say
from tui.widgets.memory_bar import filled
from tui.wording import range_words, size_words

BAR_SHARE = 0.4
"""Of the width, at most so much is the bar; the words need the rest."""
MEASURED = "━"


class MemoryAgainst(Widget):
    """The prediction above, the measurement below, each with its size in words."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._predicted: Footprint | None = None
        self._measured: float | None = None
        self._where, self._language = "gpu", "en"

    def show(self, predicted: Footprint | None, measured: float | None, where: str, language: str) -> None:
        """Draw other sizes; `where` is `gpu`, or `cpu` where a process is measured with its libraries."""
        self._predicted, self._measured = predicted, measured
        self._where, self._language = where, language
        self.refresh(layout=True)

    def render(self) -> Content:
        if self._predicted is None:
            return Content("")
        width = max(10, int(self.size.width * BAR_SHARE))
        scale = max(self._predicted.high, self._measured or 0, 1)
        size = self._predicted
        words = range_words(size.low, size.expected, size.high)
        told = say("app.trial.memory-predicted", self._language, size=words)
        bar = filled(size, scale, width)
        lines = [Content.assemble(bar, " " * (width - bar.cell_length), f" {told}")]
        if self._measured:
            words = size_words(self._measured)
            told = say(f"app.trial.memory-{self._where}", self._language, size=words)
            reached = MEASURED * max(1, round(self._measured / scale * width))
            lines.append(Content.assemble(reached.ljust(width), f" {told}"))
        else:
            lines.append(Content(" " * width + " " + say("app.trial.memory-unmeasured", self._language)))
        return Content("\n").join(lines)
