"""The models a person already has on this disk: the caches of the hubs, and a folder of their own."""

from collections.abc import Mapping
from pathlib import Path

from catalog.models.registry import ModelEntry
from catalog.problem import Problem
from probes.checkpoint.target import Target, cached_entry, has_weights, listed_models, resolve


def known_models(folder: Path | None = None) -> dict[str, ModelEntry]:
    """The catalog, the person's `models.toml` in the data folder, and the checkpoints under `folder`.

    Problem folder-missing. A directory whose config is of no known kind is left out.
    """
    models = listed_models()
    if folder is not None:
        found = {target.name: target for target in checkpoints(folder)}
        models |= {
            name: ModelEntry(target.spec, "", path=str(target.directory)) for name, target in found.items()
        }
    return models


def checkpoints(folder: Path) -> list[Target]:
    """The checkpoints in `folder` or one level below it, by name."""
    if not folder.is_dir():
        raise Problem("folder-missing", path=str(folder))
    found = []
    for config in sorted([*folder.glob("config.json"), *folder.glob("*/config.json")]):
        try:
            found.append(resolve(str(config.parent)))
        except Problem:
            continue
    return found


def places(models: Mapping[str, ModelEntry]) -> dict[str, str]:
    """Model name -> its directory, for those whose weights are on this disk."""
    found = {}
    for name, entry in models.items():
        place = Path(entry.path) if entry.path else cached_entry(entry)
        if place is not None and has_weights(place):
            found[name] = str(place)
    return found
