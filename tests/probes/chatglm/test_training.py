"""Adapters train on the loaded models: gradients reach them, the loss falls, the adapter comes back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bitsandbytes
import pytest
import torch
from peft import LoraConfig, PeftModel, PrefixTuningConfig, PromptTuningConfig, TaskType, get_peft_model
from safetensors.torch import load_file
from transformers import BitsAndBytesConfig

from catalog.problem import Problem
from probes.chatglm import load
from tests.probes.chatglm.conftest import RECORDED

TARGETS = {
    "chatglm-6b": ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"],
    "chatglm2-6b": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_up_proj", "down_proj"],
}


def fresh(name: str) -> Any:
    return load(RECORDED / name, torch.float32)[0]


def batch(name: str) -> dict[str, torch.Tensor]:
    """Two rows, one padded on the left, with labels on the answer."""
    rows = torch.tensor(
        [[11, 12, 13, 14, 481, 484, 21, 22, 23, 485], [3, 3, 15, 16, 481, 484, 24, 25, 26, 485]]
    )
    if name != "chatglm-6b":
        rows[rows == 3] = 0
    pad = 3 if name == "chatglm-6b" else 0
    labels = rows.clone()
    labels[:, :6] = -100
    return {"input_ids": rows, "attention_mask": (rows != pad).long(), "labels": labels}


@pytest.mark.parametrize("name", list(TARGETS))
def test_lora_learns_and_is_read_back(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = get_peft_model(
        fresh(name), LoraConfig(r=4, target_modules=TARGETS[name], task_type="CAUSAL_LM")
    )
    data = batch(name)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-2)
    losses = []
    model.train()
    for _ in range(25):
        loss = model(**data).loss
        loss.backward()
        if not losses:
            reached = [p.grad is not None for n, p in model.named_parameters() if "lora_B" in n]
            layers = len(model.base_model.model.base_model.layers)
            assert len(reached) == layers * len(TARGETS[name])
            assert all(reached)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 4, losses
    model.eval()
    with torch.no_grad():
        tuned = model(**data).logits
    model.save_pretrained(tmp_path)
    stored = load_file(tmp_path / "adapter_model.safetensors")
    assert all("lora_" in key for key in stored)
    again = PeftModel.from_pretrained(fresh(name), tmp_path).eval()
    with torch.no_grad():
        assert torch.allclose(again(**data).logits, tuned, atol=1e-5)
    generated = again.generate(
        input_ids=data["input_ids"][:1, :6], max_new_tokens=4, do_sample=False, eos_token_id=None
    )
    assert generated[0, 6:].tolist() == data["input_ids"][0, 6:].tolist()


@pytest.mark.parametrize("name", list(TARGETS))
def test_qlora_on_nf4_weights(name: str) -> None:
    """transformers quantizes while it reads, and PEFT finds the 4-bit layers."""
    torch.manual_seed(0)
    nf4 = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.float32
    )
    base, _ = load(RECORDED / name, torch.float32, quantization_config=nf4, device_map={"": "cpu"})
    linears = [module for module in base.modules() if isinstance(module, bitsandbytes.nn.Linear4bit)]
    assert len(linears) == base.config.num_hidden_layers * len(TARGETS[name])
    for linear in linears:
        linear.support_avx512bf16_for_cpu = False
    model = get_peft_model(base, LoraConfig(r=4, target_modules=TARGETS[name], task_type="CAUSAL_LM"))
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-2)
    losses = []
    for _ in range(6):
        loss = model(**batch(name)).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] * 0.9, losses


def test_padding_changes_no_gradient() -> None:
    """The loss over a padded row is that over the row alone."""
    model = fresh("chatglm-6b")
    data = batch("chatglm-6b")
    padded = {key: value[1:] for key, value in data.items()}
    alone = {key: value[1:, 2:] for key, value in data.items()}
    gradients = []
    for inputs in (padded, alone):
        model.zero_grad()
        model(**inputs).loss.backward()
        gradients.append(model.transformer.layers[0].attention.query_key_value.weight.grad.clone())
    assert gradients[0].abs().max() > 0
    assert torch.allclose(gradients[0], gradients[1], atol=1e-6)


def test_gradient_checkpointing_changes_no_gradient() -> None:
    model = fresh("chatglm-6b").train()
    gradients = []
    for checkpointing in (False, True):
        if checkpointing:
            model.gradient_checkpointing_enable()
        model.zero_grad()
        model(**batch("chatglm-6b")).loss.backward()
        gradients.append(model.transformer.layers[0].mlp.dense_h_to_4h.weight.grad.clone())
    assert gradients[0].abs().max() > 0
    assert torch.allclose(*gradients, atol=1e-6)


def test_prefix_tuning_learns_and_generates() -> None:
    """ChatGLM2 and 3 are transformers' own model there, and PEFT's business."""
    name = "chatglm-6b"
    torch.manual_seed(0)
    config = PrefixTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=4)
    model = get_peft_model(fresh(name), config)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-2)
    losses = []
    for _ in range(12):
        loss = model(**batch(name)).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] * 0.95, losses
    model.eval()
    data = batch(name)
    prompt, mask = data["input_ids"][:, :6], data["attention_mask"][:, :6]
    new = model.generate(
        input_ids=prompt, attention_mask=mask, max_new_tokens=4, do_sample=False, eos_token_id=None
    )
    with torch.no_grad():
        logits = model(input_ids=new, attention_mask=torch.cat([mask, mask.new_ones(2, 4)], dim=1)).logits
    assert torch.equal(logits[:, 5:-1].argmax(dim=-1), new[:, 6:])


def test_prompt_tuning_of_the_first_generation_is_refused() -> None:
    config = PromptTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=4)
    model = get_peft_model(fresh("chatglm-6b"), config)
    with pytest.raises(Problem) as caught:
        model(**batch("chatglm-6b"))
    assert caught.value.code == "chatglm-embeddings-unsupported"


def test_a_row_without_its_prompt_end_is_refused(recording: Callable[[str], Any]) -> None:
    rows = torch.tensor([[11, 12, 481, 484], [11, 12, 13, 14]])
    with pytest.raises(Problem) as caught:
        recording("chatglm-6b").model(rows)
    assert caught.value.code == "chatglm-no-prompt-end"
    assert caught.value.params == {"row": 1}
