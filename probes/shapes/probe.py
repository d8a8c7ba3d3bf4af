"""The job `shapes`: one configuration, counted on transformers' own class for it, without its weights."""

from typing import Any

from catalog.problem import Problem
from probes.bounds.limits import limit_this_process
from probes.jobs.events import Emit
from probes.jobs.record import reads
from probes.shapes.bounds import ADDRESS_BYTES, CPU_SECONDS, bounded
from probes.shapes.choose import built
from probes.shapes.count import counted
from probes.shapes.job import ShapesJob


@reads(ShapesJob)
def run(job: ShapesJob, emit: Emit) -> dict[str, Any]:
    """The record `catalog.models.counted.Counted` of the configuration.

    Problems: config-too-large, and those of `probes.shapes.choose.built`.
    """
    limit_this_process(ADDRESS_BYTES, CPU_SECONDS)
    config = bounded(job.config)
    try:
        return counted(built(config), config).to_json()
    except (MemoryError, RecursionError) as error:
        raise Problem("config-too-costly", architecture=str(config.get("model_type"))) from error
