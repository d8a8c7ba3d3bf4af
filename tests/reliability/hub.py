"""A Hub that lies to a command: nothing is written outside the cache, and one sentence comes of it.

The lies are those of tests/probes/checkpoint/test_hostile_hub.py, told here to whole commands.
"""

import os
import random
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.places import DEMO
from tests.probes.checkpoint.hub_server import Hub
from tests.probes.checkpoint.test_hostile_hub import HOSTILE
from tests.reliability import contract
from tests.reliability.case import Case, Found
from tests.reliability.programs import started

_SILENCE = ("file-is-short", "file-stops", "listing-stops")
_COMMANDS = (("perplexity",), ("tokenizers",), ("deploy", "--level", "bf16"))


def case(lie: str, seed: int) -> Case:
    """One lie, told to a command."""
    return Case("hub", lie, seed, lambda place: _lied_to(lie, seed, place))


def _lied_to(lie: str, seed: int, place: Path) -> Found:
    found = Found()
    shutil.copytree(DEMO / "demo-llama-s", place / "served" / "tiny" / "llama")
    # A tokenizer alone is no weight file: whoever lies about weights is not asked for them by it.
    command, *options = random.Random(f"{lie} {seed}").choice(_COMMANDS)
    if lie.startswith(("file-", "etag-changed")):
        command, options = "perplexity", []
    home = place / "person"
    home.mkdir()
    with _serving(place, lie) as address:
        more = {"HF_ENDPOINT": address, "HF_HUB_DOWNLOAD_TIMEOUT": "1", "HF_TOKEN": "hf_secret"}
        ended = started(home, command, "tiny/llama", *options, "--yes", first=_impatient, more=more).wait()
    found.count("lies")
    found.count("held", ended.status == 2)
    wrong = contract.faults(ended, (2,)) + contract.beyond(ended)
    outside = [file for file in place.rglob("*") if "escaped" in file.name]
    outside += [file for file in place.parent.glob("escaped*")]
    wrong += [f"a file outside: {file}" for file in outside]
    if "hf_secret" in ended.out + ended.err:
        wrong.append("the token is shown")
    if list((home / "hub").rglob("*.safetensors")):
        wrong.append("damaged weights stand under their name")
    found.faults = [f"{lie}, {command}: {fault}" for fault in wrong]
    return found


def _impatient() -> None:
    from probes.checkpoint import hub_http

    hub_http.ATTEMPTS = 2


@contextmanager
def _serving(place: Path, lie: str) -> Iterator[str]:
    """A Hub in a process of its own: this one forks, and must have no other thread."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            server = Hub(place / "served")
            server.twist = HOSTILE[lie][0]
            os.write(writing, server.environment["HF_ENDPOINT"].encode())
            os.close(writing)
            signal.pause()
        finally:
            os._exit(0)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            yield told.read()
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def cases(seed: int) -> Iterator[Case]:
    """Every lie once."""
    for lie in HOSTILE:
        yield case(lie, seed)
