"""Throughput against the library's own batch call, and memory against the size of the text.

    python tests/bench/tokenizer_throughput.py throughput TEXT TOKENIZER...
    python tests/bench/tokenizer_throughput.py memory TEXT TOKENIZER [MB...]

`throughput` times `encode_arrays` and the whole measurement (counts, round trip, Han characters, what is
read off the vocabulary) beside the library's batch call on the same blocks, alternating. `memory` repeats
TEXT to files of 20, 100 and 300 MB and prints the peak memory of a process that measures each whole.
"""

import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from catalog.evidence.kinds import write
from probes.jobs.events import Emit
from probes.text import open_corpus
from probes.tokenization.base import TextTokenizer
from probes.tokenization.fast import FastTokenizer
from probes.tokenization.ice_text import IceTextTokenizer, write_spacing
from probes.tokenization.load import load_tokenizer
from probes.tokenization.measure import TextCounts, TokenCounts, figures
from probes.tokenization.probe import batches, run

ROUNDS = 5


def library_batch(tokenizer: TextTokenizer) -> Callable[[list[str]], object]:
    """What a person who calls the library themselves would write, ids included."""
    library = tokenizer._library
    if isinstance(tokenizer, FastTokenizer):
        return lambda texts: [found.ids for found in library.encode_batch(texts, add_special_tokens=False)]
    if isinstance(tokenizer, IceTextTokenizer):
        return lambda texts: library.encode([write_spacing(text) for text in texts])
    if tokenizer.format == "sentencepiece":
        return library.encode
    return library.encode_ordinary_batch


def seconds(act: Callable[[], object]) -> tuple[float, float]:
    """Wall time, and CPU time of all threads: on a machine that others use the second is the steadier."""
    began, used = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - began, time.process_time() - used


def throughput(text: str, names: list[str]) -> None:
    grouped = [[block.text for block in batch] for batch in batches(open_corpus([text]).blocks())]
    chars = sum(len(block) for batch in grouped for block in batch)
    print(f"{chars:,} characters; library: characters/s; ratios to it, best of {ROUNDS}: wall, CPU")
    print(f"{'tokenizer':>16} {'library':>10}   {'encode':>6} {'':>6}   {'measure':>6}")
    for name in names:
        took: dict[str, list[tuple[float, float]]] = {"library": [], "encode": [], "measure": []}
        for _ in range(ROUNDS):
            # loaded anew: what is read off the vocabulary counts each time
            tokenizer = load_tokenizer(name)
            library = library_batch(tokenizer)
            acts = {
                "library": lambda library=library: [library(batch) for batch in grouped],
                "encode": lambda tokenizer=tokenizer: [tokenizer.encode_arrays(batch) for batch in grouped],
                "measure": lambda tokenizer=tokenizer: measure(tokenizer, grouped),
            }
            for key, act in acts.items():
                took[key].append(seconds(act))
        wall, cpu = ({key: min(pair[at] for pair in pairs) for key, pairs in took.items()} for at in (0, 1))
        ratios = (of["library"] / of[key] for key in ("encode", "measure") for of in (wall, cpu))
        rate = chars / wall["library"]
        shown = "{:>6.2f} {:>6.2f}   {:>6.2f} {:>6.2f}".format(*ratios)
        print(f"{tokenizer.name:>16} {rate:>10,.0f}   {shown}")


def measure(tokenizer: TextTokenizer, grouped: list[list[str]]) -> dict[str, object]:
    """Everything the probe does with the blocks it has read."""
    text, counts = TextCounts(), TokenCounts.of(tokenizer)
    for batch in grouped:
        text.add(batch)
        counts.add(batch, [0] * len(batch))
    return write(figures(counts, text, sampled=False))


def memory(text: str, name: str, sizes: list[int]) -> None:
    data = Path(text).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"{size}.txt"
            with path.open("wb") as file:
                for _ in range(size * 1_000_000 // len(data)):
                    file.write(data)
            child = [sys.executable, __file__, "child", str(path), name]
            done = json.loads(subprocess.run(child, capture_output=True, check=True, text=True).stdout)
            print(f"{size:>4} MB: peak {done['peak'] / 1024:.0f} MiB, {done['seconds']:.1f} s")


def child(text: str, name: str) -> None:
    import resource

    job = {"targets": [name], "text": text, "whole_limit": 1 << 40}
    took, _ = seconds(lambda: run(job, Emit(io.StringIO())))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"peak": peak, "seconds": took}))


if __name__ == "__main__":
    what, text, *rest = sys.argv[1:]
    if what == "throughput":
        throughput(text, rest)
    elif what == "memory":
        memory(text, rest[0], [int(size) for size in rest[1:]] or [20, 100, 300])
    else:
        child(text, rest[0])
