"""GPTQ checkpoints of AutoGPTQ and GPTQModel, read to the bit.

A linear layer is `qweight` int32 [in * bits / 32, out], packed along the inputs, `qzeros` int32
[groups, out * bits / 32], packed along the outputs, lowest bits first, `scales` float16 [groups, out]
and `g_idx` int32 [in]. Format 1 stores each zero minus one, format 2 (`gptq_v2`) the zero itself.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from catalog.problem import Problem
from probes.checkpoint.tensors import Tensors
from probes.quantize.grid import Quantized

BITS = (2, 3, 4, 8)
_ONES = {2: 0x55555555, 4: 0x11111111, 8: 0x01010101}


@dataclass(frozen=True)
class GptqSettings:
    """What the files say of themselves; `version` 1 or 2, `group` None for one scale per output."""

    bits: int
    group: int | None
    act_order: bool
    version: int


class GptqCheckpoint:
    """A directory of quantized linear layers, one at a time.

    Problems: gptq-settings (no or strange settings), tensor-missing, and those of checkpoint.tensors.
    """

    def __init__(self, directory: Path | str) -> None:
        self.directory = Path(directory)
        self.settings = _settings(self.directory)
        self.tensors = Tensors(self.directory)

    def names(self) -> list[str]:
        """The quantized linear layers."""
        suffix = ".qweight"
        return [name.removesuffix(suffix) for name in self.tensors.names() if name.endswith(suffix)]

    def __contains__(self, name: str) -> bool:
        return f"{name}.qweight" in self.tensors

    def quantized(self, name: str) -> Quantized:
        """Codes, scales, zeros and groups of one linear layer."""
        bits, part = self.settings.bits, self.tensors.load_stored
        packed, scales = part(f"{name}.qweight"), part(f"{name}.scales")
        columns, outputs = len(packed) * 32 // bits, packed.shape[1]
        zeros = unpack_zeros(part(f"{name}.qzeros"), bits, self.settings.version)[:, :outputs]
        if f"{name}.g_idx" in self.tensors:
            groups = part(f"{name}.g_idx").long()
        else:
            groups = torch.arange(columns) // (self.settings.group or columns)
        codes = unpack(packed.t().contiguous(), bits)
        return Quantized(codes, scales.t().float(), zeros.t().float().contiguous(), groups)

    def weight(self, name: str) -> Tensor:
        """The float32 weight [out, in]: scale times integer, exact."""
        return self.quantized(name).weight()


def read_gptq(directory: Path | str) -> Iterator[tuple[str, Tensor]]:
    """(linear name, float32 weight [out, in]) of every quantized layer of a GPTQ checkpoint."""
    checkpoint = GptqCheckpoint(directory)
    for name in checkpoint.names():
        yield name, checkpoint.weight(name)


def unpack(words: Tensor, bits: int) -> Tensor:
    """int32 [rows, n] -> uint8 [rows, n * 32 / bits], each row one little-endian bit stream.

    At 3 bits 32 values fill 3 words, and the values 10 and 21 straddle two.
    """
    if bits != 3:
        shifts = torch.arange(0, 32, bits, dtype=torch.int32, device=words.device)
        fields: Tensor = (words[..., None] >> shifts) & (2**bits - 1)
        return fields.flatten(1).to(torch.uint8)
    shifts = torch.arange(32, dtype=torch.int32, device=words.device)
    stream = ((words[..., None] >> shifts) & 1).flatten(1).unflatten(1, (-1, 3))
    places = torch.tensor([1, 2, 4], dtype=torch.int32, device=words.device)
    values: Tensor = (stream * places).sum(-1).to(torch.uint8)
    return values


def unpack_zeros(words: Tensor, bits: int, version: int) -> Tensor:
    """The zero points uint8 of packed `qzeros`.

    Format 1 subtracted one from the whole word at 2, 4 and 8 bits, where a zero point of 0 borrows from
    its neighbour: one is added to the word before it is unpacked. At 3 bits it is field by field.
    """
    if version == 2:
        return unpack(words, bits)
    if bits == 3:
        return (unpack(words, bits) + 1) & 7
    return unpack(((words.long() + _ONES[bits]) & 0xFFFFFFFF).to(torch.int32), bits)


def _settings(directory: Path) -> GptqSettings:
    written = _json(directory / "quantize_config.json")
    if not written:
        inner = _json(directory / "config.json").get("quantization_config")
        written = inner if isinstance(inner, dict) else {}
    form = str(written.get("checkpoint_format") or written.get("format") or "gptq")
    method = str(written.get("quant_method") or written.get("method") or "gptq")
    bits, group = written.get("bits"), written.get("group_size", -1)
    if (
        method != "gptq"
        or form not in ("gptq", "gptq_v2")
        or bits not in BITS
        or not isinstance(group, int)
    ):
        raise Problem("gptq-settings", path=str(directory), method=method, format=form, bits=str(bits))
    version = 2 if form == "gptq_v2" else 1
    return GptqSettings(bits, group if group > 0 else None, bool(written.get("desc_act")), version)


def _json(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Problem("config-unreadable", path=str(path), detail=str(error)[:160]) from error
    return found if isinstance(found, dict) else {}
