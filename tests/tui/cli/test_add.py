"""`basefit add`: a model in the person's own catalog is one of all, in every command."""

import json
import tomllib
from pathlib import Path

import pytest

from catalog.models.own import kind_from, name_from
from catalog.models.registry import load_models, own_records
from probes.checkpoint.target import DEMO, resolve
from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence

MOE = {
    "architectures": ["Qwen3MoeForCausalLM"],
    "model_type": "qwen3_moe",
    "hidden_size": 256,
    "num_hidden_layers": 4,
    "num_experts": 8,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 64,
    "vocab_size": 2000,
}
LOCAL = {
    "architectures": ["Gemma3ForCausalLM"],
    "model_type": "gemma3_text",
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 1,
    "head_dim": 64,
    "vocab_size": 2000,
    "sliding_window": 128,
    "layer_types": ["full_attention", "sliding_attention", "sliding_attention"],
}
"""Its local layers are not those that a row of plain fields gives, so that it is counted too."""


def written(folder: Path, config: dict[str, object]) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


@pytest.mark.parametrize("config", [MOE, LOCAL], ids=["experts", "its own local layers"])
def test_what_was_counted_is_kept_beside_it(
    basefit: Basefit, tmp_path: Path, config: dict[str, object]
) -> None:
    folder = written(tmp_path / "My Model_Instruct", config)
    plain = basefit("plan", folder, "--budget", 24, "--json").json
    answer = basefit("add", folder, "--languages", "en, zh", "--training-tokens", "18T", "--json")
    assert answer.status == 0, answer.err
    own = tmp_path / "home" / "models.toml"
    assert answer.json["name"] == "my-model_instruct"
    assert (answer.json["kind"], answer.json["path"]) == ("chat", str(own))
    assert answer.json["parameters"] == plain["parameters"]
    entry = load_models(own)["my-model_instruct"]
    assert (entry.training_tokens, entry.languages, entry.kind) == (18 * 10**12, ("en", "zh"), "chat")
    again = basefit("plan", "my-model_instruct", "--budget", 24, "--json").json
    for field in ("parameters", "parameters_active", "weight_bytes"):
        assert again[field] == plain[field]
    rows = basefit("models", "--budget", "24GiB", "--language", "zh", "--all", "--json").json["rows"]
    (row,) = [row for row in rows if row["model"] == "my-model_instruct"]
    assert row["parameters"] == plain["parameters"]


def test_a_formula_stands_in_the_file_in_plain_fields(basefit: Basefit, tmp_path: Path) -> None:
    own = tmp_path / "home" / "models.toml"
    own.parent.mkdir()
    own.write_text("# mine", "utf-8")
    for name in ("demo-llama-s", "demo-glm"):
        assert basefit("add", DEMO / name, "--name", f"my-{name}").status == 0
    text = own.read_text("utf-8")
    assert text.startswith("# mine\n\n[model.")
    row = tomllib.loads(text)["model"]["my-demo-llama-s"]
    spec = resolve("demo-llama-s").spec
    assert (row["layers"], row["hidden"], row["vocabulary"]) == (spec.layers, spec.hidden, spec.vocabulary)
    assert load_models(own)["my-demo-glm"].spec.parameters == resolve("demo-glm").spec.parameters
    assert not own_records(own).exists()
    scored = basefit("perplexity", "my-demo-llama-s", "--levels", "bf16", "--windows", 2)
    assert scored.status == 0, scored.err
    assert "my-demo-llama-s" in scored.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((DEMO / "demo-glm", "--name", "A b"), "A b"),
        ((DEMO / "demo-glm", "--name", ""), "--name"),
        ((DEMO / "demo-glm", "--name", "qwen3-8b"), "known already"),
        ((DEMO / "demo-glm", "--kind", "any"), "choose one of base, chat, coder, reasoning"),
        ((DEMO / "demo-glm", "--training-tokens", "many"), "many"),
        ((DEMO.parent,), "config.json"),
        ((DEMO / "demo-glm", "--name", "odd", "--licence", "a\udcff"), "licence"),
        ((DEMO / "demo-glm", "--name", "odd", "--languages", "en,\udcff"), "languages"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_nothing_is_written(
    basefit: Basefit, tmp_path: Path, words: tuple[object, ...], said: str
) -> None:
    assert_one_sentence(basefit("add", *words), said)
    assert not (tmp_path / "home" / "models.toml").exists()


def test_a_folder_is_found_from_anywhere_and_odd_words_are_kept(
    basefit: Basefit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(DEMO)
    licence = 'a\x7f"\\\n许可'
    assert basefit("add", "./demo-glm", "--name", "mine", "--licence", licence).status == 0
    entry = load_models(tmp_path / "home" / "models.toml")["mine"]
    assert (entry.path, entry.licence) == (str(DEMO / "demo-glm"), licence)


def test_a_name_says_what_a_model_is() -> None:
    kinds = {"Qwen3-8B-Base": "base", "Qwen2.5-Coder-7B-Instruct": "coder", "QwQ-32B": "reasoning"}
    kinds |= {"gemma-3-4b-it": "chat", "DeepSeek-R1-Distill-Qwen-7B": "reasoning", "Yi-6B": "base"}
    assert {name: kind_from(name) for name in kinds} == kinds
    assert name_from("Org/My Model") == "my-model"
