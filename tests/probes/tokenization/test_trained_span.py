"""Whatever the tokenizer, the answer and its end are trained, all of it and nothing else."""

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from probes.dataset import layouts
from probes.dataset.examples import Example, Turn, single
from probes.tokenization.load import load_tokenizer
from probes.training.encode import TemplateCutter, encode, encode_prompt
from tests.places import SHARED

END = 2
BUILT = ("spm-bpe", "ice", "glm2", "tiktoken", "byte-level", "byte-fallback", "merges")
"""Those that keep white space."""
REAL = SHARED / "data" / "tokenizers"
PUBLISHED = (
    "baichuan",
    "chatglm-6b",
    "chatglm2-6b",
    "chinese-llama-2",
    "gpt2",
    "internlm2",
    "llama2",
    "llama3",
    "minimind",
    "mistral-v3",
    "qwen2",
)
ROWS = (
    single("石头是什么颜色？", "红色。", 1),
    single("What is it? ", "a stone, red", 2),
    single("数到三", "1 2  3\n四", 3, system="简短。"),
    Example(
        (Turn("user", "你好"), Turn("assistant", "好"), Turn("user", "再见"), Turn("assistant", "Bye!")), 4
    ),
)


def check(folder: Path, name: str) -> None:
    """What is trained of each row reads as its answers do, and generation begins where the last does."""
    cutter = load_tokenizer(folder)
    for row in ROWS:
        encoded = encode(row, getattr(layouts, name), cutter, END)
        answers: list[list[int]] = [[]]
        for before, at in zip((None, *encoded.targets), encoded.targets, strict=False):
            if before is not None and at != before + 1:
                answers.append([])
            answers[-1].append(encoded.ids[at])
        assert all(ids[-1] == END for ids in answers)
        said = [turn.text for turn in row.turns if turn.role == "assistant"]
        assert [cutter.decode(ids[:-1]).strip() for ids in answers] == said
        assert encoded.bytes == row.target_bytes
        opening = encode_prompt(row, getattr(layouts, name), cutter, END)
        assert list(encoded.ids[: len(opening)]) == opening
        assert len(opening) == encoded.targets[-len(answers[-1])]


@pytest.mark.parametrize("layout", ["alpaca", "wenda", "plain"])
@pytest.mark.parametrize("name", BUILT)
def test_every_format(vocabularies: Path, name: str, layout: str) -> None:
    check(vocabularies / name, layout)


@pytest.mark.parametrize("layout", ["alpaca", "wenda"])
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_ones(name: str, layout: str) -> None:
    if not (REAL / name).is_dir():
        pytest.skip("the real tokenizers are not here")
    check(REAL / name, layout)


@pytest.mark.parametrize(
    ("name", "around", "closing"),
    [("qwen2", "", "<|im_end|>"), ("minimind", "<think>\n\n</think>\n\n", "<|im_end|>")],
)
def test_published_templates(name: str, around: str, closing: str) -> None:
    if not (REAL / name).is_dir():
        pytest.skip("the real tokenizers are not here")
    tokenizer = AutoTokenizer.from_pretrained(REAL / name, local_files_only=True)
    _, layout = layouts.choose("chat", tokenizer)
    for row in ROWS:
        encoded = encode(row, layout, TemplateCutter(tokenizer), None)
        whole = tokenizer.apply_chat_template(row.messages(), tokenize=False)
        assert tokenizer.decode(encoded.ids) == whole
        said = [turn.text for turn in row.turns if turn.role == "assistant"]
        assert tokenizer.decode([encoded.ids[at] for at in encoded.targets]) == "".join(
            text + closing for text in said
        )
        assert whole.count(f"<|im_start|>assistant\n{around}{said[-1]}") == 1
