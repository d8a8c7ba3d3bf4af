"""Random signals at random moments, at a command, at its probe, at both; then the same command to its end.

What was kept before a signal is kept after it, nothing outlives the command, what is said is a sentence,
and the last run's numbers are those of a run that nobody disturbed.
"""

import hashlib
import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.places import DEMO, SAMPLE
from tests.probes.tiny import write_model, write_rows
from tests.reliability import contract
from tests.reliability.case import Case, Found
from tests.reliability.programs import Ended, Running, fresh, started

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
WHO = ("parent", "child", "both")
MOST_HITS = 6
"""Of one series: a run that is hit goes on in the next, until one ends by itself or so many were hit."""
_FRESH_SHARE = 0.05
"""Of the runs that are hit: those by an interpreter of their own."""
_PATIENCE_S = 300.0
_START_S = 0.1
"""An interpreter's own start, in which no program can say a sentence."""


@dataclass(frozen=True)
class Victim:
    """A command, by the folder in which it keeps everything; `made` reads what it made there.

    `once`: a folder that it has finished is not written again, and that is bad input (exit 2).
    """

    name: str
    words: Callable[[Path], tuple[object, ...]]
    made: Callable[[Path, Ended], Any]
    once: bool = False


def _evidence(place: Path, ended: Ended) -> Any:
    return contract.numbers(place / "home")


def _trial(place: Path, ended: Ended) -> Any:
    points = [
        [point["bits_per_byte"] for point in one["points"]] for one in json.loads(ended.out)["trials"]
    ]
    return {"points": points} | contract.numbers(place / "home")


def _files(place: Path, ended: Ended) -> Any:
    return {
        str(file.relative_to(place)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted((place / "made").rglob("*"))
        if file.is_file()
    }


def _verdict(place: Path, ended: Ended) -> Any:
    said = json.loads(ended.out)
    ranking = [[row["model"], row["level"], row["verdict"]] for row in said["ranking"]]
    return {"ranking": ranking} | contract.numbers(place / "home")


@cache
def tiny() -> Path:
    """A random model and rows to train it on, for as long as this process lives."""
    folder = Path(mkdtemp(prefix="torture-models-"))
    write_rows(folder / "rows.jsonl")
    return write_model(folder / "tiny")


VICTIMS = {
    victim.name: victim
    for victim in (
        Victim(
            "perplexity",
            lambda place: (
                *("perplexity", "demo-llama-s", "--levels", "bf16,nf4,rtn-4-g128"),
                *("--windows", "6", "--device", "cpu", "--json"),
            ),
            _evidence,
        ),
        Victim(
            "trial",
            lambda place: (
                *("trial", tiny(), "--data", tiny().parent / "rows.jsonl", "--level", "bf16"),
                *(
                    "--examples",
                    "128",
                    "--samples",
                    "0",
                    "--out",
                    place / "made",
                    "--device",
                    "cpu",
                    "--json",
                ),
            ),
            _trial,
        ),
        Victim(
            "recommend",
            lambda place: (
                *("recommend", "--candidates", "demo-llama-s,demo-glm", "--budget", "24GiB", "--measure"),
                *("--levels", "bf16,nf4", "--windows", "4", "--device", "cpu", "--json"),
            ),
            _verdict,
        ),
        Victim(
            "vocab",
            lambda place: (
                *("vocab", "demo-llama-s", "--text", SAMPLE, "--add", "100"),
                *("--out", place / "made", "--device", "cpu", "--json"),
            ),
            _files,
            once=True,
        ),
        Victim(
            "quantize",
            lambda place: (
                *("quantize", DEMO / "demo-llama-s", "--level", "gptq-4-g128", "--text", SAMPLE),
                *("--out", place / "made", "--device", "cpu", "--json"),
            ),
            _files,
            once=True,
        ),
    )
}


@cache
def undisturbed(name: str, runs: int) -> tuple[float, Any]:
    """How long a victim takes when nobody hits it, by the last of so many runs, and what each makes."""
    seconds, made = 0.0, None
    for _ in range(runs):
        place = Path(mkdtemp(prefix="torture-once-"))
        ended = started(place, *VICTIMS[name].words(place), patience=_PATIENCE_S).wait()
        found = contract.faults(ended, (0,), asks_json=True)
        if found:
            raise AssertionError(f"{name} fails when nobody hits it: {found}")
        again = VICTIMS[name].made(place, ended)
        if made is not None and made != again:
            raise AssertionError(
                f"{name} gives other numbers: {list(contract.differences(made, again))[:3]}"
            )
        seconds, made = ended.seconds, again
    return seconds, made


def series(name: str, seed: int, hits: int = MOST_HITS, runs: int = 2) -> Case:
    """Some hits at one run of a victim, which is begun again after each; `runs` as in `undisturbed`."""
    return Case("kills", name, seed, lambda place: _series(VICTIMS[name], seed, place, hits, runs))


def _series(victim: Victim, seed: int, place: Path, hits: int, runs: int) -> Found:
    seconds, wanted = undisturbed(victim.name, runs)
    dice, found = random.Random(f"{victim.name} {seed}"), Found()
    for _ in range(hits):
        before = contract.stored(place / "home")
        alone = dice.random() < _FRESH_SHARE
        running = (fresh if alone else started)(place, *victim.words(place), patience=_PATIENCE_S)
        began = time.monotonic()
        moment = dice.random() * (seconds * 8 if alone else seconds * 1.1) + (_START_S if alone else 0.0)
        while not running.poll() and time.monotonic() - began < moment:
            time.sleep(0.003)
        who, sign = dice.choice(WHO), dice.choice(SIGNALS)
        hit = hit_at(running, who, sign)
        ended = running.wait()
        told = f"{victim.name} seed {seed}: {sign.name} at {who} after {moment:.2f} s"
        found.faults += [f"{told}: {fault}" for fault in _after(victim, ended, hit, sign, place, before)]
        if hit:
            found.count("hits")
            found.count(f"hits {victim.name}")
            found.count(f"hits at {hit}")
        elif ended.status == 0:
            break
    ended = started(place, *victim.words(place), patience=_PATIENCE_S).wait()
    found.count("reruns")
    about = f"{victim.name} seed {seed}: the last run"
    fine = (0, 2) if victim.once else (0,)
    wrong = contract.faults(ended, fine, asks_json=True) + contract.left_over(place)
    found.faults += [f"{about}: {fault}" for fault in wrong]
    if ended.status in fine:
        made = victim.made(place, ended)
        found.faults += [f"{about}: {one}" for one in list(contract.differences(wanted, made))[:3]]
    return found


def hit_at(running: Running, who: str, sign: signal.Signals) -> str:
    """Send a signal; who got it, "" where nobody ran any more. A command without a probe gets its own."""
    if running.poll():
        return ""
    children = running.children()
    targets = {"parent": [], "child": children, "both": children}[who]
    hit = []
    for pid in targets:
        with suppress(ProcessLookupError):
            os.kill(pid, sign)
            hit.append("child")
    if who != "child" or not hit:
        with suppress(ProcessLookupError):
            os.kill(running.pid, sign)
            hit.append("parent")
    return "both" if {*hit} == {"child", "parent"} else hit[0] if hit else ""


def _after(
    victim: Victim, ended: Ended, hit: str, sign: signal.Signals, place: Path, before: dict[str, Any]
) -> Iterator[str]:
    killed = sign == signal.SIGKILL and hit in ("parent", "both")
    statuses = (-signal.SIGKILL, 0, 130) if killed else (0, 130) if hit == "parent" else (0, 3, 130)
    if not hit:
        statuses = (0,)
    yield from contract.faults(ended, statuses + (2,) * victim.once, asks_json=not killed)
    after = contract.stored(place / "home")
    if lost := {*before} - {*after}:
        yield f"lost {len(lost)} of {len(before)} results"


def cases(seed: int) -> Iterator[Case]:
    """Without end: perplexity and trial twice for each other victim."""
    order = ("perplexity", "trial", "recommend", "perplexity", "trial", "quantize", "vocab")
    number = seed * 10_000_019
    while True:
        for name in order:
            yield series(name, number)
            number += 1
