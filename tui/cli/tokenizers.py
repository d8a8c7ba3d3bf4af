"""The command tokenizers: what a text costs each tokenizer, side by side."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.style import Style

from catalog.verdict.request import Reason
from probes.measurement.jobs import tokenizer_job
from probes.measurement.question import tokenizer_target
from probes.tokenization.job import TokenizersJob
from tui.cli.fetching import fetch_tokenizers
from tui.cli.measuring import sample_text
from tui.cli.options import Export, Json, Targets, Yes, from_hub, options_of
from tui.cli.output import print_json, print_line, print_table, tell, words
from tui.cli.session import Session
from tui.cli.terminal import columns_of_stdout, put_as_is
from tui.colours import TOKENS
from tui.foreign import clean
from tui.report.export import check_ending
from tui.report.export import export as write
from tui.strings import default_language
from tui.wording import number, reason_words, segment_words


@from_hub
@options_of(TokenizersJob)
def tokenizers(
    targets: Targets,
    export: Export = None,
    yes: Yes = False,
    as_json: Json = False,
    **given: Any,
) -> None:
    """What each tokenizer costs on a text."""
    paths = tuple(map(Path, given.pop("text", None) or (sample_text(None),)))
    if export is not None:
        check_ending(export)
    with Session({"targets": targets, "text": [str(path) for path in paths]}) as session:
        fetch_tokenizers(session, targets, yes)
        described = [tokenizer_target(target) for target in targets]
        (result,) = session.results([tokenizer_job(described, paths, given)])
        session.done({})
    if export is not None:
        write(result, export, default_language())
        tell(words("cli.written", path=export))
    if as_json:
        print_json("tokenizers", result)
    else:
        print_tokenizers(result, ", ".join(map(str, paths)))


def print_tokenizers(result: Mapping[str, Any], shown: str) -> None:
    """The table, the premium where a parallel text was given, the same sentence cut by each."""
    size = result["text"]
    print_line(words("cli.text", path=shown, bytes=f"{size['bytes']:,}", chars=f"{size['chars']:,}"))
    columns = ("tokenizer", "vocabulary", "tokens", "per-char", "per-han", "bytes-per", "fallback", "unk")
    print_table(
        [words(f"cli.column.{name}") for name in columns],
        [
            (
                str(row["name"]),
                f"{row['vocab_size']:,}",
                f"{row['tokens']:,}",
                number(row["tokens_per_char"], 3),
                number(row["tokens_per_han_char"], 3),
                number(row["bytes_per_token"], 2),
                f"{row['byte_fallback_share']:.1%}",
                f"{row['unk_share']:.1%}",
            )
            for row in result["tokenizers"]
        ],
    )
    for row in result["tokenizers"]:
        if row.get("premium") is not None:
            print_line(words("cli.premium", name=row["name"], premium=number(row["premium"], 2)))
        if row["price_per_1000_chars"] is not None:
            price = number(row["price_per_1000_chars"], 4)
            print_line(words("cli.price-per-1000", name=row["name"], price=price))
        if not row["round_trip"]:
            print_line(words("cli.no-round-trip", name=row["name"]))
    for note in result["notes"]:
        print_line(reason_words(Reason(note["code"], note)))
    for cut in result["cuts"]:
        print_line()
        print_line(words("app.tokenizers.cut", name=cut["name"], tokens=cut["tokens"]))
        print_pieces(cut["segments"])


def print_pieces(segments: Iterable[Mapping[str, Any]]) -> None:
    """Each token on a background of its own where a terminal shows colours, a bar between them always."""
    colours = columns_of_stdout() is not None and "NO_COLOR" not in os.environ
    styles = [Style.parse(f"#ffffff on {colour}") for colour in TOKENS]
    shown = []
    for place, segment in enumerate(s for s in segments if s["kind"] != "prefix"):
        text = clean(segment_words(segment))
        shown.append(styles[place % len(styles)].render(text) if colours else text)
    put_as_is("|".join(shown) + "\n")
