"""One candidate at one level with all that is known of it: what the judgement is made from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from catalog.evidence.kinds import DeployKey, Perplexity, PerplexityKey, Trial, TrialKey, has_score
from catalog.evidence.records import Evidence, Provenance
from catalog.hardware.gpu import Budget, Gpu, same_card
from catalog.hardware.runners import USUAL
from catalog.hardware.speed import Rate, decode, decode_offloaded
from catalog.memory.estimate import Use, footprint, served
from catalog.memory.footprint import Correction, Fits, Footprint, Size
from catalog.memory.serving import Served, Serving
from catalog.memory.trainers import Trainer
from catalog.models.spec import ModelSpec
from catalog.quantization.engines import engines_of
from catalog.quantization.levels import QuantLevel, find_level
from catalog.verdict.ability import Ability, ability_of, asked_of
from catalog.verdict.prior import Expected, expected
from catalog.verdict.request import Candidate, Request

BROKEN, WORSE = "broken", "worse"
_FITS: tuple[Fits, ...] = ("yes", "tight", "no")
TAKEN = (Provenance.MEASURED, Provenance.IMPORTED)
"""What was measured: here, and, where it was not measured here, by others."""
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Option:
    """`memory` is that of the use that needs most, on the fullest of `cards`; `fits` says whether every
    use does. `ability` is what is expected of the model for what was asked.

    `served` is by what, None where the use serves nothing. `probe` and `trial` are the newest on the
    request's own text and data, `deploy` on its device. The trial may be the model's at another level.
    """

    candidate: Candidate
    level: QuantLevel
    memory: Size
    fits: Fits
    ability: Ability
    probe: Evidence | None = None
    trial: Evidence | None = None
    deploy: Evidence | None = None
    speed: Rate | None = None
    cards: int = 1
    served: Served | None = None

    @property
    def name(self) -> tuple[str, str]:
        return self.candidate.name, self.level.name

    @cached_property
    def expected(self) -> Expected:
        return expected(self.candidate.spec, self.level, self.candidate.facts, self.ability)

    @cached_property
    def prior(self) -> float:
        """Nats per token up to a constant, the lower the better: for ranking what nobody measured only."""
        return self.expected.nats

    @cached_property
    def scored(self) -> Perplexity | None:
        """What the probe found."""
        return Perplexity.of(self.probe) if self.probe else None

    @cached_property
    def tuned(self) -> Trial | None:
        """What the trial found."""
        return Trial.of(self.trial) if self.trial else None

    @property
    def damage(self) -> str:
        """The word for what the level costs against the reference; "" while unmeasured."""
        return self.scored.verdict if self.scored else ""

    @property
    def tried_at(self) -> str:
        """The level that the trial ran at; "" without one."""
        return self.trial.level if self.trial else ""

    @property
    def tried_here(self) -> bool:
        """Whether the trial ran at this very level."""
        return self.tried_at == self.level.name

    @property
    def measured(self) -> bool:
        """Whether the model was, by a probe at this level or by a trial at any."""
        return self.probe is not None or self.trial is not None

    @property
    def measured_itself(self) -> bool:
        """Whether it was measured at this very level."""
        return self.probe is not None or self.tried_here

    @property
    def trust(self) -> Provenance:
        """How far its quality can be trusted: as the best evidence there is of it."""
        best = self.trial if self.tried_here else self.probe or self.trial
        if best is not None:
            return best.provenance
        return Provenance.PUBLISHED if self.basis == "published" else Provenance.ESTIMATED

    @property
    def basis(self) -> str:
        """The best evidence there is of its quality."""
        if self.measured:
            return "probe" if self.probe and not self.tried_here else "trial"
        return "published" if self.expected.source else "prior"

    @property
    def host_bytes(self) -> int:
        """Of experts that stay in the host's memory."""
        offloaded = self.served is not None and self.served.offload
        return self.level.expert_bytes(self.candidate.spec) if offloaded else 0

    @cached_property
    def size(self) -> int:
        """Bytes it surely fits in: what a larger budget adds is never smaller than what was there."""
        return self.memory.high

    @cached_property
    def tie(self) -> tuple[int, float, int, int]:
        """What a tie goes to, the least first: memory, speed, freedom, parameters."""
        facts = self.candidate.facts
        freedom = {True: 0, None: 1, False: 2}[facts.commercial if facts else None]
        tokens = self.speed.expected if self.speed else 0.0
        return self.size, -tokens, freedom, self.candidate.spec.parameters


def options_of(request: Request, evidence: Iterable[Evidence]) -> list[Option]:
    """Every (candidate, level) that serves the request's use, in the request's order, each once."""
    known = _by_subject(request, evidence)
    levels = [find_level(name) for name in dict.fromkeys(request.levels)]
    levels = [level for level in levels if serves(level, request.use) and _loads(request, level)]
    candidates = {(c.name, c.revision): c for c in request.candidates}.values()
    asked = asked_of(request.languages, request.wishes.task)
    return [
        _option(request, candidate, level, known, ability)
        for candidate in candidates
        for ability in (ability_of(candidate.spec, candidate.facts, asked),)
        for level in levels
    ]


def serves(level: QuantLevel, use: str) -> bool:
    """LoRA trains on unquantized weights, QLoRA on quantized ones; anything can be served."""
    return use == "infer" or (bool(level.trains_with) and level.quantized == (use != "lora"))


def _loads(request: Request, level: QuantLevel) -> bool:
    """Whether some engine serves that level as it is asked for."""
    return "infer" not in request.uses or request.serving.serves(level, request.device)


class _Asked(NamedTuple):
    """What of a request its memory follows from: all but the budget. `fast` is a card and the tokens a
    second wished for on it: an engine that decodes so fast may need more memory than the cheapest.
    """

    uses: tuple[Use, ...]
    context: int
    batch: int
    rank: int
    cards: int
    device: str
    serving: Serving
    trainer: Trainer
    correction: Correction | None
    context_bytes: int | None
    fast: tuple[Gpu, float] | None


def footprints(
    request: Request, candidate: Candidate, level: QuantLevel, context: int | None = None
) -> Iterator[Footprint]:
    """The memory of each of the request's uses, at another context where one is given."""
    return _footprints(candidate.spec, level, _asked(request, context))


def sizes_of(
    request: Request, candidate: Candidate, level: QuantLevel, context: int | None = None
) -> tuple[Size, ...]:
    """What `footprints` come to; kept, so that the same question on another budget is a look-up."""
    return _sizes(candidate.spec, level, _asked(request, context))


def _asked(request: Request, context: int | None) -> _Asked:
    wanted = request.wishes.minimum_speed
    return _Asked(
        request.uses,
        context or request.context,
        request.batch,
        request.rank,
        request.budget.count,
        request.device,
        request.serving,
        request.trainer,
        request.correction,
        request.context_bytes,
        (request.budget.gpu, wanted) if request.budget.gpu and wanted else None,
    )


def _served(spec: ModelSpec, level: QuantLevel, asked: _Asked) -> Served | None:
    """What serves it: the cheapest that is fast enough, else the fastest; None where nothing is served."""
    if "infer" not in asked.uses:
        return None
    cheapest = served(spec, level, asked.context, asked.serving, asked.device)
    if asked.fast is None or asked.serving.engine:
        return cheapest
    gpu, wanted = asked.fast
    named = [replace(asked.serving, engine=engine.name) for engine in engines_of(level)]
    able = [one for one in named if one.serves(level, asked.device)]
    ways = [cheapest, *(served(spec, level, asked.context, one, asked.device) for one in able)]
    rates = [_decoded(spec, level, gpu, way, asked.context, asked.cards).expected for way in ways]
    return (
        next((way for way, rate in zip(ways, rates, strict=True) if rate >= wanted), None)
        or max(zip(rates, ways, strict=True), key=lambda one: one[0])[1]
    )


def _footprints(spec: ModelSpec, level: QuantLevel, asked: _Asked) -> Iterator[Footprint]:
    by = _served(spec, level, asked)
    for use in asked.uses:
        yield footprint(
            spec,
            level,
            use=use,
            context=asked.context,
            batch=asked.batch,
            rank=asked.rank,
            by=by,
            trainer=asked.trainer,
            cards=asked.cards,
            device=asked.device,
            correction=asked.correction,
            context_bytes=asked.context_bytes,
        )


@lru_cache(maxsize=2**13)
def _sizes(spec: ModelSpec, level: QuantLevel, asked: _Asked) -> tuple[Size, ...]:
    return tuple(one.total for one in _footprints(spec, level, asked))


def most(footprints: Iterable[Footprint]) -> Footprint:
    """Of the use that needs most."""
    return max(footprints, key=lambda one: (one.high, one.expected))


def fit_of(sizes: Iterable[Size], budget_bytes: int) -> Fits:
    """The worst of several: everything the request is for has to fit."""
    return max((one.fits(budget_bytes) for one in sizes), key=_FITS.index)


def _option(
    request: Request,
    candidate: Candidate,
    level: QuantLevel,
    known: dict[Key, list[Evidence]],
    ability: Ability,
) -> Option:
    asked = _asked(request, None)
    sizes, by = _sizes(candidate.spec, level, asked), _served(candidate.spec, level, asked)
    rev = candidate.revision
    probes = [e for e in known.get(("perplexity", rev, level.name), ()) if _of_text(e, request.text)]
    deployed = [e for e in known.get(("deploy", rev, level.name), ()) if _on(e, request.budget)]
    gpu = request.budget.gpu
    return Option(
        candidate,
        level,
        max(sizes, key=lambda one: (one.high, one.expected)),
        fit_of(sizes, request.budget.bytes),
        ability,
        latest(probes),
        latest(known.get(("trial", rev, level.name), ())) or latest(known.get(("trial", rev, ""), ())),
        latest(deployed),
        _decoded(candidate.spec, level, gpu, by, request.context, request.budget.count) if gpu else None,
        request.budget.count,
        by,
    )


def _decoded(
    spec: ModelSpec, level: QuantLevel, gpu: Gpu, by: Served | None, context: int, cards: int
) -> Rate:
    engine, kv_bytes = (by.name or USUAL, by.kv_bytes) if by else (USUAL, 2)
    if by and by.offload:
        return decode_offloaded(spec, level, gpu, engine=engine, context=context, kv_bytes=kv_bytes)
    return decode(spec, level, gpu, engine=engine, context=context, kv_bytes=kv_bytes, cards=cards)


def _by_subject(request: Request, evidence: Iterable[Evidence]) -> dict[Key, list[Evidence]]:
    """Measured evidence, own and imported, by kind, revision and level; a trial speaks for its model at
    every level (""), where there is none at the level itself.
    """
    found: dict[Key, list[Evidence]] = {}
    trials = []
    here = request.revisions
    for one in evidence:
        if one.provenance not in TAKEN or one.revision not in here:
            continue
        if one.kind in ("perplexity", "trial") and not has_score(one):
            continue
        if one.kind == "trial":
            trials.append(one)
        else:
            found.setdefault((one.kind, one.revision, one.level), []).append(one)
    for one in comparable_trials(request, trials):
        for level in (one.level, ""):
            found.setdefault(("trial", one.revision, level), []).append(one)
    return found


def comparable_trials(request: Request, trials: Iterable[Evidence]) -> list[Evidence]:
    """Of the candidates' trials on the request's data those of one kind: as many seen, the same held out.

    More training gives fewer bits whatever the model. Of several kinds the one that most candidates had
    here is taken, then the one that most had anywhere, then the newest.
    """
    kinds: dict[str, list[Evidence]] = {}
    for one in trials:
        key = TrialKey.of(one)
        if request.data and key.data_sha256 == request.data and one.revision in request.revisions:
            kinds.setdefault(str(key.seen_and_held), []).append(one)

    def weight(kind: str) -> tuple[int, int, str, str]:
        among = kinds[kind]
        own = len({one.revision for one in among if one.provenance is Provenance.MEASURED})
        return own, len({one.revision for one in among}), max(one.created for one in among), kind

    return kinds[max(kinds, key=weight)] if kinds else []


def latest(evidence: Iterable[Evidence]) -> Evidence | None:
    """The newest of what was measured here, else of what was imported; the id decides between equals."""
    return max(evidence, key=lambda e: (e.provenance is Provenance.MEASURED, e.created, e.id), default=None)


def _of_text(probe: Evidence, text_sha256: str) -> bool:
    """Whether a level was scored on that text, cut by bytes so that every model gets the same."""
    key = PerplexityKey.of(probe)
    return (key.text_sha256, key.frame) == (text_sha256, "probe")


def _on(deployed: Evidence, budget: Budget) -> bool:
    """Whether it was deployed on what the budget stands for; only a card is the same elsewhere."""
    if budget.gpu:
        return same_card(str(DeployKey.of(deployed).device), budget.gpu.name)
    return not budget.simulated and deployed.provenance is Provenance.MEASURED
