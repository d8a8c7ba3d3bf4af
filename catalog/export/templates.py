"""What each tool calls the chat template of a model, known by what the template makes of one dialogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ASKED: tuple[tuple[Literal["user", "assistant"], str], ...] = (
    ("user", "Q1"),
    ("assistant", "A1"),
    ("user", "Q2"),
    ("assistant", "A2"),
)
"""The dialogue that is rendered: (role, text) of each turn."""


@dataclass(frozen=True)
class Template:
    """`rendered` is how the rendering of ASKED ends, but for white space; what stands before it is the
    template's own beginning.

    `begins` has to be in that beginning, `marks` in the template's source, and `lacks` in neither. `system`
    stands around what the template says where no system turn does. `names` are the tools' own, those of
    LLaMA-Factory 0.9.5, Axolotl 0.19, Unsloth 2026.10, ms-swift 4.6 and xtuner 0.2; a tool without one
    reads the template from the model.
    """

    rendered: str
    names: Mapping[str, str]
    begins: str = ""
    marks: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    system: tuple[str, str] = ("", "")


def _names(
    llama_factory: str = "", swift: str = "", axolotl: str = "", unsloth: str = "", xtuner: str = ""
) -> dict[str, str]:
    named = {
        "llama-factory": llama_factory,
        "ms-swift": swift,
        "axolotl": axolotl,
        "unsloth": unsloth,
        "xtuner": xtuner,
    }
    return {tool: name for tool, name in named.items() if name}


def _rounds(asked: str, answered: str, thought: str = "") -> str:
    """Two rounds in the marks of a question and of an answer; `thought` comes before the last answer."""
    first = asked.format("Q1") + answered.format("A1")
    return first + asked.format("Q2") + answered.format(thought + "A2")


_CHATML = ("<|im_start|>user\n{}<|im_end|>\n", "<|im_start|>assistant\n{}<|im_end|>\n")
_UNTHOUGHT = "<think>\n\n</think>\n\n"
_SYSTEM = ("<|im_start|>system\n", "<|im_end|>\n")
_LLAMA3 = _rounds(
    "<|start_header_id|>user<|end_header_id|>\n\n{}<|eot_id|>",
    "<|start_header_id|>assistant<|end_header_id|>\n\n{}<|eot_id|>",
)
_GEMMA = _rounds("<start_of_turn>user\n{}<end_of_turn>\n", "<start_of_turn>model\n{}<end_of_turn>\n")
_DEEPSEEK = _rounds("<｜User｜>{}", "<｜Assistant｜>{}<｜end▁of▁sentence｜>")

TEMPLATES: Mapping[str, Template] = {
    # Qwen3's templates take thoughts out of earlier answers; 2507's two kinds always or never think.
    "qwen3": Template(
        _rounds(*_CHATML, _UNTHOUGHT),
        _names("qwen3", "qwen3", "qwen3", "qwen-3", "qwen_chat"),
        marks=("enable_thinking",),
    ),
    "qwen3-thinking": Template(
        _rounds(*_CHATML, _UNTHOUGHT),
        _names("qwen3", "qwen3_thinking", "qwen3", "qwen3-thinking", "qwen_chat"),
        marks=("<tool_call>",),
    ),
    "qwen2.5": Template(
        _rounds(*_CHATML),
        _names("qwen", "qwen2_5", "qwen_25", "qwen-2.5", "qwen_chat"),
        begins="You are Qwen, created by Alibaba Cloud.",
        lacks=("<think>",),
        system=_SYSTEM,
    ),
    "qwen2": Template(
        _rounds(*_CHATML),
        _names("qwen", "qwen", "chatml", "chatml", "qwen_chat"),
        begins="You are a helpful assistant",
        lacks=("<think>",),
        system=_SYSTEM,
    ),
    "qwen3-instruct": Template(
        _rounds(*_CHATML),
        _names("qwen3_nothink", "qwen3_nothinking", "qwen_25", "qwen3-instruct", "qwen_chat"),
        marks=("<tool_call>", "<tool_response>"),
        lacks=("<think>",),
    ),
    "internlm2": Template(
        _rounds(*_CHATML),
        _names("intern2", "internlm2", "chatml", "chatml", "internlm2_chat"),
        begins="<s>",
        lacks=("<think>",),
        system=_SYSTEM,
    ),
    "chatml": Template(
        _rounds(*_CHATML),
        _names("chatml", "chatml", "chatml", "chatml", "qwen_chat"),
        lacks=("<think>",),
        system=_SYSTEM,
    ),
    "llama2": Template(
        "[INST] Q1 [/INST] A1 </s><s>[INST] Q2 [/INST] A2 </s>",
        _names("llama2", "llama", "", "llama", "llama2_chat"),
    ),
    "mistral": Template(
        _rounds("[INST] {} [/INST]", "{}</s>"),
        _names("mistral", "llama", "mistral_v1", "mistral", "mistral"),
    ),
    "mistral-spaced": Template(
        _rounds("[INST] {} [/INST]", " {}</s>"),
        _names("mistral", "llama", "mistral_v1", "mistral", "mistral"),
    ),
    "mistral-v3": Template(
        _rounds("[INST] {}[/INST]", " {}</s>"), _names("mistral", "llama", "mistral_v2v3", "mistral")
    ),
    "llama3.1": Template(
        _LLAMA3,
        _names("llama3", "llama3_2", "llama3", "llama-3.1", "llama3_chat"),
        begins="Cutting Knowledge Date",
        system=("<|start_header_id|>system<|end_header_id|>\n\n", "<|eot_id|>"),
    ),
    "llama3": Template(_LLAMA3, _names("llama3", "llama3", "llama3", "llama-3", "llama3_chat")),
    "gemma3": Template(
        _GEMMA, _names("gemma3", "gemma3_text", "gemma3", "gemma-3", "gemma"), marks=("first_user_prefix",)
    ),
    "gemma": Template(_GEMMA, _names("gemma", "gemma", "gemma", "gemma", "gemma")),
    "phi3": Template(
        _rounds("<|user|>\n{}<|end|>\n", "<|assistant|>\n{}<|end|>\n"),
        _names("phi", "phi3", "phi_3", "phi-3", "phi3_chat"),
    ),
    "phi4": Template(
        _rounds("<|im_start|>user<|im_sep|>{}<|im_end|>", "<|im_start|>assistant<|im_sep|>{}<|im_end|>"),
        _names("phi4", "phi4", "", "phi-4"),
    ),
    "glm4": Template(
        _rounds("<|user|>\n{}", "<|assistant|>\n{}"),
        _names("glm4", "glm4", "", "", "chatglm3"),
        begins="[gMASK]<sop>",
        lacks=("<think>",),
    ),
    "deepseek": Template(
        _rounds("User: {}\n\n", "Assistant: {}<｜end▁of▁sentence｜>"),
        _names("deepseek", "deepseek", "deepseek_v2", "", "deepseek_v2"),
    ),
    "deepseek-r1": Template(
        _DEEPSEEK, _names("deepseekr1", "deepseek_r1", "deepseek_v3"), marks=("<think>",)
    ),
    "deepseek-v3": Template(_DEEPSEEK, _names("deepseek3", "deepseek_v2_5", "deepseek_v3")),
    "baichuan2": Template(
        _rounds("<reserved_106>{}", "<reserved_107>{}"),
        _names("", "baichuan", "", "", "baichuan2_chat"),
    ),
    "zephyr": Template(
        _rounds("<|user|>\n{}</s>\n", "<|assistant|>\n{}</s>\n"),
        _names("zephyr", "zephyr", "", "zephyr", "zephyr"),
    ),
    "minicpm": Template(_rounds("<用户>{}", "<AI>{}"), _names("", "minicpm", "", "", "minicpm")),
    "cohere": Template(
        _rounds(
            "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>{}<|END_OF_TURN_TOKEN|>",
            "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{}<|END_OF_TURN_TOKEN|>",
        ),
        _names("cohere", "c4ai", "cohere", "", "cohere_chat"),
    ),
    # The ChatGLM line has its dialogues in code, not in a template: they are known by the family.
    "chatglm-6b": Template("", {}),
    "chatglm2-6b": Template("", _names("", "chatglm2", "", "", "chatglm2")),
    "chatglm3-6b": Template("", _names("chatglm3", "chatglm4", "", "", "chatglm3")),
}
"""By a name of the template's own; of two that fit the first is meant."""


def recognise(rendered: str, source: str) -> tuple[str | None, str]:
    """The template that made `rendered` of ASKED, None where none is known, and its own system text."""
    rendered = rendered.rstrip()
    for name, known in TEMPLATES.items():
        if not known.rendered or not rendered.endswith(known.rendered.rstrip()):
            continue
        beginning = rendered.removesuffix(known.rendered.rstrip())
        absent = any(word in source or word in beginning for word in known.lacks)
        if known.begins in beginning and all(word in source for word in known.marks) and not absent:
            return name, _system(beginning, *known.system)
    return None, ""


def _system(beginning: str, opens: str, closes: str) -> str:
    """What stands between the marks of a system turn."""
    if not opens or opens not in beginning:
        return ""
    return beginning.partition(opens)[2].partition(closes)[0]


def name_for(tool: str, template: str | None) -> str | None:
    """What `tool` calls a template; None where it has no name for it."""
    known = TEMPLATES.get(template or "")
    return known.names.get(tool) if known else None
