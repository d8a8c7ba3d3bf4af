"""The levels: each turns a linear layer's weight into what a person would deploy at that level."""

from probes.quantize.gptq_files import read_gptq
from probes.quantize.levels import Level, find

__all__ = ["Level", "find", "read_gptq"]
