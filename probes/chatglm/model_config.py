"""ChatGLM-6B's configuration as transformers wants it, and the special ids of its two vocabularies."""

from typing import Any

from transformers import PretrainedConfig

from probes.chatglm.config import EARLY_VOCABULARY, FINAL_VOCABULARY, IMAGE_TOKENS

SPECIAL_TOKENS = {"mask_token_id": 0, "gmask_token_id": 1, "bos_token_id": 4, "eos_token_id": 5}
"""Distance of each special id from the last text piece, in both vocabularies."""


class ChatGLMConfig(PretrainedConfig):
    """ChatGLM-6B's published keys; special ids that are not given follow from the vocabulary's size."""

    model_type = "chatglm"
    keys_to_ignore_at_inference = ("past_key_values",)
    attribute_map = {  # noqa: RUF012  (transformers reads it as a plain dict)
        "num_hidden_layers": "num_layers",
        "intermediate_size": "inner_hidden_size",
        "max_position_embeddings": "max_sequence_length",
    }

    def __init__(
        self,
        vocab_size: int = FINAL_VOCABULARY,
        hidden_size: int = 4096,
        num_layers: int = 28,
        num_attention_heads: int = 32,
        inner_hidden_size: int = 16384,
        layernorm_epsilon: float = 1e-5,
        max_sequence_length: int = 2048,
        use_cache: bool = True,
        mask_token_id: int | None = None,
        gmask_token_id: int | None = None,
        bos_token_id: int | None = None,
        eos_token_id: int | None = None,
        pad_token_id: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.num_attention_heads = num_attention_heads
        self.num_key_value_heads = num_attention_heads
        self.inner_hidden_size = inner_hidden_size
        self.layernorm_epsilon = layernorm_epsilon
        self.max_sequence_length = max_sequence_length
        self.use_cache = use_cache
        ids = special_ids(vocab_size)
        self.mask_token_id = ids["mask_token_id"] if mask_token_id is None else mask_token_id
        self.gmask_token_id = ids["gmask_token_id"] if gmask_token_id is None else gmask_token_id
        kwargs |= {
            "bos_token_id": ids["bos_token_id"] if bos_token_id is None else bos_token_id,
            "eos_token_id": ids["eos_token_id"] if eos_token_id is None else eos_token_id,
            "pad_token_id": ids["pad_token_id"] if pad_token_id is None else pad_token_id,
            "tie_word_embeddings": True,
        }
        super().__init__(**kwargs)


def prompt_end(config: PretrainedConfig) -> tuple[int, ...]:
    """What stands between prompt and answer of every ChatGLM-6B row; nothing in other models' rows."""
    return (config.gmask_token_id, config.bos_token_id) if isinstance(config, ChatGLMConfig) else ()


def special_ids(vocab_size: int) -> dict[str, int]:
    """The ids of the special tokens of the vocabulary of that size; the earlier puts 20,000 in front."""
    front = IMAGE_TOKENS if vocab_size == EARLY_VOCABULARY else 0
    first = front + 130000
    return {name: first + distance for name, distance in SPECIAL_TOKENS.items()} | {
        "pad_token_id": front + 3
    }
