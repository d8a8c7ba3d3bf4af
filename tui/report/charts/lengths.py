"""Plain bars: one number a name, such as tokens per Han character."""

from collections.abc import Sequence

from tui.report.charts.svg import WIDTH, linear, picture, tag, text, title, width_of

ROW, TOP, RIGHT = 24, 8, 16


def lengths(rows: Sequence[tuple[str, float, bool]], unit: str, label: str, digits: int = 2) -> str:
    """(name, value, chosen) as bars from zero; the value stands at each bar's end."""
    left = min(300.0, max(width_of(name) for name, _, _ in rows) * 1.06 + 14)
    shown = [f"{value:,.{digits}f}" for _, value, _ in rows]
    right = WIDTH - RIGHT - max(map(width_of, shown)) - 12
    x = linear(0, max((value for _, value, _ in rows), default=1.0) or 1.0, left, right)
    drawn = []
    for index, ((name, value, chosen), words) in enumerate(zip(rows, shown, strict=True)):
        top = TOP + ROW * index
        kind = "strong" if chosen else ""
        drawn.append(text(left - 10, top + 16, name, "end", kind))
        wide = x(value) - left
        drawn.append(
            tag(
                "rect", title(f"{name}: {words} {unit}"), x=left, y=top + 5, width=wide, height=14,
                class_="s0" if chosen else "s7",
            )
        )  # fmt: skip
        drawn.append(text(left + wide + 8, top + 16, words, kind=kind))
    bottom = TOP + ROW * len(rows)
    drawn.append(text(left, bottom + 16, unit, kind="label"))
    return picture(bottom + 26, "".join(drawn), label)
