"""A card that the table does not have, by what its driver says of it."""

from catalog.hardware.gpu import Gpu
from probes.machine.nvml import Card

DATA_RATE = 2
"""Transfers a memory clock, as NVML counts that clock for every kind of memory (see `gpu_by_driver`)."""
PER_VECTOR = ((12.0, 4), (10.0, 30), (9.0, 15), (8.6, 4), (8.0, 16), (7.0, 8), (0.0, 1))
"""(least capability, dense matrix rate over the float32 vector rate) of whole chips: 4 on RTX PRO 6000, RTX
A6000 and L40S, 15 on H100, 16 on A100, 8 on T4 and V100. Older cards have no matrix units."""
GEFORCE_SHARE, GEFORCE_BOOST = 0.5, 0.8
"""GeForce cards accumulate in float32 at half rate, and run at some .8 of the greatest clock that their
driver names (RTX 4090 2,520 of 3,105 MHz, RTX 3090 1,695 of 2,100); others reach it."""
SOURCE = "driver: bus width, cores and clocks"


def gpu_by_driver(card: Card) -> Gpu | None:
    """The card with a bandwidth of bus width × memory clock × 2 / 8 bytes, None where one is not known.

    The formula is that of NVIDIA's "How to Implement Performance Metrics in CUDA C/C++" (theoretical
    bandwidth, double data rate): for GDDR5 to GDDR7 and HBM NVML's clock is half of the transfers (RTX
    4090: 384 bits at 10,501 MHz are 1,008 GB/s, H100: 5,120 at 2,619 are 3,352). The matrix rate is cores ×
    clock × 2 operations × PER_VECTOR. A slice of a card is none.
    """
    told = card.figures
    if card.mig or told is None or not (told.bus_bits and told.memory_hz and card.capability):
        return None
    vector = 2.0 * (told.cores or 0) * (told.core_hz or 0)
    geforce = "geforce" in card.name.lower()
    matrix = vector * next(times for least, times in PER_VECTOR if card.capability >= least)
    if geforce:
        matrix *= GEFORCE_BOOST * (GEFORCE_SHARE if card.capability >= 7 else 1)
    if not matrix:
        return None
    return Gpu(
        name=card.name,
        memory_bytes=card.total_bytes or 0,
        bandwidth_bytes_per_s=told.bus_bits * told.memory_hz * DATA_RATE / 8,
        bf16_flops=matrix,
        capability=card.capability,
        laptop="laptop" in card.name.lower(),
        source=SOURCE,
        derived=True,
    )
