"""The evidence behind one row of the verdict: identity, provenance, key, numbers, the command."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from catalog.evidence.records import Evidence
from catalog.verdict.request import Ranked
from tui.foreign import clean_line
from tui.screens.base import BasefitDialog
from tui.wording import provenance_word, size_words

HIDDEN = ("spans", "model", "level", "samples", "cuts")


class EvidenceDialog(BasefitDialog[None]):
    """Reads only; Escape or q goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [("q", "close", "app.key.close")]

    def __init__(self, row: Ranked, evidence: Sequence[Evidence], named: Sequence[str]) -> None:
        super().__init__()
        self._row, self._evidence, self._named = row, evidence, named

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -wide"):
            title = self.say("evidence.title", model=self._row.model, level=self._row.level)
            yield Static(title, classes="dialog-title", markup=False)
            for evidence in self._evidence:
                yield Static(self._words(evidence), classes="evidence", markup=False)
            if self._named:
                yield Static(self._estimates(), classes="evidence", markup=False)

    def _words(self, evidence: Evidence) -> Content:
        trust = provenance_word(evidence.provenance.value, self.basefit.language)
        head = f"{evidence.id}  {self.say(f'kind.{evidence.kind}')}  {trust}  {evidence.created}"
        subject = f"{evidence.model} {evidence.level} ({evidence.revision})"
        facts = {k: v for k, v in evidence.values.items() if k not in HIDDEN}
        return Content("\n").join(
            [
                Content.styled(head, "bold"),
                Content(clean_line(subject)),
                Content.styled("$ " + clean_line(evidence.source), "$accent"),
                Content(clean_line(_flat(evidence.key))),
                Content(clean_line(_flat(facts))),
            ]
        )

    def _estimates(self) -> str:
        return self.say("evidence.estimates", names=", ".join(self._named))


def _flat(values: Any) -> str:
    """name value, name value …: plain numbers with four figures, sizes as sizes, no nested rows."""
    return "  ".join(f"{name} {_short(name, value)}" for name, value in values.items() if _plain(value))


def _plain(value: object) -> bool:
    return value is None or (isinstance(value, str | int | float) and value != "")


def _short(name: str, value: object) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int | float) and name.endswith("bytes"):
        return size_words(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    return text[:12] if name.endswith("sha256") else text
