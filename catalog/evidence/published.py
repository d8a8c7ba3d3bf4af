"""Published measurements, each with its source, as plain records.

Perplexities are compared only inside one comparison: the same source, model, corpus and frame. Across
those, text, tokenization and windows differ, and so do the numbers.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path
from typing import Literal

Frame = Literal["gptq", "llama.cpp", "other"]
FOLDER = Path(__file__).parents[1] / "published"
FULL_PRECISION = frozenset({"fp16", "gguf-f16"})


@dataclass(frozen=True)
class PublishedPerplexity:
    """One row of perplexity.csv. `context` is the window in tokens; `delta_ln_ppl` is
    ln(PPL / PPL at 16 bits) within the same source, corpus and context, None where none was published.

    `memory_bytes` is the inference memory the source states, `file_bytes` the size of the checkpoint.
    """

    model: str
    method: str
    bits: float | None
    group: int | None
    context: int
    corpus: str
    ppl: float
    source: str
    note: str
    level: str | None
    frame: Frame
    delta_ln_ppl: float | None
    memory_bytes: int | None
    file_bytes: int | None
    mean_kl_nats: float | None


@dataclass(frozen=True)
class LoraLand:
    """One model of the LoRA Land report (arXiv:2405.00732): averages over 31 tasks."""

    model: str
    parameters_billion: float | None
    base_average: float
    finetuned_average: float | None
    lift: float | None
    tasks_best: int | None
    tasks_above_gpt4: int | None
    min_lift: float | None
    source: str = "arXiv:2405.00732"


@cache
def load_perplexity() -> tuple[PublishedPerplexity, ...]:
    """All rows of perplexity.csv in file order."""
    with (FOLDER / "perplexity.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    references = {
        _comparison(row): float(row["ppl"]) for row in reversed(rows) if row["method"] in FULL_PRECISION
    }
    return tuple(_perplexity(row, references.get(_comparison(row))) for row in rows)


@cache
def load_lora_land() -> tuple[LoraLand, ...]:
    """All rows of lora_land.csv in file order."""
    with (FOLDER / "lora_land.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            LoraLand(
                model=row["model"],
                parameters_billion=_float(row["params_b"]),
                base_average=float(row["base_avg"]),
                finetuned_average=_float(row["finetuned_avg"]),
                lift=_float(row["lift"]),
                tasks_best=_int(row["tasks_best"]),
                tasks_above_gpt4=_int(row["tasks_above_gpt4"]),
                min_lift=_float(row["min_lift"]),
            )
            for row in csv.DictReader(file)
        )


@cache
def _table_sources() -> dict[str, tuple[str, ...]]:
    with (FOLDER / "benchmark_tables.csv").open(encoding="utf-8", newline="") as file:
        found: dict[str, dict[str, None]] = {}
        for row in csv.DictReader(file):
            found.setdefault(row["table"], {})[row["source"]] = None
    return {table: tuple(sources) for table, sources in found.items()}


def source_of_table(table: str) -> str:
    """Where the scores of a table of benchmarks were read: repositories, as benchmark_tables.csv has
    them.
    """
    return ", ".join(_table_sources()[table])


@cache
def perplexity_by_model() -> dict[str, tuple[PublishedPerplexity, ...]]:
    """The rows of each model."""
    models: dict[str, list[PublishedPerplexity]] = {}
    for row in load_perplexity():
        models.setdefault(row.model, []).append(row)
    return {model: tuple(rows) for model, rows in models.items()}


def published_for(model: str, level: str | None = None) -> tuple[PublishedPerplexity, ...]:
    """Published perplexities of a model, at one level where given."""
    rows = perplexity_by_model().get(model, ())
    return tuple(row for row in rows if level is None or row.level == level)


def _comparison(row: dict[str, str]) -> tuple[str, str, str, str]:
    return row["model"], row["source"], row["corpus"], row["context"]


def _perplexity(row: dict[str, str], reference: float | None) -> PublishedPerplexity:
    ppl, note, method = float(row["ppl"]), row["note"], row["method"]
    memory = re.search(r"memory (\d+) MiB", note)
    size = re.search(r"(?:checkpoint|file) ([\d.]+) (GB|GiB)", note)
    divergence = re.search(r"mean KL vs f16 ([\d.]+)", note)
    gigabyte = 1024**3 if size and size[2] == "GiB" else 10**9
    return PublishedPerplexity(
        model=row["model"],
        method=method,
        bits=_float(row["bits"]),
        group=_int(row["group"]),
        context=int(row["context"]),
        corpus=row["corpus"],
        ppl=ppl,
        source=row["source"],
        note=note,
        level=level_name(method, _float(row["bits"]), _int(row["group"])),
        frame="llama.cpp" if method.startswith("gguf") else "gptq" if row["context"] == "2048" else "other",
        delta_ln_ppl=log(ppl / reference) if reference else None,
        memory_bytes=int(memory[1]) * 1024**2 if memory else None,
        file_bytes=round(float(size[1]) * gigabyte) if size else None,
        mean_kl_nats=float(divergence[1]) if divergence else None,
    )


def level_name(method: str, bits: float | None, group: int | None) -> str | None:
    """The catalog's name of a published method, None where the catalog has no such level."""
    lowered = method.lower()
    if lowered in ("nf4", "nf4-dq", "fp4", "fp16"):
        return lowered
    if lowered == "gguf-f16":
        return "fp16"
    if lowered.startswith("gguf-"):
        return lowered
    if lowered == "gptq-128g":
        return "gptq-4-g128"
    suffix = "col" if group is None else f"g{group}"
    if lowered in ("rtn", "gptq", "awq") and bits:
        return f"{lowered}-{bits:g}-{suffix}"
    return f"gptq-{bits:g}-{suffix}-act" if lowered == "gptq-reorder" and bits else None


def _float(text: str) -> float | None:
    return float(text) if text else None


def _int(text: str) -> int | None:
    return int(text) if text else None
