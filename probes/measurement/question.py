"""What a person gives (names and files) made into what can be judged (shapes and hashes)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from catalog.evidence.records import Evidence
from catalog.evidence.store import Store
from catalog.hardware.gpu import Budget
from catalog.memory.estimate import kv_elements
from catalog.memory.footprint import Correction
from catalog.memory.serving import ANYHOW, Serving
from catalog.memory.trainers import BASEFIT, find_trainer
from catalog.models.registry import ModelEntry
from catalog.problem import Problem
from catalog.quantization.levels import find_level, usual_levels
from catalog.quantization.precision import levels_for
from catalog.verdict.candidates import candidates_for
from catalog.verdict.request import Request
from catalog.verdict.wishes import NO_WISHES, Wishes, uses_of
from probes.checkpoint.revision import revision
from probes.checkpoint.target import DEMO, DEMO_FAMILY, candidate, listed_models, on_disk, resolve
from probes.dataset.rows import read_rows
from probes.machine.budget import Room
from probes.measurement.saved_requests import Asked
from probes.text import read_text
from probes.tokenization.job import Target as TokenizerTarget

DEMO_BUDGET = Budget("demo card", 12 * 2**20, simulated=True)
"""A card on which demo-llama-l fits at NF4 and not at bf16, so that quantization matters."""
DEMO_CONTEXT = 256
"""Tokens; in so small a model a longer prompt's activations would outweigh the weights."""
DEMO_WINDOWS = 32
"""All of the bundled held-out text: on 16 windows -l at NF4 beats -m at bf16 by 1.9 errors only."""
SAMPLE = DEMO / "sample.txt"
"""Bilingual; what is measured on where no text is named."""
KV_BYTES = 2
"""Bytes of a cached element at 16 bits."""


@dataclass(frozen=True)
class Question:
    """A request in a person's terms. `targets` are directories, Hub ids or catalog ids."""

    budget: Budget
    targets: tuple[str, ...]
    text: Path
    data: Path | None = None
    levels: tuple[str, ...] = usual_levels()
    use: str = "infer"
    context: int = 2048
    batch: int = 1
    language: str = "zh"
    device: str = "cpu"
    windows: int | None = None
    examples: int = 256
    card: str = "cuda"
    """What the budget stands for: `cuda`, `cpu`, or `simulated` for the demo's own card."""
    correction: Correction | None = None
    context_bytes: int | None = None
    serving: Serving = ANYHOW
    trainer: str = BASEFIT.name
    host_bytes: int | None = None
    wishes: Wishes = NO_WISHES
    minutes: float | None = None
    """How long to measure at most, by the plan of measurement; None measures everything."""


@dataclass(frozen=True)
class Inputs:
    """The files behind a request and how much to spend. `windows` None is the probe's own choice."""

    text: Path
    data: Path | None = None
    windows: int | None = None
    examples: int = 256
    trials: int = 2
    device: str = "cpu"
    again: bool = False
    """Measure even what the store already holds."""


def understand(
    asked: Asked,
    room: Room,
    device: str,
    models: Mapping[str, ModelEntry] | None = None,
    everything: bool = False,
) -> Question:
    """The question behind what was asked, in a room already read; probes run on `device`.

    Where it names no models it is about those of `models` (the catalog and the person's own, if not told)
    that `candidates_for` chooses, or about `everything` of them.
    Problems languages-unreadable, language-unspoken.
    """
    wishes = asked.wishes
    language = wishes.languages[0][0]
    targets = asked.candidates
    if not targets:
        known = models or listed_models()
        known = known if everything else candidates_for(known, language)
        targets = tuple(map(target_of, known.values()))
    return Question(
        budget=room.budget,
        targets=targets,
        text=Path(asked.text).expanduser() if asked.text else SAMPLE,
        data=Path(asked.data).expanduser() if asked.data else None,
        levels=asked.levels,
        use=asked.use,
        context=asked.context,
        batch=asked.batch,
        language=language,
        device=device,
        windows=asked.windows,
        examples=asked.examples,
        card=room.device,
        correction=room.correction,
        context_bytes=room.context_bytes,
        serving=asked.serving,
        trainer=find_trainer(asked.trainer).name,
        host_bytes=room.host_bytes,
        wishes=wishes,
    )


def target_of(entry: ModelEntry) -> str:
    """How a listed model is resolved again: by its name, or by its folder where it is only there."""
    return entry.name if entry.hub_id or entry.name in listed_models() else entry.path


def demo_question() -> Question:
    """The bundled family on its simulated card, the text kept out of its training, and the instructions."""
    return Question(
        budget=DEMO_BUDGET,
        targets=DEMO_FAMILY,
        text=DEMO / "held-out.txt",
        data=DEMO / "instructions.jsonl",
        context=DEMO_CONTEXT,
        windows=DEMO_WINDOWS,
        card="simulated",
    )


def request_of(question: Question) -> Request:
    """Read what the files say; a Problem where one is missing or of no use."""
    if not question.targets:
        raise Problem("no-candidates")
    capability = question.budget.gpu.capability if question.budget.gpu else None
    levels = levels_for((find_level(name).name for name in question.levels), capability)
    _check_served(question)
    rows = len(read_rows(question.data).rows) if question.data else 0
    return Request(
        budget=question.budget,
        candidates=tuple(candidate(resolve(target)) for target in question.targets),
        levels=levels,
        use=question.use,
        context=question.context,
        batch=question.batch,
        language=question.language,
        device=question.card,
        correction=question.correction,
        context_bytes=question.context_bytes,
        serving=question.serving,
        trainer=find_trainer(question.trainer),
        host_bytes=question.host_bytes,
        text=read_text(question.text).sha256,
        data=data_hash(question.data) if question.data else "",
        wishes=question.wishes,
        data_rows=rows,
        data_bytes=question.data.stat().st_size if question.data else 0,
    )


def _check_served(question: Question) -> None:
    """Problem engine-serves-none where no engine does what is asked at any of the levels."""
    serving = question.serving
    if "infer" in uses_of(question.use) and not any(
        serving.serves(find_level(name), question.card) for name in question.levels
    ):
        raise Problem(
            "engine-serves-none",
            engine=serving.engine or "-",
            levels=", ".join(question.levels),
            kv_bits=serving.kv_bits,
        )


def about(request: Request, store: Store) -> list[Evidence]:
    """What the store holds that a verdict can rest on: nothing was measured of what is not on this disk."""
    return store.find(imported=True) if any(candidate.revision for candidate in request.candidates) else []


def prepare(question: Question) -> tuple[Request, Inputs]:
    """The request, and the files and effort it is measured with; Problems as in `request_of`."""
    inputs = Inputs(
        text=question.text,
        data=question.data,
        windows=question.windows,
        examples=question.examples,
        device=question.device,
    )
    return request_of(question), inputs


def data_hash(path: Path) -> str:
    """SHA-256 of a dataset file's bytes, the trial's `data_sha256`; Problem data-missing, data-empty."""
    if not path.is_file():
        raise Problem("data-missing", path=str(path))
    content = path.read_bytes()
    if not content.strip():
        raise Problem("data-empty", path=str(path))
    return hashlib.sha256(content).hexdigest()


def tokenizer_identity(target: str) -> tuple[str, str, str]:
    """(name, path, revision) of a tokenizer: a model's directory, or a vocabulary file by itself."""
    path = Path(target).expanduser()
    if path.exists() and not (path / "config.json").exists():
        name = path.resolve().name if path.is_dir() else f"{path.resolve().parent.name}/{path.name}"
        return name, str(path), revision(path) if path.is_dir() else data_hash(path)[:16]
    found = on_disk(target)
    assert found.directory is not None
    return found.name, str(found.directory), revision(found.directory)


def tokenizer_target(target: str) -> TokenizerTarget:
    """A tokenizer as its probe takes it, with what the model around it says of context and cache."""
    name, path, content = tokenizer_identity(target)
    found = TokenizerTarget(path, name, content)
    try:
        spec = resolve(target).spec
    except Problem:
        return found  # a vocabulary by itself
    cache = kv_elements(spec, 1, spec.layers)[1] * KV_BYTES
    return replace(found, context_tokens=spec.context, kv_bytes_per_token=cache)
