"""The vocabulary job from names and files; what runs it is in `probes.vocabulary`."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from probes.checkpoint.target import spoken
from probes.jobs.runner import Job

_OPTIONS = ("encoding", "add", "corpus_tokens", "use", "model", "out")


def vocabulary_job(
    target: tuple[str, str, str], texts: Sequence[Path], settings: Mapping[str, object] | None = None
) -> Job:
    """What extending a vocabulary would save and cost.

    `target` is (name shown, path, revision); `settings` are those of probes.vocabulary, None for unsaid.
    """
    name, path, revision = target
    given = {key: value for key, value in (settings or {}).items() if value is not None}
    paths = [str(text.absolute()) for text in texts]
    arguments = {"target": path, "name": name, "revision": revision, "text": paths} | given
    command: list[object] = ["basefit", "vocab", spoken(name, path)]
    for text in paths:
        command += ["--text", text]
    held_out, others = given.get("held_out"), given.get("others")
    for text in held_out if isinstance(held_out, list) else ():
        command += ["--held-out", Path(text).absolute()]
    if isinstance(others, list):
        named = (spoken(str(other["name"]), str(other["path"])) for other in others)
        command += ["--others", ",".join(named)]
    for key in _OPTIONS:
        if key in given:
            command += ["--" + key.replace("_", "-"), given[key]]
    if isinstance(tried := given.get("try"), dict):
        command.append("--try")
        if "steps" in tried:
            command += ["--steps", tried["steps"]]
    return Job("vocabulary", arguments, name, shlex.join(map(str, command)))
