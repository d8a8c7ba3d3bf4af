"""A part of the grid: `python -m tests.bench.memory_grid` prints all of it."""

import pytest
import torch

from tests.bench.memory_grid import FAMILIES, LEVELS, Case, run, summary

SOME = [
    *(Case(family, "narrow", level, "infer", 512) for family in FAMILIES for level in LEVELS),
    *(
        Case(family, "narrow", level, use, 96, vocabulary=4096)
        for family, level, use in (
            ("llama", "nf4", "train-checkpointed"),
            ("llama", "int8", "train-checkpointed"),
            ("qwen2", "nf4", "train"),
            ("glm", "nf4", "train-checkpointed"),
            ("gemma2", "nf4", "train-checkpointed"),
            ("gemma2", "bf16", "train"),
            ("phi", "bf16", "train"),
            ("phi3", "nf4", "train-checkpointed"),
            ("nemotron", "bf16", "train"),
        )
    ),
    # One for each other form of a layer.
    *(
        Case(family, "narrow", "bf16", "infer", 512, vocabulary=512)
        for family in ("cohere", "olmo", "olmo2", "phi", "stablelm", "starcoder2", "nemotron")
    ),
]


@pytest.fixture(scope="module")
def outcomes():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    found = [run(case) for case in SOME]
    torch.set_num_threads(before)
    return found


def test_predicted_against_the_allocator(outcomes):
    middle, worst = summary(outcomes)
    assert middle <= 0.03
    assert abs(worst.error) <= 0.10, str(worst.case)
