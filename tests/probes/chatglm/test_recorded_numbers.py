"""The recorded numbers of the published code: hidden states, logits, losses, generation."""

from collections.abc import Callable
from functools import partial

import pytest
import torch

from probes.chatglm.loading import load_model
from tests.probes.chatglm.conftest import NAMES, Recording

TOLERANCE = 1e-4
Get = Callable[[str], Recording]


def _note(outputs: list[torch.Tensor], _module: object, _inputs: object, states: torch.Tensor) -> None:
    outputs.append(states)


@pytest.mark.parametrize("name", NAMES)
def test_hidden_states_logits_and_loss(recording: Get, name: str) -> None:
    held = recording(name)
    cases = held.cases("case")
    assert cases
    for case in cases:
        numbers = {key.removeprefix(f"case.{case}."): value for key, value in held.tensors.items()}
        outputs: list[torch.Tensor] = []
        hooks = [layer.register_forward_hook(partial(_note, outputs)) for layer in held.layers()]
        with torch.no_grad():
            got = held.model(
                numbers["input_ids"],
                attention_mask=numbers["real"].long(),
                labels=numbers.get("labels"),
                output_hidden_states=True,
            )
        for hook in hooks:
            hook.remove()
        after = {f"hidden.{at}": states for at, states in enumerate(outputs, 1)}
        after |= {"hidden.0": got.hidden_states[0], "hidden.final": got.hidden_states[-1]}
        real = numbers["real"].bool()
        compared = [key for key in numbers if key.startswith("hidden.")]
        assert {"hidden.0", "hidden.1", "hidden.final"} <= set(compared)
        for key in compared:
            assert (after[key] - numbers[key])[real].abs().max() < TOLERANCE, (case, key)
        assert (got.logits - numbers["logits"])[real].abs().max() < TOLERANCE, case
        if "loss" in numbers:
            assert abs(float(got.loss) - float(numbers["loss"])) < TOLERANCE, case


@pytest.mark.parametrize(
    ("name", "use_cache"),
    [(name, True) for name in NAMES] + [("chatglm-6b", False), ("chatglm2-6b", False)],
)
def test_greedy_generation(recording: Get, name: str, use_cache: bool) -> None:
    held = recording(name)
    for case in held.cases("gen"):
        ids = held.tensors[f"gen.{case}.input_ids"]
        wanted = held.tensors[f"gen.{case}.new_ids"]
        mask = torch.ones_like(ids)
        if case == "leftpad2":
            mask = (ids != held.model.config.pad_token_id).cummax(dim=1).values.long()
        got = held.model.generate(
            ids,
            attention_mask=mask,
            max_new_tokens=wanted.shape[1],
            eos_token_id=None,
            do_sample=False,
            use_cache=use_cache,
            output_logits=True,
            return_dict_in_generate=True,
        )
        assert torch.equal(got.sequences[:, ids.shape[1] :], wanted), case
        steps = torch.stack(got.logits, dim=1)
        assert (steps - held.tensors[f"gen.{case}.step_logits"]).abs().max() < TOLERANCE, case


def test_first_generation_reads_the_published_padding(recording: Get) -> None:
    """The [B, 1, T, T] mask of the published tokenizer, and no mask at all, mean the same padding."""
    held = recording("chatglm-6b")
    ids, blocked = (held.tensors[f"case.leftpad2.{key}"] for key in ("input_ids", "attention_mask"))
    real = held.tensors["case.leftpad2.real"].bool()
    with torch.no_grad():
        for mask in (blocked, None):
            logits = held.model(ids, attention_mask=mask).logits
            assert (logits - held.tensors["case.leftpad2.logits"])[real].abs().max() < TOLERANCE


def test_layout_is_the_recorded_one(recording: Get) -> None:
    held = recording("chatglm-6b")
    for case in held.cases("case"):
        ids = held.tensors[f"case.{case}.input_ids"]
        mask = held.tensors[f"case.{case}.real"]
        layout = held.model.transformer.layout(ids, mask)
        positions = held.tensors[f"case.{case}.position_ids"]
        assert torch.equal(layout.positions(ids.shape[1]), positions), case
    blocked = held.tensors["case.leftpad2.attention_mask"].bool()
    ids, mask = (held.tensors[f"case.leftpad2.{key}"] for key in ("input_ids", "real"))
    seen = held.model.transformer.layout(ids, mask).visible(ids.shape[1])
    real = mask.bool()[:, None, :, None]
    assert torch.equal(seen & real, ~blocked & real)


@pytest.mark.parametrize("name", ["chatglm-6b", "chatglm2-6b"])
def test_stepping_by_hand_with_the_cache(recording: Get, name: str) -> None:
    """What a speed measurement does: prefill, then one token at a time without naming positions."""
    held = recording(name)
    ids = held.tensors["gen.plain.input_ids"]
    with torch.no_grad():
        out = held.model(ids, use_cache=True)
        for wanted in held.tensors["gen.plain.new_ids"][0]:
            token = out.logits[:, -1:].argmax(dim=-1)
            assert int(token) == int(wanted)
            out = held.model(token, past_key_values=out.past_key_values, use_cache=True)


def test_beam_search_is_the_same_with_and_without_cache(recording: Get) -> None:
    held = recording("chatglm-6b")
    ids = held.tensors["gen.leftpad2.input_ids"]
    mask = (ids != held.model.config.pad_token_id).cummax(dim=1).values.long()
    both = [
        held.model.generate(ids, attention_mask=mask, num_beams=3, max_new_tokens=8, use_cache=cache)
        for cache in (True, False)
    ]
    assert torch.equal(*both)


@pytest.mark.parametrize("name", ["chatglm-6b", "chatglm2-6b"])
def test_half_precision_stays_close(recording: Get, name: str) -> None:
    held = recording(name)
    model = load_model(held.directory, torch.bfloat16)
    ids = held.tensors["case.batch2.input_ids"]
    with torch.no_grad():
        logits = model(ids).logits.float()
    assert logits.isfinite().all()
    assert (logits - held.tensors["case.batch2.logits"]).abs().mean() < 0.1
