"""Do LLaMA-Factory, TRL and Axolotl read exported rows as the ids of the trial? Their own readers say.

    python -m tests.bench.export_readers [--environments DIR] [--tools llama-factory trl] [--forms NAME ...]

Each tool is installed once into an environment of its own under DIR (some minutes and 2 GB each). Every
form of data of tests.bench.export_forms is exported in three layouts of the bundled model and in Qwen2's
own; each tool reads each export as it would for training, and the ids and the trained positions of every
row are compared. Prints one JSON object; the exit status is the number of exports that differ.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from catalog.export import FullRun, export
from catalog.export.rows import LEFT_OUT, Written
from catalog.problem import Problem
from probes.jobs.events import Emit
from probes.training.encode import Encoded
from probes.training.limits import limits
from probes.training.reading import read
from probes.trial import rows
from probes.trial.data import read_parts
from tests.bench.export_forms import FORMS, write
from tests.bench.export_models import LAYOUTS, bundled, qwen2, share_templates

PACKAGES = {
    "llama-factory": (("torch==2.13.0", "llamafactory==0.9.5"),),
    "trl": (("torch==2.13.0", "trl==1.16.0", "peft"),),
    "axolotl": (
        ("torch==2.13.0", "transformers", "datasets", "colorama", "pyyaml"),
        ("--no-deps", "axolotl==0.19.0"),
    ),
}
"""What pip installs, one call after another; of Axolotl what its reading of rows needs."""
READER = Path(__file__).with_name("export_reader.py")
Read = list[tuple[list[int], list[int]]]
"""Of each row its ids, and its labels from the second on: nothing predicts the first."""


def environment(tool: str, place: Path) -> Path:
    """The Python of the tool's environment, made where it is not there yet."""
    folder = place / tool
    python = folder / "bin" / "python"
    if not (folder / "ready").is_file():
        venv.create(folder, with_pip=True)
        pip = ("nice", "-n", "15", str(python), "-m", "pip")
        for packages in PACKAGES[tool]:
            subprocess.run((*pip, "install", "--quiet", *packages), check=True, stdout=sys.stderr)
        subprocess.run((*pip, "uninstall", "--quiet", "--yes", "torchvision", "torchaudio"), check=True)
        (folder / "ready").touch()
    return python


def exported(tool: str, model: Path, layout: str, form: str, folder: Path) -> dict[str, Any]:
    """Write the export of one form; what it says of its rows, with the ids that the trial has.

    `refused` alone where the template has no place for the form: there is no such trial.
    """
    data = write(form, folder / "data")
    job = {"target": str(model), "name": model.name, "data": str(data), "layout": layout}
    try:
        told = rows.run(job | {"out": str(folder), "tool": tool}, Emit(io.StringIO()))
    except Problem as problem:
        return {"refused": problem.code}
    written = Written(**told["written"])
    run = FullRun(str(model), str(data), told["format"], layout, level="bf16", method="lora", rows=written)
    for name, text in export(tool, replace(run, length=written.longest)).items():
        (folder / name).write_text(text, encoding="utf-8")
    found = read(model, layout, read_parts(rows.RowsJob(**job)).split, limits(model))
    return told | {"train": _labelled(found.train), "held_out": _labelled(found.holdout)}


def _labelled(encoded: Sequence[Encoded]) -> Read:
    found = []
    for row in encoded:
        trained = set(row.targets)
        labels = [token if at in trained else LEFT_OUT for at, token in enumerate(row.ids)]
        found.append((list(row.ids), labels[1:]))
    return found


def read_by(python: Path, tool: str, folders: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """What the tool reads of each export: `train` and `held_out`, or an `error`."""
    command = ("nice", "-n", "15", str(python), str(READER), tool, *map(str, folders))
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=_alone())
    for folder in folders:
        answer = folder / "read.json"
        yield json.loads(answer.read_text("utf-8")) if answer.is_file() else {"error": done.returncode}


def _alone() -> dict[str, str]:
    """An environment in which nothing is fetched, and no other project's modules are found."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return kept | {
        "HF_HUB_OFFLINE": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "TQDM_DISABLE": "1",
        "OMP_NUM_THREADS": "1",
    }


def main() -> int:
    """Export, read and compare; the number of exports that differ."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--environments", type=Path, default=Path(tempfile.gettempdir()) / "basefit-bench")
    asked.add_argument("--tools", nargs="+", default=list(PACKAGES), choices=PACKAGES)
    asked.add_argument("--forms", nargs="+", default=list(FORMS))
    options = asked.parse_args()
    share_templates()
    answer: dict[str, Any] = {"forms": len(options.forms), "tools": {}}
    with tempfile.TemporaryDirectory() as place:
        models = [
            (bundled(Path(place, name), template), layout) for name, (layout, template) in LAYOUTS.items()
        ]
        real = qwen2(Path(place, "qwen2"))
        models += [(real, "chat")] if real else []
        for tool in options.tools:
            python = environment(tool, options.environments)
            found = _compared(tool, python, models, options.forms, Path(place, tool))
            answer["tools"][tool] = found
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    return sum(len(found["differ"]) for found in answer["tools"].values())


def _compared(
    tool: str, python: Path, models: Sequence[tuple[Path, str]], forms: Sequence[str], place: Path
) -> dict[str, Any]:
    every, folders = dict[str, dict[str, Any]](), []
    for number, (model, layout) in enumerate(models):
        for form in forms:
            folder = place / f"{number}-{form}"
            name = f"{model.name} {layout} {form}"
            every[name] = exported(tool, model, layout, form, folder)
            folders += [folder] if "train" in every[name] else []
    wanted = {name: one for name, one in every.items() if "train" in one}
    found = dict(zip(wanted, read_by(python, tool, folders), strict=True))
    differ = {name: _difference(wanted[name], found[name]) for name in wanted}
    return {
        "exports": len(wanted),
        "rows": sum(len(one["train"]) + len(one["held_out"]) for one in wanted.values()),
        "refused": {name: one["refused"] for name, one in every.items() if "refused" in one},
        "with_ids": [name for name, one in wanted.items() if one["written"]["with_ids"]],
        "differ": {name: what for name, what in differ.items() if what},
    }


def _difference(wanted: dict[str, Any], found: dict[str, Any]) -> str:
    """Where they differ first, in words; empty where they are equal."""
    if "error" in found:
        return str(found["error"])
    for part in ("train", "held_out"):
        if len(wanted[part]) != len(found[part]):
            return f"{part}: {len(found[part])} rows for {len(wanted[part])}"
        for at, (mine, theirs) in enumerate(zip(wanted[part], found[part], strict=True)):
            if list(mine[0]) != theirs[0]:
                return f"{part} row {at}: ids"
            if list(mine[1]) != theirs[1]:
                return f"{part} row {at}: trained positions"
    return ""


if __name__ == "__main__":
    sys.exit(main())
