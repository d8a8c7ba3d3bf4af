"""ChatGLM-6B as a transformers model: GLM blocks, two-dimensional rotary positions, prefix attention.

Follows the published checkpoint's arithmetic; tensor names are the published ones. Each block adds its
sublayers to the *normalised* input, scaled: `alpha * norm(x) + sublayer(norm(x))`.
"""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import gelu, scaled_dot_product_attention
from transformers import AutoModelForCausalLM, DynamicCache, GenerationMixin, PreTrainedModel
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_outputs import BaseModelOutputWithPast, CausalLMOutputWithPast

from catalog.problem import Problem
from probes.chatglm.layout import Layout, layout_of
from probes.chatglm.model_config import ChatGLMConfig

ALPHA = (2 * 28) ** 0.5
"""Scale of the residual stream, sqrt(2 * layers). Published code takes 28 whatever `num_layers` says."""
ROTARY_BASE = 10000.0
PositionEmbeddings = tuple[torch.Tensor, torch.Tensor]


def position_embeddings(positions: torch.Tensor, head_dim: int, dtype: torch.dtype) -> PositionEmbeddings:
    """Cosines and sines [B, T, 2, head_dim / 2] of `positions` [B, 2, T].

    The frequencies are rounded to half precision first, as the checkpoint's code does: without it logits
    move by up to 1.5e-3.
    """
    half = head_dim // 2
    steps = torch.arange(0, half, 2, dtype=torch.float32, device=positions.device) / half
    frequencies = (1.0 / ROTARY_BASE**steps).half().float()
    angles = positions.transpose(1, 2)[..., None].float() * frequencies
    angles = torch.cat([angles, angles], dim=-1)
    return angles.cos().to(dtype), angles.sin().to(dtype)


def rotate(states: torch.Tensor, embeddings: PositionEmbeddings) -> torch.Tensor:
    """Turn `states` [B, T, heads, head_dim]: its first half by position, its second by block position."""
    cosine, sine = (part[:, :, None] for part in embeddings)
    halves = states.unflatten(-1, (2, -1))
    low, high = halves.chunk(2, dim=-1)
    turned: torch.Tensor = halves * cosine + torch.cat([-high, low], dim=-1) * sine
    return turned.flatten(-2)


class ChatGLMAttention(nn.Module):
    """Self-attention whose projection packs query, key and value head by head."""

    def __init__(self, config: ChatGLMConfig, layer_idx: int) -> None:
        super().__init__()
        self.layer_idx = layer_idx
        self.heads = config.num_attention_heads
        self.query_key_value = nn.Linear(config.hidden_size, 3 * config.hidden_size)
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(
        self,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None,
        position_embeddings: PositionEmbeddings,
        past_key_values: Any = None,
    ) -> torch.Tensor:
        packed = self.query_key_value(hidden_states).unflatten(-1, (self.heads, -1))
        query, key, value = packed.chunk(3, dim=-1)
        query, key = rotate(query, position_embeddings), rotate(key, position_embeddings)
        query, key, value = (states.transpose(1, 2) for states in (query, key, value))
        if past_key_values is not None:
            key, value = past_key_values.update(key, value, self.layer_idx)
        mixed = scaled_dot_product_attention(query, key, value, attn_mask=attention_mask)
        out: torch.Tensor = self.dense(mixed.transpose(1, 2).flatten(-2))
        return out


class ChatGLMMLP(nn.Module):
    """Two linear layers with GELU in its tanh form between them."""

    def __init__(self, config: ChatGLMConfig) -> None:
        super().__init__()
        self.dense_h_to_4h = nn.Linear(config.hidden_size, config.inner_hidden_size)
        self.dense_4h_to_h = nn.Linear(config.inner_hidden_size, config.hidden_size)

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.dense_4h_to_h(gelu(self.dense_h_to_4h(hidden_states), approximate="tanh"))
        return out


class ChatGLMBlock(GradientCheckpointingLayer):
    """One layer: called as transformers' own decoder layers are, hidden states [B, T, H] in and out.

    `attention_mask` [B, 1, T, keys] is True where a token may look (probes.chatglm.layout).
    """

    def __init__(self, config: ChatGLMConfig, layer_idx: int) -> None:
        super().__init__()
        self.input_layernorm = nn.LayerNorm(config.hidden_size, eps=config.layernorm_epsilon)
        self.attention = ChatGLMAttention(config, layer_idx)
        self.post_attention_layernorm = nn.LayerNorm(config.hidden_size, eps=config.layernorm_epsilon)
        self.mlp = ChatGLMMLP(config)

    def forward(
        self,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        position_embeddings: PositionEmbeddings | None = None,
        past_key_values: Any = None,
        **_: Any,
    ) -> torch.Tensor:
        if position_embeddings is None:
            raise Problem("chatglm-embeddings-unsupported")
        normed = self.input_layernorm(hidden_states)
        hidden_states = normed * ALPHA + self.attention(
            normed, attention_mask, position_embeddings, past_key_values
        )
        normed = self.post_attention_layernorm(hidden_states)
        out: torch.Tensor = normed * ALPHA + self.mlp(normed)
        return out


class ChatGLMPreTrainedModel(PreTrainedModel):
    """What transformers must know of both classes below."""

    config_class = ChatGLMConfig
    base_model_prefix = "transformer"
    supports_gradient_checkpointing = True
    _no_split_modules = ["ChatGLMBlock"]  # noqa: RUF012
    _skip_keys_device_placement = ["past_key_values"]  # noqa: RUF012
    _supports_sdpa = True
    _input_embed_layer = "word_embeddings"


class ChatGLMModel(ChatGLMPreTrainedModel):
    """Embeddings, blocks and the last norm."""

    def __init__(self, config: ChatGLMConfig) -> None:
        super().__init__(config)
        self.word_embeddings = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(ChatGLMBlock(config, index) for index in range(config.num_layers))
        self.final_layernorm = nn.LayerNorm(config.hidden_size, eps=config.layernorm_epsilon)
        self.gradient_checkpointing = False
        self.post_init()  # type: ignore[no-untyped-call]

    def forward(
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        past_key_values: Any = None,
        inputs_embeds: torch.Tensor | None = None,
        use_cache: bool | None = None,
        output_hidden_states: bool | None = None,
        **_: Any,
    ) -> BaseModelOutputWithPast:
        """Last hidden states [B, T, H]; hidden_states, if asked for, end with the normed ones.

        Positions follow from ids: with `inputs_embeds` alone the first block raises
        Problem("chatglm-embeddings-unsupported").
        """
        if use_cache is None:
            use_cache = bool(self.config.use_cache) and not self.training
        if use_cache and past_key_values is None:
            past_key_values = DynamicCache(config=self.config)
        states = self.word_embeddings(input_ids) if inputs_embeds is None else inputs_embeds
        layout = embeddings = visible = None
        if input_ids is not None:
            layout = self.layout(input_ids, attention_mask, past_key_values)
            columns = input_ids.shape[1]
            head_dim = self.config.hidden_size // self.config.num_attention_heads
            embeddings = position_embeddings(layout.positions(columns), head_dim, states.dtype)
            visible = layout.visible(columns)
        kept = [states]
        for layer in self.layers:
            states = layer(
                states,
                attention_mask=visible,
                position_embeddings=embeddings,
                past_key_values=past_key_values,
            )
            if output_hidden_states:
                kept.append(states)
        states = self.final_layernorm(states)
        if past_key_values is not None:
            # Beams are reordered only within a prompt, so the layout of a row outlives any reordering.
            past_key_values.chatglm_layout = layout
        return BaseModelOutputWithPast(
            last_hidden_state=states,
            past_key_values=past_key_values,
            hidden_states=(*kept[:-1], states) if output_hidden_states else None,
        )

    def layout(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        past_key_values: Any = None,
    ) -> Layout:
        """The layout of the rows so far: of `input_ids` alone, or of those in the cache and `input_ids`."""
        before = past_key_values.get_seq_length() if past_key_values is not None else 0
        known: Layout | None = getattr(past_key_values, "chatglm_layout", None) if before else None
        if known is None:
            config = self.config
            masks = (config.gmask_token_id, config.mask_token_id)
            return layout_of(
                input_ids,
                attention_mask,
                begin=config.bos_token_id,
                masks=masks,
                pad=config.pad_token_id,
                virtual=before,
            )
        columns = before - known.virtual - known.real.shape[1] + input_ids.shape[1]
        return known.extended(columns, attention_mask)


class ChatGLMForConditionalGeneration(ChatGLMPreTrainedModel, GenerationMixin):
    """ChatGLM-6B with its head, which is its embedding."""

    _tied_weights_keys = {"lm_head.weight": "transformer.word_embeddings.weight"}  # noqa: RUF012

    def __init__(self, config: ChatGLMConfig) -> None:
        super().__init__(config)
        self.transformer = ChatGLMModel(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()  # type: ignore[no-untyped-call]

    def forward(
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        past_key_values: Any = None,
        inputs_embeds: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        use_cache: bool | None = None,
        output_hidden_states: bool | None = None,
        logits_to_keep: int | torch.Tensor = 0,
        return_dict: bool | None = None,
        cache: Any = None,
        **kwargs: Any,
    ) -> CausalLMOutputWithPast | tuple[Any, ...]:
        """Logits [B, T, V] of rows `prompt [gMASK] <sop> answer`; `attention_mask` [B, T] is 0 on padding.

        The loss is the mean over `labels` that are not -100, each predicted from the column before it.
        `cache` is what transformers calls `past_key_values` from 5.24 on.
        """
        outputs = self.transformer(
            input_ids,
            attention_mask=attention_mask,
            past_key_values=cache if past_key_values is None else past_key_values,
            inputs_embeds=inputs_embeds,
            use_cache=use_cache,
            output_hidden_states=output_hidden_states,
        )
        last = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep
        logits = self.lm_head(outputs.last_hidden_state[:, last])
        loss = None
        if labels is not None:
            loss = self.loss_function(
                logits=logits, labels=labels, vocab_size=self.config.vocab_size, **kwargs
            )
        output = CausalLMOutputWithPast(
            loss=loss,
            logits=logits,
            past_key_values=outputs.past_key_values,
            hidden_states=outputs.hidden_states,
        )
        return output.to_tuple() if return_dict is False else output

    def prepare_inputs_for_generation(  # type: ignore[override]  # called by name
        self,
        input_ids: torch.Tensor,
        next_sequence_length: int | None = None,
        past_key_values: Any = None,
        attention_mask: torch.Tensor | None = None,
        use_cache: bool | None = None,
        cache: Any = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """The columns not yet in the cache. Positions come from the layout, not from the mask's length."""
        if next_sequence_length is not None:
            input_ids = input_ids[:, -next_sequence_length:]
        return {
            "input_ids": input_ids,
            "attention_mask": attention_mask,
            "past_key_values": cache if past_key_values is None else past_key_values,
            "use_cache": use_cache,
            "logits_to_keep": kwargs.get("logits_to_keep", 0),
        }


# By its configuration's class only: the name "chatglm" stays unknown to transformers, which would take
# ChatGLM2 and 3 for it.
AutoModelForCausalLM.register(ChatGLMConfig, ChatGLMForConditionalGeneration, exist_ok=True)
