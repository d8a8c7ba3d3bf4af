"""The checkpoint with room for new pieces: every tensor as it was, but those that have a row a token.

Weights are read and written one at a time, so no more than a shard is in memory. ChatGLM comes out as
`basefit convert` writes it.
"""

import json
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, Protocol

import torch

from catalog.models.stored_tensors import Shape
from catalog.problem import Problem
from probes.bounds.small_files import read_small
from probes.chatglm import is_chatglm
from probes.chatglm.config import read
from probes.chatglm.convert import configuration
from probes.chatglm.loading import empty_model
from probes.chatglm.weights import NativeTensors
from probes.checkpoint.classes import auto_class
from probes.checkpoint.shards import SHARD_BYTES, write_shards
from probes.checkpoint.target import read_config as read_json_config
from probes.checkpoint.tensors import Tensors
from probes.jobs.events import Emit
from probes.open_checkpoint import read_config
from probes.vocabulary.embeddings import HEAD, TIED, NewRows, tables_of

_BESIDE = ("*processor_config.json", "LICENSE*", "NOTICE*", "USE_POLICY*")
"""What else belongs to a model; its tokenizer and generation settings are written with the vocabulary."""


class _Weights(Protocol):
    def names(self) -> tuple[str, ...]: ...
    def shape(self, name: str) -> Shape: ...
    def dtype(self, name: str) -> torch.dtype: ...
    def load(self, name: str) -> torch.Tensor: ...


def write_model(
    directory: Path, out: Path, rows: NewRows, emit: Emit, shard_bytes: int = SHARD_BYTES
) -> dict[str, Any]:
    """Write `directory` with the tables that `rows` makes of its own into `out`, which is there.

    Returns shards, bytes and vocab_size (rows). Problems: vocabulary-model-weights (no weights),
    vocabulary-model-table (a table a token that is not understood), convert-no-space, tensor-codes, and
    those of reading.
    """
    config, model, weights = _opened(directory)
    tables = _tables(directory, model, weights)
    grown = {name: rows.extended(weights.load(name), role) for name, role in tables.items()}
    count = max(map(len, grown.values()))
    sizes = {}
    for name in weights.names():
        shape = tuple(grown[name].shape) if name in grown else weights.shape(name)
        sizes[name] = prod(shape) * weights.dtype(name).itemsize
    shards = write_shards(
        sizes,
        lambda name: grown[name] if name in grown else weights.load(name),
        out,
        lambda done, total, file: emit.progress("write", done, total, "B", file),
        shard_bytes,
    )
    for path in (path for pattern in _BESIDE for path in sorted(directory.glob(pattern))):
        if path.is_file():
            (out / path.name).write_bytes(read_small(path))
    written = json.dumps(_resized(config, count), ensure_ascii=False, indent=2) + "\n"
    (out / "config.json").write_text(written, encoding="utf-8")
    return {"shards": shards, "bytes": sum(sizes.values()), "vocab_size": count}


def _opened(directory: Path) -> tuple[Mapping[str, Any], Any, _Weights]:
    """The configuration to write, the model on the meta device, the weights under the names written."""
    if is_chatglm(directory):
        published = read(directory)
        native = NativeTensors(Tensors(directory), published)
        native.check()
        return configuration(published), empty_model(published), native
    config = read_config(directory)
    tensors = Tensors(directory)
    tensors.check_plain()
    with torch.device("meta"):
        model = auto_class(config, str(directory)).from_config(config)  # type: ignore[no-untyped-call]
    return read_json_config(directory), model, tensors


def _tables(directory: Path, model: Any, weights: _Weights) -> dict[str, str]:
    """The stored tensors that have a row a token, each with its role."""
    text = model.config.get_text_config()
    tied = bool(text.tie_word_embeddings)
    ends = {
        ".".join(name.split(".")[-2:]): TIED if tied and parameter.dim() == 2 else role
        for parameter, role in tables_of(model)
        for name in _names(model, parameter)
    }
    found = {}
    for name in weights.names():
        end = ".".join(name.split(".")[-2:])
        if weights.shape(name)[:1] != (text.vocab_size,):
            continue
        if end in ends:
            found[name] = ends[end]
        elif "embed" in end or "head" in end:
            raise Problem("vocabulary-model-table", path=str(directory), tensor=name)
    if not any(role != HEAD for role in found.values()):
        raise Problem("vocabulary-model-weights", path=str(directory))
    return found


def _names(model: Any, parameter: torch.Tensor) -> Iterator[str]:
    for name, other in model.named_parameters(remove_duplicate=False):
        if other is parameter:
            yield name


def _resized(config: Mapping[str, Any], rows: int) -> dict[str, Any]:
    """`vocab_size` wherever the configuration says it; code that is not carried is not pointed to."""
    kept = {key: value for key, value in config.items() if key != "auto_map"}
    text = kept.get("text_config")
    if isinstance(text, dict) and "vocab_size" in text:
        kept["text_config"] = text | {"vocab_size": rows}
        return kept | ({"vocab_size": rows} if "vocab_size" in kept else {})
    return kept | {"vocab_size": rows}
