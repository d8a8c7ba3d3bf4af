"""What a checkpoint's files are: plain numbers of some width, or codes that some tool wrote, and how.

Told by the settings (in `config.json` or in a file beside it), by the tensors' names and by their stored
types. Where they disagree the tensors are right about the layout and the settings about its numbers.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from math import ceil, prod

from catalog.models.stored_settings import PLAIN, Settings, StoredAs, declared_by, scaled
from catalog.models.stored_tensors import Header, Shape

PLAIN_TYPES = {"F64": "fp64", "F32": "fp32", "F16": "fp16", "BF16": "bf16"}
"""Stored types whose numbers are the weights themselves, and what they are called."""
_CODES = ("F8_E4M3", "F8_E5M2", "I8")
_TORCH_NAMES = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32", "float64": "fp64"}
_BUFFERS = ("bias", "masked_bias", "position_ids", "token_type_ids", "mask", "num_batches_tracked")
"""Tensors of whole numbers that old files carry along and no model reads: causal masks, positions."""


def stored_as(config: Settings, beside: Mapping[str, Settings], header: Header) -> StoredAs:
    """What the files are, by `config.json`, the SIDE_FILES by name, and the tensors (none: by settings)."""
    declared = declared_by(config, beside)
    if not header:
        return declared or StoredAs(_TORCH_NAMES.get(_dtype(config), "unknown"))
    found = next((one for find in _FINDERS if (one := find(header, declared)) is not None), None)
    if found is None:
        found = replace(declared, absent=True) if declared else StoredAs(*_plain(header))
    unclaimed = found.unclaimed or _unclaimed(header, found)
    return replace(found, unclaimed=unclaimed, word="unknown" if _strange(found, unclaimed) else found.word)


def _dtype(config: Settings) -> str:
    text = config.get("text_config")
    inner = text if isinstance(text, dict) else {}
    keys = (config.get("dtype"), config.get("torch_dtype"), inner.get("dtype"), inner.get("torch_dtype"))
    return str(next((key for key in keys if key), "")).removeprefix("torch.")


def _four_bit_blocks(header: Header, declared: StoredAs | None) -> StoredAs | None:
    """bitsandbytes at 4 bits, which says so in a tensor's name, with or without settings."""
    for kind in ("nf4", "fp4"):
        if any(name.endswith(f".quant_state.bitsandbytes__{kind}") for name in header):
            nested = any(name.endswith(".nested_absmax") for name in header)
            return StoredAs(f"bnb-{kind}", f"bnb-{kind}", 4, 64, form="double" if nested else "")
    return None


def _eight_bit_rows(header: Header, declared: StoredAs | None) -> StoredAs | None:
    return StoredAs("bnb-int8", "bnb-int8", 8) if _any(header, ".SCB") else None


def _packed_words(header: Header, declared: StoredAs | None) -> StoredAs | None:
    """GPTQ packs along the inputs and AWQ along the outputs: the width of the scales tells which."""
    base = next((name.removesuffix("qweight") for name in header if name.endswith(".qweight")), None)
    if base is None:
        return None
    words, zeros, scales = (_shape(header, base + part) for part in ("qweight", "qzeros", "scales"))
    if declared is not None and declared.layout not in ("gptq", "awq"):
        return declared  # another tool's settings for words of the same names
    if not (words and zeros and scales):
        return StoredAs("unknown", "unknown")
    bits = zeros[-1] * 32 // scales[-1]
    layout = "gptq" if words[-1] == scales[-1] else "awq"
    if declared is not None and (declared.layout, declared.bits) == (layout, bits):
        return declared
    inputs = words[0] * 32 // bits if layout == "gptq" and bits else words[0]
    group = ceil(inputs / scales[0]) if scales[0] > 1 else None
    # Two formats of GPTQ differ in their zero points alone, which no shape tells.
    form = "" if layout == "gptq" else "gemv" if words[0] == scales[0] else "gemm"
    return StoredAs(f"{layout}-{bits}", layout, bits, group, form=form)


def _fp4_blocks(header: Header, declared: StoredAs | None) -> StoredAs | None:
    """gpt-oss' experts: `…_blocks` of packed FP4 and `…_scales` of exponents."""
    pair = any(
        name.endswith("_blocks") and name.removesuffix("_blocks") + "_scales" in header for name in header
    )
    return StoredAs("mxfp4", "mxfp4", 4, 32) if pair else None


def _words_of_mlx(header: Header, declared: StoredAs | None) -> StoredAs | None:
    """MLX: 32-bit words under the weight's name, `scales` and `biases` beside them."""
    for name, (dtype, shape) in header.items():
        scales = _shape(header, name.removesuffix("weight") + "scales")
        if dtype != "U32" or not scales:
            continue
        if declared is not None and declared.layout == "mlx":
            return declared
        group = 64  # its default; bits and group together are what the shapes tell
        bits = shape[-1] * 32 // (scales[-1] * group)
        return StoredAs(f"mlx-{bits}", "mlx", bits, group)
    return None


def _two_scales(header: Header, declared: StoredAs | None) -> StoredAs | None:
    """NVFP4: packed bytes, a scale for 16 of them and one for all."""
    bytes_of_two = {name for name, (dtype, _) in header.items() if dtype == "U8"}
    if _any(bytes_of_two, "weight", "weight_packed") and _any(
        header, "weight_scale_2", "weight_global_scale"
    ):
        return StoredAs("nvfp4", "nvfp4", 4, 16)
    return None


def _packed_by_compressed_tensors(header: Header, declared: StoredAs | None) -> StoredAs | None:
    if not _any(header, ".weight_packed"):
        return None
    if declared is not None and declared.layout == "compressed-tensors":
        return declared
    return StoredAs("ct-packed", "compressed-tensors", 0)


def _codes_with_scales(header: Header, declared: StoredAs | None) -> StoredAs | None:
    """FP8 or int8 weights under their own names, each with a scale: its shape tells what shares one."""
    scales = {name: scale_of(header, name) for name, (dtype, _) in header.items() if dtype in _CODES}
    kinds = {_kind(header[name][1], header[scale][1]) for name, scale in scales.items() if scale}
    if not kinds:
        return None
    whole = next((name for name, scale in scales.items() if scale and header[name][0] == "I8"), None)
    if declared is not None and declared.layout == "chatglm":
        return declared
    if whole is not None:
        if declared is None:
            return StoredAs("int8", "scaled", 8)
        # Under FP8's settings a byte may hold two FP4 numbers.
        return declared if not declared.word.startswith("fp8") else replace(declared, unclaimed=(whole,))
    kind = next(kind for kind in ("block", "channel", "tensor") if kind in kinds)
    if declared is not None and (kind == "tensor" or declared.word == f"fp8-{kind}"):
        return declared
    return scaled(kind, declared.block if declared else None)


_FINDERS = (
    _four_bit_blocks, _eight_bit_rows, _packed_words, _fp4_blocks, _words_of_mlx, _two_scales,
    _packed_by_compressed_tensors, _codes_with_scales,
)  # fmt: skip


def scale_of(names: Container[str], weight: str) -> str | None:
    """The name of the scale that belongs to an FP8 or int8 weight, if it has one.

    Both kinds are multiplied with: DeepSeek's `weight_scale_inv` is the inverse of what quantized it.
    """
    return next((weight + end for end in ("_scale_inv", "_scale") if weight + end in names), None)


def _kind(weight: Shape, scale: Shape) -> str:
    if all(side == 1 for side in scale[-2:]):
        return "tensor"
    channel = len(scale) < len(weight) or (scale[-1] == 1 and scale[-2] == weight[-2])
    return "channel" if channel else "block"


def _plain(header: Header) -> tuple[str, str, int]:
    """The type that most of the numbers have, as StoredAs begins."""
    sizes: Counter[str] = Counter()
    for dtype, shape in header.values():
        if dtype in PLAIN_TYPES:
            sizes[PLAIN_TYPES[dtype]] += prod(shape)
    word = max(sizes, key=lambda one: sizes[one], default="unknown")
    return word, PLAIN, int(word.lstrip("bfp")) if sizes else 0


def _strange(found: StoredAs, unclaimed: tuple[str, ...]) -> bool:
    """Whether no word says what the files are."""
    return bool(unclaimed) and found.layout == PLAIN


_CLAIMS = {
    "scaled": r"(weight|proj)(_scale(_inv)?)?|(input|output|[kvq]|kv|prob)_scale|activation_scale",
    "bnb-nf4": r"weight(\.(absmax|quant_map|nested_absmax|nested_quant_map|quant_state\.\w+))?",
    "bnb-int8": r"weight|SCB|weight_format",
    "gptq": r"qweight|qzeros|scales|g_idx",
    "awq": r"qweight|qzeros|scales",
    "mxfp4": r"\w+_(blocks|scales)",
}
_CLAIMS["bnb-fp4"] = _CLAIMS["bnb-nf4"]
_CLAIMED = {layout: re.compile(rf"(.*[._])?({pattern})") for layout, pattern in _CLAIMS.items()}
"""The ends of the names that a layout which can be read accounts for."""
_BELONGS = re.compile(r"(.*(?:weight|proj))([._](scale|scales|absmax|zero_point|SCB)\w*)")


def _unclaimed(header: Header, stored: StoredAs) -> tuple[str, ...]:
    """Weights of whole numbers or bits, and scales of a weight, which the layout does not explain."""
    claimed = _CLAIMED.get(stored.layout)
    if stored.layout != PLAIN and claimed is None:
        return ()  # it is not read at all
    return tuple(
        name
        for name, (dtype, shape) in header.items()
        if not (claimed and claimed.fullmatch(name)) and _is_code(header, name, dtype, shape)
    )


def _is_code(header: Header, name: str, dtype: str, shape: Shape) -> bool:
    last = name.rpartition(".")[2]
    if dtype not in PLAIN_TYPES:
        return len(shape) > 1 and last not in _BUFFERS
    belongs = _BELONGS.fullmatch(name)
    return bool(belongs and belongs[1] in header)


def _any(header: Iterable[str], *ends: str) -> bool:
    return any(name.endswith(ends) for name in header)


def _shape(header: Header, name: str) -> Shape | None:
    return header[name][1] if name in header else None
