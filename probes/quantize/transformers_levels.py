"""What transformers and bitsandbytes need to be told about a quantized model that they train or run."""

import bitsandbytes
from torch import nn


def forbid_repacking(model: nn.Module) -> None:
    """Keep bitsandbytes' 4-bit layers as they are.

    Where the processor has AVX512-BF16 the first forward without gradients repacks them in place for
    a fused kernel, through which gradients vanish without a word, and which differs by some 3e-3.
    """
    for module in model.modules():
        if isinstance(module, bitsandbytes.nn.Linear4bit):
            module.support_avx512bf16_for_cpu = False
