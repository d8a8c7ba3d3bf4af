"""Train the demo family for real; resumable.

    python -m tests.demo_family.train --data DIR --work DIR [--only NAME] [--tokens 20e6]

`--data` holds the corpus (see corpus.py); `--work` receives checkpoints, curves and the finished
Hugging Face directories. Killed and started again it goes on from the last checkpoint. Hidden
matrices are trained with Muon, everything else with AdamW; the rate falls linearly to nothing.
"""

import argparse
import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GlmConfig,
    LlamaConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from tests.demo_family.corpus import held_out, training_documents
from tests.demo_family.tokenizers import byte_fallback_bpe, finish

CONTEXT = 2048


@dataclass(frozen=True)
class Recipe:
    """One model of the family. `short`/`long`: sequence length before and after `long_from`."""

    name: str
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    tokens: float = 16e6
    batch_tokens: int = 8192
    short: int = 512
    long: int = 2048
    long_from: float = 0.88
    muon_rate: float = 4e-3
    adam_rate: float = 3e-3
    warm_up: float = 0.02
    weight_decay: float = 0.1
    seed: int = 0


FAMILY = {
    "demo-llama-s": Recipe("demo-llama-s", 2, 128, 384, 4, 2, muon_rate=6e-3, adam_rate=6e-3),
    "demo-llama-m": Recipe("demo-llama-m", 2, 256, 768, 4, 2),
    "demo-llama-l": Recipe("demo-llama-l", 4, 384, 896, 6, 3, muon_rate=3e-3, adam_rate=2e-3),
    "demo-glm": Recipe("demo-glm", 2, 256, 768, 4, 2, tokens=9e6),
}


def build_tokenizers(data: Path, work: Path) -> None:
    """Learn both vocabularies and write them under `work/tokenizers`."""
    documents = training_documents(data)
    chinese = [doc for doc in documents if doc[0] == "zh"]
    english = [doc for doc in documents if doc[0] == "en"]
    common: dict[str, object] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": "<unk>",
        "model_max_length": CONTEXT,
        "clean_up_tokenization_spaces": False,
    }
    llama = byte_fallback_bpe(
        english + chinese[: len(chinese) // 10], 4096, ["<unk>", "<s>", "</s>"], han_characters=250
    )
    ends = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    finish(llama, ["<s>"], work / "tokenizers" / "llama", common | ends)
    glm = byte_fallback_bpe(
        documents, 8192, ["<unk>", "<|endoftext|>", "[gMASK]", "<sop>"], han_characters=3000
    )
    ends = {"eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    finish(glm, ["[gMASK]", "<sop>"], work / "tokenizers" / "glm", common | ends)


def build_model(recipe: Recipe, tokenizer: PreTrainedTokenizerBase) -> PreTrainedModel:
    """The untrained float32 model of a recipe, seeded."""
    shape: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": recipe.hidden,
        "intermediate_size": recipe.intermediate,
        "num_hidden_layers": recipe.layers,
        "num_attention_heads": recipe.heads,
        "num_key_value_heads": recipe.kv_heads,
        "head_dim": recipe.hidden // recipe.heads,
        "max_position_embeddings": CONTEXT,
        "tie_word_embeddings": True,
        "rms_norm_eps": 1e-5,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    torch.manual_seed(recipe.seed)
    config = (
        GlmConfig(**shape, partial_rotary_factor=0.5, attention_bias=True)
        if recipe.name == "demo-glm"
        else LlamaConfig(**shape)
    )
    return AutoModelForCausalLM.from_config(config, attn_implementation="sdpa", dtype=torch.float32)


def pack(data: Path, tokenizer: PreTrainedTokenizerBase) -> Tensor:
    """All training documents as one int64 row: prefix tokens, text, end token, and so on."""
    end = tokenizer.eos_token_id
    texts = [text for _, text in training_documents(data)]
    rows = tokenizer(texts, add_special_tokens=True)["input_ids"]
    return torch.tensor([token for row in rows for token in [*row, end]])


class Batches:
    """Endless random windows of the packed row, a function of (seed, step) alone."""

    def __init__(self, row: Tensor, recipe: Recipe) -> None:
        self.row, self.recipe = row, recipe

    def at(self, step: int, length: int) -> Tensor:
        """[batch, length + 1] token ids: stratified offsets, so an epoch is covered evenly."""
        count = self.recipe.batch_tokens // length
        generator = torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + step)
        span = (len(self.row) - length - 1) / count
        starts = (torch.arange(count) + torch.rand(count, generator=generator)) * span
        return torch.stack([self.row[int(s) : int(s) + length + 1] for s in starts])


def rate_at(step: int, total: int, warm_up: float) -> float:
    """Linear warm-up, then linear decay to zero, as a factor of the peak."""
    rise = max(1, int(total * warm_up))
    return (step + 1) / rise if step < rise else (total - step) / (total - rise)


def optimizers(model: PreTrainedModel, recipe: Recipe) -> list[torch.optim.Optimizer]:
    hidden = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    rest = [p for n, p in model.named_parameters() if p.ndim != 2 or "embed" in n]
    return [
        torch.optim.Muon(
            hidden,
            lr=recipe.muon_rate,
            weight_decay=recipe.weight_decay,
            adjust_lr_fn="match_rms_adamw",
        ),
        torch.optim.AdamW(rest, lr=recipe.adam_rate, betas=(0.9, 0.95), weight_decay=0.01),
    ]


def bits_per_byte(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, text: str) -> float:
    """Held-out bits per UTF-8 byte over disjoint windows of 1024 tokens, all targets scored."""
    prefix = tokenizer("")["input_ids"]
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    nats = 0.0
    with torch.no_grad():
        for start in range(0, len(ids), 1024):
            window = torch.tensor([prefix + ids[start : start + 1024]])
            logits = model(window).logits[0, len(prefix) - 1 : -1].float()
            targets = window[0, len(prefix) :]
            nats += torch.nn.functional.cross_entropy(logits, targets, reduction="sum").item()
    return nats / math.log(2) / len(text.encode())


def train(recipe: Recipe, data: Path, work: Path) -> None:
    """Train one model, checkpointing every 100 steps; write the finished directory."""
    family = "glm" if recipe.name == "demo-glm" else "llama"
    tokenizer = AutoTokenizer.from_pretrained(work / "tokenizers" / family)
    model = build_model(recipe, tokenizer)
    batches = Batches(pack(data, tokenizer), recipe)
    opts = optimizers(model, recipe)
    total = int(recipe.tokens // recipe.batch_tokens)
    folder = work / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    saved = folder / "checkpoint.pt"
    step, curve = 0, []
    if saved.exists():
        state = torch.load(saved, weights_only=True)
        model.load_state_dict(state["model"])
        for opt, opt_state in zip(opts, state["optimizers"], strict=True):
            opt.load_state_dict(opt_state)
        step, curve = state["step"], state["curve"]
    texts = {language: held_out(data, language) for language in ("en", "zh")}

    def batch_loss(batch: Tensor) -> Tensor:
        logits = model(input_ids=batch[:, :-1], use_cache=False).logits
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), batch[:, 1:].flatten())

    compiled_loss = torch.compile(batch_loss, dynamic=False)
    began, first = time.monotonic(), step
    while step < total:
        length = recipe.long if step >= total * recipe.long_from else recipe.short
        batch = batches.at(step, length)
        for opt, peak in zip(opts, (recipe.muon_rate, recipe.adam_rate), strict=True):
            for group in opt.param_groups:
                group["lr"] = peak * rate_at(step, total, recipe.warm_up)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = compiled_loss(batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for opt in opts:
            opt.step()
            opt.zero_grad()
        step += 1
        if step % 20 == 0:
            speed = (step - first) * recipe.batch_tokens / (time.monotonic() - began)
            print(f"{recipe.name} {step}/{total} loss {loss.item():.3f} {speed:.0f} tok/s", flush=True)
        if step % 200 == 0 or step == total:
            scores = {k: round(bits_per_byte(model, tokenizer, t), 4) for k, t in texts.items()}
            curve.append({"tokens": step * recipe.batch_tokens, "loss": round(loss.item(), 4)} | scores)
            print(recipe.name, curve[-1], flush=True)
            state = {"model": model.state_dict(), "optimizers": [o.state_dict() for o in opts]}
            torch.save(state | {"step": step, "curve": curve}, folder / "new.pt")
            (folder / "new.pt").replace(saved)
    finished = work / "finished" / recipe.name
    model.to(torch.float16).save_pretrained(finished)
    tokenizer.save_pretrained(finished)
    (finished / "training.json").write_text(
        json.dumps({"recipe": asdict(recipe), "torch": torch.__version__, "curve": curve}, indent=1) + "\n"
    )


def main() -> None:
    """Command line of the training script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", choices=FAMILY)
    parser.add_argument("--tokens", type=float)
    arguments = parser.parse_args()
    if not (arguments.work / "tokenizers").exists():
        build_tokenizers(arguments.data, arguments.work)
    for name in [arguments.only] if arguments.only else FAMILY:
        recipe = FAMILY[name]
        if arguments.tokens:
            recipe = Recipe(**(asdict(recipe) | {"tokens": arguments.tokens}))
        if not (arguments.work / "finished" / name).exists():
            train(recipe, arguments.data, arguments.work)


if __name__ == "__main__":
    main()
