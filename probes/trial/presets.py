"""Settings of published runs, as far as they are published (FACTS.md, section 1). No torch."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from catalog.problem import Problem

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        # LoRA Land: 4 bits, rank 8, one row times sixteen, 2e-4 (the table's; its text prints 0.002).
        "lora-land": {"level": "nf4", "method": "qlora", "rank": 8, "batch": 16, "rate": 2e-4},
        # CodeLLaMA-34B on Spider and ViGGO: 8 bits, rank 8 on the attention's four projections.
        "codellama-sql": {
            "level": "int8",
            "method": "qlora",
            "rank": 8,
            "alpha": 16,
            "dropout": 0.05,
            "targets": ("q_proj", "k_proj", "v_proj", "o_proj"),
        },
        # LongQLoRA: twice the model's own context by position interpolation (its shifted attention is not
        # copied: it saves time, and the tuned model is used without it).
        "longqlora": {"level": "nf4", "method": "qlora", "context_factor": 2.0, "max_chars": 24_000},
        # P-tuning v2 on ADGEN: a prefix of 128, 2e-2, one row times sixteen, 3,000 steps, 问/答.
        "ptuning-adgen": {
            "level": "nf4",
            "method": "prefix",
            "virtual_tokens": 128,
            "rate": 2e-2,
            "batch": 16,
            "examples": 48_000,
            "layout": "wenda",
        },
    }
)


def apply(job: Mapping[str, Any]) -> dict[str, Any]:
    """The job with its preset's settings under its own. Problems: preset-unknown."""
    name = job.get("preset")
    if name is None:
        return dict(job)
    if name not in PRESETS:
        raise Problem("preset-unknown", preset=name, known=", ".join(PRESETS))
    return dict(PRESETS[name]) | {key: value for key, value in job.items() if value is not None}
