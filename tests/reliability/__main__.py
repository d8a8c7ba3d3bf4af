"""Kills, faults, hostile files and Hubs for some minutes: `make torture MINUTES=30`.

    python -m tests.reliability --minutes 30 [--only kills] [--case trial] [--seed S] [--journal FILE]

Each case is written into the journal as it ends; another night goes on with other seeds, and the table
at the end counts all of them. Exit status: how many cases of this run found a fault, at most 100.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from tests.reliability import PARTS
from tests.reliability.case import Case
from tests.reliability.journal import Journal
from tests.reliability.programs import adopting
from tests.reliability.running import ran


def main() -> int:
    """See above."""
    asked = _arguments()
    journal = Journal(asked.journal)
    seed = journal.next_seed() if asked.seed is None else asked.seed
    until, bad = time.monotonic() + 60 * asked.minutes, 0
    with tempfile.TemporaryDirectory(prefix="torture-") as folder, adopting():
        for case in _in_turn(asked.only, asked.case, seed):
            if time.monotonic() >= until:
                break
            began = time.monotonic()
            found = ran(case, Path(folder))
            journal.add(seed, case, found, time.monotonic() - began)
            bad += bool(found.faults)
            for fault in found.faults:
                print(f"{case.part} {case.name} {case.seed}: {fault}", flush=True)
    print(journal.table())
    return min(bad, 100)


def _in_turn(only: list[str], name: str | None, seed: int) -> Iterator[Case]:
    """One case of each part after another; a part that has come to its end is left out."""
    parts = [iter(PARTS[part](seed)) for part in only or PARTS]
    while parts:
        for part in list(parts):
            case = next((one for one in part if name is None or one.name == name), None)
            if case is None:
                parts.remove(part)
            else:
                yield case


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--only", action="append", default=[], choices=sorted(PARTS))
    parser.add_argument("--case", help="only those of that name")
    parser.add_argument("--seed", type=int, help="default: one that no earlier run had")
    parser.add_argument(
        "--journal", type=Path, default=platformdirs.user_cache_path("basefit") / "torture.jsonl"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
