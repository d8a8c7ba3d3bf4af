"""The streamed engine gives what the whole model gives, for every architecture and level it claims."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from catalog.models.architectures import scored
from catalog.models.proved import ALSO, WITHOUT_RECORD
from probes.open_checkpoint import open_checkpoint
from probes.perplexity.frames import Window
from probes.perplexity.one_pass import Passed, Track, one_pass
from probes.quantize import find
from tests.probes.perplexity.whole_model import divergence, load, nats

pytestmark = pytest.mark.usefixtures("torchs_own_products")

NAMED = frozenset(["llama", "mistral", "qwen2", "qwen3", "glm", "glm4", "gemma", "gemma2", "phi3"])
"""Proved at every level; the others at two, since a level knows nothing of the architecture."""
LEVELS = ("bf16", "int8", "nf4", "nf4-dq", "fp4")
SPECIAL: dict[str, list[dict[str, object]]] = {
    "llama": [
        {"tie_word_embeddings": True},
        {"attention_bias": True, "mlp_bias": True, "tie_word_embeddings": False},
        {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 5000.0}},
    ],
    "mistral": [{"sliding_window": 24}],
    "qwen2": [
        {"tie_word_embeddings": True},
        {"use_sliding_window": True, "sliding_window": 24, "max_window_layers": 1},
    ],
    "glm": [{"attention_bias": True, "partial_rotary_factor": 0.5}],
    "gemma2": [{"sliding_window": 24, "final_logit_softcapping": 5.0, "attn_logit_softcapping": 10.0}],
    "phi3": [{"sliding_window": 24}],
    # Their default scale of 1/16 leaves such small models no opinion.
    "cohere": [{"logit_scale": 1.0}],
    "cohere2": [{"logit_scale": 1.0, "sliding_window": 24}],
}


def windows() -> list[Window]:
    """Two windows of different lengths, some context unscored."""
    torch.manual_seed(3)
    rows = [torch.randint(3, 320, (length,)).tolist() for length in (80, 57)]
    return [
        Window(tuple(row), first, len(row), len(row), 0, 0)
        for row, first in zip(rows, (30, 1), strict=True)
    ]


def streamed(directory: Path, levels: tuple[str, ...]) -> Passed:
    found = windows()
    tracks = [Track(find(level), tuple(range(len(found)))) for level in levels]
    return one_pass(
        open_checkpoint(directory), found, tracks, levels[0], torch.device("cpu"), lambda *_: None
    )


CASES = [
    pytest.param(name, more, id=f"{name}-{index}")
    for name in sorted(scored() - {"chatglm"})
    for index, more in enumerate(SPECIAL.get(name, [{}]))
]


@pytest.mark.parametrize(("model_type", "more"), CASES)
def test_streamed_equals_whole(make_model, model_type: str, more: dict[str, object]) -> None:
    directory = make_model(model_type, **more)
    levels = LEVELS if model_type in NAMED else ("bf16", "nf4")
    passed = streamed(directory, levels)
    reference = load(directory, "bf16")
    for level in levels:
        whole = load(directory, level)
        for score, expected, window in zip(
            passed.scores[level], nats(whole, windows()), windows(), strict=True
        ):
            assert score.nats / score.tokens == pytest.approx(expected / score.tokens, abs=1e-4)
            kl = divergence(reference, whole, window) / score.tokens
            assert score.kl / score.tokens == pytest.approx(kl, abs=1e-4, rel=1e-3)
        # A model that predicts nothing, or a level that changes nothing, would prove nothing.
        assert abs(passed.scores[level][0].nats / passed.scores[level][0].tokens - 5.768) > 0.01
        assert level == "bf16" or passed.scores[level][0].kl > 0


@pytest.mark.parametrize(
    "model_type",
    [*sorted(WITHOUT_RECORD), *(pytest.param(name, marks=pytest.mark.slow) for name in sorted(ALSO))],
)
def test_a_type_without_a_record_is_streamed_as_the_whole_model(make_small, model_type: str) -> None:
    directory = make_small(model_type)
    levels = ("bf16", "nf4")
    passed = streamed(directory, levels)
    choices = {}
    for level in levels:
        whole = load(directory, level)
        with listening(whole) as choices[level]:
            expected = nats(whole, windows())
        for score, one in zip(passed.scores[level], expected, strict=True):
            assert score.nats / score.tokens == pytest.approx(one / score.tokens, abs=1e-4)
    assert abs(passed.scores["bf16"][0].nats / 50 - 5.768) > 0.01
    # bitsandbytes replaces torch's own linear layers: Falcon's are a class of its own.
    assert (passed.scores["nf4"][0].kl > 0) == (model_type != "falcon")
    for number, (score, window) in enumerate(zip(passed.scores["nf4"], windows(), strict=True)):
        kept = slice(window.first - 1, -1)
        same = [
            (mine[number][kept] == base[number][kept]).all(-1)
            for mine, base in zip(choices["nf4"].values(), choices["bf16"].values(), strict=True)
        ]
        assert (score.same_experts, score.routed) == (sum(int(x.sum()) for x in same), sum(map(len, same)))


@contextmanager
def listening(model: torch.nn.Module) -> Iterator[dict[str, list[torch.Tensor]]]:
    """By the name of each module of experts: the experts chosen, in order of their number, call by call."""
    heard: dict[str, list[torch.Tensor]] = {}
    hooks = []
    for name, module in model.named_modules():
        if hasattr(module, "is_transposed"):
            calls = heard.setdefault(name, [])

            def hear(_: object, args: tuple[torch.Tensor, ...], calls: list[torch.Tensor] = calls) -> None:
                calls.append(args[1].sort(-1).values)

            hooks.append(module.register_forward_pre_hook(hear))
        elif type(module).__name__ == "Llama4Router":
            calls = heard.setdefault(name, [])

            def hear_logits(
                _: object, __: object, out: tuple[torch.Tensor, ...], calls: list[torch.Tensor] = calls
            ) -> None:
                calls.append(out[0].topk(2).indices.sort(-1).values)

            hooks.append(module.register_forward_hook(hear_logits))
    yield heard
    for hook in hooks:
        hook.remove()
