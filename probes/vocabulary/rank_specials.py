"""The special tokens of rank files, which the files leave out: their readers number them after the ranks.

Sources: Meta llama3 `tokenizer.py`, Qwen `tokenization_qwen.py`, THUDM glm-4 `tokenization_chatglm.py`,
OpenAI tiktoken `openai_public.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

_END = "<|endoftext|>"


@dataclass(frozen=True)
class RankSpecials:
    """`ids` by text; `names` says which of them is `bos_token`, `eos_token`, `pad_token`."""

    ids: Mapping[str, int]
    names: Mapping[str, str] = field(default_factory=dict)


def _from(first: int, *texts: str) -> dict[str, int]:
    return {text: first + place for place, text in enumerate(texts)}


_LLAMA3 = _from(
    128_000,
    "<|begin_of_text|>",
    "<|end_of_text|>",
    *(f"<|reserved_special_token_{n}|>" for n in range(4)),
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|reserved_special_token_4|>",
    "<|eot_id|>",
    *(f"<|reserved_special_token_{n}|>" for n in range(5, 251)),
)
_QWEN = _from(151_643, _END, "<|im_start|>", "<|im_end|>", *(f"<|extra_{n}|>" for n in range(205)))
_GLM4 = _from(
    151_329,
    *(_END, "[MASK]", "[gMASK]", "[sMASK]", "<sop>", "<eop>"),
    *("<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"),
    *("<|begin_of_image|>", "<|end_of_image|>", "<|begin_of_video|>", "<|end_of_video|>"),
)
_CL100K = {_END: 100_257} | _from(100_258, "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>")
_ENDS = {"eos_token": _END, "pad_token": _END}

BY_RANKS = {
    50_256: RankSpecials({_END: 50_256}, {"bos_token": _END, "eos_token": _END}),
    100_256: RankSpecials(_CL100K | {"<|endofprompt|>": 100_276}, {"eos_token": _END}),
    128_000: RankSpecials(_LLAMA3, {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"}),
    151_329: RankSpecials(_GLM4, _ENDS),
    151_643: RankSpecials(_QWEN, _ENDS),
    199_998: RankSpecials({_END: 199_999, "<|endofprompt|>": 200_018}, {"eos_token": _END}),
}
"""By how many ranks the file has."""
