"""A tiny random model with its own byte-level tokenizer, written to disk once, and rows to train on."""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

torch.set_num_threads(1)

COLOURS = ("red", "green", "blue", "white", "black", "grey")
THINGS = ("stone", "house", "river", "cloud", "horse", "tower", "garden", "mirror")


def write_rows(path: Path, count: int = 48) -> Path:
    """Instruction rows of one learnable format: each prompt once."""
    pairs = [(colour, thing) for colour in COLOURS for thing in THINGS][:count]
    rows = [
        {"instruction": f"Describe the {c} {t}.", "input": "", "output": f"thing={t} | colour={c}"}
        for c, t in pairs
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_tokenizer(folder: Path) -> None:
    """A byte-level BPE of 400 pieces with <s> in front and </s> to end with."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    text = [f"### Instruction:\nDescribe the {c} {t}.\n\n### Response:\n" for c in COLOURS for t in THINGS]
    tokenizer.train_from_iterator(text, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def write_model(folder: Path, **more: object) -> Path:
    """A random Llama of width 64 in float16, with its tokenizer."""
    write_tokenizer(folder)
    shape = {
        "vocab_size": len(AutoTokenizer.from_pretrained(folder)),
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 256,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "tie_word_embeddings": True,
        "initializer_range": 0.1,
    }
    torch.manual_seed(3)
    LlamaForCausalLM(LlamaConfig(**(shape | more))).to(torch.float16).save_pretrained(folder)
    return folder
