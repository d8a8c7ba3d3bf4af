"""`basefit profile`: this machine, what it holds and how fast it is."""

from typing import Annotated, Any

import typer

from probes.machine.hardware import measuring_job, read_machine
from probes.machine.hardware import profile as described
from tui.cli.options import Json
from tui.cli.output import print_json, print_line, words
from tui.cli.session import Session, store_to_read
from tui.wording import size_words


def profile(
    quick: Annotated[bool, typer.Option(help="Read the machine only; measure nothing.")] = False,
    as_json: Json = False,
) -> None:
    """What this machine has: memory, bandwidth, matrix rate, and the budget that leaves."""
    machine = read_machine()
    with Session({"quick": quick}, store_to_read) as session:
        job = None if quick else measuring_job(machine, session.store.find("hardware"))
        if job is not None:
            session.results([job])
        found = described(machine, session.store.find("hardware"))
        session.done({})
    if as_json:
        print_json("profile", found)
        return
    for card in found["gpus"]:
        print_line(f"GPU   {card['name']}")
        print_line(
            "      "
            + words("cli.free-of", free=_size(card["free_bytes"]), total=_size(card["total_bytes"]))
        )
        print_line("      " + _rates(card))
        for process in card["processes"] or ():
            name, used = process.get("name"), _size(process.get("bytes"))
            print_line("      " + words("cli.used-by", name=name, size=used))
    if found["no_gpu"]:
        why = found["no_gpu"]
        print_line("GPU   " + words(f"unknown.{why['reason']}", detail=why["detail"]))
    cpu = found["cpu"]
    print_line(f"CPU   {cpu['name']}, {cpu['cores']} × {' '.join(cpu['flags'])}")
    print_line("      " + _rates(cpu))
    memory = words("cli.free-of", free=_size(found["ram_available_bytes"]), total=_size(found["ram_bytes"]))
    print_line("RAM   " + memory)
    print_line("disk  " + words("cli.disk-free", free=_size(found["disk_free_bytes"])))
    of = found["budget_device"].upper()
    print_line()
    print_line(words("cli.budget", label=of, size=size_words(found["budget_bytes"])))


def _size(size: int | None) -> str:
    return "?" if size is None else size_words(size)


def _rates(device: dict[str, Any]) -> str:
    shown = []
    if device.get("context_bytes"):
        shown.append(words("cli.context", size=size_words(device["context_bytes"])))
    if device.get("bandwidth_bytes_per_s"):
        shown.append(f"{device['bandwidth_bytes_per_s'] / 1e9:,.0f} GB/s")
    if device.get("bf16_flops"):
        shown.append(f"bf16 {device['bf16_flops'] / 1e12:,.2f} TFLOP/s")
    return ", ".join(shown) or words("cli.rates-unmeasured")
