"""The jobs of a measurement: from models, levels and files to what a probe reads."""

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from probes.checkpoint.target import spoken
from probes.jobs.runner import Job
from probes.perplexity.job import SPEND
from probes.trial.job import LENGTH_SETTINGS, LEVEL

Identity = tuple[str, str, str]
"""(name shown, path, revision) of a model or tokenizer on this disk."""


def tokenizer_job(
    targets: Sequence[Mapping[str, object]],
    texts: Sequence[Path],
    settings: Mapping[str, object] | None = None,
) -> Job:
    """What a text costs each of several tokenizers (`targets` and `settings` as in tokenization.probe)."""
    given = {key: value for key, value in (settings or {}).items() if value is not None}
    arguments = {"targets": list(targets), "text": [str(text) for text in texts]} | given
    names = [str(target["name"]) for target in targets]
    command: list[object] = ["tokenizers"]
    command += [spoken(str(target["name"]), str(target["path"])) for target in targets]
    for text in texts:
        command += ["--text", text.absolute()]
    for key, value in given.items():
        command += ["--" + key, Path(str(value)).absolute() if key == "parallel" else value]
    prices = {target.get("price_per_million") for target in targets} - {None}
    for price in prices:
        command += ["--price", price]
    return Job("tokenizers", arguments, ", ".join(names), _command(*command))


def perplexity_job(
    target: Identity,
    levels: Sequence[str],
    texts: Sequence[Path],
    device: str,
    frame: str = "probe",
    windows: int | None = None,
    spend: str = "all",
    settings: Mapping[str, object] | None = None,
) -> Job:
    """All levels of one model from one reading of its weights; `windows` None is the frame's own.

    `settings` are further entries of the job (`reference`, `calibration`, `sequential`); None and False
    are the probe's own choice.
    """
    name, path, revision = target
    arguments: dict[str, object] = {
        "target": path,
        "name": name,
        "revision": revision,
        "levels": list(levels),
        "frame": frame,
        "device": device,
        "spend": spend,
    }
    command: list[object] = ["perplexity", spoken(name, path), "--levels", ",".join(levels)]
    command += ["--frame", frame, "--device", device]
    for text in texts:
        command += ["--text", text.absolute()]
    if len(texts) == 1:
        arguments["text"] = str(texts[0])
    else:
        arguments["texts"] = [{"name": text.stem, "path": str(text)} for text in texts]
    if windows is not None:
        arguments["windows"] = windows
        command += ["--windows", windows]
    if spend != SPEND:
        command += ["--spend", spend]
    for key, value in (settings or {}).items():
        if value is not None and value is not False:
            arguments[key] = value
            command += ["--" + key] if value is True else ["--" + key, value]
    return Job("perplexity", arguments, name, _command(*command))


def trial_job(target: Identity, data: Path, device: str, out: Path, settings: Mapping[str, object]) -> Job:
    """A short fine-tune of one model; its adapter and its state go into a folder of its own under `out`.

    `settings` are entries of `probes.trial.job.TrialJob`, or a `preset`; None is the job's own choice.
    """
    name, path, revision = target
    given = {key: value for key, value in settings.items() if value is not None}
    arguments = {
        "target": path,
        "name": name,
        "revision": revision,
        "data": str(data),
        "device": device,
        "out": str(out / f"{name}-{revision}-{given.get('level', LEVEL)}-{_run_name(data, given)}"),
    } | given
    command: list[object] = ["trial", spoken(name, path), "--data", data.absolute(), "--device", device]
    for key, value in given.items():
        if key == "columns" and isinstance(value, list):
            command += ["--prompt-column", value[0], "--target-column", value[1]]
        elif key in ("databases", "holdout_file"):
            command += ["--" + key.removesuffix("_file"), Path(str(value)).absolute()]
        elif key == "level":
            command += ["--levels", value]
        elif key != "holdout_file_sha256":
            command += ["--" + key.replace("_", "-"), value]
    return Job("trial", arguments, name, _command(*command))


def _run_name(data: Path, given: Mapping[str, object]) -> str:
    """Six hex digits that keep runs on other data or of other settings apart; a longer run is the same."""
    same = {key: value for key, value in given.items() if key not in LENGTH_SETTINGS}
    content = json.dumps([str(data.absolute()), same], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:6]


def _command(*words: object) -> str:
    return shlex.join(["basefit", *(str(word) for word in words)])
