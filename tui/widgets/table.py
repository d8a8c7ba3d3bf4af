"""A table with the keys of the app and cells that never read foreign text as markup."""

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable

from tui.foreign import clean_line


def cell(words: str, style: str = "", right: bool = False) -> Text:
    """A cell of plain words; `style` is a Rich style such as a colour."""
    return Text(clean_line(words), style=style, justify="right" if right else "left", no_wrap=True)


def widths(heads: Sequence[str], rows: Sequence[Sequence[Text]]) -> list[int]:
    """Terminal cells that each column needs."""
    columns = zip(*rows, strict=True) if rows else [()] * len(heads)
    return [
        max([cell_len(head.rstrip("\t")), *(part.cell_len for part in column)])
        for head, column in zip(heads, columns, strict=True)
    ]


class Table(DataTable[Text], inherit_bindings=False):
    """Rows are replaced as a whole; the cursor stays on the row it was on.

    Enter and the arrows to the sides are left to the screen. The widths of the columns are set here:
    Textual's own are measured when the app is idle, and a heading painted before that stays as it was.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "cursor_down", "app.key.down", show=False),
        Binding("k,up", "cursor_up", "app.key.up", show=False),
        Binding("pagedown", "page_down", "app.key.down", show=False),
        Binding("pageup", "page_up", "app.key.up", show=False),
        Binding("end,G", "scroll_bottom", "app.key.down", show=False),
        Binding("home,g", "scroll_top", "app.key.up", show=False),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False, **options)
        self._drawn: list[tuple[str, int]] = []

    def fill(self, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[Text]]]) -> None:
        """Show these (key, cells). A heading that ends in a tab is set to the right."""
        at = self.cursor_key()
        columns = list(zip(heads, widths(heads, [cells for _, cells in rows]), strict=True))
        if columns != self._drawn:
            self.clear(columns=True)
            self._drawn = columns
            for head, width in columns:
                self.add_column(cell(head.rstrip("\t"), right=head.endswith("\t")), width=width)
        else:
            self.clear()
        keys = []
        for key, cells in rows:
            self.add_row(*cells, key=key)
            keys.append(key)
        if at in keys:
            self.move_cursor(row=keys.index(at), animate=False, scroll=True)

    def cursor_key(self) -> str | None:
        """The key of the row under the cursor."""
        if not self.is_valid_row_index(self.cursor_row):
            return None
        return self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value
