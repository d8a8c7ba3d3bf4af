"""The table of what fits: for every model its best level, in the order of the verdict.

One rule for the starting point: the first row is what `recommend` names as the winner, at the same level,
since both ask `standing`. Behind it come the others that may be chosen, in its order; then
those that are rejected, what fits before what does not.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from catalog.evidence.published import PublishedPerplexity, published_for
from catalog.evidence.records import Evidence
from catalog.hardware.speed import Rate, training
from catalog.memory.footprint import Fits, Footprint, Size
from catalog.memory.serving import Served
from catalog.models.registry import ModelEntry
from catalog.quantization.levels import find_level
from catalog.verdict.gates import speed_of
from catalog.verdict.option import Option, footprints, most
from catalog.verdict.ranking import Comparison
from catalog.verdict.request import Candidate, Reason, Request
from catalog.verdict.standing import MEASURABLE, MEMORY, standing

_FITS: tuple[Fits, ...] = ("yes", "tight", "no")


@dataclass(frozen=True)
class FitRow:
    """One model at its best level: the first of it in the verdict; where all are rejected, the best that
    fits, or the smallest tried.

    `verdict` is as in `Ranked`, `closed` are the gates that reject it, `measured` whether its quality was.
    `size` is that of the use that needs most, `fits` of all of them. `published` are perplexities at
    that level, or at any where none is known for it. `rate` is of decoding, or of training where nothing is
    served; None where the card is not known. `served` and `host_bytes` are as in
    `Option`.
    """

    candidate: Candidate
    level: str
    verdict: str
    size: Size
    fits: Fits
    request: Request = field(repr=False)
    closed: tuple[Reason, ...] = ()
    measured: bool = False
    rate: Rate | None = None
    served: Served | None = None
    host_bytes: int = 0

    @property
    def model(self) -> str:
        return self.candidate.name

    @property
    def parameters(self) -> int:
        return self.candidate.spec.parameters

    @cached_property
    def entry(self) -> ModelEntry:
        """What is known of it; of a checkpoint that the catalog does not list, its shapes and its place."""
        return self.candidate.facts or ModelEntry(self.candidate.spec, "", path=self.candidate.path)

    @cached_property
    def footprint(self) -> Footprint:
        """What `size` is made of."""
        return most(footprints(self.request, self.candidate, find_level(self.level)))

    @property
    def published(self) -> tuple[PublishedPerplexity, ...]:
        return published_for(self.model, self.level) or published_for(self.model)

    @property
    def reason(self) -> str:
        """Why that level: "best-level-fits", "best-level-tight" or "does-not-fit"."""
        return {"yes": "best-level-fits", "tight": "best-level-tight", "no": "does-not-fit"}[self.fits]

    @property
    def left_out(self) -> Reason | None:
        """The wish that keeps it out: neither memory nor what a measurement could settle."""
        return next((one for one in self.closed if one.code not in MEMORY | MEASURABLE), None)

    @property
    def tokens_per_second_estimate(self) -> float | None:
        return self.rate.expected if self.rate else None

    @property
    def expected_bytes(self) -> int:
        return self.size.expected

    @property
    def low_bytes(self) -> int:
        return self.size.low

    @property
    def high_bytes(self) -> int:
        return self.size.high


def rows(request: Request, evidence: Iterable[Evidence] = ()) -> list[FitRow]:
    """One row per candidate, the verdict's winner first where there is one."""
    found = standing(request, evidence, Comparison(request.wishes.task))
    best: dict[tuple[str, str], FitRow] = {}
    for verdict, options in (
        ("recommended", found.order[:1]),
        ("possible", found.order[1:]),
        ("unmeasured", found.waiting),
        ("rejected", sorted(found.rejected, key=_nearness)),
    ):
        for option in options:
            name = option.candidate.name, option.candidate.revision
            if name not in best:
                best[name] = _row(request, option, verdict, found.gates[option.name])
    return sorted(best.values(), key=lambda row: row.left_out is not None)


def starting_point(rows: Iterable[FitRow]) -> FitRow | None:
    """The model to start from: the verdict's winner; None where nothing may be chosen."""
    return next((row for row in rows if row.verdict == "recommended"), None)


def _nearness(option: Option) -> tuple[object, ...]:
    """Of what is rejected: what fits by the best that is expected of it, the rest by what it needs."""
    need = option.size if option.fits == "no" else 0
    return _FITS.index(option.fits), need, option.prior, option.tie, option.name


def _row(request: Request, option: Option, verdict: str, closed: tuple[Reason, ...]) -> FitRow:
    return FitRow(
        candidate=option.candidate,
        level=option.level.name,
        verdict=verdict,
        size=option.memory,
        fits=option.fits,
        request=request,
        closed=closed,
        measured=option.measured,
        rate=_rate(request, option),
        served=option.served,
        host_bytes=option.host_bytes,
    )


def _rate(request: Request, option: Option) -> Rate | None:
    gpu = request.budget.gpu
    if "infer" in request.uses or gpu is None:
        known = speed_of(option)
        return known[0] if known else None
    return training(option.candidate.spec, option.level, gpu)
