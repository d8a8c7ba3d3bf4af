"""Fetch a named dataset from the Hub into a JSONL file: ask its size first.

Job: see probes.dataset.job.DatasetJob. `datasets` decides which files a split is of, on a folder that has
the repository's names and its README alone; basefit fetches those (see probes.checkpoint.hub_files), so no
server, no script and no path of a README leads anywhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from datasets import Dataset, get_dataset_config_names, load_dataset, load_dataset_builder
from datasets.exceptions import DatasetsError
from huggingface_hub import DatasetCard

from catalog.files import written
from catalog.problem import Problem
from probes.checkpoint.hub import fetch_files, room, worded
from probes.checkpoint.hub_answers import doubtful, file_name
from probes.checkpoint.hub_files import remote_files, repository
from probes.checkpoint.hub_records import Repository
from probes.checkpoint.hubs import HUGGINGFACE
from probes.dataset.job import DatasetJob
from probes.jobs.events import Emit
from probes.jobs.record import reads
from probes.jobs.scratch import scratch

ROWS_A_TIME = 1000
MOST_NAMES = 50_000
"""Of one repository."""


@reads(DatasetJob)
def run(job: DatasetJob, emit: Emit) -> dict[str, Any]:
    """`bytes` to fetch at most, `disk_free_bytes`, and the `path` if fetched."""
    name, config, split = job.repo, job.config, job.split
    out = Path(job.out)
    with _worded(name):
        repo = repository(HUGGINGFACE, "dataset", name)
        readme = remote_files(repo, [one for one in repo.names if one == "README.md"])
        fetch_files(readme, emit)
        with _names_alone(repo) as folder:
            config = _one_of(name, "data-config", config, get_dataset_config_names(str(folder)))
            found = load_dataset_builder(str(folder), config).config.data_files or {}
            _one_of(name, "data-split", split, [str(one) for one in found])
            names = [_within(folder, path, name) for path in found[split]]
        files = remote_files(repo, names, large=("",))
        needed = room(out.parent, files)
        answer = {"bytes": needed["bytes"], "disk_free_bytes": needed["disk_free_bytes"], "path": None}
        if job.ask:
            return answer
        fetch_files(files, emit)
        places = [str(repo.snapshot / one) for one in names]
        rows = load_dataset(
            str(repo.snapshot),
            config,
            data_files={split: places},
            split=split,
            verification_mode="no_checks",  # what a README counts is of all its splits
        )
    assert isinstance(rows, Dataset)
    _write(rows, out, emit)
    return answer | {"path": str(out)}


@contextmanager
def _names_alone(repo: Repository) -> Iterator[Path]:
    """A folder with the repository's names: its README, and nothing in all the others."""
    if len(repo.names) > MOST_NAMES:
        raise doubtful(repo.name, "siblings", len(repo.names))
    with scratch() as place:
        folder = Path(place, repo.name.partition("/")[2])  # a script is known by its folder's name
        folder.mkdir()
        for name in repo.names:
            path = folder / file_name(name, repo.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        if "README.md" in repo.names:
            text = (repo.snapshot / "README.md").read_text(encoding="utf-8")
            _stays_here(DatasetCard(text, ignore_metadata_errors=True).data, repo.name)
            (folder / "README.md").write_text(text, encoding="utf-8")
        yield folder


def _stays_here(card: Any, repo: str) -> None:
    """Problem hub-answer where a README's files would be asked for elsewhere, which `datasets` would do."""
    waiting, seen = [card.get("configs")], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:  # YAML may say one thing many times
            seen.add(id(one))
            waiting += one.values() if isinstance(one, dict) else one if isinstance(one, list) else []
            if isinstance(one, str) and "://" in one:
                raise doubtful(repo, "data_files", one)


def _within(folder: Path, path: str, repo: str) -> str:
    """The repository's name of a file. Problem hub-answer for a place on this disk or elsewhere."""
    try:
        return Path(path).relative_to(folder).as_posix()
    except ValueError:
        raise doubtful(repo, "data_files", path) from None


def _one_of(repo: str, setting: str, wanted: str | None, known: list[str]) -> str:
    """The wanted name, or the only one; Problem dataset-part with those there are."""
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted not in known:
        given = wanted or "-"
        raise Problem("dataset-part", repo=repo, setting=setting, given=given, known=", ".join(known[:12]))
    return wanted


def _write(rows: Dataset, out: Path, emit: Emit) -> None:
    """One JSON object a line; whole, or not at all."""
    with written(out) as fresh, fresh.open("wb") as stream:
        for start in range(0, len(rows), ROWS_A_TIME):
            part = rows.select(range(start, min(start + ROWS_A_TIME, len(rows))))
            part.to_json(stream, lines=True, force_ascii=False)
            emit.progress("write", start + len(part), len(rows), "rows")


@contextmanager
def _worded(repo: str) -> Iterator[None]:
    """What `datasets` says in its own way, as Problems a person can act on."""
    try:
        with worded(repo, HUGGINGFACE):
            yield
    except RuntimeError as error:
        if "scripts are no longer supported" not in str(error):
            raise
        raise Problem("dataset-script", repo=repo) from error
    except (DatasetsError, FileNotFoundError, FileExistsError, NotADirectoryError, ValueError) as error:
        detail = (str(error).splitlines() or [""])[0][:160]
        raise Problem("dataset-unreadable", repo=repo, detail=detail) from error
