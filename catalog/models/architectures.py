"""Every architecture, one record each: nothing else in the program knows them by name.

Read off the modelling code of transformers 5.23 (for ChatGLM, of its checkpoints) and compared with its
modules and configuration classes by tests/catalog/models/test_against_transformers.py.
"""

from collections.abc import Iterable
from typing import Any

from catalog.models.architecture import PLAIN, Architecture, Config, Fields, Mlp, Norm, Traits, Window
from catalog.problem import Problem

Defaults = dict[str, Any]
Switches = dict[str, dict[str, Any]]

LAYER = Norm(2, copies=False)
BARE = Norm(0, copies=True)
FUSED = Mlp(("mlp.gate_up_proj",), "mlp.down_proj", gated=True, alive=4, saved=3)
# ReLU, squared: both results live, and one tensor is saved for the two.
SQUARED = Mlp(("mlp.up_proj",), "mlp.down_proj", gated=False, alive=3, saved=1)

ATTENTION_BIAS: Switches = {"attention_bias": {"qkv_bias": True, "output_bias": True}}
QKV_BIAS: Switches = {"attention_bias": {"qkv_bias": True}}
MLP_BIAS: Switches = {"mlp_bias": {"mlp_bias": True}}
ALL_BIASES: Switches = {"use_bias": {"qkv_bias": True, "output_bias": True, "mlp_bias": True}}
TIED: Defaults = {"tie_word_embeddings": True}
CHATGLM = ("chatglmmodel", "chatglmforconditionalgeneration", "chatglmforcausallm")


def _all(fields: Fields, layers: int) -> Iterable[int]:
    return range(layers)


def _but_each_nth(fields: Fields, layers: int) -> Iterable[int]:
    nth = fields.number("sliding_window_pattern")
    return (index for index in range(layers) if (index + 1) % nth)


def _late(fields: Fields, layers: int) -> Iterable[int]:
    return range(fields.number("max_window_layers", 28, 0), layers)


def _unrotated(fields: Fields, layers: int) -> Iterable[int]:
    rotated = fields.get("no_rope_layers")
    if isinstance(rotated, list):
        return (index for index, rope in enumerate(rotated[:layers]) if not rope)
    return range(
        fields.number("no_rope_layer_interval") - 1, layers, fields.number("no_rope_layer_interval")
    )


EVERYWHERE = Window(_all, by_layer=False)
PATTERN = Window(_but_each_nth)
LATE = Window(_late, flag="use_sliding_window")


def _pattern(nth: int, window: int = 4096) -> Defaults:
    return {"sliding_window": window, "sliding_window_pattern": nth}


def _context(tokens: int, kv_heads: int | None = None, head_dim: int | None = None) -> Defaults:
    shapes = {"max_position_embeddings": tokens, "num_key_value_heads": kv_heads, "head_dim": head_dim}
    return {name: value for name, value in shapes.items() if value is not None}


_ALL = (
    Architecture("arcee", Traits(mlp=SQUARED), _context(4096), ATTENTION_BIAS | MLP_BIAS),
    Architecture(
        "cohere",
        Traits(norms_per_layer=1, parallel=True, rotation="float32"),
        _context(8192) | TIED,
        ATTENTION_BIAS | {"use_qk_norm": {"qk_norm": "width"}},
    ),
    Architecture(
        "cohere2",
        Traits(norms_per_layer=1, parallel=True, rotation="float32"),
        _context(8192) | TIED | _pattern(4),
        ATTENTION_BIAS,
        PATTERN,
    ),
    Architecture(
        "ernie4_5", Traits(rotation="angles-in-float32"), _context(131072, 2, 128) | TIED, ALL_BIASES
    ),
    Architecture(
        "exaone4", Traits(qk_norm="head", beside_mlp=1), _context(2048, 32) | _pattern(4), window=PATTERN
    ),
    Architecture("gemma", PLAIN, _context(8192, 16, 256) | TIED, ATTENTION_BIAS),
    Architecture(
        "gemma2",
        Traits(norms_per_layer=4, eager=True),
        _context(8192, 4, 256) | TIED | _pattern(2),
        ATTENTION_BIAS,
        PATTERN,
    ),
    Architecture(
        "gemma3_text",
        Traits(norms_per_layer=4, qk_norm="head"),
        _context(131072, 4, 256) | TIED | _pattern(6),
        ATTENTION_BIAS,
        PATTERN,
        classes=("gemma3forcausallm",),
    ),
    Architecture(
        "glm",
        Traits(mlp=FUSED),
        _context(131072, 2, 128) | {"attention_bias": True, "partial_rotary_factor": 0.5},
        QKV_BIAS,
    ),
    Architecture(
        "glm4",
        Traits(mlp=FUSED, norms_per_layer=4),
        _context(131072, 2, 128) | {"attention_bias": True, "partial_rotary_factor": 0.5},
        QKV_BIAS,
    ),
    Architecture("granite", PLAIN, _context(2048), ATTENTION_BIAS | MLP_BIAS),
    Architecture("helium", PLAIN, _context(4096, 20, 128), QKV_BIAS | MLP_BIAS),
    Architecture(
        "hunyuan_v1_dense",
        Traits(qk_norm="head"),
        _context(2048),
        ATTENTION_BIAS,
        classes=("hunyuandensev1forcausallm",),
    ),
    Architecture("llama", PLAIN, _context(2048), ATTENTION_BIAS | MLP_BIAS),
    Architecture("ministral", PLAIN, _context(131072, 8) | {"sliding_window": 4096}, window=Window(_all)),
    Architecture("mistral", PLAIN, _context(131072, 8) | {"sliding_window": 4096}, window=EVERYWHERE),
    Architecture(
        "nemotron",
        Traits(mlp=SQUARED, norm=LAYER),
        _context(4096) | {"partial_rotary_factor": 0.5},
        ATTENTION_BIAS | MLP_BIAS,
    ),
    Architecture("olmo", Traits(norm=BARE, rotation="angles-in-float32"), _context(2048), ATTENTION_BIAS),
    Architecture(
        "olmo2",
        Traits(qk_norm="width", rotation="angles-in-float32", beside_mlp=1),
        _context(2048),
        ATTENTION_BIAS,
    ),
    Architecture(
        "olmo3",
        Traits(qk_norm="width", rotation="angles-in-float32", beside_mlp=1),
        _context(2048) | _pattern(4),
        ATTENTION_BIAS,
        PATTERN,
    ),
    Architecture(
        "phi",
        Traits(
            output="self_attn.dense",
            # Its GELU is written out operator by operator, and each keeps its input.
            mlp=Mlp(("mlp.fc1",), "mlp.fc2", gated=False, alive=4, saved=4),
            qkv_bias=True,
            output_bias=True,
            mlp_bias=True,
            head_bias=True,
            norms_per_layer=1,
            norm=LAYER,
            parallel=True,
        ),
        _context(2048) | {"partial_rotary_factor": 0.5},
        {"qk_layernorm": {"qk_norm": "head-with-bias"}},
    ),
    Architecture("phi3", Traits(qkv=("self_attn.qkv_proj",), mlp=FUSED), _context(4096), window=EVERYWHERE),
    Architecture(
        "qwen2",
        Traits(qkv_bias=True),
        _context(32768, 32) | {"sliding_window": 4096, "max_window_layers": 28},
        window=LATE,
    ),
    Architecture(
        "qwen3",
        Traits(qk_norm="head"),
        _context(32768, 32, 128) | {"sliding_window": 4096, "max_window_layers": 28},
        ATTENTION_BIAS,
        LATE,
    ),
    Architecture(
        "seed_oss",
        PLAIN,
        _context(524288, 8, 128) | {"attention_bias": True},
        QKV_BIAS | MLP_BIAS | {"attention_out_bias": {"output_bias": True}},
    ),
    Architecture(
        "smollm3",
        PLAIN,
        _context(32768, 4) | TIED | {"no_rope_layer_interval": 4},
        ATTENTION_BIAS | MLP_BIAS,
        Window(_unrotated, flag="use_sliding_window"),
    ),
    Architecture(
        "stablelm",
        Traits(norm=LAYER, beside_mlp=4),
        _context(4096, 32) | {"partial_rotary_factor": 0.25},
        {
            "use_qkv_bias": {"qkv_bias": True},
            "qk_layernorm": {"qk_norm": "width"},
            "use_parallel_residual": {"parallel": True, "norms_per_layer": 1, "beside_mlp": 2},
        },
        derived=frozenset({"head_dim"}),
    ),
    Architecture(
        "starcoder2",
        Traits(mlp=Mlp(("mlp.c_fc",), "mlp.c_proj", gated=False, alive=2, saved=1), norm=LAYER),
        _context(4096, 2) | TIED | {"use_bias": True},
        ALL_BIASES,
        EVERYWHERE,
    ),
    # ChatGLM-6B as its publisher writes it; implemented in probes/chatglm.
    Architecture(
        "chatglm",
        Traits(
            qkv=("attention.query_key_value",),
            output="attention.dense",
            mlp=Mlp(("mlp.dense_h_to_4h",), "mlp.dense_4h_to_h", gated=False, alive=2, saved=1),
            qkv_bias=True,
            output_bias=True,
            mlp_bias=True,
            norm=LAYER,
        ),
        TIED,
        fields={
            "num_hidden_layers": "num_layers",
            "intermediate_size": "inner_hidden_size",
            "max_position_embeddings": "max_sequence_length",
        },
        derived=frozenset({"head_dim", "num_key_value_heads"}),
        written={"torch_dtype": "float16"},
        classes=CHATGLM,
    ),
)
ARCHITECTURES = {architecture.name: architecture for architecture in _ALL}

LATER_CHATGLM = Architecture(
    "glm",
    ARCHITECTURES["glm"].traits,
    {"partial_rotary_factor": 0.5},
    QKV_BIAS,
    fields={
        "num_hidden_layers": "num_layers",
        "intermediate_size": "ffn_hidden_size",
        "num_key_value_heads": "multi_query_group_num",
        "head_dim": "kv_channels",
        "vocab_size": "padded_vocab_size",
        "max_position_embeddings": "seq_length",
        "attention_bias": "add_qkv_bias",
    },
    fixed={
        "rmsnorm": True,
        "post_layer_norm": True,
        "add_bias_linear": False,
        "apply_residual_connection_post_layernorm": False,
        "multi_query_attention": True,
        "original_rope": True,
    },
    classes=CHATGLM,
)
"""ChatGLM2 and 3 as published: they call themselves chatglm too, and are of the architecture glm."""


def architecture_of(config: Config) -> Architecture:
    """The record of a `config.json`; Problem("config-unsupported", field="model_type") without one."""
    name = config.get("model_type")
    if not isinstance(name, str) or name not in ARCHITECTURES:
        raise Problem("config-unsupported", architecture=str(name), field="model_type")
    later = name == "chatglm" and "inner_hidden_size" not in config
    return LATER_CHATGLM if later else ARCHITECTURES[name]


def scored() -> frozenset[str]:
    """The architectures with a record: planned by formula, and proved in the one pass at more levels."""
    return frozenset(ARCHITECTURES)
