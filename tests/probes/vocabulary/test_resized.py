"""What `--write-model` writes, in five families: it loads in transformers, and trains."""

import io
import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from catalog.problem import Problem
from probes.jobs.events import Emit
from probes.tokenization.load import load_tokenizer
from probes.vocabulary.embeddings import Rows
from probes.vocabulary.probe import run
from probes.vocabulary.resized import write_model
from tests.places import SAMPLE
from tests.probes.vocabulary.families import FAMILIES, TOKENIZERS, llama2, make
from tests.probes.vocabulary.tiny import byte_vocabulary, tiny

TEXT = "茶树的叶子在春天采下。The people of philosophy drink tea."


def extend(target: Path, place: Path, /, **more):
    job = {"target": str(target), "text": str(SAMPLE), "add": 200, "write_model": True}
    return run(job | {"out": str(place)} | more, Emit(io.StringIO()))


def stored(folder: Path, *ends: str) -> dict[str, torch.Tensor]:
    """The last part of the name but one -> the table, of those that end so."""
    found = {}
    for path in folder.glob("*.safetensors"):
        with safe_open(path, "pt") as file:
            for name in file.keys():  # noqa: SIM118
                if name.endswith(ends):
                    found[name.split(".")[-2]] = file.get_tensor(name)
    return found


def rare_words() -> str:
    """Sixty words of Han characters that no vocabulary has, again and again: pieces new to every family."""
    words = [chr(0x3400 + 7 * at) + chr(0x3401 + 7 * at) for at in range(60)]
    return "\n".join("，".join(words[at:] + words[:at]) + "。" for at in range(60))


def check_family(name: str, folder: Path, real: bool) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    target, first = make(name, folder / "base", real)
    text = folder / "text.txt"
    text.write_text(rare_words() if real else SAMPLE.read_text("utf-8"), "utf-8")
    result = extend(target, folder / "out", text=str(text), add=100 if real else 200)
    out = folder / "out"
    added = result["written"]["added"]
    assert added > 0
    tokenizer, model = AutoTokenizer.from_pretrained(out), AutoModelForCausalLM.from_pretrained(out)
    ours = load_tokenizer(out)
    ids = tokenizer(TEXT, add_special_tokens=False)["input_ids"]
    assert ids == ours.encode(TEXT)
    assert len(tokenizer) == first + added
    new = tokenizer.convert_ids_to_tokens(first)
    assert tokenizer.convert_tokens_to_ids(new) == first
    assert new not in tokenizer.all_special_tokens
    tables = [model.get_input_embeddings().weight, model.get_output_embeddings().weight]
    assert model.config.vocab_size == len(tables[0]) == len(tables[1]) >= first + added
    assert result["written"]["model"]["vocab_size"] == len(tables[0])

    read = tokenizer("".join(line for line in text.read_text("utf-8").splitlines() if not line.isascii()))
    read = read["input_ids"]
    at = next(place for place, token in enumerate(read) if token >= first)
    batch = torch.tensor([read[max(0, at - 60) : at + 60]])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = tables[0].detach().clone()
    losses = []
    for _ in range(2):
        loss = model(input_ids=batch, labels=batch).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[1] < losses[0]
    used = batch[batch >= first]
    assert not torch.equal(tables[0][used], before[used])


@pytest.mark.parametrize("name", FAMILIES)
def test_tokenizer_and_model_load_and_train_a_step(name, tmp_path):
    check_family(name, tmp_path, real=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.skipif(not TOKENIZERS.is_dir(), reason="no ../shared/data/tokenizers beside the repository")
def test_the_same_with_the_families_real_tokenizers(name, tmp_path):
    check_family(name, tmp_path, real=True)


def test_padding_rows_are_used_first(tmp_path):
    """Qwen2: rows for 512 ids, 403 of them in use."""
    target, first = make("qwen2", tmp_path / "base")
    model = extend(target, tmp_path / "out", add=100)["written"]["model"]
    assert model["vocab_size"] == 512
    (old,) = stored(target, "embed_tokens.weight").values()
    (new,) = stored(tmp_path / "out", "embed_tokens.weight").values()
    assert new.shape == old.shape
    assert torch.equal(new[:first], old[:first])
    assert not torch.equal(new[first], old[first])


def test_every_other_tensor_is_as_it_was_in_as_many_shards_as_needed(tmp_path):
    target, _ = make("llama2", tmp_path / "base")
    extension = Rows(_merged(target), "mean", 0)
    (tmp_path / "out").mkdir()
    stream = io.StringIO()
    written = write_model(target, tmp_path / "out", extension, Emit(stream), shard_bytes=40_000)
    files = sorted((tmp_path / "out").glob("*.safetensors"))
    assert len(files) == written["shards"] > 3
    index = json.loads((tmp_path / "out" / "model.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == written["bytes"]
    assert {path.name for path in files} == set(index["weight_map"].values())
    before, after = stored(target, ""), stored(tmp_path / "out", "")
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        assert torch.equal(after[name][: len(tensor)], tensor), name
        grown = name in ("embed_tokens", "lm_head")
        assert (after[name].shape[0] > tensor.shape[0]) == grown
        assert after[name].dtype == tensor.dtype


def test_distilled_rows_are_written(tmp_path):
    tiny(False).save_pretrained(tmp_path / "base")
    byte_vocabulary().save(str(tmp_path / "base" / "tokenizer.json"))
    means = extend(tmp_path / "base", tmp_path / "mean")
    distilled = extend(tmp_path / "base", tmp_path / "distilled", embeddings="distilled", snippets=2)
    assert [found["written"]["model"]["embeddings"] for found in (means, distilled)] == [
        "mean",
        "distilled",
    ]
    old = stored(tmp_path / "base", "embed_tokens.weight", "lm_head.weight")
    for name, table in stored(tmp_path / "distilled", "embed_tokens.weight", "lm_head.weight").items():
        assert torch.equal(table[:256], old[name])
        mean = stored(tmp_path / "mean", f"{name}.weight")[name]
        assert not torch.allclose(table[256:], mean[256:], atol=1e-5)


def test_a_wrappers_text_part_is_resized(tmp_path):
    """Gemma 3: `vocab_size` stands in text_config; a table a layer that is not understood is refused."""
    from probes.vocabulary.resized import _resized

    config = {"model_type": "gemma3", "text_config": {"vocab_size": 9, "a": 1}, "auto_map": {"x": "y"}}
    assert _resized(config, 12) == {"model_type": "gemma3", "text_config": {"vocab_size": 12, "a": 1}}
    assert _resized({"vocab_size": 9}, 12) == {"vocab_size": 12}
    assert _resized({}, 12) == {"vocab_size": 12}


def test_a_table_that_is_not_understood_is_named(tmp_path):
    from safetensors.torch import load_file, save_file

    target, _ = make("llama2", tmp_path / "base")
    held = load_file(target / "model.safetensors")
    held["model.embed_tokens_per_layer.weight"] = torch.zeros(501, 4)
    save_file(held, target / "model.safetensors", {"format": "pt"})
    with pytest.raises(Problem) as caught:
        extend(target, tmp_path / "out")
    assert caught.value.code == "vocabulary-model-table"
    assert caught.value.params["tensor"] == "model.embed_tokens_per_layer.weight"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"out": None}, "vocabulary-model-out"),
        ({"embeddings": "best"}, "vocabulary-choice"),
        ({"try": {"variants": ["mean", "best"]}}, "vocabulary-choice"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_learnt(changes, code, tmp_path):
    target, _ = make("llama2", tmp_path / "base")
    with pytest.raises(Problem) as caught:
        extend(target, tmp_path / "out", **changes)
    assert caught.value.code == code


def test_a_folder_without_weights_is_refused(tmp_path):
    (tmp_path / "base").mkdir()
    llama2(tmp_path / "base", False)
    (tmp_path / "base" / "config.json").unlink()
    with pytest.raises(Problem) as caught:
        extend(tmp_path / "base", tmp_path / "out")
    assert caught.value.code == "vocabulary-try-target"


def _merged(target: Path):
    from probes.vocabulary.contract import contract_of
    from probes.vocabulary.probe import learn

    base = load_tokenizer(target)
    lines = SAMPLE.read_text("utf-8").splitlines()
    return learn(base, lines, 200, 1, contract_of(target, base)).merged(200)
