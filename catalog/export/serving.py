"""The lines that serve an adapter beside its base model."""

import shlex
from pathlib import Path

from catalog.export.full_run import FullRun


def serving_lines(run: FullRun) -> dict[str, str]:
    """Tool -> the command that serves the base model with the adapter."""
    adapter = run.adapter or run.output
    name = Path(adapter).name
    vllm = [
        *("vllm", "serve", run.model, "--enable-lora"),
        *("--max-lora-rank", str(_vllm_rank(run.rank)), "--lora-modules", f"{name}={adapter}"),
    ]
    lorax = [
        "lorax-launcher",
        "--model-id",
        run.model,
        "--adapter-id",
        adapter,
        "--adapter-source",
        "local",
    ]
    if run.short == "fp16":
        vllm += ["--dtype", "half"]
    if run.bits:
        vllm += ["--quantization", "bitsandbytes"]
        lorax += ["--quantize", f"bitsandbytes-{run.about.builder}" if run.bits == 4 else "bitsandbytes"]
    return {"vllm": shlex.join(vllm), "lorax": shlex.join(lorax)}


def serving(run: FullRun) -> dict[str, str]:
    """`serve.sh`: the line for vLLM, and LoRAX's beside it."""
    lines = serving_lines(run)
    text = "#!/bin/sh\n# The base model with the adapter, by vLLM's OpenAI-compatible server.\n"
    text += f"exec {lines['vllm']}\n\n# Or by LoRAX:\n# {lines['lorax']}\n"
    return {"serve.sh": text}


def _vllm_rank(rank: int) -> int:
    """vLLM takes powers of two from 8 on as its greatest rank."""
    allowed = 8
    while allowed < rank:
        allowed *= 2
    return allowed


def ollama(run: FullRun) -> dict[str, str]:
    """A `Modelfile` for `ollama create`; the layout of the trial as its template.

    Ollama reads a safetensors adapter only on an unquantized base of a few families; it quantizes the
    merged model itself.
    """
    adapter = run.adapter or run.output
    template = {
        "alpaca": "### Instruction:\n{{ .Prompt }}\n\n### Response:\n",
        "wenda": "问：{{ .Prompt }}\n\n答：",
        "plain": "{{ .Prompt }}\n",
    }.get(run.layout)
    text = (
        f"# ollama create {Path(adapter).name.lower()} --quantize q4_K_M -f Modelfile\nFROM {run.model}\n"
    )
    text += f"ADAPTER {adapter}\n"
    if template is not None:
        text += f'TEMPLATE """{template}"""\nPARAMETER temperature 0\n'
    return {"Modelfile": text}
