"""`basefit profile`: this machine, what it holds and how fast it is."""

from typing import Annotated, Any

import typer

from probes.jobs.devices import CPU
from probes.machine.hardware import asked_machine, measuring_jobs
from probes.machine.hardware import profile as described
from probes.machine.nvml import CardProcess
from tui.cli.options import Json
from tui.cli.output import print_json, print_line, words
from tui.cli.session import Session, store_to_read
from tui.wording import size_words, why_words


def profile(
    quick: Annotated[bool, typer.Option(help="Read the machine only; measure nothing.")] = False,
    as_json: Json = False,
) -> None:
    """What this machine has: memory, bandwidth, matrix rate, and the budget that leaves."""
    machine = asked_machine()
    with Session({"quick": quick}, store_to_read) as session:
        jobs = [] if quick else measuring_jobs(machine, session.store.find("hardware"))
        if jobs:
            session.results(jobs)
        found = described(machine, session.store.find("hardware"))
        session.done({})
    if as_json:
        print_json("profile", found)
        return
    for device in machine.devices[:-1]:
        card = next(one for one in found["gpus"] if one["place"] == device.place)
        several = len(machine.devices) > 2
        print_line(f"GPU   {card['name']}" + (f"  {device.place}" if several else ""))
        free = words("cli.free-of", free=_size(card["free_bytes"]), total=_size(card["total_bytes"]))
        print_line("      " + free + (f", {words('cli.card-unified')}" if device.unified else ""))
        if device.why_not is not None:
            print_line("      " + words("cli.card-why", why=why_words(device.why_not)))
        else:
            print_line("      " + _rates(card))
        for process in device.processes or ():
            print_line("      " + holder_words(process))
    if machine.no_gpu is not None:
        print_line("GPU   " + why_words(machine.no_gpu))
    cpu = found["cpu"]
    print_line(f"CPU   {cpu['name']}, {cpu['cores']} × {' '.join(cpu['flags'])}")
    print_line("      " + _rates(cpu))
    memory = words("cli.free-of", free=_size(found["ram_available_bytes"]), total=_size(found["ram_bytes"]))
    print_line("RAM   " + memory)
    print_line("disk  " + words("cli.disk-free", free=_size(found["disk_free_bytes"])))
    print_line()
    best = machine.best
    of = best.kind.upper() if len(machine.devices) < 3 or best.kind == CPU else f"{best.name}, {best.place}"
    print_line(words("cli.budget", label=of, size=size_words(found["budget_bytes"])))


def holder_words(process: CardProcess) -> str:
    """Who holds memory of a card, and how much."""
    name = process.name or words("cli.process", pid=process.pid)
    if process.used_bytes is None:
        return words("cli.used-by-unsized", name=name)
    return words("cli.used-by", name=name, size=size_words(process.used_bytes))


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
