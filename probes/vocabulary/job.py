"""What is asked of the extension of a vocabulary. No heavy import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from probes.checkpoint.target import spoken
from probes.jobs.record import Record, job_of, option, read
from probes.jobs.runner import Job

EMBEDDINGS = ("mean", "weighted", "distilled", "random")
"""How the rows of new pieces begin: see probes.vocabulary.embeddings and probes.vocabulary.distillation."""
VARIANTS = ("unextended", *EMBEDDINGS)


@dataclass(frozen=True)
class Base(Record):
    """The tokenizer of a base that could be taken instead."""

    path: str
    name: str = ""

    def __str__(self) -> str:
        return spoken(self.name, self.path)


@dataclass(frozen=True)
class Try(Record):
    """A short training with and without: `window` in tokens; `rate` 0 means 2e-4 at width 4,096, more for
    narrower models. With `minutes`, distillation among them, that is what each variant gets, not `steps`.
    """

    steps: int = option(200, "Steps of that training.", least=1)
    minutes: float | None = option(None, "Minutes instead of steps, distillation among them.")
    batch: int = 8
    window: int = 256
    rate: float = 0.0
    points: int = 5
    held_out_bytes: int = 64 * 1024
    seed: int = 20
    variants: tuple[str, ...] = option(VARIANTS, "What is compared.", joined=True)


@dataclass(frozen=True)
class VocabularyJob(Record):
    """The job as probes.vocabulary.probe reads it: `target` is a model directory or tokenizer file.

    `add` None learns 20,000 pieces, or as many as the text supports. `model` is a catalog id, for the
    shapes. `out` is a new folder for the merged tokenizer, and for the model where `write_model`.
    """

    PROBE: ClassVar[str] = "vocabulary"
    COMMAND: ClassVar[str] = "vocab"

    target: str
    text: tuple[str, ...] = option(help="Your text; again for several (default: the sample).", path=True)
    name: str = ""
    revision: str = ""
    held_out: tuple[str, ...] = option((), "Text to measure on (default: a tenth of yours).", path=True)
    encoding: str | None = option(None, "If not UTF-8, such as gb18030.")
    add: int | None = option(None, "Pieces to learn (default: 20000, or what the text supports).")
    corpus_tokens: float | None = option(None)
    use: str = option("infer", "infer, qlora or lora.")
    model: str | None = option(None, "Catalog id, for the shapes behind a tokenizer.")
    others: tuple[Base, ...] = option((), joined=True)
    out: str | None = option(None, "Folder for the extended tokenizer.", path=True)
    write_model: bool = option(False, "Write the resized model as well.")
    embeddings: str = option("mean", f"New rows of the written model: {', '.join(EMBEDDINGS)}.")
    snippets: int = option(100, "Snippets to distil a new piece from.", least=1)
    try_: Try | None = option(None)  # noqa: RUF009
    device: str = option("cpu")
    served_chars: float | None = None
    inference_bound: bool | None = None
    threads: int | None = None
    seed: int = 20


def vocabulary_job(
    target: tuple[str, str, str], texts: Sequence[Path], settings: Mapping[str, object] | None = None
) -> Job:
    """What extending a vocabulary would save and cost.

    `target` is (name shown, path, revision); `settings` are those of VocabularyJob, None for unsaid.
    """
    name, path, revision = target
    paths = [str(text.absolute()) for text in texts]
    about = {"target": path, "name": name, "revision": revision, "text": paths}
    return job_of(read(VocabularyJob, dict(settings or {}) | about), spoken(name, path))
