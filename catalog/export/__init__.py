"""Files that start the full run elsewhere, with the batch, length and rate of the trial. Text only."""

from collections.abc import Callable, Mapping

from catalog.export.factories import axolotl, llama_factory, ms_swift
from catalog.export.full_run import FullRun
from catalog.export.scripts import trl, unsloth
from catalog.export.serving import ollama, serving, serving_lines
from catalog.export.xtuner import xtuner
from catalog.problem import Problem

Export = Callable[[FullRun], dict[str, str]]
"""A run -> file names and their texts."""

EXPORTS: Mapping[str, Export] = {
    "llama-factory": llama_factory,
    "axolotl": axolotl,
    "unsloth": unsloth,
    "trl": trl,
    "ms-swift": ms_swift,
    "xtuner": xtuner,
    "ollama": ollama,
    "serving": serving,
}

SERVERS = ("ollama", "serving")
"""What only runs an adapter that is trained already."""

__all__ = ["EXPORTS", "FullRun", "export", "serving_lines"]


def export(name: str, run: FullRun) -> dict[str, str]:
    """The files of one tool.

    Problems: export-unknown; export-method-unsupported, where the tool cannot train the method;
    export-level-unsupported, where it cannot load the level: all of them quantize by bitsandbytes.
    """
    if name not in EXPORTS:
        raise Problem("export-unknown", name=name, known=", ".join(EXPORTS))
    if name not in SERVERS and run.method not in ("lora", "qlora"):
        raise Problem("export-method-unsupported", name=name, method=run.method)
    if run.bits and "bitsandbytes" not in run.about.trains_with:
        raise Problem("export-level-unsupported", name=name, level=run.level)
    return EXPORTS[name](run)
