"""Load a model at a level through transformers and bitsandbytes, ready to be trained on."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import (
    PretrainedConfig,
    PreTrainedModel,
)

from catalog.problem import Problem
from catalog.quantization.levels import find_level, trained_levels
from catalog.quantization.precision import FP16_LEVEL
from probes.chatglm import is_chatglm
from probes.chatglm.loading import load_model
from probes.chatglm.model_config import prompt_end
from probes.checkpoint.classes import auto_class
from probes.checkpoint.configuration import read_configuration
from probes.checkpoint.tensors import Tensors
from probes.machine.precision import half_on
from probes.quantize import find
from probes.quantize.transformers_levels import build, settings_of
from probes.shapes.layers import decoder_of
from probes.training.limits import context_of, end_of

_HEAD_TOLERANCE = 2e-2


class OutputHead:
    """The output layer with what some families do to logits after it. See probes.training.loss.Head."""

    def __init__(self, layer: nn.Module, config: PretrainedConfig) -> None:
        self.layer = layer
        weight: Tensor = layer.get_parameter("weight")
        self.vocabulary = len(weight)
        self._cap = getattr(config, "final_logit_softcapping", None)  # Gemma 2 and 3
        self._scale = float(getattr(config, "logit_scale", None) or 1)  # Cohere
        self._scale /= float(getattr(config, "logits_scaling", None) or 1)  # Granite

    def __call__(self, states: Tensor) -> Tensor:
        """Hidden states [n, width] -> logits [n, vocabulary]."""
        logits: Tensor = self.layer(states)
        if self._scale != 1:
            logits = logits * self._scale
        return self._cap * torch.tanh(logits / self._cap) if self._cap else logits


@dataclass(frozen=True)
class Loaded:
    """A frozen model. `context` is the most tokens it was made for, `end_id` what ends its answers, `half`
    the 16-bit type that weights are rounded to before they are quantized, and kept as where they are not.
    """

    model: PreTrainedModel
    head: OutputHead
    level: str
    width: int
    context: int
    end_id: int | None
    device: torch.device
    half: torch.dtype = torch.bfloat16

    @property
    def mixed(self) -> bool:
        """Whether products are made in `half` and the rest in float32: on a card."""
        return self.device.type == "cuda"

    def autocast(self) -> torch.autocast:
        """The context that every pass goes through."""
        return torch.autocast(self.device.type, self.half, enabled=self.mixed)

    @property
    def one_at_a_time(self) -> bool:
        """LLM.int8 finds outlier columns over a whole batch: only single examples give fixed numbers."""
        return find_level(self.level).multiplies == "int8"


def load(directory: Path, level: str, device: torch.device, context_factor: float = 1.0) -> Loaded:
    """The checkpoint at `level`, every parameter frozen. No code of the checkpoint is run.

    A `context_factor` above 1 stretches the context by linear RoPE interpolation (arXiv:2306.15595).

    On the CPU arithmetic is float32 over weights rounded to bfloat16 (at the level fp16, float16); on a GPU
    it is in bfloat16, or in float16 where the card has none.
    Problems: level-not-trainable, context-not-stretchable, architecture-unsupported (logits that cannot be
    taken apart).
    """
    if level not in trained_levels():
        raise Problem("level-not-trainable", level=level, known=", ".join(trained_levels()))
    half = torch.float16 if level == FP16_LEVEL else half_on(device)
    compute = torch.float32 if device.type == "cpu" else half
    wanted = find(level, compute)
    placed = {"device_map": {"": device}}
    if is_chatglm(directory):
        if context_factor > 1:
            raise Problem("context-not-stretchable", architecture="chatglm")
        model = load_model(directory, half, quantization_config=wanted.settings, **placed)
    else:
        Tensors(directory).check_plain()
        config = _configuration(directory, context_factor)
        model = auto_class(config, str(directory)).from_pretrained(
            directory,
            config=config,
            dtype=half,
            quantization_config=settings_of(wanted, config, str(directory)),
            trust_remote_code=False,
            local_files_only=True,
            **placed,
        )
    build(model, wanted)
    model.requires_grad_(False)
    if compute is not half:
        _compute_in(model, half, compute)
    model.config.use_cache = False
    config = model.config.get_text_config()
    loaded = Loaded(
        model=model,
        head=OutputHead(model.get_output_embeddings(), config),
        level=level,
        width=int(config.hidden_size),
        context=context_of(config),
        end_id=end_of(config, model.generation_config),
        device=device,
        half=half,
    )
    _check_head(loaded)
    return loaded


def _configuration(directory: Path, context_factor: float) -> PretrainedConfig:
    config = read_configuration(directory)
    if context_factor <= 1:
        return config
    text = config.get_text_config()
    rope = getattr(text, "rope_parameters", None)
    if not isinstance(rope, dict) or rope.get("rope_type", "default") != "default":
        raise Problem("context-not-stretchable", architecture=str(config.model_type))
    text.rope_parameters = rope | {"rope_type": "linear", "factor": context_factor}
    text.max_position_embeddings = int(text.max_position_embeddings * context_factor)
    return config


def _compute_in(model: PreTrainedModel, stored: torch.dtype, dtype: torch.dtype) -> None:
    """What is not quantized as `dtype`; the values stay those of the stored type."""
    for parameter in model.parameters():
        if parameter.dtype == stored:
            parameter.data = parameter.data.to(dtype)


def _check_head(loaded: Loaded) -> None:
    """Decoder and head apart must give what the whole model gives: else its logits are made otherwise."""
    ids = torch.tensor([[*range(1, 9), *prompt_end(loaded.model.config)]], device=loaded.device)
    with torch.no_grad():
        whole = loaded.model(input_ids=ids, use_cache=False).logits.float()
        states = decoder_of(loaded.model)(input_ids=ids, use_cache=False).last_hidden_state
        apart = loaded.head(states).float()
    error = (whole - apart).norm() / whole.norm()
    if not float(error) < _HEAD_TOLERANCE:
        raise Problem("architecture-unsupported", architecture=str(loaded.model.config.model_type), path="")
