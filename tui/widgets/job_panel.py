"""The queue: one line a job with its state, phase, a bar, rate and time left."""

from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from probes.jobs.clock import Reckoned
from probes.jobs.queue import JobState
from probes.measurement.board import Board, JobRow
from tui.foreign import clean_line
from tui.strings import say
from tui.widgets.progress import bar_words, left_words, note_words, pace_words, phase_words
from tui.wording import duration_words, problem_words

BAR = 8
_COLOUR = {
    JobState.QUEUED: "foreground",
    JobState.RUNNING: "primary",
    JobState.DONE: "success",
    JobState.FAILED: "error",
    JobState.CANCELLED: "warning",
}


class JobPanel(ScrollView, can_focus=True):
    """Follows a board; the cursor says which job `x` would end, and follows the first running job
    until it is moved.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "app.key.down", show=False),
        Binding("k,up", "move(-1)", "app.key.up", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another job."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._board: Board | None = None
        self._language, self._at, self._follow = "en", 0, True

    def show(self, board: Board | None, language: str) -> None:
        """Draw the board as it is now."""
        self._board, self._language = board, language
        count = len(board.jobs) if board else 0
        running = [i for i, row in enumerate(board.jobs) if row.state is JobState.RUNNING] if board else []
        if self._follow and running:
            self._at = running[0]
        self._at = min(self._at, max(0, count - 1))
        self.virtual_size = Size(max(1, self.size.width), count)
        self.refresh()

    @property
    def row(self) -> JobRow | None:
        """The job under the cursor."""
        rows = self._board.jobs if self._board else []
        return rows[self._at] if self._at < len(rows) else None

    def action_move(self, by: int) -> None:
        """The cursor up or down."""
        count = len(self._board.jobs) if self._board else 0
        self._at, self._follow = max(0, min(count - 1, self._at + by)), False
        self.scroll_to(y=max(0, self._at - self.size.height + 1), animate=False)
        self.refresh()
        self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        """One job; the strip is as wide as the panel."""
        width = self.size.width
        place = y + self.scroll_offset.y
        base = self.rich_style
        if self._board is None or place >= len(self._board.jobs):
            return Strip.blank(width, base)
        row = self._board.jobs[place]
        if place == self._at and self.has_focus:
            base += Style(bgcolor=self.app.theme_variables.get("panel", "")[:7] or None, bold=True)
        state = say(f"app.state.{row.state}", self._language)
        colour = self.app.theme_variables.get(_COLOUR[row.state], "")
        segments = [
            Segment(
                " " + _fit(state, 10),
                base + Style(color=colour[:7] or None, bold=row.state is JobState.RUNNING),
            ),
            Segment(self._rest(row, width - 11), base),
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def _rest(self, row: JobRow, width: int) -> str:
        assert self._board is not None
        probe = say(f"app.probe.{row.job.probe}", self._language)
        subject = subject_words(row.job.subject, 13 if width < 90 else 26, self._language)
        head = f"{_fit(probe, 10)} {subject} "
        spent = duration_words(row.seconds(self._board.now))
        if row.state is JobState.FAILED and row.failed is not None:
            return head + _fit(problem_words(row.failed, self._language), width - cell_len(head))
        if row.state is JobState.RUNNING and row.progress is None:
            found = self._board.reckoned(row)
            left = f" {bar_words(found.share, BAR)} {left_words(found, self._language)}" if found else ""
            return head + _fit(f"{say('app.run.starting', self._language)}{left}", width - cell_len(head))
        if row.state is not JobState.RUNNING or row.progress is None:
            return head + ("" if row.state is JobState.QUEUED else spent)
        return head + progress_words(row, self._board.reckoned(row), width - cell_len(head), self._language)


def subject_words(subject: str, width: int, language: str) -> str:
    """What a job is about, in so many cells: several models by their number where the names are longer."""
    names = subject.split(", ")
    if len(names) > 1 and cell_len(subject) > width:
        subject = say("app.run.models", language, count=len(names))
    return _fit(subject, width)


def progress_words(row: JobRow, found: Reckoned | None, width: int, language: str) -> str:
    """Bar, share, time left, then step and rate as far as there is room."""
    progress = row.progress
    assert progress is not None
    words = f"{bar_words(found.share, BAR)} {left_words(found, language)}" if found else ""
    note = note_words(progress, language)
    extras = [phase_words(progress, language), note if note != row.job.subject else ""]
    extras.append(pace_words(progress, language))
    for extra in extras:
        if extra and cell_len(words) + 1 + cell_len(extra) <= width:
            words += f" {extra}"
    return _fit(words, width)


def _fit(words: str, width: int) -> str:
    return set_cell_size(clean_line(words.replace("\n", " ")), max(0, width))
