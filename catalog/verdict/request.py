"""What a person asks, and what they are answered: the two ends of the spine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.hardware.gpu import Budget
from catalog.memory.estimate import Use
from catalog.memory.footprint import Correction
from catalog.memory.serving import ANYHOW, Serving
from catalog.memory.trainers import BASEFIT, Trainer
from catalog.models.registry import ModelEntry
from catalog.models.spec import ModelSpec
from catalog.verdict.wishes import NO_WISHES, Wishes, uses_of


@dataclass(frozen=True)
class Candidate:
    """A model that may be chosen: shown `name`, exact shapes, content `revision`.

    `path` is the checkpoint's directory on this disk, "" while it is known by its shapes alone. `facts`
    are what the catalog knows of it (licence, training tokens, languages), None for what it does not list.
    """

    name: str
    spec: ModelSpec
    revision: str = ""
    path: str = ""
    facts: ModelEntry | None = None


@dataclass(frozen=True)
class Request:
    """The question. Sizes in bytes, `context` in tokens; `text` and `data` are content hashes.

    `use` is one of `wishes.USES`; `levels` the quantization levels that may be chosen, by name;
    `device` is `cuda`, `cpu` or `simulated` (no driver context to pay for); `correction` is what peaks
    measured on that device say of the memory estimate, `context_bytes` what its driver's context was
    measured to take; `rank` is the adapter's where one is trained.
    `serving` is by what it is to be served, and how, `trainer` what tunes it; `host_bytes` the host's free
    memory, None where it is not known. `wishes` are what is wanted beside fitting.
    `data_rows` and `data_bytes` are the size of the dataset, 0 without one.
    """

    budget: Budget
    candidates: tuple[Candidate, ...]
    levels: tuple[str, ...]
    use: str = "infer"
    context: int = 2048
    batch: int = 1
    rank: int = 16
    language: str = "zh"
    device: str = "cuda"
    correction: Correction | None = None
    context_bytes: int | None = None
    serving: Serving = ANYHOW
    trainer: Trainer = BASEFIT
    host_bytes: int | None = None
    text: str = ""
    data: str = ""
    wishes: Wishes = NO_WISHES
    data_rows: int = 0
    data_bytes: int = 0

    @property
    def revisions(self) -> frozenset[str]:
        """What the candidates' weights are: evidence on any other says nothing here."""
        return frozenset(candidate.revision for candidate in self.candidates if candidate.revision)

    @property
    def languages(self) -> tuple[tuple[str, float], ...]:
        """(code, share): those that are wished for, else the one the work is in."""
        return self.wishes.languages or ((self.language, 1.0),)

    @property
    def tunes(self) -> bool:
        return self.use != "infer"

    @property
    def uses(self) -> tuple[Use, ...]:
        """What the memory is for: everything of it has to fit."""
        return uses_of(self.use)


@dataclass(frozen=True)
class Reason:
    """Why: a code with its numbers and the ids of the evidence, worded as `reason.CODE` in tui.strings."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ranked:
    """One (model, level) in the verdict.

    `verdict` is `recommended`, `possible` (fits, but something is better), `rejected` or `unmeasured`.
    Bytes are those of the fullest card. `quality` is in bits per byte on the person's text, `tuned` on
    their data after the trial. `basis` is the best evidence there is of its quality: `trial`, `probe`,
    `published` or `prior`. `quality_margin` and `tuned_margin` are half of their 95 % intervals, None where
    nothing tells their error; `tuned_level` is the level that the trial ran at. `speed` in tokens decoded
    per second of one sequence, None where the card is not known, between `speed_low` and `speed_high`;
    `speed_provenance` `measured`, `imported` or `estimated`, `speed_calibrated` whether it was measured or
    enough published rows stand behind the estimate; `kind` of model, "" for what the catalog does not list;
    `engine` serves it, with `prefill` tokens of a prompt at once, "" and None where nothing is served, and
    `host_bytes` of its experts in the host's memory; `on_front` whether no other that may be chosen is as
    good in quality, memory and speed and better in one of them.
    """

    model: str
    level: str
    verdict: str
    expected_bytes: int
    low_bytes: int
    high_bytes: int
    fits: str
    reasons: tuple[Reason, ...]
    quality: float | None = None
    quality_se: float | None = None
    tuned: float | None = None
    tuned_se: float | None = None
    quality_margin: float | None = None
    tuned_margin: float | None = None
    tuned_level: str = ""
    weight_bytes: int | None = None
    provenance: str = "estimated"
    basis: str = "prior"
    speed: float | None = None
    speed_low: float | None = None
    speed_high: float | None = None
    speed_provenance: str = ""
    speed_calibrated: bool = False
    on_front: bool = False
    kind: str = ""
    engine: str = ""
    prefill: int | None = None
    host_bytes: int = 0
    parameters_active: int | None = None


@dataclass(frozen=True)
class Next:
    """What to measure next: `kind` (perplexity or trial) of a model at some levels.

    `seconds` is what it should take, `chance` how likely it is to change the verdict.
    """

    kind: str
    model: str
    levels: tuple[str, ...]
    seconds: float
    chance: float
    reason: Reason


@dataclass(frozen=True)
class Verdict:
    """The answer: the first of `ranking` that is `recommended`, or none, and what would change it.

    Without a winner, `would_change` names the nearest that would do and what to give up for it. Beside it:
    `contradictions` between the wishes, the `vocabulary` and the `data` question, and what to measure
    `next` while that could still change the answer, the most promising first.
    """

    winner: Ranked | None
    ranking: tuple[Ranked, ...]
    would_change: tuple[Reason, ...] = ()
    vocabulary: tuple[Reason, ...] = ()
    data: tuple[Reason, ...] = ()
    contradictions: tuple[Reason, ...] = ()
    next: tuple[Next, ...] = ()
