"""Write a published ChatGLM directory as safetensors that need none of its code.

ChatGLM2 and 3 come out as an ordinary Glm checkpoint for transformers, ChatGLM-6B under its own names
for `probes.chatglm.load`. One input shard is open and one output shard in memory at a time; the
configuration is written last, so a half-written directory loads nowhere.
"""

import json
import shutil
from math import prod
from pathlib import Path
from typing import Any

from catalog.bounded_json import read_json
from catalog.files import write_text
from catalog.problem import Problem
from probes.chatglm.config import CONVERTED_KEY, Family, Published, family_of, read
from probes.chatglm.job import ConvertJob
from probes.chatglm.loading import native_config
from probes.chatglm.tokenizer import VOCABULARY_FILES
from probes.chatglm.weights import NativeTensors, parameter_count
from probes.checkpoint.revision import revision
from probes.checkpoint.shards import SHARD_BYTES, write_shards
from probes.checkpoint.tensors import Tensors
from probes.jobs.events import Emit
from probes.jobs.record import reads
from probes.jobs.unfinished import Unfinished

PHASE = "convert"


@reads(ConvertJob)
def run(job: ConvertJob, emit: Emit) -> dict[str, Any]:
    """The probe: `directory` is read, `out` is written."""
    return convert(job.directory, job.out, emit)


def convert(
    directory: Path | str, out: Path | str, emit: Emit, shard_bytes: int = SHARD_BYTES
) -> dict[str, Any]:
    """Convert `directory` into `out`: new, empty, or where an earlier run of the same was cut off.

    Returns family, out, shards, tensors, parameters and bytes. Raises Problem("convert-target-exists"),
    Problem("convert-no-space", needed=, free=) and those of reading (config, probes.checkpoint.tensors).
    """
    directory, out = Path(directory), Path(out)
    published = read(directory)
    identity = {"job": "convert", "source": revision(directory), "shard_bytes": shard_bytes}
    unfinished = Unfinished.take_up(out, identity)
    if unfinished is None:
        raise Problem("convert-target-exists", path=str(out))
    with Tensors(directory) as tensors:
        native = NativeTensors(tensors, published)
        sizes = {name: _bytes(native, name) for name in native.names()}
        shards = write_shards(
            sizes,
            native.load,
            out,
            lambda done, total, file: emit.progress(PHASE, done, total, "B", file),
            shard_bytes,
            goes_on=True,
        )
    _copy_vocabulary(directory, out)
    _write_json(out / "config.json", configuration(published))
    unfinished.finished()
    return {
        "family": str(published.family),
        "out": str(out),
        "shards": shards,
        "tensors": len(sizes),
        "parameters": parameter_count(published),
        "bytes": sum(sizes.values()),
    }


def _bytes(native: NativeTensors, name: str) -> int:
    return prod(native.shape(name)) * int(native.dtype(name).itemsize)


def configuration(published: Published) -> dict[str, Any]:
    """The config.json of the directory that is written."""
    if published.family is Family.FIRST:
        kept = {key: value for key, value in published.options.items() if key != "auto_map"}
        return kept | {"architectures": ["ChatGLMForConditionalGeneration"]}
    options: dict[str, Any] = native_config(published).to_dict()
    return options | {CONVERTED_KEY: str(published.family)}


def _copy_vocabulary(directory: Path, out: Path) -> None:
    """The vocabulary file, and the tokenizer's settings without the pointer to its code."""
    held = [name for name in VOCABULARY_FILES if (directory / name).is_file()]
    for name in held:
        shutil.copyfile(directory / name, out / name)
    settings = directory / "tokenizer_config.json"
    if settings.is_file():
        kept = read_json(settings)
        kept.pop("auto_map", None)
        kept["name_or_path"] = str(family_of(directory))
        _write_json(out / "tokenizer_config.json", kept)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
