"""Templates are known by what they make of one dialogue, and called what each tool calls them."""

import json
from pathlib import Path

import pytest

from catalog.export.templates import TEMPLATES, name_for, recognise

TOOLS = json.loads((Path(__file__).parent / "tool_keys.json").read_text("utf-8"))
ROUNDS = (
    "<|im_start|>user\nQ1<|im_end|>\n<|im_start|>assistant\nA1<|im_end|>\n"
    "<|im_start|>user\nQ2<|im_end|>\n<|im_start|>assistant\nA2<|im_end|>\n"
)
UNTHOUGHT = ROUNDS.replace("A2", "<think>\n\n</think>\n\nA2")
SYSTEM = "<|im_start|>system\n{}<|im_end|>\n"
QWEN = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
TOOLED = "{%- if tools %}<tool_call>...<tool_response>{%- endif %}"


@pytest.mark.parametrize(
    ("rendered", "source", "name", "system"),
    [
        (ROUNDS, "{% for m in messages %}", "chatml", ""),
        (
            SYSTEM.format("You are a helpful assistant.") + ROUNDS,
            "",
            "qwen2",
            "You are a helpful assistant.",
        ),
        (SYSTEM.format(QWEN) + ROUNDS, TOOLED, "qwen2.5", QWEN),
        (UNTHOUGHT, TOOLED + "{%- if enable_thinking is false %}<think>", "qwen3", ""),
        (ROUNDS, TOOLED, "qwen3-instruct", ""),
        (UNTHOUGHT, TOOLED + "<think>", "qwen3-thinking", ""),
        ("<s>" + ROUNDS, "", "internlm2", ""),
        ("<s>[INST] Q1 [/INST] A1 </s><s>[INST] Q2 [/INST] A2 </s>", "", "llama2", ""),
        ("<s>[INST] Q1[/INST] A1</s>[INST] Q2[/INST] A2</s>", "", "mistral-v3", ""),
        ("[gMASK]<sop><|user|>\nQ1<|assistant|>\nA1<|user|>\nQ2<|assistant|>\nA2", "", "glm4", ""),
        ("Human: Q1 Bot: A1 Human: Q2 Bot: A2", "", None, ""),
        (ROUNDS, "a template that thinks in its own way: <think>", None, ""),
    ],
)
def test_a_template_is_recognised(rendered: str, source: str, name: str | None, system: str) -> None:
    assert recognise(rendered, source) == (name, system)


def test_llama_3_1_is_told_by_the_date_it_says() -> None:
    head = "<|start_header_id|>{}<|end_header_id|>\n\n"
    rounds = "".join(
        f"{head.format('user')}{q}<|eot_id|>{head.format('assistant')}{a}"
        for q, a in (("Q1", "A1<|eot_id|>"), ("Q2", "A2<|eot_id|>"))
    )
    said = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"
    dated = head.format("system") + said + "<|eot_id|>"
    assert recognise("<|begin_of_text|>" + rounds, "") == ("llama3", "")
    assert recognise("<|begin_of_text|>" + dated + rounds, said) == ("llama3.1", said)


def test_every_name_is_one_that_the_tool_has() -> None:
    named = {(tool, name) for known in TEMPLATES.values() for tool, name in known.names.items()}
    assert named
    assert {(tool, name) for tool, name in named if name not in TOOLS[tool]["templates"]} == set()


def test_the_chatglm_line_is_named_where_tools_know_it() -> None:
    assert name_for("llama-factory", "chatglm3-6b") == "chatglm3"
    assert name_for("ms-swift", "chatglm2-6b") == "chatglm2"
    assert name_for("axolotl", "chatglm-6b") is None
    assert name_for("trl", None) is None
