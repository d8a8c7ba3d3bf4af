"""ChatGLM-6B, ChatGLM2-6B and ChatGLM3-6B without running a checkpoint's code.

`load` is the one entry; `config` and this module import nothing heavy.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from probes.chatglm.config import Family, Published, family_of, is_chatglm, read

if TYPE_CHECKING:
    import torch

__all__ = ["Family", "Published", "family_of", "is_chatglm", "load", "load_tokenizer", "read"]


def load(directory: Path | str, dtype: "torch.dtype | None" = None, **options: Any) -> tuple[Any, Any]:
    """The model and the tokenizer of a published ChatGLM directory.

    `model(input_ids, attention_mask=None).logits` is [batch, length, vocabulary]; weights are as stored
    unless `dtype` is given; `options` are transformers' (`quantization_config`, `device_map`). The
    tokenizer is None where the directory holds no vocabulary file.
    Raises catalog.problem.Problem.
    """
    from probes.chatglm.loading import load_model
    from probes.chatglm.tokenizer import VOCABULARY_FILES

    model = load_model(directory, dtype, **options)
    held = any((Path(directory) / name).is_file() for name in VOCABULARY_FILES)
    return model, load_tokenizer(directory) if held else None


def load_tokenizer(directory: Path | str) -> Any:
    """The tokenizer alone (probes.chatglm.tokenizer.ChatGLMTokenizer); also of a quantized directory."""
    from probes.chatglm.tokenizer import from_directory

    return from_directory(Path(directory))
