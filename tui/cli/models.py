"""`basefit models`: what fits. No weights are read and nothing is downloaded."""

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from catalog.models.stored_settings import StoredAs
from catalog.verdict.fit import FitRow, rows
from catalog.verdict.verdict_json import card_json
from probes.checkpoint.on_disk import known_models, places
from probes.checkpoint.stored import describe
from probes.jobs.devices import CPU
from probes.measurement.question import about, request_of, understand
from probes.measurement.saved_requests import Asked
from tui.cli.cards import print_card
from tui.cli.engines import print_engines
from tui.cli.measuring import room
from tui.cli.options import (
    Batch,
    Budget,
    Context,
    Engine,
    Gpu,
    Json,
    Kind,
    KvBits,
    Language,
    Levels,
    Offload,
    Prefill,
    Trainer,
    Use,
    memory,
)
from tui.cli.output import print_json, print_line, print_table, words
from tui.cli.session import store_to_read
from tui.wording import count_words, fit_word, size_words, speed_words, stored_words

SHOWN_ROWS = 25


def models(
    budget: Budget = None,
    gpu: Gpu = None,
    use: Use = "infer",
    context: Context = 2048,
    batch: Batch = 1,
    language: Language = None,
    kind: Kind = None,
    levels: Levels = None,
    engine: Engine = None,
    prefill: Prefill = None,
    kv_bits: KvBits = None,
    offload: Offload = None,
    trainer: Trainer = None,
    folder: Annotated[Path | None, typer.Option(help="A folder with checkpoints of your own.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what does not fit, and what is left out.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Which models fit the budget, at which level: an estimate with its range, the best first."""
    options: dict[str, Any] = {"budget": memory(budget, gpu), "language": language, "kind": kind}
    options |= {"levels": levels, "use": use, "context": context, "batch": batch}
    options |= {
        "engine": engine,
        "prefill": prefill,
        "kv_bits": kv_bits,
        "offload": offload,
        "trainer": trainer,
    }
    asked = Asked().given(options)
    with closing(store_to_read()) as store:
        place = room(asked.budget, store)
        amount = place.budget
        known = known_models(folder)
        request = request_of(understand(asked, place, CPU, known, everything))
        found = rows(request, about(request, store))
    here = places(known)
    stored = {name: describe(Path(here[name])) for name in {row.model for row in found} & here.keys()}
    fitting = [row for row in found if row.fits != "no" and not row.left_out]
    left_out = Counter(row.left_out.code for row in found if row.left_out)
    shown = found if everything else fitting
    if as_json:
        print_json(
            "models",
            {
                "budget": {
                    "label": amount.label,
                    "bytes": amount.bytes,
                    "simulated": amount.simulated,
                    "card": card_json(amount.gpu, place.context_bytes),
                },
                "use": use,
                "context": context,
                "batch": batch,
                "language": asked.language,
                "model_kind": asked.wanted_kind,
                "levels": list(request.levels),
                "kv_bits": asked.kv_bits,
                "left_out": left_out,
                "rows": [_row_json(row, here.get(row.model), stored.get(row.model)) for row in shown],
            },
        )
    else:
        badge = " [SIM]" if amount.simulated else ""
        print_line(words("cli.budget", label=amount.label, size=size_words(amount.total_bytes)) + badge)
        print_card(place)
        listed = shown if everything else shown[:SHOWN_ROWS]
        print_models(listed, here)
        served = ((row.level, row.served.name, row.served.prefill) for row in listed if row.served)
        print_engines(served, context)
        for name in dict.fromkeys(row.model for row in listed):
            if name in stored and stored[name].quantized:
                print_line(stored_words(name, stored[name]))
        if not everything:
            print_line(words("cli.shown-of", shown=min(len(shown), SHOWN_ROWS), total=len(found)))
            for code, count in left_out.items():
                print_line(words(f"cli.left-out.{code}", count=count, kind=asked.wanted_kind))
        if any(row.rate and not row.rate.calibrated for row in listed):
            print_line(words("cli.uncalibrated"))
        print_line(words("cli.estimates") if shown else words("cli.nothing-fits"))
    return 0 if fitting else 1


def print_models(shown: list[FitRow], here: Mapping[str, str]) -> None:
    """The table of `basefit models`; a star marks what is on this disk."""
    columns = ("model", "level", "fits", "parameters", "expected", "low", "high", "speed")
    print_table(
        [words(f"cli.column.{name}") for name in columns],
        [
            (
                row.model + (" *" if row.model in here else ""),
                row.level,
                fit_word(row.fits),
                count_words(row.parameters),
                size_words(row.expected_bytes),
                size_words(row.low_bytes),
                size_words(row.high_bytes),
                speed_words(row.tokens_per_second_estimate, row.rate is None or row.rate.calibrated),
            )
            for row in shown
        ],
        left=3,
    )


def _row_json(row: FitRow, place: str | None, stored: StoredAs | None) -> dict[str, Any]:
    entry = row.entry
    speed, cost = row.tokens_per_second_estimate, entry.tokens_per_character
    return {
        "model": row.model,
        "parameters": row.parameters,
        "level": row.level,
        "expected_bytes": row.expected_bytes,
        "low_bytes": row.low_bytes,
        "high_bytes": row.high_bytes,
        "fits": row.fits,
        "reason": row.reason,
        "reasons": [asdict(reason) for reason in row.closed],
        "verdict": row.verdict,
        "parameters_active": row.candidate.spec.parameters_active,
        "engine": row.served.name or None if row.served else None,
        "prefill": row.served.prefill if row.served else None,
        "host_bytes": row.host_bytes,
        "tokens_per_second_estimate": row.tokens_per_second_estimate,
        "tokens_per_second": asdict(row.rate) if row.rate else None,
        "published": [asdict(published) for published in row.published],
        "provenance": "estimated",
        "seconds_per_1000_chinese_characters": 1000 * cost / speed if speed and cost else None,
        "on_disk": place,
        "stored": stored.word if stored else None,
        "hub_id": entry.hub_id,
        "modelscope_id": entry.modelscope_id,
        "context": entry.spec.context,
        "languages": list(entry.languages),
        "licence": entry.licence,
        "commercial": entry.commercial,
        "chat": entry.chat,
        "kind": entry.kind,
        "training_tokens": entry.training_tokens,
        "verified": entry.verified,
        "source": entry.source or entry.path,
    }
