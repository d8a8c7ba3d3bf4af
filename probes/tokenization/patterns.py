"""The split patterns of byte-level vocabularies, which their files leave out.

Text is first cut by the pattern, then each part is merged on its own; a rank file or a merges.txt
means nothing without it. Sources: OpenAI tiktoken `openai_public.py` (r50k, cl100k, o200k), Meta
llama3 `tokenizer.py`, Qwen `tokenization_qwen.py`.
"""

GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
O200K = "|".join(
    (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)

BY_RANKS = {
    50_256: GPT2,
    100_256: LLAMA3,  # cl100k: the same language as Llama-3's, which was taken from it
    128_000: LLAMA3,
    151_329: LLAMA3,  # GLM-4
    151_643: QWEN,
    199_998: O200K,
}
"""How many ranks a file has tells whose it is."""

BY_FAMILY = {
    "llama": LLAMA3,
    "llama3": LLAMA3,
    "chatglm": LLAMA3,
    "glm": LLAMA3,
    "glm4": LLAMA3,
    "qwen": QWEN,
    "qwen2": QWEN,
    "qwen2_moe": QWEN,
    "qwen3": QWEN,
    "qwen3_moe": QWEN,
    "gpt2": GPT2,
}
"""config.json's `model_type`, for a rank file of another length."""
