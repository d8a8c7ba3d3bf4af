"""The types of model that the one pass is proved on: its scores are those of the whole model.

tests/probes/perplexity/test_architectures.py compares each with transformers, those of ALSO when slow
tests are asked for. Others are scored too, where their layers can be walked, and are told to be unproved.
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
ALSO = frozenset(
    {
        "afmoe", "apertus", "aria", "aria_text", "axk1", "aya_vision", "bamba", "beam", "biogpt", "bitnet",
        "cohere2_moe", "cohere2_vision", "ctrl", "cwm", "deepseek_v32", "deepseek_vl", "diffllama", "doge",
        "dots1", "ernie4_5_moe", "exaone4_5", "exaone_moe", "falcon_h1", "flex_olmo", "flint", "fuyu",
        "gemma4_unified_text", "glm4_moe_lite", "glm_moe_dsa", "got_ocr2", "gpt-sw3", "gpt_bigcode",
        "gptj", "granite_swa", "granitemoe_swa", "granitemoehybrid", "granitemoeshared", "hunyuan_v1_moe",
        "hy_v3", "hyperclovax", "hyperclovax_vision_v2", "idefics2", "internlm3",
        "internvl", "iquestcoder", "jais2", "jetmoe", "kimi_k25", "kolibri1", "laguna", "lfm2", "lfm2_moe",
        "lfm2_vl", "lfm3", "lighton_ocr", "llama4_text", "llava", "llava_next", "llava_next_video",
        "llava_onevision", "mellum", "mimo_v2_flash", "minicpm3", "minimax", "minimax_m2", "minimax_m3_vl",
        "minimax_m3_vl_text", "ministral3", "mistral4", "mpt", "nanochat", "nemotron_h", "olmo_hybrid",
        "openai-gpt", "paligemma", "persimmon", "qianfan_ocr", "qwen2_5_vl", "qwen3_5_moe_text",
        "qwen3_5_text", "qwen3_vl_moe", "recurrent_gemma", "smolvlm", "solar_open", "step3p7",
        "vaultgemma", "video_llava", "vipllava", "xglm",
        "glm4v", "glm4v_moe", "qwen3_omni_moe_thinker", "video_llama_3",
    }
)  # fmt: skip
"""The same, less asked for."""


def proved() -> frozenset[str]:
    """By the names that transformers gives them."""
    return WITHOUT_RECORD | ALSO | frozenset(ARCHITECTURES)
