"""Whether a card has the memory that a job needs at least, and who else holds some of it."""

import os

import torch

from catalog.memory.terms import CONTEXT
from catalog.problem import Param, Problem
from probes.jobs.events import Emit, Told
from probes.machine.identity import identity_of
from probes.machine.nvml import Card, read_cards
from probes.machine.rates import free_bytes

SHARED_BYTES = 256 * 2**20
"""From here on what others hold is worth a line: less is what a display or an idle context takes."""
MOST_NAMED = 3
"""Of those who hold memory."""


def look(device: torch.device, name: str, needed_bytes: int, emit: Emit) -> None:
    """Before anything is put on a card: Problem("card-full") where `needed_bytes`, the least that the job
    `name` does with beside the driver's context, is more than is free; what others hold is told
    ("card-shared").
    """
    if device.type != "cuda":
        return
    uuid = identity_of(device)
    card = next((one for one in read_cards().cards if one.uuid == uuid), None)
    free = free_bytes(str(device))
    about: dict[str, Param] = {"device": card.name if card else str(device), "free_bytes": free}
    if card is not None and card.total_bytes:
        about["total_bytes"] = card.total_bytes
    holders = holders_of(card)
    if needed_bytes + CONTEXT[0] > free:
        raise Problem(
            "card-full", name=name, needed_bytes=needed_bytes + CONTEXT[0], holders=holders, **about
        )
    if sum(int(one["bytes"]) for one in holders) >= SHARED_BYTES:
        emit(Told("card-shared", {"holders": holders, **about}))


def holders_of(card: Card | None) -> list[dict[str, str | int]]:
    """Who holds memory of a card, the largest first: name, number, bytes; what nobody is named for is last.

    Where processes are hidden (in a container, on Windows) the driver still counts what they take.
    """
    if card is None:
        return []
    named = [one for one in card.processes or () if one.used_bytes and one.pid != os.getpid()]
    found: list[dict[str, str | int]] = [
        {"holder": one.name or f"PID {one.pid}", "bytes": one.used_bytes or 0} for one in named[:MOST_NAMED]
    ]
    if card.total_bytes and card.free_bytes is not None and not card.mig:
        rest = card.total_bytes - card.free_bytes - sum(one.used_bytes or 0 for one in named)
        if rest >= SHARED_BYTES:
            found.append({"holder": "", "bytes": rest})
    return found


def embedding_bytes(vocabulary: int, width: int) -> int:
    """Bytes at 16 bits of the embedding, which is never quantized and stands on the card whole."""
    return 2 * vocabulary * width
