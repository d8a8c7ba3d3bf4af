"""A checkpoint directory: its configuration, and its weights a layer at a time, read ahead in a thread."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from transformers import PretrainedConfig

from catalog.problem import Problem
from probes.chatglm.config import is_chatglm
from probes.chatglm.loading import open_native
from probes.checkpoint.configuration import read_configuration
from probes.checkpoint.revision import revision
from probes.checkpoint.tensors import TensorSource
from probes.quantize.stored_weights import open_weights

Weights = dict[str, torch.Tensor]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Checkpoint:
    """What is on disk: `config` as transformers reads it, `tensors` by name, `revision` by content.

    Codes of a quantized checkpoint come out of `tensors` as the numbers they stand for.
    """

    directory: Path
    config: PretrainedConfig
    tensors: TensorSource
    revision: str


def open_checkpoint(path: Path | str) -> Checkpoint:
    """Read the configuration and the index of the weights; no weight is read yet, no code of it is run.

    Problems: target-missing, config-missing, config-unreadable, architecture-unsupported,
    and those of probes.checkpoint.tensors and probes.chatglm.config.
    """
    directory = Path(path)
    if not directory.is_dir():
        raise Problem("target-missing", path=str(path))
    if is_chatglm(directory):
        native, tensors = open_native(directory)
        return Checkpoint(directory, native, tensors, revision(directory))
    config = read_config(directory)
    # transformers would set up its own quantized layers; here the weights come as plain numbers.
    vars(config).pop("quantization_config", None)
    return Checkpoint(directory, config, open_weights(directory), revision(directory))


def read_config(directory: Path) -> PretrainedConfig:
    """The configuration alone. Problems as in `open_checkpoint`."""
    return read_configuration(directory)


def load(tensors: TensorSource, wanted: Iterable[tuple[str, str, tuple[int, ...]]]) -> Weights:
    """Some tensors, in their stored dtype: (key, name in the checkpoint, shape) -> key: tensor.

    Problems: tensor-missing, tensor-shape.
    """
    return {key: tensors.load(name, shape=shape) for key, name, shape in wanted}


def read_ahead(jobs: Sequence[Callable[[], _T]]) -> Iterator[_T]:
    """The jobs' results in order, each begun in a thread while the one before is being used."""
    with ThreadPoolExecutor(1, thread_name_prefix="read") as pool:
        running = pool.submit(jobs[0]) if jobs else None
        for following in [*jobs[1:], None]:
            assert running is not None
            result = running.result()
            running = pool.submit(following) if following is not None else None
            yield result
            del result
