"""A published ChatGLM directory, or one that `convert` wrote, as a model ready to score and train."""

from pathlib import Path
from typing import Any

import torch
from transformers import GlmConfig, GlmForCausalLM, PreTrainedModel

from probes.chatglm.config import Family, Published, is_converted, read
from probes.chatglm.model import ChatGLMForConditionalGeneration
from probes.chatglm.model_config import ChatGLMConfig
from probes.chatglm.weights import NativeTensors
from probes.checkpoint.tensors import Tensors


def native_config(published: Published) -> GlmConfig | ChatGLMConfig:
    """The configuration of the architecture that takes the weights: Glm for ChatGLM2 and 3."""
    if published.family is Family.FIRST:
        kept = {
            key: value for key, value in published.options.items() if key not in ("auto_map", "model_type")
        }
        return ChatGLMConfig(**kept)
    return GlmConfig(
        vocab_size=published.vocabulary,
        hidden_size=published.hidden,
        intermediate_size=published.intermediate,
        num_hidden_layers=published.layers,
        num_attention_heads=published.heads,
        num_key_value_heads=published.kv_heads,
        head_dim=published.head_dim,
        attention_bias=bool(published.options.get("add_qkv_bias", True)),
        rms_norm_eps=published.epsilon,
        max_position_embeddings=int(published.options.get("seq_length", 8192)),
        rope_parameters=rope_parameters(published),
        tie_word_embeddings=False,
        pad_token_id=int(published.options.get("pad_token_id") or 0),
        eos_token_id=int(published.options.get("eos_token_id") or 2),
        dtype=published.dtype,
        architectures=["GlmForCausalLM"],
    )


def rope_parameters(published: Published) -> dict[str, Any]:
    """Rotary settings: the first half of each head, base 10000.

    `rope_ratio` of the long-context releases means two things: ChatGLM2-32k divides the positions by it,
    ChatGLM3-32k and -128k multiply the base by it.
    """
    ratio = float(published.options.get("rope_ratio") or 1)
    parameters: dict[str, Any] = {
        "rope_type": "default",
        "rope_theta": 10000.0,
        "partial_rotary_factor": 0.5,
    }
    if published.family is Family.THIRD:
        return parameters | {"rope_theta": 10000.0 * ratio}
    return parameters if ratio == 1 else parameters | {"rope_type": "linear", "factor": ratio}


def model_class(published: Published) -> type[PreTrainedModel]:
    """The class that takes the weights."""
    return ChatGLMForConditionalGeneration if published.family is Family.FIRST else GlmForCausalLM


def empty_model(published: Published) -> PreTrainedModel:
    """The native model on the meta device: shapes without memory."""
    with torch.device("meta"):
        return model_class(published)(native_config(published))


def open_native(directory: Path | str) -> tuple[GlmConfig | ChatGLMConfig, NativeTensors]:
    """What a layer-by-layer reader needs: the native configuration, and the weights under native names."""
    published = read(directory)
    return native_config(published), NativeTensors(Tensors(directory), published)


def load_model(directory: Path | str, dtype: torch.dtype | None = None, **options: Any) -> PreTrainedModel:
    """The model in `directory`, in `dtype` (as stored unless given), on the CPU, in evaluation mode.

    `options` are those of transformers' `from_pretrained`, such as `quantization_config` and `device_map`.
    No more than a few tensors are in memory beside the model. Raises the Problems of
    probes.chatglm.config.read and probes.checkpoint.tensors.
    """
    if is_converted(directory):
        kept: dict[str, Any] = {"dtype": dtype or "auto", "local_files_only": True}
        converted: PreTrainedModel = GlmForCausalLM.from_pretrained(str(directory), **kept, **options)
        converted.eval()
        return converted
    published = read(directory)
    with Tensors(directory) as tensors:
        native = NativeTensors(tensors, published)
        native.check()
        stored = native.dtype(native.names()[0])
        model: PreTrainedModel = model_class(published).from_pretrained(
            None,
            config=native_config(published),
            state_dict={name: _Later(native, name) for name in native.names()},
            dtype=dtype or stored,
            **options,
        )
    # A published configuration names a Hub repository, which PEFT would look up when it saves an adapter;
    # and in a published ChatGLM2 directory it would find no `vocab_size`, and add the embeddings to it.
    named = str(directory) if published.family is Family.FIRST else ""
    model.name_or_path = model.config.name_or_path = named
    model.eval()
    return model


class _Later:
    """Stands for a tensor in a state dict; transformers reads it, as it does its own, by `[...]`."""

    def __init__(self, source: NativeTensors, name: str) -> None:
        self._source, self._name = source, name

    def __getitem__(self, _: object) -> torch.Tensor:
        return self._source.load(self._name)
