"""The types of model that the one pass is proved on: its scores are those of the whole model.

tests/probes/perplexity/test_architectures.py compares each with transformers. Others are scored as well,
where their layers can be walked, and are told to be unproved.
"""

from catalog.models.architectures import ARCHITECTURES

WITHOUT_RECORD = frozenset(
    {
        "bloom", "deepseek_v2", "deepseek_v3", "falcon", "gemma3", "gemma3n_text", "gemma4", "gemma4_text",
        "glm4_moe", "gpt2", "gpt_neox", "gpt_oss", "granitemoe", "llama4", "mistral3", "mixtral", "olmoe",
        "opt", "phimoe", "qwen2_moe", "qwen3_5", "qwen3_5_moe", "qwen3_moe", "qwen3_next", "qwen3_vl",
    }
)  # fmt: skip
"""Those whose layers are transformers' alone: no record of ours describes them."""


def proved() -> frozenset[str]:
    """By the names that transformers gives them."""
    return WITHOUT_RECORD | frozenset(ARCHITECTURES)
