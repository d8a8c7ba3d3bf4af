"""Write a GPTQ checkpoint that GPTQModel and transformers load: format 1, as GPTQModel itself writes it."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from catalog.files import write_text, written
from catalog.problem import Problem
from probes.quantize.grid import Quantized, Spec

WRITABLE_BITS = (4, 8)
_WORD = 32


def pack_linear(name: str, quantized: Quantized, bits: int) -> dict[str, Tensor]:
    """The tensors of one linear layer. Problem("shape-unpackable") where its sides fill no whole words."""
    outputs, inputs = quantized.codes.shape
    if inputs * bits % _WORD or outputs * bits % _WORD:
        raise Problem("shape-unpackable", tensor=name, rows=outputs, columns=inputs, bits=bits)
    # Format 1 stores zero minus one; a symmetric zero of 2^(bits-1) never borrows.
    zeros = (quantized.zeros - 1).to(torch.uint8)
    return {
        f"{name}.qweight": pack(quantized.codes, bits).t().contiguous(),
        f"{name}.qzeros": pack(zeros.t().contiguous(), bits),
        f"{name}.scales": quantized.scales.t().half().contiguous(),
        f"{name}.g_idx": quantized.groups.to(torch.int32),
    }


def pack(values: Tensor, bits: int) -> Tensor:
    """uint8 [rows, n] below 2^bits -> int32 [rows, n * bits / 32], lowest bits first."""
    fields = values.long().unflatten(1, (-1, _WORD // bits))
    shifts = torch.arange(0, _WORD, bits, device=values.device)
    words: Tensor = (fields << shifts).sum(-1).to(torch.int32)
    return words


class GptqWriter:
    """Writes shards as they come, then the index and the settings."""

    def __init__(self, directory: Path, spec: Spec) -> None:
        self._directory, self._spec = directory, spec
        self._where: dict[str, str] = {}
        self._bytes = 0
        directory.mkdir(parents=True, exist_ok=True)

    def shard(self, tensors: Mapping[str, Tensor]) -> None:
        """One file of tensors."""
        file = self._next_file()
        ready = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
        with written(self._directory / file) as fresh:
            save_file(ready, fresh, {"format": "pt"})
        self._note(file, ready)

    def known(self) -> None:
        """The next file stands there already, from a run that was cut off."""
        file = self._next_file()
        self._note(file, load_file(self._directory / file))

    def _next_file(self) -> str:
        return f"model-{len(set(self._where.values())) + 1:05d}.safetensors"

    def _note(self, file: str, ready: Mapping[str, Tensor]) -> None:
        self._where |= dict.fromkeys(ready, file)
        self._bytes += sum(tensor.numel() * tensor.element_size() for tensor in ready.values())

    def finish(self, config: Mapping[str, object]) -> int:
        """The index and both settings files; the bytes of all tensors."""
        index = {"metadata": {"total_size": self._bytes}, "weight_map": dict(sorted(self._where.items()))}
        self._json("model.safetensors.index.json", index)
        settings = self._settings()
        self._json("quantize_config.json", settings)
        self._json("config.json", dict(config) | {"dtype": "float16", "quantization_config": settings})
        return self._bytes

    def _settings(self) -> dict[str, object]:
        return {
            "bits": self._spec.bits,
            "group_size": self._spec.group or -1,
            "desc_act": self._spec.act_order,
            "sym": self._spec.symmetric,
            "lm_head": False,
            "quant_method": "gptq",
            "checkpoint_format": "gptq",
            "pack_dtype": "int32",
        }

    def _json(self, name: str, content: Mapping[str, object]) -> None:
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        write_text(self._directory / name, text)
