"""The vocabulary ladder: what the text costs as pieces are added, and what it costs with the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len, set_cell_size
from rich.style import Style

from tui.foreign import clean_line
from tui.widgets.canvas import Axis, Canvas, Place, Plot, braille, joined

RUNG, KNEE, LEVEL = "●", "◆", "┄"


@dataclass(frozen=True)
class Ladder:
    """`rungs` are (pieces added, tokens) in order, `knee` the index of the one beyond which little is
    saved; `others` are (name, tokens) of tokenizers on the same text.
    """

    rungs: Sequence[tuple[float, float]]
    knee: int
    others: Sequence[tuple[str, float]] = ()


class LadderPlot(Plot):
    """Pieces to the right, tokens upwards: lower is better. Other tokenizers are lines right across."""

    _ladder: Ladder | None = None

    def show(self, ladder: Ladder | None, x_label: str, y_label: str) -> None:
        """Draw another ladder; the labels stand below and above."""
        self._ladder = ladder
        self.redraw(x_label, y_label)

    def axes(self) -> tuple[Axis, Axis] | None:
        ladder = self._ladder
        if ladder is None:
            return None
        values = [value for _, value in (*ladder.rungs, *ladder.others)]
        return Axis(0.0, ladder.rungs[-1][0] or 1.0), Axis.around(values)

    def draw(self, canvas: Canvas) -> None:
        ladder = self._ladder
        assert ladder is not None
        curve = braille(joined([canvas.dot(*rung) for rung in ladder.rungs]))

        def row(other: tuple[str, float]) -> int:
            return canvas.cell(0.0, other[1])[1]

        for at, here in groupby(sorted(ladder.others, key=row), row):
            self._level(canvas, at, list(here), curve)
        strong = self.coloured("primary")
        canvas.draw(curve, strong)
        knee = self.coloured("warning") + Style(bold=True)
        for index, rung in enumerate(ladder.rungs):
            marked = index == ladder.knee
            canvas.put(canvas.cell(*rung), KNEE if marked else RUNG, knee if marked else strong)

    def _level(
        self, canvas: Canvas, row: int, here: Sequence[tuple[str, float]], curve: Mapping[Place, str]
    ) -> None:
        """A line right across, with the names of those that stand there where the curve is not."""
        style = self.coloured("success")
        words = " " + ", ".join(f"{clean_line(name)} {value:.3f}" for name, value in here) + " "
        words = set_cell_size(words, min(cell_len(words), canvas.columns - 2))
        size = cell_len(words)
        free = not any((column, row) in curve for column in range(size + 2))
        canvas.write((0, row), LEVEL * canvas.columns, style)
        canvas.write((1 if free else canvas.columns - size - 1, row), words, style)
