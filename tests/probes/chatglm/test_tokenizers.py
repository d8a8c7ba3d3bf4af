"""The recorded ids of the published tokenizers, on the real vocabularies where they are at hand."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from catalog.problem import Problem
from probes.chatglm import Family, family_of, load_tokenizer
from tests.probes.chatglm.conftest import RECORDED

FAMILIES = ("chatglm-6b", "chatglm2-6b", "chatglm3-6b")
Make = Callable[..., Path]


def rows(name: str, file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (RECORDED / name / file).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", FAMILIES)
def test_every_recorded_string(real_directory: Make, name: str) -> None:
    tokenizer = load_tokenizer(real_directory(name))
    compared = 0
    for row in rows(name, "tokens.jsonl"):
        text, pair = row["text"], row.get("pair")
        # What transformers makes of "<sop>" written in a text changed with its versions; here it is text.
        if row["kind"] == "literal" and name == "chatglm-6b":
            assert tokenizer.prefix_ids[1] not in tokenizer.encode(text, add_special_tokens=False)
            continue
        assert tokenizer.encode(text, add_special_tokens=False) == row["ids"], row["n"]
        assert tokenizer.encode(text, pair) == row["ids_special"], row["n"]
        assert tokenizer(text, pair)["input_ids"] == row["ids_special"], row["n"]
        assert tokenizer.decode(row["ids"]) == row["decoded"], row["n"]
        assert tokenizer.decode(row["ids_special"]) == row["decoded_special"], row["n"]
        if pair:
            assert tokenizer.encode_text(pair) == row["pair_ids"]
        compared += 1
    assert compared >= 61


@pytest.mark.parametrize("name", FAMILIES)
def test_offsets_cover_the_text(real_directory: Make, name: str) -> None:
    """Same ids; starts never decrease; every character that is not white space belongs to some token."""
    tokenizer = load_tokenizer(real_directory(name))
    for row in rows(name, "tokens.jsonl"):
        text = row["text"]
        ids, offsets = tokenizer.encode_with_offsets(text)
        assert ids == tokenizer.encode_text(text)
        assert len(ids) == len(offsets)
        starts = [start for start, _ in offsets]
        assert starts == sorted(starts)
        covered = {at for start, end in offsets for at in range(start, end)}
        missing = [text[at] for at in range(len(text)) if at not in covered and not text[at].isspace()]
        assert all(char in "\ufeff\u200b" for char in missing), (row["n"], missing)


def test_offsets_through_normalisation(real_directory: Make) -> None:
    """NFKC makes one character several and white space long pieces; offsets stay those of the text."""
    tokenizer = load_tokenizer(real_directory("chatglm-6b"))
    text = "ａ\tb\n   ｃ…龘"
    ids, offsets = tokenizer.encode_with_offsets(text)
    named = dict(zip(tokenizer.convert_ids_to_tokens(ids), offsets, strict=True))
    assert named["<|tab|>"] == (1, 2)
    assert named["<n>"] == (3, 4)
    assert named["<|blank_3|>"] == (4, 7)
    assert named["..."] == (8, 9)
    assert [offsets[ids.index(token)] for token in ids[-3:]] == [(9, 10)] * 3


@pytest.mark.parametrize("name", FAMILIES)
def test_every_recorded_conversation(real_directory: Make, name: str) -> None:
    tokenizer = load_tokenizer(real_directory(name))
    for row in rows(name, "chat.jsonl"):
        messages: list[dict[str, Any]] = []
        for turn in row["history"]:
            if isinstance(turn, dict):
                messages.append(turn)
            else:
                messages += [
                    {"role": "user", "content": turn[0]},
                    {"role": "assistant", "content": turn[1]},
                ]
        messages.append({"role": row.get("role", "user"), "content": row["query"]})
        assert tokenizer.chat_ids(messages) == row["ids"]
        assert tokenizer.apply_chat_template(messages) == row["ids"]
        batch = tokenizer.apply_chat_template(messages, return_dict=True, return_tensors="pt")
        assert batch["input_ids"].tolist() == [row["ids"]]


@pytest.mark.parametrize("name", FAMILIES)
def test_answers_end_and_batches_are_padded_on_the_left(real_directory: Make, name: str) -> None:
    tokenizer = load_tokenizer(real_directory(name))
    answer = tokenizer.answer_ids("今天是星期三。")
    assert answer[-1] == tokenizer.eos_token_id == tokenizer.stop_ids[0]
    assert tokenizer.decode(answer, skip_special_tokens=True).strip() == "今天是星期三。"
    batch = tokenizer(["你好", "今天天气很好，我们去公园"], padding=True, return_tensors="pt")
    short = batch["attention_mask"][0]
    assert short.tolist() == sorted(short.tolist())
    assert short.sum() < len(short)
    assert set(batch["input_ids"][0][short == 0].tolist()) == {tokenizer.pad_token_id}


def test_the_slim_file_gives_the_same_ids(real_directory: Make) -> None:
    tokenizer = load_tokenizer(real_directory("chatglm-6b", "ice_text.model"))
    assert len(tokenizer) == 130344
    for row in rows("chatglm-6b", "tokens.jsonl")[:59]:
        assert tokenizer.encode(row["text"]) == row["ids_special"]


def test_the_first_release_numbers_text_from_20000(real_directory: Make) -> None:
    tokenizer = load_tokenizer(real_directory("chatglm-6b", vocab_size=150528))
    assert tokenizer.prefix_ids == (150001, 150004)
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id) == (150005, 20003)
    for row in rows("chatglm-6b", "tokens.jsonl")[:59]:
        ids = [20000 + token for token in row["ids_special"]]
        assert tokenizer.encode(row["text"]) == ids
        assert tokenizer.decode(ids) == row["decoded_special"]


def test_a_quantized_directory_still_has_its_tokenizer(real_directory: Make) -> None:
    assert len(load_tokenizer(real_directory("chatglm2-6b", quantization_bit=4))) == 64794


@pytest.mark.parametrize("name", FAMILIES)
def test_a_saved_vocabulary_is_read_back(real_directory: Make, tmp_path: Path, name: str) -> None:
    folder = real_directory(name)
    tokenizer = load_tokenizer(folder)
    tokenizer.save_pretrained(tmp_path / "saved")
    (tmp_path / "saved" / "config.json").write_bytes((folder / "config.json").read_bytes())
    assert load_tokenizer(tmp_path / "saved").encode("你好，世界") == tokenizer.encode("你好，世界")


def messages(*roles: str) -> Sequence[dict[str, str]]:
    return [{"role": role, "content": "x"} for role in roles]


@pytest.mark.parametrize("roles", [(), ("assistant",), ("user", "user"), ("user", "assistant"), ("judge",)])
def test_conversations_that_make_no_sense(roles: tuple[str, ...]) -> None:
    from probes.chatglm.chat import rounds_text

    with pytest.raises(Problem) as caught:
        rounds_text(messages(*roles), Family.SECOND)
    assert caught.value.code == "chatglm-chat-roles"


def test_rounds_as_text() -> None:
    from probes.chatglm.chat import rounds_text

    talk = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]
    assert rounds_text(talk, Family.FIRST) == "[Round 0]\n问：Be brief.\n\na\n答：b\n[Round 1]\n问：c\n答："
    assert (
        rounds_text(talk[1:], Family.SECOND) == "[Round 1]\n\n问：a\n\n答：b\n\n[Round 2]\n\n问：c\n\n答："
    )
    assert rounds_text(talk[1:2], Family.FIRST) == "a"


@pytest.mark.parametrize(
    ("mark", "family"), [("", Family.SECOND), ("config", Family.THIRD), ("code", Family.THIRD)]
)
def test_the_second_and_third_are_told_apart(directory: Make, mark: str, family: Family) -> None:
    """Their config.json is the same but for the name, which a person may have changed."""
    folder = directory("chatglm2-6b", _name_or_path="somewhere")
    if mark == "config":
        (folder / "tokenizer_config.json").write_text(
            '{"chat_template": "<|assistant|>"}', encoding="utf-8"
        )
    if mark == "code":
        (folder / "tokenization_chatglm.py").write_text('roles = ["<|assistant|>"]', encoding="utf-8")
    assert family_of(folder) is family


def test_no_vocabulary_file(directory: Make) -> None:
    with pytest.raises(Problem) as caught:
        load_tokenizer(directory("chatglm2-6b"))
    assert caught.value.code == "chatglm-vocabulary-missing"
