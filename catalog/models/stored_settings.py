"""What a checkpoint's settings say of how its weights are stored, whichever tool wrote them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Settings = Mapping[str, Any]

PLAIN = "plain"
SIDE_FILES = ("quantize_config.json", "quant_config.json", "hf_quant_config.json")
"""Where AutoGPTQ, AWQ's tools and ModelOpt keep what they did, if not in `config.json`."""
BLOCK = (128, 128)
"""Weights [out, in] that share an FP8 scale (DeepSeek-V3, arXiv:2412.19437, section 3.3)."""


@dataclass(frozen=True)
class StoredAs:
    """`word` as in `fp8-block`; `layout` is how a weight lies in the files.

    `group` inputs share a scale (None: all of a row), `block` [out, in] does for FP8 by blocks. `form` is
    GPTQ's `checkpoint_format` or AWQ's `version`, and `double` where bitsandbytes' scales are quantized.
    `absent` says that the settings speak of tensors the files do not have, `unclaimed` are tensors that
    nothing explains: in both cases the weights must not be read as numbers.
    """

    word: str
    layout: str = PLAIN
    bits: int = 16
    group: int | None = None
    block: tuple[int, int] | None = None
    act_order: bool = False
    form: str = ""
    absent: bool = False
    unclaimed: tuple[str, ...] = ()

    @property
    def quantized(self) -> bool:
        """Whether the files hold anything but the weights as plain numbers."""
        return self.layout != PLAIN or bool(self.unclaimed)


def declared_by(config: Settings, beside: Mapping[str, Settings]) -> StoredAs | None:
    """By the settings alone; None where they speak of no quantization."""
    if bits := config.get("quantization_bit"):
        return StoredAs(f"chatglm-int{bits}", "chatglm", _whole(bits, 0))
    for key in ("quantization_config", "compression_config", "quantization"):
        for place in (config, config.get("text_config")):
            if isinstance(place, dict) and isinstance(place.get(key), dict) and place[key]:
                return _by_method(place[key], "mlx" if key == "quantization" else "")
    for name, usual in zip(SIDE_FILES, ("gptq", "awq", "modelopt"), strict=True):
        if settings := beside.get(name):
            inner = settings.get("quantization")
            return _by_method(inner if isinstance(inner, dict) else settings, usual)
    return None


def _by_method(settings: Settings, usual: str) -> StoredAs:
    known = settings.get("quant_method") or settings.get("method") or usual
    if not known and {"bits", "group_size"} <= settings.keys():
        known = "mlx"  # it writes its settings under transformers' key too, without a method
    if not known and "quant_algo" in settings:
        known = "modelopt"
    if not known and "config_groups" in settings:
        known = "compressed-tensors"
    method = str(known or "unknown").lower().replace("_", "-")
    read = _METHODS.get(method)
    if read is not None:
        return read(settings)
    bits = _whole(settings.get("bits") or settings.get("w_bit"), 0)
    return StoredAs(f"{method}-{bits}" if bits else method, method, bits)


def _gptq(settings: Settings) -> StoredAs:
    bits = _whole(settings.get("bits"), 0)
    form = str(settings.get("checkpoint_format") or settings.get("format") or "gptq")
    act_order = bool(settings.get("desc_act"))
    return StoredAs(f"gptq-{bits}", "gptq", bits, _group(settings), act_order=act_order, form=form)


def _awq(settings: Settings) -> StoredAs:
    bits = _whole(settings.get("bits") or settings.get("w_bit"), 4)
    form = str(settings.get("version") or "gemm").lower()
    return StoredAs(f"awq-{bits}", "awq", bits, _group(settings), form=form)


def _fp8(settings: Settings) -> StoredAs:
    block = settings.get("weight_block_size")
    return scaled("block", block) if block else scaled("tensor")


def _fbgemm(_: Settings) -> StoredAs:
    return scaled("channel")


def _bitsandbytes(settings: Settings) -> StoredAs:
    if settings.get("load_in_8bit") or settings.get("_load_in_8bit"):
        return StoredAs("bnb-int8", "bnb-int8", 8)
    kind = str(settings.get("bnb_4bit_quant_type") or "fp4")
    form = "double" if settings.get("bnb_4bit_use_double_quant") else ""
    return StoredAs(f"bnb-{kind}", f"bnb-{kind}", 4, 64, form=form)


def _mxfp4(_: Settings) -> StoredAs:
    return StoredAs("mxfp4", "mxfp4", 4, 32)


def _mlx(settings: Settings) -> StoredAs:
    bits = _whole(settings.get("bits"), 4)
    return StoredAs(f"mlx-{bits}", "mlx", bits, _group(settings))


def _modelopt(settings: Settings) -> StoredAs:
    algorithm = str(settings.get("quant_algo") or "unknown").lower()
    if algorithm.startswith("fp8"):
        kinds = {"fp8_pb": "block", "fp8_per_ch": "channel"}
        kind = next((kinds[start] for start in kinds if algorithm.startswith(start)), "tensor")
        return scaled(kind, BLOCK if kind == "block" else None)
    if "nvfp4" in algorithm:
        return StoredAs("nvfp4", "nvfp4", 4, 16)
    return StoredAs(f"modelopt-{algorithm.replace('_', '-')}", "modelopt")


def _compressed(settings: Settings) -> StoredAs:
    groups = settings.get("config_groups")
    first = next(iter(groups.values()), None) if isinstance(groups, dict) else None
    group = first if isinstance(first, dict) else {}
    weights = _inner(group, "weights")
    bits, form = _whole(weights.get("num_bits"), 0), str(settings.get("format") or "")
    kind = str(weights.get("strategy") or "tensor")
    if weights.get("type") == "float" and bits == 8:
        return scaled(kind, weights.get("block_structure") or BLOCK if kind == "block" else None)
    if form.startswith("nvfp4"):
        return StoredAs("nvfp4", "nvfp4", bits or 4, _group(weights))
    inputs = _inner(group, "input_activations")
    wide = 8 if form == "int-quantized" else 16
    word = f"ct-w{bits}a{_whole(inputs.get('num_bits'), wide)}"
    plain = form in ("int-quantized", "naive-quantized") and bits == 8 and weights.get("symmetric", True)
    return StoredAs(word, "scaled" if plain else "compressed-tensors", bits, _group(weights), form=form)


_METHODS: dict[str, Callable[[Settings], StoredAs]] = {
    "gptq": _gptq,
    "awq": _awq,
    "fp8": _fp8,
    "fbgemm-fp8": _fbgemm,
    "bitsandbytes": _bitsandbytes,
    "mxfp4": _mxfp4,
    "mlx": _mlx,
    "modelopt": _modelopt,
    "compressed-tensors": _compressed,
}


def scaled(kind: str, block: Any = None) -> StoredAs:
    """FP8 with a scale for each `kind`: tensor, channel or block (of `block`, [out, in])."""
    sides = tuple(_whole(side, 0) for side in block) if isinstance(block, list | tuple) else ()
    shape = (sides[0], sides[1]) if len(sides) == 2 and all(sides) else None
    return StoredAs(f"fp8-{kind}", "scaled", 8, block=shape or (BLOCK if kind == "block" else None))


def _inner(settings: Settings, key: str) -> Settings:
    value = settings.get(key)
    return value if isinstance(value, dict) else {}


def _group(settings: Settings) -> int | None:
    size = _whole(settings.get("group_size", settings.get("q_group_size")), -1)
    return size if size > 0 else None


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
