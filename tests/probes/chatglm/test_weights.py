"""Names, shapes and counts of the published checkpoints, and reading them a layer at a time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from catalog.problem import Problem
from probes.chatglm.config import Family, Published, read
from probes.chatglm.loading import empty_model, native_config, open_native, rope_parameters
from probes.chatglm.weights import layer_names, native_shapes, origin, parameter_count
from probes.checkpoint.tensors import Tensors

FIRST = {
    "model_type": "chatglm", "hidden_size": 4096, "inner_hidden_size": 16384, "num_layers": 28,
    "num_attention_heads": 32, "vocab_size": 130528, "position_encoding_2d": True,
}  # fmt: skip
SECOND = {
    "model_type": "chatglm", "hidden_size": 4096, "ffn_hidden_size": 13696, "num_layers": 28,
    "num_attention_heads": 32, "multi_query_attention": True, "multi_query_group_num": 2,
    "kv_channels": 128, "padded_vocab_size": 65024, "add_qkv_bias": True, "add_bias_linear": False,
    "rmsnorm": True, "post_layer_norm": True, "apply_residual_connection_post_layernorm": False,
}  # fmt: skip


def published(folder: Path, config: dict[str, Any]) -> Published:
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return read(folder)


@pytest.mark.parametrize(
    ("config", "family", "count"),
    [
        (FIRST, Family.FIRST, 6_173_286_400),
        (FIRST | {"vocab_size": 150528}, Family.FIRST, 6_255_206_400),
        (SECOND, Family.SECOND, 6_243_584_000),
        (SECOND | {"_name_or_path": "THUDM/chatglm3-6b"}, Family.THIRD, 6_243_584_000),
    ],
)
def test_parameter_counts(tmp_path: Path, config: dict[str, Any], family: Family, count: int) -> None:
    """The names and shapes asked of a checkpoint are those of the model itself."""
    found = published(tmp_path, config)
    assert found.family is family
    assert parameter_count(found) == count
    model = empty_model(found)
    assert {name: tuple(weight.shape) for name, weight in model.named_parameters()} == native_shapes(found)
    assert sum(weight.numel() for weight in model.parameters()) == count


def test_special_ids_follow_the_vocabulary(tmp_path: Path) -> None:
    early = native_config(published(tmp_path, FIRST | {"vocab_size": 150528}))
    final = native_config(published(tmp_path, FIRST))
    ids = ("mask_token_id", "gmask_token_id", "bos_token_id", "eos_token_id", "pad_token_id")
    assert [getattr(early, name) for name in ids] == [150000, 150001, 150004, 150005, 20003]
    assert [getattr(final, name) for name in ids] == [130000, 130001, 130004, 130005, 3]


@pytest.mark.parametrize(
    ("name", "positions", "base"), [("chatglm2-6b", 4.0, 1e4), ("chatglm3-6b", 1.0, 4e4)]
)
def test_rope_ratio(tmp_path: Path, name: str, positions: float, base: float) -> None:
    """ChatGLM2-32k divides positions by the ratio, ChatGLM3-32k multiplies the base by it."""
    found = published(tmp_path, SECOND | {"_name_or_path": f"THUDM/{name}-32k", "rope_ratio": 4})
    from transformers.models.glm.modeling_glm import GlmRotaryEmbedding

    rotary = GlmRotaryEmbedding(native_config(found))
    cosine, _ = rotary(torch.zeros(1), torch.arange(9)[None])
    steps = torch.arange(0, 64, 2) / 64
    wanted = (torch.arange(9)[:, None] / positions) * base**-steps
    assert torch.allclose(cosine[0, :, :32], wanted.cos(), atol=1e-5)
    assert rope_parameters(found)["partial_rotary_factor"] == 0.5


@pytest.mark.parametrize("name", ["chatglm-6b", "chatglm2-6b", "chatglm3-6b"])
def test_a_layer_at_a_time(recording: Callable[[str], Any], name: str) -> None:
    held = recording(name)
    _, tensors = open_native(held.directory)
    state = dict(held.model.named_parameters())
    seen = set()
    found = read(held.directory)
    for layer in range(found.layers):
        for key in layer_names(found, layer):
            seen.add(key)
            assert torch.equal(tensors.load(key, shape=tuple(state[key].shape)).float(), state[key])
            assert tensors.shape(key) == tuple(state[key].shape)
            assert torch.equal(tensors.load(key, slice(1, 3)).float(), state[key][1:3])
    rest = set(tensors.names()) - seen
    assert seen | rest == set(state)
    assert {key.split(".")[-2] for key in rest} <= {
        "word_embeddings", "final_layernorm", "embed_tokens", "norm", "lm_head",
    }  # fmt: skip


def test_query_key_value_is_cut_in_three(tmp_path: Path) -> None:
    found = published(tmp_path, SECOND)
    cut = [origin(found, f"model.layers.5.self_attn.{part}_proj.bias") for part in "qkv"]
    assert {place.name for place in cut} == {
        "transformer.encoder.layers.5.self_attention.query_key_value.bias"
    }
    assert [place.rows for place in cut] == [slice(0, 4096), slice(4096, 4352), slice(4352, 4608)]
    assert {place.shape for place in cut} == {(4608,)}


def test_a_tensor_that_contradicts_the_config(directory: Callable[..., Path]) -> None:
    folder = directory("chatglm2-6b", ffn_hidden_size=95)
    _, tensors = open_native(folder)
    with pytest.raises(Problem) as caught:
        tensors.load("model.layers.0.mlp.down_proj.weight")
    assert caught.value.code == "tensor-shape"
    assert caught.value.params["expected"] == "64 x 95"
    assert caught.value.params["found"] == "64 x 96"


def test_a_layer_too_few(directory: Callable[..., Path]) -> None:
    folder = directory("chatglm2-6b", num_layers=4)
    with pytest.raises(Problem) as caught:
        open_native(folder)
    assert caught.value.code == "tensor-missing"
    assert "layers.3." in str(caught.value.params["tensor"])


def test_both_readings_see_the_same_bytes(recording: Callable[[str], Any]) -> None:
    held = recording("chatglm2-6b")
    _, native = open_native(held.directory)
    packed = Tensors(held.directory).load(
        "transformer.encoder.layers.0.self_attention.query_key_value.weight"
    )
    parts = [native.load(f"model.layers.0.self_attn.{part}_proj.weight") for part in "qkv"]
    assert torch.equal(torch.cat(parts), packed)
