"""The training itself: gradients, losses, memory; against plain transformers and PEFT."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from torch import nn
from torch.nn import functional
from transformers import AutoModelForCausalLM

from catalog.problem import Problem
from catalog.quantization.levels import trained_levels
from probes.training import adapter, loop
from probes.training.encode import Encoded
from probes.training.evaluate import Held, evaluate
from probes.training.generate import generate
from probes.training.loop import Point, Trainer, TrainingFailed
from probes.training.loss import nats_each, nats_sum, pad
from probes.training.model import Loaded, load
from probes.training.settings import Settings, default_rate, evaluation_points

CPU = torch.device("cpu")


def settings(**more: Any) -> Settings:
    return Settings(
        **({"method": "qlora", "rank": 4, "rate": 3e-3, "batch": 4, "examples": 32, "seed": 0} | more)
    )


def examples(count: int = 12) -> list[Encoded]:
    """Unequal lengths; the last third of each is the target."""
    draw = torch.Generator().manual_seed(5)
    made = []
    for index in range(count):
        length = 9 + index % 5 * 3
        ids = torch.randint(2, 300, (length,), generator=draw).tolist()
        made.append(
            Encoded(f"{index:012x}", tuple(ids), tuple(range(length - length // 3, length)), 2 * length)
        )
    return made


def trainer(directory: Path, level: str = "nf4", **more: Any) -> Trainer:
    loaded = load(directory, level, CPU)
    return Trainer(
        loaded, adapter.attach(loaded, settings(**more)), settings(**more), examples(), examples(5)
    )


def gradients(run: Trainer) -> dict[str, torch.Tensor]:
    run.rehearse()
    run._accumulate(examples(4))
    return {n: p.grad.clone() for n, p in run.model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("level", ["nf4", "nf4-dq", "int8"])
def test_gradients_are_equal_with_and_without_an_evaluation_before(tiny: Path, level: str) -> None:
    fresh, scored = trainer(tiny, level), trainer(tiny, level)
    scored.score()
    before, after = gradients(fresh), gradients(scored)
    assert before.keys() == after.keys()
    assert len(before) == 2 * 7 * 2
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert any(float(gradient.abs().max()) > 0 for gradient in before.values())


def test_the_loss_is_that_of_transformers_on_the_same_labels(tiny: Path) -> None:
    run = trainer(tiny, "bf16")
    batch = examples(4)
    nats = run._accumulate(batch)
    count = sum(len(example.targets) for example in batch)
    model = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.bfloat16).float()
    expected = 0.0
    for example in batch:
        labels = torch.full((1, len(example.ids)), -100)
        for position in example.targets:
            labels[0, position] = example.ids[position]
        with torch.no_grad():
            out = model(input_ids=torch.tensor([example.ids]), labels=labels)
        expected += float(out.loss) * len(example.targets)
    assert nats == pytest.approx(expected / count, rel=1e-5)


class Linear:
    """A head with a soft cap, as Gemma's."""

    def __init__(self) -> None:
        torch.manual_seed(1)
        self.layer = nn.Linear(8, 50, bias=False).requires_grad_(False)
        self.vocabulary = 50

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        return 5 * torch.tanh(self.layer(states) / 5)


def test_chunked_loss_has_the_gradient_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.training.loss.CHUNK_ELEMENTS", 150)
    head = Linear()
    states = torch.randn(17, 8, requires_grad=True)
    targets = torch.randint(0, 50, (17,))
    (chunked,) = torch.autograd.grad(3 * nats_sum(states, targets, head), states)
    whole = functional.cross_entropy(head(states), targets, reduction="sum")
    (expected,) = torch.autograd.grad(3 * whole, states)
    torch.testing.assert_close(chunked, expected)
    assert float(nats_each(states, targets, head).sum()) == pytest.approx(float(whole), rel=1e-6)


def test_a_uniform_model_needs_log_vocabulary_per_target(tiny: Path) -> None:
    run = trainer(tiny, "bf16")
    nn.init.zeros_(run.loaded.head.layer.weight)
    held = run.score().held
    targets = sum(len(example.targets) for example in run.holdout)
    vocabulary = run.loaded.head.vocabulary
    expected = targets * math.log2(vocabulary) / sum(example.bytes for example in run.holdout)
    assert held.bits_per_byte == pytest.approx(expected, rel=1e-6)


def test_padding_changes_no_score(tiny: Path) -> None:
    run = trainer(tiny)
    together = evaluate(run.loaded, run.model, run.holdout).nats
    alone = [evaluate(run.loaded, run.model, [example]).nats[0] for example in run.holdout]
    assert together == pytest.approx(alone, rel=1e-5)


def test_micro_batches_give_the_gradient_of_the_batch(tiny: Path) -> None:
    whole, halves = trainer(tiny), trainer(tiny, micro_batch=2)
    a, b = gradients(whole), gradients(halves)
    for name in a:
        torch.testing.assert_close(a[name], b[name], rtol=1e-4, atol=1e-6)


def failing(monkeypatch: pytest.MonkeyPatch, run: Trainer, limit: int) -> None:
    """Memory runs out for more than `limit` padded tokens at once."""
    real: Callable[..., torch.Tensor] = loop.states_of

    def states_of(model: Any, ids: torch.Tensor) -> torch.Tensor:
        if ids.numel() > limit:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(model, ids)

    monkeypatch.setattr(loop, "states_of", states_of)


def test_out_of_memory_halves_the_micro_batch_and_keeps_the_gradient(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = gradients(trainer(tiny))
    run = trainer(tiny)
    failing(monkeypatch, run, 2 * 21)
    run.rehearse()
    assert (run.micro_batch, run.checkpointing) == (2, True)
    found = gradients(run)
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=1e-6)


def test_out_of_memory_with_nothing_left_to_give_is_raised(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trainer(tiny)
    failing(monkeypatch, run, 2)
    with pytest.raises(torch.OutOfMemoryError):
        run.rehearse()


def test_the_same_run_in_one_go_and_in_two(tiny: Path) -> None:
    one, two = trainer(tiny), trainer(tiny)
    one.train_to(32, lambda *_: None)
    two.train_to(16, lambda *_: None)
    two.score()
    two.train_to(32, lambda *_: None)
    assert one.score().held.nats == two.score().held.nats
    assert one.score().examples == 32


def test_a_loss_that_is_no_number_is_named(tiny: Path) -> None:
    run = trainer(tiny)
    run.score()
    for parameter in run.trained:
        parameter.data.fill_(math.nan)
    with pytest.raises(TrainingFailed, match="nan-loss"):
        run.train_to(4, lambda *_: None)


def test_a_rising_loss_is_named(tiny: Path) -> None:
    run = trainer(tiny)
    held = run.score().held
    run.points[0] = Point(0, Held(tuple(nats / 2 for nats in held.nats), held.bytes), 0.0)
    run.train_to(4, lambda *_: None)
    with pytest.raises(TrainingFailed, match="rising-loss"):
        run.score()


def test_zero_loss_is_named(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trainer(tiny)
    monkeypatch.setattr(loop, "nats_sum", lambda states, targets, head: states.sum() * 0)
    with pytest.raises(TrainingFailed) as told:
        run.train_to(4, lambda *_: None)
    assert told.value.reason == "zero-loss"


def test_all_levels_load_and_an_unknown_one_does_not(tiny: Path) -> None:
    scores = {level: trainer(tiny, level).score().held.bits_per_byte for level in trained_levels()}
    assert len({round(score, 9) for score in scores.values()}) == len(scores)
    assert max(scores.values()) < 1.1 * min(scores.values())
    with pytest.raises(Problem, match="level-not-trainable"):
        load(tiny, "rtn-4-g128", CPU)


def test_rates_and_points() -> None:
    assert default_rate(256) == pytest.approx(3.2e-3)
    assert evaluation_points(256, 8) == [16, 32, 64, 128, 256]
    assert evaluation_points(3200, 8) == [200, 400, 800, 1600, 3200]
    assert evaluation_points(10, 8) == [10]
    run = settings(examples=400)
    assert run.rate_at(0) < run.rate_at(2) < run.rate_at(3) == run.rate_at(99) == run.rate


def test_right_padding_predicts_from_the_place_before() -> None:
    ids, places, targets = pad([Encoded("a", (5, 6, 7), (2,), 1), Encoded("b", (8, 9), (1,), 1)], CPU)
    assert ids.tolist() == [[5, 6, 7], [8, 9, 0]]
    assert (places.tolist(), targets.tolist()) == ([1, 3], [7, 9])


@pytest.mark.parametrize("method", adapter.METHODS)
def test_every_method_learns_and_gradients_do_not_depend_on_an_evaluation(tiny: Path, method: str) -> None:
    fresh, scored = (trainer(tiny, method=method, rate=1e-2, virtual_tokens=4) for _ in range(2))
    first = scored.score().held.bits_per_byte
    before, after = gradients(fresh), gradients(scored)
    assert before
    assert all(torch.equal(before[name], after[name]) for name in before)
    scored.optimizer.zero_grad()
    scored.train_to(32, lambda *_: None)
    assert scored.score().held.bits_per_byte < first


@pytest.mark.parametrize("method", adapter.METHODS)
def test_states_are_those_of_pefts_own_forward(tiny: Path, method: str) -> None:
    run = trainer(tiny, "bf16", method=method, rate=1e-2, virtual_tokens=4)
    run.train_to(16, lambda *_: None)
    run.model.eval()
    ids = torch.tensor([examples(1)[0].ids])
    with torch.no_grad():
        own = run.loaded.head(adapter.states_of(run.model, ids))
        pefts = run.model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[:, -ids.shape[1] :]
    torch.testing.assert_close(own, pefts, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", adapter.METHODS)
def test_every_adapter_can_be_saved_loaded_and_taken_off(tiny: Path, method: str, tmp_path: Path) -> None:
    run = trainer(tiny, "bf16", method=method, rate=1e-2, virtual_tokens=4)
    run.train_to(16, lambda *_: None)
    run.model.eval()
    ids = torch.tensor([examples(1)[0].ids])
    with torch.no_grad():
        tuned = run.model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    adapter.save(run.model, tmp_path / "adapter", "# card")
    adapter.detach(run.model, run.settings)
    base = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.bfloat16).float().eval()
    with torch.no_grad():
        assert torch.equal(run.loaded.model(input_ids=ids).logits, base(input_ids=ids).logits)
        again = PeftModel.from_pretrained(base, tmp_path / "adapter").eval()
        torch.testing.assert_close(again(input_ids=ids, attention_mask=torch.ones_like(ids)).logits, tuned)


def test_a_prefix_is_never_trained_under_gradient_checkpointing(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trainer(tiny, method="prefix", virtual_tokens=4)
    failing(monkeypatch, run, 2 * 21)
    run.rehearse()
    assert (run.micro_batch, run.checkpointing) == (2, False)


def test_adalora_gives_ranks_back(tiny: Path) -> None:
    run = trainer(tiny, method="adalora", examples=64, rate=1e-2)
    run.train_to(64, lambda *_: None)
    ranks = run.model.active_peft_config.rank_pattern
    assert ranks
    assert sum(sum(kept) for kept in ranks.values()) <= run.settings.rank * len(ranks)
    with pytest.raises(Problem, match="run-too-short"):
        trainer(tiny, method="adalora", examples=8)


@pytest.mark.parametrize("method", ["qlora", "prefix", "prompt"])
def test_generation_takes_the_likeliest_token_each_time(tiny: Path, method: str) -> None:
    run = trainer(tiny, "bf16", method=method, rate=1e-2, virtual_tokens=4)
    run.train_to(32, lambda *_: None)
    prompts = [example.ids for example in examples(3)]
    tuned = generate(run.loaded, run.model, prompts, 5, tuned=True)
    untuned = generate(run.loaded, run.model, prompts, 5, tuned=False)
    base = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.bfloat16).float().eval()
    assert tuned != untuned
    for prompt, after, before in zip(prompts, tuned, untuned, strict=True):
        grown, plain = list(prompt), list(prompt)
        with torch.no_grad():
            for _ in range(5):
                states = adapter.states_of(run.model, torch.tensor([grown]))[:, -1]
                grown.append(int(run.loaded.head(states).argmax()))
                plain.append(int(base(input_ids=torch.tensor([plain])).logits[0, -1].argmax()))
        assert [cut_at_end(ids[len(prompt) :]) for ids in (grown, plain)] == [after, before]


def cut_at_end(ids: list[int]) -> list[int]:
    return ids[: ids.index(1)] if 1 in ids else ids


def in_float16(directory: Path, monkeypatch: pytest.MonkeyPatch, level: str = "fp16") -> Trainer:
    """As on a card without bfloat16: mixed precision in float16, here by the processor."""
    monkeypatch.setattr("probes.training.model.half_on", lambda device: torch.float16)
    monkeypatch.setattr(Loaded, "mixed", True)
    return trainer(directory, level)


def test_without_bfloat16_it_is_trained_in_float16_with_scaled_gradients(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = trainer(tiny, "nf4")
    plain.score()
    plain.train_to(32, lambda *_: None)
    run = in_float16(tiny, monkeypatch, "nf4")
    assert run.loaded.half is torch.float16
    assert run.scaler.is_enabled()
    assert all(parameter.dtype == torch.float32 for parameter in run.trained)
    run.score()
    run.train_to(32, lambda *_: None)
    assert run.score().held.bits_per_byte == pytest.approx(plain.score().held.bits_per_byte, rel=0.02)
    assert run.points[-1].held.bits_per_byte < run.points[0].held.bits_per_byte


def test_what_leaves_the_range_of_float16_is_named(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = in_float16(tiny, monkeypatch)
    run.score()
    for parameter in run.trained:
        parameter.data.fill_(1e4)
    with pytest.raises(TrainingFailed, match=loop.OVERFLOW):
        run.train_to(4, lambda *_: None)


def test_a_step_whose_gradients_overflow_is_left_out_and_a_row_of_them_named(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = in_float16(tiny, monkeypatch)
    before = [parameter.detach().clone() for parameter in run.trained]
    own = run._backward

    def overflowing(batch: Any) -> float:
        loss = own(batch)
        run.trained[0].grad.fill_(math.inf)
        return loss

    monkeypatch.setattr(run, "_backward", overflowing)
    run.train_to(4, lambda *_: None)
    assert all(torch.equal(old, new) for old, new in zip(before, run.trained, strict=True))
    with pytest.raises(TrainingFailed, match=loop.OVERFLOW):
        run.train_to(4 * (loop.MOST_LEFT_OUT + 2), lambda *_: None)


def test_float16_as_a_level_on_the_processor_rounds_to_it(tiny: Path) -> None:
    loaded = load(tiny, "fp16", CPU)
    weight = next(p for n, p in loaded.model.named_parameters() if "q_proj" in n)
    assert weight.dtype == torch.float32
    assert torch.equal(weight, weight.half().float())
    assert not loaded.mixed
