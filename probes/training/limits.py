"""What a checkpoint says of its examples, without its weights: the longest, and what ends an answer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from transformers import GenerationConfig, PretrainedConfig

from probes.chatglm import is_chatglm
from probes.chatglm.config import read
from probes.chatglm.loading import native_config
from probes.checkpoint.configuration import read_configuration

UNBOUNDED = 2**20
"""Tokens of context where a configuration names no most."""


class Bounds(Protocol):
    """What a reading asks of a model: `context` tokens at most, `end_id` what ends an answer."""

    @property
    def context(self) -> int:
        """Tokens that the model was made for at most."""

    @property
    def end_id(self) -> int | None:
        """The id after an answer, None where the model has none."""


@dataclass(frozen=True)
class Limits:
    """The bounds of a checkpoint whose weights are not read."""

    context: int
    end_id: int | None


def limits(directory: Path, context_factor: float = 1.0) -> Limits:
    """Of the checkpoint in `directory`, its context stretched as probes.training.model.load does."""
    if is_chatglm(directory):
        native = native_config(read(directory))
        return Limits(context_of(native), end_of(native))
    config = read_configuration(directory)
    settings: Any = None
    if (directory / "generation_config.json").is_file():
        settings = GenerationConfig.from_pretrained(directory, local_files_only=True)
    context = context_of(config.get_text_config())
    return Limits(int(context * max(1.0, context_factor)), end_of(config.get_text_config(), settings))


def context_of(text: PretrainedConfig) -> int:
    """Tokens of context that a text model's configuration names."""
    return int(getattr(text, "max_position_embeddings", None) or UNBOUNDED)


def end_of(text: PretrainedConfig, generation: GenerationConfig | None = None) -> int | None:
    """The first end token of the generation settings, else of the text model's configuration."""
    for settings in (generation, text):
        end: Any = getattr(settings, "eos_token_id", None)
        if isinstance(end, list) and end:
            end = end[0]
        if isinstance(end, int):
            return end
    return None
