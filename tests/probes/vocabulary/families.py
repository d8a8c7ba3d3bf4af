"""Tiny checkpoints of the families whose vocabularies are extended, with small or real tokenizers."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from probes.tokenization.model_proto import read_pieces
from tests.places import SAMPLE, SHARED
from tests.probes.chatglm import small
from tests.probes.tokenization.vocabulary_builders import rank_file, train_model

TOKENIZERS = SHARED / "data" / "tokenizers"
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m['content'] }}<|im_end|>{% endfor %}"
SHAPES = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}
CHATGLM2_PIECES = len(list(read_pieces(small.second())))
GPT2_SHAPES = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256}


def english() -> list[str]:
    return [line for line in SAMPLE.read_text("utf-8").splitlines() if line and line.isascii()]


def byte_level(size: int) -> dict[str, Any]:
    """The model of a byte-level BPE, as tokenizer.json has it."""
    pipeline = Tokenizer(models.BPE())
    pipeline.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pipeline.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    pipeline.train_from_iterator(english(), trainer)
    return json.loads(pipeline.to_str())


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def qwen2(folder: Path, real: bool) -> None:
    """vocab.json, merges.txt, added_tokens.json; a tied table padded beyond the special tokens."""
    first, rows = (151_643, 151_936) if real else (400, 512)
    names = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
    if real:
        shutil.copytree(TOKENIZERS / "qwen2", folder, dirs_exist_ok=True)
    else:
        model = byte_level(400)["model"]
        write_json(folder / "vocab.json", model["vocab"])
        (folder / "merges.txt").write_text("\n".join(" ".join(pair) for pair in model["merges"]), "utf-8")
        write_json(folder / "added_tokens.json", {name: first + at for at, name in enumerate(names)})
        write_json(
            folder / "tokenizer_config.json",
            {
                "tokenizer_class": "Qwen2Tokenizer",
                "eos_token": names[2],
                "pad_token": names[0],
                "bos_token": None,
                "chat_template": TEMPLATE,
                "model_max_length": 256,
                "auto_map": {"AutoTokenizer": ["evil.Tokenizer", None]},
            },
        )
        settings = {"eos_token_id": [first + 2, first], "pad_token_id": first, "temperature": 0.5}
        write_json(folder / "generation_config.json", settings | {"do_sample": True})
    from transformers import Qwen2Config, Qwen2ForCausalLM

    ids = {"bos_token_id": first, "eos_token_id": first + 2}
    save(folder, Qwen2ForCausalLM(Qwen2Config(vocab_size=rows, tie_word_embeddings=True, **SHAPES, **ids)))


def llama3(folder: Path, real: bool) -> None:
    """A rank file alone; an untied head."""
    first, rows = (128_000, 128_256) if real else (320, 330)
    more: dict[str, Any] = {"bos_token_id": first, "eos_token_id": first + 1}
    if real:
        shutil.copy(TOKENIZERS / "llama3" / "tokenizer.model", folder / "tokenizer.model")
    else:
        from tiktoken._educational import bpe_train

        from probes.tokenization import patterns

        ranks = bpe_train("\n".join(english())[:5000], 320, patterns.LLAMA3, visualise=None)
        (folder / "tokenizer.model").write_bytes(rank_file(ranks))
        decoder = {
            str(first + at): {"content": name, "special": True, "lstrip": at == 2}
            for at, name in enumerate(("<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"))
        }
        write_json(folder / "tokenizer_config.json", {"added_tokens_decoder": decoder})
        (folder / "chat_template.jinja").write_text(TEMPLATE, "utf-8")
        more["pad_token_id"] = 327
    llama(folder, rows, **more)


def llama2(folder: Path, real: bool) -> None:
    """A SentencePiece BPE; small with a token that only added_tokens.json has. An untied head."""
    if real:
        shutil.copy(TOKENIZERS / "llama2" / "tokenizer.model", folder / "tokenizer.model")
        llama(folder, 32_000)
        return
    common = {"remove_extra_whitespaces": False, "normalization_rule_name": "identity"}
    text = "\n".join(english())
    model = train_model(text, model_type="bpe", vocab_size=500, byte_fallback=True, **common)
    (folder / "tokenizer.model").write_bytes(model)
    write_json(folder / "added_tokens.json", {"[PAD]": 500})
    write_json(
        folder / "tokenizer_config.json", {"tokenizer_class": "LlamaTokenizer", "pad_token": "[PAD]"}
    )
    llama(folder, 501)


def llama(folder: Path, rows: int, **more: Any) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    save(folder, LlamaForCausalLM(LlamaConfig(vocab_size=rows, **SHAPES, **more)))


def gpt2(folder: Path, real: bool) -> None:
    """tokenizer.json; names without the model's prefix, tied."""
    from transformers import GPT2Config, GPT2LMHeadModel

    if real:
        shutil.copy(TOKENIZERS / "gpt2" / "tokenizer.json", folder / "tokenizer.json")
    else:
        settings = byte_level(400)
        plain = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
        settings["added_tokens"] = [{"id": 400, "content": "<|endoftext|>", "special": True, **plain}]
        write_json(folder / "tokenizer.json", settings)
    end = 50_256 if real else 400
    save(folder, GPT2LMHeadModel(GPT2Config(vocab_size=end + 1, eos_token_id=end, **GPT2_SHAPES)))
    held = load_file(folder / "model.safetensors")
    held = {name.removeprefix("transformer."): tensor for name, tensor in held.items()}
    save_file(held, folder / "model.safetensors", {"format": "pt"})


def chatglm2(folder: Path, real: bool) -> None:
    """Published names; commands that are numbered on from the end of the vocabulary file."""
    folder.rmdir()
    small.write(folder, "chatglm2-6b")
    if real:
        shutil.copy(TOKENIZERS / "chatglm2-6b" / "tokenizer.model", folder / "tokenizer.model")
        config = json.loads((folder / "config.json").read_text("utf-8"))
        write_json(folder / "config.json", config | {"padded_vocab_size": 65_024})
        held = load_file(folder / "model.safetensors")
        for name in ("transformer.embedding.word_embeddings.weight", "transformer.output_layer.weight"):
            held[name] = torch.randn(65_024, 64)
        save_file(held, folder / "model.safetensors", {"format": "pt"})


def save(folder: Path, model: Any) -> None:
    kept = folder / "generation_config.json"
    settings = kept.read_bytes() if kept.is_file() else None
    model.save_pretrained(folder)
    if settings is not None:
        kept.write_bytes(settings)


FAMILIES: dict[str, tuple[Callable[[Path, bool], None], int, int]] = {
    "qwen2": (qwen2, 403, 151_646),
    "llama3": (llama3, 328, 128_256),
    "llama2": (llama2, 501, 32_000),
    "gpt2": (gpt2, 401, 50_257),
    "chatglm2": (chatglm2, CHATGLM2_PIECES + 5, 64_794),
}
"""Name -> (what makes the checkpoint, the first free id, the same with the real tokenizer)."""


def make(name: str, folder: Path, real: bool = False) -> tuple[Path, int]:
    """The checkpoint in a new folder, and the first id that is free in it."""
    folder.mkdir()
    write, first, real_first = FAMILIES[name]
    torch.manual_seed(1)
    write(folder, real)
    return folder, real_first if real else first
