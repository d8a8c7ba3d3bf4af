"""A measurement by itself: `python -P -m probes.measurement FOLDER`, with the question in FOLDER.

It belongs to no terminal. Its journal is published in FOLDER, where any process may follow it and ask it to
end; SIGTERM does too. Exit status: 0 done, 1 the answer is no, 2 bad input, 3 failed, 130 ended.
"""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from catalog.bounded_json import read_json
from catalog.evidence.store import RunState, Store
from catalog.problem import Problem
from probes.home import open_store
from probes.jobs.events import Told
from probes.jobs.runner import Executor
from probes.jobs.scratch import sweep
from probes.measurement.following import ASKED
from probes.measurement.measurement import Measurement
from probes.measurement.question_json import question_of

EXIT = {RunState.DONE: 0, RunState.NO: 1, RunState.FAILED: 3}


def serve(folder: Path, executor: Executor | None = None) -> int:
    """Measure what is asked in the folder, and tell it there; the exit status."""
    asked: Any = read_json(folder / ASKED)
    question = question_of(asked["question"])
    if question is None:
        raise ValueError(f"{folder / ASKED} holds no question")

    def opened() -> Store:
        return open_store(lambda problem: measurement.journal.tell(Told(problem.code, problem.params)))

    measurement = Measurement(question, opened, executor)
    measurement.place = folder
    try:
        return EXIT[asyncio.run(_run(measurement))]
    except asyncio.CancelledError:
        return 130
    except Problem as problem:  # told in the journal, as what else is raised
        sys.stderr.write(f"{problem}\n")
        return 2


async def _run(measurement: Measurement) -> RunState:
    if os.name == "posix":
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, measurement.stop)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # no terminal of its own can hang up
    return await measurement.run()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -P -m probes.measurement", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    sweep()
    return serve(folder)


if __name__ == "__main__":
    sys.exit(main())
