"""The windows of a text that one level suffered on most, with their words."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from catalog.evidence.kinds import Perplexity, PerplexityKey, key_of
from catalog.evidence.windows import Hurt, hurt_windows
from catalog.problem import Problem
from probes.jobs.events import Metric
from probes.text import read_text
from tui.screens.base import BasefitDialog

SHOWN = 8
"""Windows shown, of some KiB of text each."""


def reference_of(metric: Metric, metrics: Sequence[Metric]) -> Metric | None:
    """The metric that `metric` was compared with, of the same model, text and frame; None for itself."""
    key = PerplexityKey.of(metric)
    wanted = (metric.kind, metric.model, metric.revision, key.reference, key.text_sha256)
    for other in metrics:
        found = (other.kind, other.model, other.revision, other.level, key_of(other).text_sha256)
        if found == wanted:
            return None if other is metric else other
    return None


class WindowsDialog(BasefitDialog[None]):
    """Reads only; Escape or q goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("q", "close", "app.key.close"),
        Binding("j", "scroll(1)", "app.key.down", show=False),
        Binding("k", "scroll(-1)", "app.key.up", show=False),
    ]

    def __init__(self, metric: Metric, reference: Metric | None, text: Path) -> None:
        super().__init__()
        self._metric, self._reference, self._text = metric, reference, text

    def compose(self) -> ComposeResult:
        metric, base = self._metric, self._reference
        names = {"model": metric.model, "level": metric.level}
        found = hurt_windows(Perplexity.of(metric), Perplexity.of(base) if base else None)
        with VerticalScroll(classes="dialog -wide"):
            if base is not None:
                title = self.say("windows.title", reference=base.level, **names)
            else:
                title = self.say("windows.title-reference", **names)
            yield Static(title, classes="dialog-title", markup=False)
            if not found:
                yield Static(self.say("windows.none", **names), markup=False)
                return
            text = self._bytes()
            if text is None:
                yield Static(self.say("windows.gone", path=self._text), classes="problem", markup=False)
            for number, hurt in enumerate(found[:SHOWN], 1):
                words = "" if text is None else text[hurt.start : hurt.end].decode("utf-8", "replace")
                yield Static(self._entry(number, len(found), hurt, words), classes="evidence", markup=False)

    def _entry(self, number: int, count: int, hurt: Hurt, words: str) -> Content:
        key = "windows.entry" if hurt.delta is not None else "windows.entry-reference"
        head = self.say(
            key,
            number=number,
            count=count,
            start=hurt.start,
            end=hurt.end,
            delta=f"{hurt.delta or 0.0:+.4f}",
            nats=f"{hurt.nats_per_byte:.4f}",
            kl="-" if hurt.kl_nats is None else f"{hurt.kl_nats:.4f}",
        )
        return Content("\n").join([Content.styled(head, "bold"), Content(words.strip())])

    def _bytes(self) -> bytes | None:
        """The text that was scored; None where the file is gone or another one now."""
        try:
            text = read_text(self._text)
        except (Problem, OSError):
            return None
        return text.text.encode("utf-8") if text.sha256 == key_of(self._metric).text_sha256 else None

    def action_scroll(self, by: int) -> None:
        """A line up or down."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
