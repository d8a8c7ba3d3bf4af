"""An executor for many small jobs: each probe's own `run`, with no child that imports torch again."""

import io
import json
from collections.abc import AsyncGenerator
from importlib import import_module

from probes.__main__ import EXIT, PROBES, failure_of
from probes.jobs.events import Emit, Finished
from probes.jobs.runner import Exit, Job


class InProcess:
    """The job passes through JSON and its events through JSON lines, as to and from a child."""

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        """See probes.jobs.runner.Executor."""
        out = io.StringIO()
        emit = Emit(out)
        code = 0
        try:
            emit(
                Finished(import_module(PROBES[job.probe]).run(json.loads(json.dumps(job.arguments)), emit))
            )
        except Exception as error:
            failed = failure_of(error)
            emit(failed)
            code = EXIT.get(failed.kind, 3)
        for line in out.getvalue().splitlines():
            yield line
        yield Exit(code, "")
