"""What is asked of the counting of a configuration. No heavy import."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from probes.jobs.record import Record


@dataclass(frozen=True)
class ShapesJob(Record):
    """`config` is a config.json as it is written."""

    PROBE: ClassVar[str] = "shapes"

    config: Mapping[str, Any]
