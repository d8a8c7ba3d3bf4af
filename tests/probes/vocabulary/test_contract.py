"""Special tokens keep their ids, new pieces start behind them, and settings are carried over."""

import io
import json
from pathlib import Path

import pytest

from catalog.problem import Problem
from probes.jobs.events import Emit
from probes.tokenization.load import load_tokenizer
from probes.tokenization.patterns import LLAMA3
from probes.tokenization.sentencepiece_file import SentencePieceTokenizer
from probes.tokenization.tiktoken_file import TiktokenTokenizer
from probes.vocabulary.contract import contract_of
from probes.vocabulary.probe import run
from tests.places import DEMO, SAMPLE
from tests.probes.chatglm import small
from tests.probes.tokenization.vocabulary_builders import train_model
from tests.probes.vocabulary.families import (
    CHATGLM2_PIECES,
    TEMPLATE,
    TOKENIZERS,
    byte_level,
    english,
    make,
    write_json,
)

PLAIN = {"remove_extra_whitespaces": False, "normalization_rule_name": "identity"}


def extend(target: Path, out: Path, **more):
    job = {"target": str(target), "text": str(SAMPLE), "add": 100, "out": str(out)}
    return run(job | more, Emit(io.StringIO()))["written"]


def theirs(folder: Path):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def spm(folder: Path, kind: str = "bpe", **more) -> Path:
    folder.mkdir()
    model = train_model("\n".join(english()), model_type=kind, vocab_size=500, byte_fallback=True, **more)
    (folder / "tokenizer.model").write_bytes(model)
    return folder


def test_a_byte_level_vocabulary_keeps_its_chat_tokens_and_settings(tmp_path):
    """Qwen2's layout: special tokens in added_tokens.json, behind vocab.json."""
    target, _ = make("qwen2", tmp_path / "base")
    added = extend(target, tmp_path / "out")["added"]
    tokenizer = theirs(tmp_path / "out")
    assert [
        tokenizer.convert_tokens_to_ids(f"<|{name}|>") for name in ("endoftext", "im_start", "im_end")
    ] == [
        400,
        401,
        402,
    ]
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id, tokenizer.bos_token) == (402, 400, None)
    assert tokenizer.model_max_length == 256
    assert len(tokenizer) == 403 + added
    chat = tokenizer.apply_chat_template([{"role": "user", "content": "tea"}], return_dict=False)
    assert (chat[0], chat[-1]) == (401, 402)
    kept = "generation_config.json"
    assert (tmp_path / "out" / kept).read_bytes() == (target / kept).read_bytes()
    settings = json.loads((tmp_path / "out" / "tokenizer_config.json").read_text())
    assert "auto_map" not in settings
    assert settings["chat_template"] == TEMPLATE


def test_a_rank_file_gets_the_special_tokens_that_lie_beside_it(tmp_path):
    """Three are named, one is only an id of the configuration; the template lies in a file of its own."""
    target, first = make("llama3", tmp_path / "base")
    (target / "additional_chat_templates").mkdir()
    (target / "additional_chat_templates" / "tool.jinja").write_text("{{ 1 }}")
    added = extend(target, tmp_path / "out")["added"]
    tokenizer = theirs(tmp_path / "out")
    assert tokenizer.convert_tokens_to_ids("<|eot_id|>") == 322
    assert tokenizer("tea<|eot_id|>")["input_ids"][-1] == 322
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (320, 321, 327)
    assert len(tokenizer) == first + added == 328 + added
    assert tokenizer.get_chat_template() == TEMPLATE
    assert (tmp_path / "out" / "additional_chat_templates" / "tool.jinja").read_text() == "{{ 1 }}"
    flags = json.loads((tmp_path / "out" / "tokenizer.json").read_text())["added_tokens"]
    assert {token["id"]: token["lstrip"] for token in flags}[322] is True


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
@pytest.mark.parametrize("whitespace", [False, True])
def test_a_sentencepiece_model_gets_what_is_added_beside_it_by_place(kind, whitespace, tmp_path):
    options = PLAIN | {"remove_extra_whitespaces": whitespace}
    target = spm(tmp_path / "base", kind, **options)
    write_json(target / "added_tokens.json", {"[PAD]": 501, "<|x|>": 500})
    write_json(target / "special_tokens_map.json", {"pad_token": "[PAD]", "eos_token": "</s>"})
    added = extend(target, tmp_path / "out")["added"]
    assert added > 0
    tokenizer, model = theirs(tmp_path / "out"), load_tokenizer(tmp_path / "out" / "tokenizer.model")
    assert tokenizer("a<|x|>")["input_ids"][-1] == 500
    names = ("pad", "bos", "eos", "unk")
    assert [getattr(tokenizer, f"{name}_token_id") for name in names] == [501, 1, 2, 0]
    assert len(tokenizer) == model.vocab_size == 502 + added
    assert isinstance(model, SentencePieceTokenizer)
    for line in ("茶树  的叶子 在春天", " The people ", *SAMPLE.read_text("utf-8").splitlines()[:60]):
        assert tokenizer(line, add_special_tokens=False)["input_ids"] == model.encode(line), line


def test_a_token_that_is_only_named_has_the_next_id_as_in_transformers(tmp_path):
    target = spm(tmp_path / "base", **PLAIN)
    write_json(target / "special_tokens_map.json", {"pad_token": {"content": "<pad>"}})
    extend(target, tmp_path / "out")
    tokenizer = theirs(tmp_path / "out")
    assert (tokenizer.pad_token, tokenizer.pad_token_id) == ("<pad>", 500)
    assert load_tokenizer(tmp_path / "out").piece(501) != b""


def test_an_unused_piece_that_has_another_name_keeps_it(tmp_path):
    """InternLM2: [UNUSED_TOKEN_145] of the file is <|im_start|>."""
    target = spm(tmp_path / "base", **PLAIN, user_defined_symbols=["[UNUSED_TOKEN_145]"])
    decoder = {"3": {"content": "<|im_start|>", "special": True}}
    write_json(target / "tokenizer_config.json", {"added_tokens_decoder": decoder})
    extend(target, tmp_path / "out")
    tokenizer = theirs(tmp_path / "out")
    assert tokenizer("<|im_start|>a")["input_ids"][1] == 3
    assert tokenizer.convert_ids_to_tokens(3) == "<|im_start|>"


def test_chatglm2s_commands_stay_where_they_are_and_no_text_is_read_as_one(tmp_path):
    target, _ = make("chatglm2", tmp_path / "base")
    before = load_tokenizer(target)
    added = extend(target, tmp_path / "out")["added"]
    tokenizer = theirs(tmp_path / "out")
    names = ("[MASK]", "[gMASK]", "[sMASK]", "sop", "eop")
    numbers = [tokenizer.convert_tokens_to_ids(name) for name in names]
    assert numbers == list(range(CHATGLM2_PIECES, CHATGLM2_PIECES + 5))
    assert tokenizer("a")["input_ids"][:2] == [numbers[1], numbers[3]] == list(before.prefix_ids)
    assert len(tokenizer) == CHATGLM2_PIECES + 5 + added
    words = tokenizer("people of philosophy", add_special_tokens=False)["input_ids"]
    assert not set(words) & set(numbers)
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("</s>", "<unk>")
    assert load_tokenizer(tmp_path / "out" / "tokenizer.model").prefix_ids == before.prefix_ids


@pytest.mark.parametrize("name", ["chatglm-6b", "chatglm2-6b", "chatglm3-6b"])
def test_an_extended_chatglm_is_loaded_scored_and_trained_here(name, tmp_path):
    """The first generation is no model of transformers': its own class is in probes.chatglm."""
    import torch

    from probes import chatglm

    target = small.write(tmp_path / name, name)
    before = chatglm.load_tokenizer(target)
    written = extend(target, tmp_path / "out", write_model=True)
    model, tokenizer = chatglm.load(tmp_path / "out", torch.float32)
    assert tokenizer.family == before.family
    assert tokenizer.commands == before.commands
    assert tokenizer.prefix_ids == before.prefix_ids
    assert tokenizer.stop_ids == before.stop_ids
    assert len(tokenizer) == len(before) + written["added"]
    rows = model.get_input_embeddings().weight
    assert len(rows) == written["model"]["vocab_size"] >= len(tokenizer)
    chinese = "".join(line for line in SAMPLE.read_text("utf-8").splitlines() if not line.isascii())
    batch = torch.tensor([[*tokenizer.prefix_ids, *tokenizer.encode_text(chinese)[:100]]])
    assert int((batch >= len(before)).sum()) > 0
    losses = []
    for _ in range(2):
        logits = model(batch).logits
        loss = torch.nn.functional.cross_entropy(logits[0, :-1], batch[0, 1:])
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter -= 0.02 * parameter.grad
                    parameter.grad = None
    assert losses[1] < losses[0]


def llama3_ranks() -> dict[bytes, int]:
    """128,000 ranks as Llama-3's file has: every byte, every pair, some of the triples."""
    tokens = [bytes([a]) for a in range(256)]
    tokens += [bytes([a, b]) for a in range(256) for b in range(256)]
    tokens += [bytes([a, b, 32]) for a in range(256) for b in range(256)]
    return {token: rank for rank, token in enumerate(tokens[:128_000])}


def test_llama3s_special_tokens_are_known_by_its_ranks(tmp_path):
    base = TiktokenTokenizer("llama3", llama3_ranks(), LLAMA3, (128_000,))
    contract = contract_of(tmp_path, base)
    ids = {token["content"]: token["id"] for token in contract.added}
    assert contract.first == 128_256
    assert (len(ids), ids["<|begin_of_text|>"], ids["<|eot_id|>"]) == (256, 128_000, 128_009)
    assert (ids["<|start_header_id|>"], ids["<|reserved_special_token_250|>"]) == (128_006, 128_255)
    assert contract.settings == {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"}
    # An instruct model ends with another token, which its configuration says.
    write_json(tmp_path / "config.json", {"vocab_size": 128_256, "eos_token_id": [128_009, 128_001]})
    assert contract_of(tmp_path, base).settings["eos_token"] == "<|eot_id|>"


@pytest.mark.skipif(not TOKENIZERS.is_dir(), reason="no ../shared/data/tokenizers beside the repository")
@pytest.mark.slow
def test_the_real_contracts():
    """The first free id of each, as published."""
    first = {
        "qwen2": 151_646,
        "llama3": 128_256,
        "llama2": 32_000,
        "chatglm2-6b": 64_794,
        "chatglm-6b": 130_344,
        "gpt2": 50_257,
        "minimind": 6_400,
        "mistral-v3": 32_768,
        "internlm2": 92_544,
        "baichuan": 64_000,
    }
    found = {
        name: contract_of(TOKENIZERS / name, load_tokenizer(TOKENIZERS / name)).first for name in first
    }
    assert found == first


def test_ids_out_of_all_bounds_and_other_types_are_not_taken(tmp_path):
    base = load_tokenizer(DEMO / "demo-llama-s")
    decoder = {"99999999": {"content": "far"}, "x": {"content": "y"}, "4096": {"content": 7}, "-1": {}}
    write_json(tmp_path / "tokenizer_config.json", {"added_tokens_decoder": decoder, "pad_token": ["a"]})
    write_json(tmp_path / "added_tokens.json", {"a": "4097", "b": -1, "c": None, "<d>": 4098})
    write_json(tmp_path / "config.json", {"vocab_size": 4099, "pad_token_id": 99999, "eos_token_id": True})
    contract = contract_of(tmp_path, base)
    assert [(token["id"], token["content"]) for token in contract.added] == [
        (4096, "<|reserved_token_4096|>"),
        (4097, "<|reserved_token_4097|>"),
        (4098, "<d>"),
    ]
    assert contract.first == 4099


def test_settings_that_are_malformed_are_named(tmp_path):
    (tmp_path / "tokenizer_config.json").write_text("{")
    with pytest.raises(Problem) as caught:
        contract_of(tmp_path, load_tokenizer(DEMO / "demo-llama-s"))
    assert caught.value.code == "config-unreadable"
    assert caught.value.params["path"].endswith("tokenizer_config.json")


def test_a_special_token_in_the_pipeline_keeps_its_flags_and_id(tmp_path):
    settings = byte_level(400)
    flags = {"single_word": True, "lstrip": True, "rstrip": False, "normalized": False, "special": False}
    settings["added_tokens"] = [{"id": 400, "content": "tea-house", **flags}]
    write_json(tmp_path / "tokenizer.json", settings)
    out = tmp_path / "out"
    extend(tmp_path / "tokenizer.json", out)
    written = json.loads((out / "tokenizer.json").read_text())
    assert written["added_tokens"] == settings["added_tokens"]
    assert theirs(out)("a tea-house")["input_ids"][-1] == 400
