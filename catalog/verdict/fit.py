"""What fits: for every model the best level inside a budget, from what is known beforehand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.evidence.published import PublishedPerplexity, published_for
from catalog.hardware import speed
from catalog.hardware.gpu import Budget
from catalog.memory import estimate
from catalog.memory.estimate import Use
from catalog.memory.footprint import Correction, Fits, Footprint
from catalog.models.registry import ModelEntry, load_models
from catalog.models.spec import ModelSpec
from catalog.quantization.levels import QuantLevel, find_level, ladder


@dataclass(frozen=True)
class FitRow:
    """One model at the best level that fits, or, where none does, at the smallest level tried.

    `reason` says why that level: "best-level-fits", "best-level-tight" or "does-not-fit". `published` are
    perplexities at that level, or at any where none is known for it.
    """

    model: str
    entry: ModelEntry
    parameters: int
    level: str
    footprint: Footprint
    fits: Fits
    reason: str
    tokens_per_second_estimate: float | None
    published: tuple[PublishedPerplexity, ...]

    @property
    def expected_bytes(self) -> int:
        return self.footprint.expected

    @property
    def low_bytes(self) -> int:
        return self.footprint.low

    @property
    def high_bytes(self) -> int:
        return self.footprint.high


def rows(
    budget: Budget,
    use: Use = "infer",
    context: int = 2048,
    language: str | None = None,
    *,
    batch: int = 1,
    rank: int = 16,
    models: Mapping[str, ModelEntry] | None = None,
    levels: Iterable[str] | None = None,
    correction: Correction | None = None,
    device: str = "cuda",
    everything: bool = False,
) -> list[FitRow]:
    """One row per model that speaks `language`: those that fit first, the largest first.

    Left out, unless `everything`: models whose native context is shorter than `context`, and those that
    do not name `language` among theirs.
    """
    known = load_models() if models is None else models
    tried = tuple(find_level(name) for name in (levels or ladder(use)))
    found = [
        _row(entry, tried, budget, use, context, batch, rank, correction, device)
        for entry in known.values()
        if everything or _suits(entry, context, language)
    ]
    order = {"yes": 0, "tight": 1, "no": 2}
    return sorted(found, key=lambda row: (order[row.fits], -row.parameters, row.model))


def _suits(entry: ModelEntry, context: int, language: str | None) -> bool:
    speaks = language is None or not entry.languages or language in entry.languages
    return speaks and entry.spec.context >= context


def _row(
    entry: ModelEntry,
    tried: tuple[QuantLevel, ...],
    budget: Budget,
    use: Use,
    context: int,
    batch: int,
    rank: int,
    correction: Correction | None,
    device: str,
) -> FitRow:
    spec = entry.spec
    best: tuple[QuantLevel, Footprint, Fits] | None = None
    for level in tried:
        needed = estimate.footprint(
            spec,
            level,
            use=use,
            context=context,
            batch=batch,
            rank=rank,
            cards=budget.count,
            device=device,
            correction=correction,
        )
        fits = needed.fits(budget.bytes)
        if best is None or _rank(fits) < _rank(best[2]) or fits == best[2] == "no":
            best = (level, needed, fits)
        if fits == "yes":
            break
    assert best is not None
    level, needed, fits = best
    return FitRow(
        model=entry.name,
        entry=entry,
        parameters=spec.parameters,
        level=level.name,
        footprint=needed,
        fits=fits,
        reason={"yes": "best-level-fits", "tight": "best-level-tight", "no": "does-not-fit"}[fits],
        tokens_per_second_estimate=_speed(spec, level, budget, use, context),
        published=published_for(entry.name, level.name) or published_for(entry.name),
    )


def _rank(fits: Fits) -> int:
    return ("yes", "tight", "no").index(fits)


def _speed(spec: ModelSpec, level: QuantLevel, budget: Budget, use: Use, context: int) -> float | None:
    """Decoding speed in inference, training speed otherwise; None where the card is not known."""
    if budget.gpu is None:
        return None
    if use == "infer":
        return speed.decode(spec, level, budget.gpu, context=context, cards=budget.count).expected
    return speed.training(spec, level, budget.gpu).expected
