"""Parameter counts: computed from shapes, equal to the published ones to the digit."""

import csv
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from catalog.models.counted import Counted
from catalog.models.registry import COUNTED, KINDS, find_model, load_models
from catalog.problem import Problem
from tests.catalog.models.facts import COUNTS, MODELS

ROWS = list(csv.DictReader(MODELS.open(encoding="utf-8")))
EXACT = list(csv.DictReader(COUNTS.open(encoding="utf-8")))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["model"])
def test_every_row_of_the_facts_is_counted_to_the_digit(row: dict[str, str]) -> None:
    entry = load_models()[row["model"]]
    spec = entry.spec
    assert spec.parameters == int(row["parameters"])
    shapes = ("layers", "hidden", "intermediate", "heads", "kv_heads", "head_dim", "vocabulary", "context")
    assert {name: getattr(spec, name) for name in shapes} == {name: int(row[name]) for name in shapes}
    assert (spec.tied, spec.architecture) == (row["tied"] == "1", row["architecture"])
    assert entry.hub_id == row["hub_id"]
    assert entry.verified == (row["count_matches_published"] == "yes")


@pytest.mark.parametrize("row", EXACT, ids=lambda row: row["model"])
def test_what_others_counted_is_counted_to_the_digit(row: dict[str, str]) -> None:
    entry = load_models()[row["model"]]
    assert entry.spec.parameters_text == int(row["parameters_text"])
    # Of some models with other senses only the text part was counted.
    if row["parameters"]:
        assert entry.spec.parameters == int(row["parameters"])
    assert entry.verified


def test_every_count_is_of_a_model_and_its_layers_are_whole() -> None:
    specs = [entry.spec for entry in load_models().values() if entry.spec.counted]
    assert {spec.counted for spec in specs} == {Counted.from_json(row) for row in _counted_rows().values()}
    for spec in specs:
        indices = sorted(index for group in spec.groups for index in group.indices)
        assert indices == list(range(spec.layers)), spec.name
        assert 0 < spec.quantized_parameters < spec.parameters_text <= spec.parameters
        assert spec.parameters_active is not None


def test_a_model_by_its_count_has_a_context_of_its_own() -> None:
    base, long = find_model("qwen3-30b-a3b"), find_model("qwen3-30b-a3b-instruct-2507")
    assert (base.spec.context, long.spec.context) == (32768, 262144)
    assert long.spec.counted is base.spec.counted
    assert long.base_of == "qwen3-30b-a3b"


def test_the_catalog_is_of_today() -> None:
    known = load_models()
    assert len(known) >= 170
    assert {entry.kind for entry in known.values()} == set(KINDS)


def test_the_models_the_project_was_asked_for_are_known() -> None:
    for name in ("wizard-vicuna-13b", "llama-3-chinese-8b", "llama-3.1-8b", "llama-3.1-70b", "chatglm3-6b"):
        assert find_model(name).name == name


def test_a_chat_variant_has_its_bases_shapes_and_facts() -> None:
    base, chat = find_model("qwen2.5-7b"), find_model("qwen2.5-7b-instruct")
    assert chat.chat
    assert not base.chat
    assert chat.tuned_from == "qwen2.5-7b"
    assert chat.base_of == "qwen2.5-7b"
    assert chat.spec.parameters == base.spec.parameters
    assert chat.training_tokens == base.training_tokens == 18 * 10**12
    assert chat.hub_id == "Qwen/Qwen2.5-7B-Instruct"


def test_a_model_shaped_like_another_is_no_variant_of_it() -> None:
    newer = find_model("llama-3.1-8b")
    assert newer.spec.parameters == find_model("llama-3-8b").spec.parameters
    assert (newer.spec.context, newer.chat, newer.tuned_from) == (131072, False, None)
    assert find_model("llama-3.1-8b-instruct").tuned_from == "llama-3.1-8b"


def test_every_entry_says_where_it_comes_from() -> None:
    for name, entry in load_models().items():
        assert entry.source, name
        assert entry.languages, name
        assert entry.kind in KINDS, name
        assert "/" in entry.hub_id, name
        assert not set(name) & set(" ()"), name
        assert (entry.licence is None) == (entry.commercial is None), name


def test_a_variant_does_not_take_what_is_not_known_of_it() -> None:
    base, distilled = find_model("qwen2.5-14b"), find_model("deepseek-r1-distill-qwen-14b")
    assert distilled.base_of == base.name
    assert distilled.spec.parameters == base.spec.parameters
    assert (base.licence, distilled.licence) == ("Apache-2.0", None)
    assert (distilled.released, distilled.commercial) == (None, None)
    assert (distilled.kind, distilled.chat) == ("reasoning", True)


def test_hub_ids_are_unique_and_find_their_model() -> None:
    registry = load_models()
    assert len({entry.hub_id for entry in registry.values()}) == len(registry)
    for entry in registry.values():
        assert find_model(entry.hub_id) == entry


def test_a_modelscope_id_is_of_one_model() -> None:
    ids = [entry.modelscope_id for entry in load_models().values() if entry.modelscope_id]
    assert len(set(ids)) == len(ids) > 100
    assert all(re.fullmatch(r"[\w-]+/[\w.-]+", name) for name in ids)
    assert find_model("glm-4.6").modelscope_id == "ZhipuAI/GLM-4.6"
    assert find_model("vicuna-7b-v1.5").modelscope_id is None


def test_little_training_data_can_be_told() -> None:
    assert find_model("llama-7b").training_tokens == 10**12
    assert find_model("chatglm-6b").training_tokens == 10**12


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(Problem) as raised:
        find_model("qwen2.5-8b")
    assert raised.value.code == "model-unknown"
    assert "qwen2.5-7b" in str(raised.value.params["nearest"])


def test_the_persons_own_models_are_added(tmp_path: Path) -> None:
    mine = tmp_path / "models.toml"
    mine.write_text(
        '[model.my-tune]\nfrom = "llama-2-7b"\nhub_id = "me/my-tune"\n'
        '[model.tiny]\narchitecture = "llama"\nhub_id = "me/tiny"\nlayers = 2\nhidden = 64\n'
        "intermediate = 128\nheads = 4\nvocabulary = 1000\ncontext = 512\n",
        encoding="utf-8",
    )
    registry = load_models(mine)
    assert registry["my-tune"].spec.parameters == 6738415616
    assert registry["my-tune"].chat
    assert registry["tiny"].spec.parameters == 2 * 1000 * 64 + 64 + 2 * (
        4 * 64 * 64 + 3 * 64 * 128 + 2 * 64
    )
    assert "llama-7b" in registry


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[model.x\n", "models-file-unreadable"),
        ('[model.x]\nfrom = "llama-2-7b"\n', "model-field-missing"),
        ('[model.x]\nhub_id = "a/b"\narchitecture = "llama"\nlayers = 2\n', "model-field-missing"),
        ('[model.x]\nhub_id = "a/b"\narchitecture = "mamba"\n', "config-unsupported"),
        ('[model.x]\nhub_id = "a/b"\nfrom = "llama-2-7b"\nlayers = "two"\n', "model-field-wrong"),
        ('[model.x]\nhub_id = "a/b"\nfrom = "llama-2-7b"\nparams = 7\n', "model-field-wrong"),
        ('[model.x]\nhub_id = "a/b"\nfrom = "nothing"\n', "model-unknown"),
        ('[model.x]\nhub_id = "a/b"\nshapes = "nothing"\n', "model-field-wrong"),
        ('[model.x]\nhub_id = "a/b"\nshapes = "gpt-oss-20b"\nlayers = 2\n', "model-field-wrong"),
        ('[model.x]\nhub_id = "a/b"\nfrom = "gpt-oss-20b"\ncontext = "9"\n', "model-field-wrong"),
        ('[model.x]\nhub_id = "a/b"\nfrom = "llama-2-7b"\nunknown = 3\n', "model-field-wrong"),
        ("model = 3\n", "model-field-wrong"),
        *(
            (f'[model.x]\nhub_id = "a/b"\nfrom = "llama-2-7b"\n{row}\n', "model-field-wrong")
            for row in (
                "layers = -1",
                "heads = 0",
                "hidden = true",
                "context = 9999999999999999999999",
                'training_tokens = "many"',
                "training_tokens = nan",
                "tokens_per_character = -0.5",
                'commercial = "yes"',
                'languages = "zh"',
                "languages = [1]",
                "licence = 3",
                "qkv_bias = 2",
                "rotary_fraction = inf",
                "source = []",
            )
        ),
    ],
)
def test_a_mistake_in_their_file_is_named(tmp_path: Path, text: str, code: str) -> None:
    mine = tmp_path / "models.toml"
    mine.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as raised:
        load_models(mine)
    assert raised.value.code == code


def test_loading_the_catalog_is_quick() -> None:
    from catalog.models import registry

    for memory in (
        registry._bundled,
        registry._bundled_table,
        registry._bundled_rows,
        registry._counted,
        registry._records,
    ):
        memory.cache_clear()
    started = time.process_time()
    load_models()
    # About 10 ms of processor time on the machine this was written on.
    assert time.process_time() - started < 0.1


def _counted_rows() -> dict[str, Any]:
    return dict(json.loads(COUNTED.read_text("utf-8")))
