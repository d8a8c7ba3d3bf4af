"""Small vocabularies of every format, built by the libraries themselves."""

import json
from pathlib import Path

import pytest
from tiktoken._educational import bpe_train
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from probes.tokenization import patterns
from tests.places import SAMPLE

from tests.probes.tokenization.vocabulary_builders import rank_file, train_model  # isort: skip

BYTES = [f"<0x{value:02X}>" for value in range(256)]


@pytest.fixture(scope="session")
def sample() -> str:
    return SAMPLE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def bpe_model(sample: str) -> bytes:
    """As LLaMA's: BPE, byte fallback, identity normalisation, dummy prefix."""
    return train_model(
        sample,
        model_type="bpe",
        vocab_size=1200,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
    )


@pytest.fixture(scope="session")
def unigram_model(sample: str) -> bytes:
    """As the Chinese models': Unigram, NFKC, unknowns."""
    return train_model(sample, model_type="unigram", vocab_size=1400)


@pytest.fixture(scope="session")
def ice_model(sample: str) -> bytes:
    """As ChatGLM-6B's slim file: Unigram, NFKC, a piece for the line feed."""
    return train_model(sample, model_type="unigram", vocab_size=1400, user_defined_symbols=["<n>"])


@pytest.fixture(scope="session")
def ranks(sample: str) -> dict[bytes, int]:
    return bpe_train(sample[:6000], 420, patterns.QWEN, visualise=None)


@pytest.fixture(scope="session")
def byte_level(sample: str) -> Tokenizer:
    """As GPT-2's: byte-level BPE with its built-in split, and a template with BOS."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sample.splitlines(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    return tokenizer


@pytest.fixture(scope="session")
def byte_fallback(sample: str) -> Tokenizer:
    """As the tokenizer.json of LLaMA: BPE over characters, byte pieces for the rest."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=["<unk>", *BYTES], limit_alphabet=300, show_progress=False
    )
    tokenizer.train_from_iterator([line[:200] for line in sample.splitlines()], trainer)
    settings = json.loads(tokenizer.to_str())
    settings["added_tokens"] = [t for t in settings["added_tokens"] if t["content"] not in BYTES]
    tokenizer = Tokenizer.from_str(json.dumps(settings))
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return tokenizer


@pytest.fixture(scope="session")
def vocabularies(
    tmp_path_factory: pytest.TempPathFactory,
    bpe_model: bytes,
    unigram_model: bytes,
    ice_model: bytes,
    ranks: dict[bytes, int],
    byte_level: Tokenizer,
    byte_fallback: Tokenizer,
) -> Path:
    """One directory a format, as models are published."""
    root = tmp_path_factory.mktemp("vocabularies")

    def write(name: str, file: str, data: bytes, **config: object) -> Path:
        folder = root / name
        folder.mkdir(exist_ok=True)
        (folder / file).write_bytes(data)
        if config:
            (folder / "config.json").write_text(json.dumps(config))
        return folder

    write("spm-bpe", "tokenizer.model", bpe_model)
    write("spm-unigram", "spiece.model", unigram_model)
    write("ice", "ice_text.model", ice_model)
    write("glm2", "tokenizer.model", bpe_model, model_type="chatglm")
    write("tiktoken", "qwen.tiktoken", rank_file(ranks), model_type="qwen")
    write("byte-level", "tokenizer.json", byte_level.to_str().encode())
    write("byte-fallback", "tokenizer.json", byte_fallback.to_str().encode())
    (root / "merges").mkdir()
    byte_level.model.save(str(root / "merges"))
    return root
