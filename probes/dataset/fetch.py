"""Fetch a named dataset from the Hub through `datasets` into a JSONL file: ask its size first.

Job: see probes.dataset.job.DatasetJob. No code of a dataset is run: `datasets` refuses those that are a
script.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from datasets import (
    Dataset,
    get_dataset_config_names,
    get_dataset_split_names,
    load_dataset,
    load_dataset_builder,
)
from datasets.exceptions import DatasetNotFoundError, DatasetsError
from huggingface_hub import HfApi

from catalog.problem import Problem
from probes.checkpoint.hub import free_bytes, worded
from probes.dataset.job import DatasetJob
from probes.jobs.events import Emit
from probes.jobs.record import reads

ROWS_A_TIME = 1000


@reads(DatasetJob)
def run(job: DatasetJob, emit: Emit) -> dict[str, Any]:
    """`bytes` to fetch at most (None where nobody says), `disk_free_bytes`, and the `path` if fetched."""
    repo, config, split = job.repo, job.config, job.split
    with _worded(repo):
        config = _one_of(repo, "data-config", config, get_dataset_config_names(repo))
        _one_of(repo, "data-split", split, get_dataset_split_names(repo, config))
        out = Path(job.out)
        answer = {"bytes": _size(repo, config), "disk_free_bytes": free_bytes(out.parent), "path": None}
        if job.ask:
            return answer
        emit.progress("download", 0, 1, note=repo)
        rows = load_dataset(repo, config, split=split)
        emit.progress("download", 1, 1, note=repo)
    assert isinstance(rows, Dataset)
    _write(rows, out, emit)
    return answer | {"path": str(out)}


def _one_of(repo: str, setting: str, wanted: str | None, known: list[str]) -> str:
    """The wanted name, or the only one; Problem dataset-part with those there are."""
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted not in known:
        given = wanted or "-"
        raise Problem("dataset-part", repo=repo, setting=setting, given=given, known=", ".join(known[:12]))
    return wanted


def _size(repo: str, config: str) -> int | None:
    """Bytes of the configuration, as the dataset says; else of the whole repository, if it is one."""
    size: int | None = load_dataset_builder(repo, config).info.download_size
    if size is None and not Path(repo).exists():
        files = HfApi().dataset_info(repo, files_metadata=True).siblings or []
        size = sum(file.size or 0 for file in files) or None
    return size


def _write(rows: Dataset, out: Path, emit: Emit) -> None:
    """One JSON object a line; whole, or not at all."""
    fresh = out.with_name(out.name + ".new")
    out.parent.mkdir(parents=True, exist_ok=True)
    with fresh.open("wb") as stream:
        for start in range(0, len(rows), ROWS_A_TIME):
            part = rows.select(range(start, min(start + ROWS_A_TIME, len(rows))))
            part.to_json(stream, lines=True, force_ascii=False)
            emit.progress("write", start + len(part), len(rows), "rows")
    os.replace(fresh, out)


@contextmanager
def _worded(repo: str) -> Iterator[None]:
    """What `datasets` says in its own way, as Problems a person can act on."""
    try:
        with worded(repo):
            yield
    except DatasetNotFoundError as error:
        code = "hub-gated" if "gated" in str(error) else "hub-not-found"
        raise Problem(code, repo=repo) from error
    except RuntimeError as error:
        if "scripts are no longer supported" not in str(error):
            raise
        raise Problem("dataset-script", repo=repo) from error
    except (DatasetsError, ValueError) as error:
        detail = str(error).splitlines()[0][:160]
        raise Problem("dataset-unreadable", repo=repo, detail=detail) from error
