"""The Markdown card beside an adapter: what it is, what was measured, how to load and serve it."""

from catalog.evidence.kinds import TrialData, TrialKey, TrialRow
from catalog.export.full_run import FullRun
from catalog.export.serving import serving_lines


def card(run: FullRun, facts: TrialData, key: TrialKey, row: TrialRow) -> str:
    """The text of README.md: `facts` is the trial's `data`, `key` its evidence key, `row` its answer."""
    curve = "".join(f"| {p.examples} | {p.bits_per_byte:.4f} | {p.se:.4f} |\n" for p in row.points)
    versions = ", ".join(f"{name} {version}" for name, version in key.versions.items())
    serving = "\n".join(serving_lines(run).values())
    return f"""---
base_model: {run.model}
library_name: peft
tags: [basefit, {row.method}]
---

# A trial adapter of {row.model} at {row.level}

A short run to compare base models, not a finished fine-tune.

- Data: {run.data} ({facts.format} rows, {facts.examples} to train on, {facts.holdout} held out,
  SHA-256 {facts.data_sha256}), put before the model in the layout `{facts.layout}`.
- Method: {row.method}, rank {run.rank}, alpha {run.alpha}, batch {run.batch}, rate {run.rate:g},
  seed {run.seed}; loss on the answers only.
- With: {versions}, on {key.device}.

| examples | bits per byte of the held-out answers | standard error |
|---:|---:|---:|
{curve}
```python
from peft import PeftModel
from transformers import AutoModelForCausalLM

model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained({run.model!r}), ".")
```

```sh
{serving}
```
"""
