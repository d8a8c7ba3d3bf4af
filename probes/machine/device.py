"""One place where models can be run: a card, a slice of one, or the processor; and why a card can not.

From the driver's identity all else follows: the cards that a job's process is shown, the memory to plan
for, what the installed torch can do there, the precision to compute in, and what was measured there.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from catalog.evidence.kinds import Hardware
from catalog.hardware.gpu import same_card
from catalog.hardware.torch_builds import (
    WHEELS,
    driver_for,
    has_code_for,
    install_command,
    runs,
    wheel_for,
)
from catalog.problem import Problem
from catalog.quantization.precision import half_for
from probes.jobs.devices import CPU, CUDA, is_identity
from probes.machine.host import Host
from probes.machine.nvml import NOT_SUPPORTED, NVIDIA, Card, CardProcess, Cards, Unknown
from probes.machine.torch_build import TorchBuild

NO_TORCH, NO_CUDA, OLD_DRIVER, NO_CODE = "torch-missing", "torch-no-cuda", "driver-too-old", "card-no-code"
UNSUPPORTED = {"amd": "rocm-unsupported", "intel": "xpu-unsupported", "apple": "mps-unsupported"}


@dataclass(frozen=True)
class Device:
    """A place to compute. Sizes in bytes, of this moment.

    `id` is what a job is given (see probes.jobs.devices); `place` what a person may call it here: `cuda:N`,
    N counting the visible cards in the order of the bus, or `cpu`. `unified` memory is the host's, whose
    figures it then has. `why_not` says why it cannot be used, None where it can.
    """

    id: str
    place: str
    name: str
    total_bytes: int | None
    free_bytes: int | None
    capability: float | None = None
    unified: bool = False
    mig: bool = False
    processes: tuple[CardProcess, ...] | None = ()
    why_not: Unknown | None = None
    architectures: Sequence[str] | None = field(default=None, hash=False)
    rates: Hardware = field(default_factory=Hardware, hash=False)

    @property
    def kind(self) -> str:
        """`cpu` or `cuda`."""
        return CPU if self.place == CPU else CUDA

    @property
    def usable(self) -> bool:
        """Whether a job can run here, its memory being known."""
        return self.why_not is None and self.free_bytes is not None

    @property
    def dtype(self) -> str:
        """What unquantized weights are computed in: float32 on a processor; on a card bfloat16, or
        float16 where it would only emulate that.
        """
        if self.kind == CPU:
            return "float32"
        return half_for(self.capability)

    @property
    def holders(self) -> tuple[CardProcess, ...]:
        """Processes with a known share of its memory, the largest first."""
        return tuple(process for process in self.processes or () if process.used_bytes)


def devices_of(cards: Cards, host: Host, build: TorchBuild | None) -> tuple[Device, ...]:
    """Every card that is visible, then the processor. Without a `build` no card is held against torch."""
    found = [_card(place, card, cards, host, build) for place, card in _placed(cards.cards)]
    cpu = Device(CPU, CPU, host.cpu, host.ram_bytes, host.ram_available_bytes)
    return (*found, cpu)


def best(devices: Sequence[Device]) -> Device:
    """The usable card with the most free memory, else the processor."""
    cards = [one for one in devices if one.kind == CUDA and one.usable]
    return max(cards, key=lambda one: one.free_bytes or 0, default=devices[-1])


def chosen(
    wanted: str | None, devices: Sequence[Device], nothing: Unknown | None = None
) -> tuple[Device, ...]:
    """The devices a person named: `cpu`, `cuda` (the best), `cuda:1`, `1`, an identity or how it begins,
    a name ("rtx-4090"; of several alike the freest), or several of these with commas; None is the best.

    Problems: device-none where there is no card at all (`nothing` says why); device-unusable;
    device-unknown; device-mixed where the processor is named beside a card.
    """
    if wanted is None:
        return (best(devices),)
    found = list(dict.fromkeys(_named(word.strip(), devices, nothing) for word in wanted.split(",")))
    if len(found) > 1 and any(one.kind == CPU for one in found):
        raise Problem("device-mixed", device=wanted)
    return tuple(found)


def id_of(devices: Sequence[Device]) -> str:
    """What a job that runs on all of them is given."""
    return ",".join(device.id for device in devices)


def _named(word: str, devices: Sequence[Device], nothing: Unknown | None) -> Device:
    cards = [one for one in devices if one.kind == CUDA]
    if word.lower() == CPU:
        return devices[-1]
    if not cards:
        raise Problem("device-none", device=word, why=why_params(nothing or Unknown("no-nvidia-card")))
    alike = cards if word.lower() in (CUDA, "gpu") else _exactly(word, cards) or _alike(word, cards)
    if not alike:
        known = ", ".join(f"{one.place} ({one.name})" for one in cards)
        raise Problem("device-unknown", device=word, known=f"{CPU}, {known}")
    usable = [one for one in alike if one.usable]
    if not usable:
        why = alike[0].why_not or Unknown("nvml-failed")
        raise Problem("device-unusable", device=alike[0].name, why=why_params(why))
    return best([*usable, devices[-1]])


def _exactly(word: str, cards: Sequence[Device]) -> list[Device]:
    place = f"{CUDA}:{word}" if word.isdigit() else word.lower()
    by_place = [one for one in cards if one.place == place]
    return by_place or ([one for one in cards if one.id.startswith(word)] if is_identity(word) else [])


def _alike(word: str, cards: Sequence[Device]) -> list[Device]:
    wanted = word.casefold()
    whole = [one for one in cards if one.name.casefold() == wanted or same_card(one.name, word)]
    return whole or [one for one in cards if len(wanted) > 2 and wanted in one.name.casefold()]


def why_params(why: Unknown) -> list[dict[str, str | int]]:
    """A reason as a parameter of a Problem, to be worded where it is shown."""
    about = {name: value if isinstance(value, int) else str(value) for name, value in why.about.items()}
    return [{"unknown": why.reason, "detail": why.detail, **about}]


def _placed(cards: Sequence[Card]) -> list[tuple[str, Card]]:
    """Each card with what torch calls it where it sees them all; of another maker, with its number."""
    number, placed = 0, []
    for card in cards:
        if card.maker == NVIDIA:
            placed.append((f"{CUDA}:{number}", card))
            number += 1
        else:
            placed.append((f"{card.maker}:{card.index}", card))
    return placed


def _card(place: str, card: Card, cards: Cards, host: Host, build: TorchBuild | None) -> Device:
    unified = is_unified(card)
    return Device(
        id=card.uuid if card.uuid and is_identity(card.uuid) else place,
        place=place,
        name=card.name,
        total_bytes=host.ram_bytes if unified else card.total_bytes,
        free_bytes=host.ram_available_bytes if unified else card.free_bytes,
        capability=card.capability,
        unified=unified,
        mig=card.mig,
        processes=card.processes,
        why_not=_why_not(card, cards, build),
        architectures=build.architectures if build else None,
    )


def is_unified(card: Card) -> bool:
    """Whether the card's memory is the host's: there the driver counts none of its own (GB10, Jetson)."""
    memory = card.unknown.get("memory")
    if card.maker != NVIDIA:
        return card.maker == "apple"
    return memory is not None and memory.reason == NOT_SUPPORTED and card.capability is not None


def _why_not(card: Card, cards: Cards, build: TorchBuild | None) -> Unknown | None:
    """Why torch cannot use the card: what is wrong with the card comes before what is with torch."""
    if card.maker in UNSUPPORTED:
        return Unknown(UNSUPPORTED[card.maker])
    if card.total_bytes is None and not is_unified(card):
        return card.unknown.get("memory", Unknown("nvml-failed"))
    return None if build is None else _why_not_torch(card, cards, build)


def _why_not_torch(card: Card, cards: Cards, build: TorchBuild) -> Unknown | None:
    about: dict[str, str | float] = {"torch": build.version, "driver": cards.driver or "?"}
    about |= {
        "runs": _dotted(cards.cuda),
        "capability": card.capability or "?",
        "needs": _dotted(build.cuda),
    }
    about |= {"least": driver_for(build.cuda or WHEELS[-1].cuda), "mend": mend(cards.cuda, card.capability)}
    if not build.version:
        return Unknown(NO_TORCH, about=about)
    if build.cuda is None:
        return Unknown(NO_CUDA, about=about)
    if cards.cuda is not None and not runs(cards.cuda, build.cuda):
        return Unknown(OLD_DRIVER, about=about)
    if card.capability is None or build.architectures is None:
        return None
    if not has_code_for(card.capability, build.architectures):
        return Unknown(NO_CODE, about=about)
    return None


def mend(cuda: tuple[int, int] | None, capability: float | None) -> str:
    """The command that brings a torch for this driver and card; "" where there is none."""
    wheel = wheel_for(cuda, capability)
    if wheel is None:
        return ""
    return install_command(sys.executable, wheel)


def _dotted(version: tuple[int, int] | None) -> str:
    return f"{version[0]}.{version[1]}" if version else "?"
