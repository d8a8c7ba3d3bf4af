"""The last door before the terminal: no widget's line carries a control character, whoever forgot it."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.foreign import clean


class Harmless(LineFilter):
    """Takes out what `tui.foreign.clean` should have made an escape of; a cell it filled becomes a blank.

    It is too late for an escape: the line has its width already.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, each as wide as before."""
        return [_harmless(one) for one in segments]


def _harmless(segment: Segment) -> Segment:
    text, style, control = segment
    if control or clean(text) == text:
        return segment
    width = segment.cell_length
    kept = Segment("".join(char for char in text if clean(char) == char), style)
    return Segment(kept.text + " " * (width - kept.cell_length), style)
