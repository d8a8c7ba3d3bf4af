"""From what a person types to a checkpoint on this disk. Nothing is fetched here."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import catalog
from catalog.bounded_json import read_json
from catalog.models.registry import ModelEntry, find_model, load_models
from catalog.models.spec import ModelSpec
from catalog.problem import Problem
from catalog.verdict.request import Candidate
from probes.checkpoint.hubs import HOSTS, HUGGINGFACE, choosing, chosen_host
from probes.checkpoint.revision import revision
from probes.home import home_shown
from probes.shapes.spec import spec_of

DEMO = Path(catalog.__file__).parent / "demo"
"""The bundled family: one Hugging Face directory a model, and its sample text and instructions."""
DEMO_FAMILY = ("demo-llama-s", "demo-llama-m", "demo-llama-l", "demo-glm")


@dataclass(frozen=True)
class Target:
    """A model to look at. `directory` is None while only its shapes are known (a catalog id)."""

    name: str
    spec: ModelSpec
    directory: Path | None
    facts: ModelEntry | None = None


def resolve(target: str) -> Target:
    """A local directory, a bundled demo name, a catalog id or a hub's id of which a copy is on this disk.

    Problems: target-missing, config-missing, config-unreadable, model-unknown, and those of
    `probes.shapes.spec.spec_of`.
    """
    path = Path(target).expanduser()
    if path.is_dir():
        return _local(path.resolve().name, path)
    if looks_like_path(target):
        raise Problem("target-missing", path=target)
    if target in DEMO_FAMILY:
        return _local(target, DEMO / target)
    snapshot = cached_snapshot(target)
    if snapshot is not None:
        return _local(target, snapshot, _listed(target))
    entry = find_model(target, listed_models())
    if entry.path and Path(entry.path).is_dir():
        return Target(entry.spec.name, entry.spec, Path(entry.path), entry)
    return Target(entry.spec.name, entry.spec, cached_entry(entry), entry)


def listed_models() -> dict[str, ModelEntry]:
    """The catalog by name, with the person's own `models.toml` in the data folder."""
    own = own_models()
    return load_models() if not own.is_file() else dict(_listed_with(own, own.stat().st_mtime_ns))


def own_models() -> Path:
    """The person's own catalog, whether or not it is there."""
    return home_shown() / "models.toml"


@lru_cache(maxsize=1)
def _listed_with(own: Path, changed: int) -> dict[str, ModelEntry]:
    return load_models(own)


def spoken(name: str, path: str) -> str:
    """How to name what lies at `path` on a command line, so that it is found from any folder.

    Its name where that leads to the very same place (bundled, or in a hub's cache), else the path.
    """
    place = Path(path).absolute()
    if name in DEMO_FAMILY:
        known: Path | None = DEMO / name
    else:
        with choosing(HUGGINGFACE.name):  # as whoever says no hub finds it
            known = cached_snapshot(name)
            with suppress(Problem):
                known = known or cached_entry(find_model(name, listed_models()))
    return name if known is not None and known.absolute() == place else str(place)


def looks_like_path(target: str) -> bool:
    """True for what can only be meant as a place on this disk."""
    return target.startswith((".", "/", "~")) or "\\" in target or target.count("/") > 1


def placed(target: str) -> str:
    """A folder by its full path, so that it is found when the app is started elsewhere; an id as it is."""
    path = Path(target).expanduser()
    return str(path.absolute()) if path.is_dir() and target not in DEMO_FAMILY else target


def on_disk(target: str) -> Target:
    """Like `resolve`, but the weights must be here: Problem target-not-on-disk otherwise."""
    found = resolve(target)
    if found.directory is None:
        raise Problem("target-not-on-disk", name=target)
    return found


def candidate(target: Target) -> Candidate:
    """The target as it may be chosen; its revision is read from the files where it has any."""
    if target.directory is None:
        return Candidate(target.name, target.spec, facts=target.facts)
    place = target.directory
    return Candidate(target.name, target.spec, revision(place), str(place), target.facts)


def cached_snapshot(repo: str) -> Path | None:
    """The copy of a hub's model that is on this disk, whichever hub it came from, if it has a config.

    The newest of a hub; the chosen hub's, unless only the other's has its weights.
    """
    return _copy({name: repo for name in HOSTS})


def cached_entry(entry: ModelEntry) -> Path | None:
    """The same of a listed model, by what each hub calls it."""
    return _copy({name: host.repo_of(entry) for name, host in HOSTS.items()})


def _copy(repos: Mapping[str, str]) -> Path | None:
    first = chosen_host()
    hosts = [first, *(host for host in HOSTS.values() if host is not first)]
    found = [copies[0] for host in hosts if (copies := host.copies(repos[host.name]))]
    if len(found) < 2:
        return found[0] if found else None
    return next((place for place in found if has_weights(place)), found[0])


def has_weights(directory: Path) -> bool:
    """Whether a directory holds all of its weights: a snapshot may be of the config alone, or cut short."""
    if indexes := sorted(directory.glob("*.index.json")):
        try:
            shards = set(read_json(indexes[0])["weight_map"].values())
        except (ValueError, KeyError, TypeError, AttributeError):
            return True  # whoever reads it will say what is wrong
        return all((directory / str(shard)).exists() for shard in shards)
    files = [path for pattern in ("*.safetensors", "*.bin") for path in directory.glob(pattern)]
    return any("-of-" not in path.name for path in files)


def _local(name: str, directory: Path, facts: ModelEntry | None = None) -> Target:
    return Target(name, spec_of(read_config(directory), name), directory, facts)


def _listed(hub_id: str) -> ModelEntry | None:
    """What the catalog knows of a hub's model, if it lists it."""
    try:
        return find_model(hub_id, listed_models())
    except Problem:
        return None


def read_config(directory: Path) -> dict[str, Any]:
    """The directory's config.json; Problems config-missing, config-unreadable."""
    path = directory / "config.json"
    try:
        config = read_json(path)
    except FileNotFoundError:
        raise Problem("config-missing", path=str(directory)) from None
    except (ValueError, OSError) as error:
        raise Problem("config-unreadable", path=str(path), detail=str(error)[:120]) from None
    if not isinstance(config, dict):
        raise Problem("config-unreadable", path=str(path), detail="not an object")
    return config
