"""How a job names where it runs, and what that name means to its process.

The name is `cpu`, or the driver's identity of a card or of a MIG slice (`GPU-...`, `MIG-...`), several of
them joined by commas. The process is shown these cards alone, so that in it they are `cuda:0` and on.
`cuda` and `cuda:N` are taken as torch takes them, of the cards that the process would see anyhow.
"""

CPU, CUDA = "cpu", "cuda"
_IDENTITY = ("GPU-", "MIG-")


def is_identity(device: str) -> bool:
    """Whether it names cards (or slices) as the driver does."""
    return all(part.startswith(_IDENTITY) for part in device.split(","))


def kind_of(device: str) -> str:
    """`cpu` or `cuda`: what results are kept under, and what the memory model asks."""
    return CPU if device == CPU else CUDA


def name_inside(device: str) -> str:
    """What torch calls it in the job's own process."""
    return "cuda:0" if is_identity(device) else device


def environment_of(device: str) -> dict[str, str]:
    """What the job's process is shown: the cards that are meant; none where it is to use the processor."""
    if device == CPU:
        return {"CUDA_VISIBLE_DEVICES": ""}
    return {"CUDA_VISIBLE_DEVICES": device} if is_identity(device) else {}
