"""The three families through the trial, from a published directory to an adapter on disk."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel

from catalog.problem import Problem
from probes.chatglm import load, load_tokenizer
from probes.dataset.examples import Example, Turn, single
from probes.jobs.events import Emit, Metric, decode
from probes.training import encode_chatglm
from probes.training.encode import Encoded
from probes.trial import probe
from tests.probes.chatglm import small
from tests.probes.tiny import write_rows

TALK = Example(
    (Turn("user", "你好"), Turn("assistant", "今天好"), Turn("user", "天气"), Turn("assistant", "很好")), 1
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A complete small directory of each family; tests only read it."""
    root = tmp_path_factory.mktemp("chatglm")
    for name in small.FAMILIES:
        small.write(root / name, name, max_sequence_length=512, seq_length=512)
    return root.joinpath


def run(directory: Path, rows: Path, **more: Any) -> tuple[dict[str, Any], list[Any]]:
    job = {"target": str(directory), "name": directory.name, "data": str(rows), "rank": 4, "rate": 1e-2}
    stream = io.StringIO()
    result = probe.run(job | {"examples": 48, "holdout": 6, "batch": 4} | more, Emit(stream))
    return result, [decode(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("name", "level"), [("chatglm-6b", "nf4"), ("chatglm2-6b", "bf16"), ("chatglm3-6b", "int8")]
)
def test_a_trial_learns(folders: Callable[[str], Path], tmp_path: Path, name: str, level: str) -> None:
    rows = write_rows(tmp_path / "rows.jsonl", 30)
    result, events = run(folders(name), rows, level=level, out=str(tmp_path / "adapter"))
    (row,) = result["trials"]
    assert (row["status"], row["reason"], row["retried"]) == ("done", None, False)
    assert result["data"]["layout"] == "chat"
    bits = [point["bits_per_byte"] for point in row["points"]]
    assert bits[-1] < bits[0] - 4 * row["points"][0]["se"], bits
    (metric,) = [event for event in events if isinstance(event, Metric)]
    assert len(metric.values["holdout_ids"]) == len(metric.values["spans"]) == 6
    base, tokenizer = load(folders(name), torch.float32)
    ids = torch.tensor([tokenizer.chat_ids([{"role": "user", "content": "Describe the red stone."}])])
    with torch.no_grad():
        plain = base(ids).logits
        tuned = PeftModel.from_pretrained(base, tmp_path / "adapter")(ids).logits
    assert float((tuned - plain).abs().max()) > 0.1


@pytest.mark.parametrize("method", ["prefix", "prompt", "p-tuning"])
def test_virtual_tokens(folders: Callable[[str], Path], tmp_path: Path, method: str) -> None:
    """ChatGLM-6B finds its prompt's end by ids, which the two embedding methods do not give it."""
    rows = write_rows(tmp_path / "rows.jsonl", 20)
    settings = {"method": method, "level": "bf16", "virtual_tokens": 4, "examples": 8, "rate": 2e-2}
    assert run(folders("chatglm2-6b"), rows, **settings)[0]["trials"][0]["status"] == "done"
    if method == "prefix":
        (row,) = run(folders("chatglm-6b"), rows, **settings)[0]["trials"]
        assert row["points"][-1]["bits_per_byte"] < row["points"][0]["bits_per_byte"]
        return
    with pytest.raises(Problem) as caught:
        run(folders("chatglm-6b"), rows, **settings)
    assert caught.value.code == "chatglm-embeddings-unsupported"


def test_the_context_is_not_stretched(folders: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        run(folders("chatglm2-6b"), write_rows(tmp_path / "rows.jsonl", 20), context_factor=2.0)
    assert caught.value.code == "context-not-stretchable"


@pytest.mark.parametrize("name", small.FAMILIES)
def test_each_answer_is_a_row_in_the_models_own_layout(folders: Callable[[str], Path], name: str) -> None:
    tokenizer = load_tokenizer(folders(name))
    asked = {"role": "user", "content": "你好"}
    first, second = encode_chatglm.encode(TALK, tokenizer)
    assert first.id == second.id == TALK.id
    assert first.bytes + second.bytes == TALK.target_bytes
    assert list(first.ids) == tokenizer.chat_ids([asked]) + tokenizer.answer_ids("今天好")
    told = {"role": "assistant", "content": "今天好"}
    later = tokenizer.chat_ids([asked, told, {"role": "user", "content": "天气"}])
    assert list(second.ids) == later + tokenizer.answer_ids("很好")
    assert encode_chatglm.encode_prompt(TALK, tokenizer) == later
    assert second.targets == tuple(range(len(later), len(second.ids)))
    assert second.ids[-1] == tokenizer.eos_token_id
    (cut,) = encode_chatglm.encode(replace(single("你好", "很好", 1), cut=True), tokenizer)
    assert tokenizer.eos_token_id not in cut.ids


@pytest.mark.parametrize("name", small.FAMILIES)
def test_a_text_alone_and_a_dialogue_without_order(folders: Callable[[str], Path], name: str) -> None:
    tokenizer = load_tokenizer(folders(name))
    (text,) = encode_chatglm.encode(Example((Turn("assistant", "你好"),), 1), tokenizer)
    wanted = [*tokenizer.prefix_ids, *tokenizer.encode_text("你好"), tokenizer.eos_token_id]
    assert list(text.ids) == wanted
    assert text.targets[0] == 2
    turns = (Turn("assistant", "你好"), Turn("user", "天气"), Turn("user", "今天"), Turn("assistant", "好"))
    opening, answer = encode_chatglm.encode(Example(turns, 1), tokenizer)
    assert opening.ids[2:-1] == tuple(tokenizer.encode_text("你好"))
    assert tokenizer.prefix_ids[0] in answer.ids
    assert "天气" in tokenizer.decode(list(answer.ids), skip_special_tokens=True)


def test_an_example_is_kept_whole_or_left_out(folders: Callable[[str], Path]) -> None:
    tokenizer = load_tokenizer(folders("chatglm-6b"))
    rows = encode_chatglm.encode(TALK, tokenizer)
    short = single("你好", "好", 2)
    context = len(rows[0].ids)
    assert len(rows[1].ids) > context
    kept, longer = encode_chatglm.encode_all([TALK, short], tokenizer, context)
    assert ([row.id for row in kept], longer) == ([short.id], 1)
    with pytest.raises(Problem) as caught:
        encode_chatglm.encode_all([TALK], tokenizer, context)
    assert caught.value.code == "example-exceeds-context"


def test_right_padding_changes_no_score(folders: Callable[[str], Path]) -> None:
    """Rows of one batch, one of them padded after its end."""
    from probes.training.adapter import attach
    from probes.training.evaluate import evaluate
    from probes.training.model import load as load_to_train
    from probes.training.settings import Settings

    loaded = load_to_train(folders("chatglm-6b"), "bf16", torch.device("cpu"))
    tokenizer = load_tokenizer(folders("chatglm-6b"))
    settings = Settings(method="lora", rank=2, rate=1e-3, batch=2, examples=2, seed=0)
    model = attach(loaded, settings)
    rows: list[Encoded] = []
    for example in (single("你好", "好", 1), single("今天天气好", "我们去公园散步吧", 2)):
        rows += encode_chatglm.encode(example, tokenizer)
    together = evaluate(loaded, model, rows)
    alone = [evaluate(loaded, model, [row]).nats[0] for row in rows]
    assert together.nats == pytest.approx(alone, rel=1e-5)
    merged = evaluate(loaded, model, [*rows, replace(rows[0], id=rows[1].id)])
    assert merged.nats == pytest.approx((alone[0], alone[1] + alone[0]), rel=1e-5)
    assert merged.bytes == (rows[0].bytes, rows[1].bytes + rows[0].bytes)


def test_the_attentions_projections_are_found_under_their_fused_name(
    folders: Callable[[str], Path], tmp_path: Path
) -> None:
    rows = write_rows(tmp_path / "rows.jsonl", 24)
    settings = {"preset": "codellama-sql", "level": "bf16", "examples": 8, "out": str(tmp_path / "adapter")}
    (row,) = run(folders("chatglm-6b"), rows, **settings)[0]["trials"]
    assert row["status"] == "done"
    saved = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text("utf-8"))
    assert sorted(saved["target_modules"]) == ["dense", "query_key_value"]
    with pytest.raises(Problem, match="targets-missing") as told:
        run(folders("chatglm-6b"), rows, targets=["gate_proj"])
    assert "dense_h_to_4h" in str(told.value.params["known"])
