"""A vocabulary of the 256 bytes, and models for it that are ready at once."""

from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM

from probes.tokenization.byte_level import char_of_byte


def byte_vocabulary() -> Tokenizer:
    pipeline = Tokenizer(
        models.BPE(vocab={char: value for value, char in char_of_byte().items()}, merges=[])
    )
    pipeline.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pipeline.decoder = decoders.ByteLevel()
    return pipeline


def tiny(tied: bool, rows: int = 256, **more: Any) -> LlamaForCausalLM:
    torch.manual_seed(1)
    settings: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 256,
    }
    return LlamaForCausalLM(LlamaConfig(vocab_size=rows, tie_word_embeddings=tied, **settings | more))
