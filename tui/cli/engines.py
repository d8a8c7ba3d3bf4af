"""What serves the levels of a table, in a line for each engine."""

from collections.abc import Iterable

from tui.cli.output import print_line, words


def print_engines(served: Iterable[tuple[str, str, int | None]], context: int) -> None:
    """Of (level, engine, tokens of the prompt at once): which engine was reckoned with for which levels."""
    levels: dict[tuple[str, int | None], list[str]] = {}
    for level, engine, prefill in served:
        levels.setdefault((engine, prefill), []).append(level)
    for (engine, prefill), found in levels.items():
        print_line(engine_words(engine, prefill, context, dict.fromkeys(found)))


def engine_words(engine: str, prefill: int | None, context: int, levels: Iterable[str]) -> str:
    """One engine, how it takes in a prompt, and the levels it serves."""
    key = "none" if not engine else "all" if prefill is None or prefill >= context else "pieces"
    return words(f"cli.engine-{key}", engine=engine, prefill=prefill or 0, levels=", ".join(levels))
