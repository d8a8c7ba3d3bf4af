"""Fit the prior to published scores, write what the catalog reads: `python -m tests.bench.prior_fit`.

What is written of each model of the catalog is its mean and standard deviation, and of each two models the
standard deviation of their difference, in which what they share (a maker, a generation, a table) does not
count. Every standard deviation is as wide as families that were left out ask for (`prior_check.py`, which
prints the figures).

To add a table: its scores to catalog/published/benchmarks.csv, its source to benchmark_tables.csv, models
that are new to model_features.csv here; then this command again.
"""

import json
from base64 import b64encode
from typing import Any

import numpy as np

from catalog.evidence.published import FOLDER
from catalog.models.registry import load_models
from tests.bench.prior_check import families_left_out, report, scale
from tests.bench.prior_data import ABILITIES, at_its_best, models
from tests.bench.prior_model import TERMS, Array, Fit, fit

OUT = FOLDER / "ability.json"
ANSWERS = 2.0
"""Logits by which a base model follows instructions worse than one tuned to answer: no table of IFEval
has bases."""


def main() -> None:
    """Fit, check, print the figures, write."""
    out = {}
    for ability in ABILITIES:
        found = fit(ability)
        family = families_left_out(found)
        widened = scale(family)
        print("\n".join(report(found, family, widened)), flush=True)
        out[ability.name] = written(found, widened)
    OUT.write_text(json.dumps(out, indent=0, separators=(",", ":")) + "\n", "utf-8")


def written(found: Fit, widened: float) -> dict[str, Any]:
    """What the catalog reads of one ability; every standard deviation times `widened`."""
    names = list(load_models())
    wanted = [at_its_best(models()[name], found.ability) for name in names]
    means, covariance = found.predict(wanted)
    if found.ability.name == "chat":
        means = means - ANSWERS * np.array([one.kind == "base" for one in wanted])
    sds = widened * np.sqrt(np.diag(covariance))
    tables: dict[str, list[str]] = {}
    for row in found.rows:
        if row.table not in tables.setdefault(row.model.name, []):
            tables[row.model.name].append(row.table)
    coefficients = found.coefficients()
    return {
        "benchmark": found.ability.benchmarks[0],
        "chance": found.ability.chance,
        "coefficients": dict(zip(TERMS, (round(float(one), 3) for one in coefficients), strict=True)),
        "answers": ANSWERS if found.ability.name == "chat" else 0.0,
        "sd": {name: round(widened * one, 4) for name, one in found.sd.items()},
        "models": {
            name: {
                "parameters": load_models()[name].spec.parameters,
                "mean": round(float(means[place]), 3),
                "sd": round(float(sds[place]), 3),
                "tables": sorted(tables.get(name, [])),
            }
            for place, name in enumerate(names)
        },
        "apart": _apart(covariance, widened),
    }


def _apart(covariance: Array, widened: float) -> str:
    """The standard deviation of the difference of each two models: a byte each in hundredths of a logit,
    row by row below the diagonal, base64.
    """
    diagonal = np.diag(covariance)
    variance = diagonal[:, None] + diagonal[None, :] - 2 * covariance
    sds = widened * np.sqrt(np.maximum(variance, 0.0))[np.tril_indices(len(diagonal), -1)]
    return b64encode(np.clip(np.round(100 * sds), 0, 255).astype(np.uint8).tobytes()).decode("ascii")


if __name__ == "__main__":
    main()
