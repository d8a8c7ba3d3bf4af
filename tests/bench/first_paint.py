"""From exec to the first frame in a terminal: python -m tests.bench.first_paint [REPEATS].

basefit and the smallest Textual app there can be are started in turn in a pseudo-terminal of 80 x 24, and
the clock stops when the words of their first frame have come out of it. Their ratio holds on a busy machine
too; the absolute figure (aim: .4 s) only on a quiet one. CPU seconds, of the child alone, hardly depend on
what else runs. One start of each goes before: what Python compiles once, a person waits for once.
"""

import fcntl
import os
import pty
import resource
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

PATIENCE_S = 60.0
AIM_S = 0.4
LEAST = """
from textual.app import App
from textual.widgets import Button, Footer, Static
class Least(App):
    BINDINGS = [("q", "quit", "quit")]
    def compose(self):
        yield Static("Which base model")
        yield Button("go")
        yield Footer()
Least().run()
"""
STARTED = {
    "basefit": ("-c", "from tui.cli import main; main()"),
    "the smallest Textual app": ("-c", LEAST),
}
FIRST_WORDS = b"Which base model"


def first_frame(arguments: tuple[str, ...], home: str) -> tuple[float, float]:
    """(wall, CPU) seconds from exec to the first frame; the CPU's include the app's end."""
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = kept | {"BASEFIT_HOME": home, "BASEFIT_LANG": "en", "TERM": "xterm-256color"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=far,
        stdout=far,
        stderr=far,
        env=environment,
        start_new_session=True,
    )
    os.close(far)
    try:
        took = _until_painted(near, began)
    finally:
        child.kill()
        child.wait()
        os.close(near)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _until_painted(near: int, began: float) -> float:
    seen = b""
    while time.perf_counter() - began < PATIENCE_S:
        ready, _, _ = select.select([near], [], [], 1.0)
        if ready:
            seen += os.read(near, 65536)
            if FIRST_WORDS in seen:
                return time.perf_counter() - began
    raise RuntimeError(f"nothing was painted within {PATIENCE_S:.0f} s; the last output: {seen[-300:]!r}")


def main() -> int:
    """Start both in turn, and print the median and the least of each."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in STARTED}
    with tempfile.TemporaryDirectory() as home:
        for _ in range(repeats + 1):
            for name, arguments in STARTED.items():
                taken[name].append(first_frame(arguments, home))
    medians = {}
    print(
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {repeats} starts of each, less the first"
    )
    print(f"{'':26}{'median s':>10}{'least s':>10}{'CPU s':>8}")
    for name, times in taken.items():
        walls, cpus = zip(*times[1:], strict=True)
        medians[name] = (statistics.median(walls), statistics.median(cpus))
        print(f"{name:26}{medians[name][0]:>10.2f}{min(walls):>10.2f}{medians[name][1]:>8.2f}")
    ours, least = medians.values()
    print(f"ratio wall {ours[0] / least[0]:.2f}, CPU {ours[1] / least[1]:.2f}; aim {AIM_S} s when quiet")
    return 0


if __name__ == "__main__":
    sys.exit(main())
