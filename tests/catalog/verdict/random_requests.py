"""Random requests over the whole catalog, wishes and all: what a person might ask, sensible or not."""

from random import Random

from catalog.hardware.gpu import Budget, load_gpus, parse_budget
from catalog.models.registry import load_models
from catalog.quantization.levels import LEVELS
from catalog.verdict.request import Candidate, Request
from catalog.verdict.wishes import TASKS, USES, Wishes

CANDIDATES = tuple(Candidate(name, entry.spec, facts=entry) for name, entry in load_models().items())
LANGUAGES = ((), (("zh", 1.0),), (("zh", 0.7), ("en", 0.3)), (("en", 0.9), ("ja", 0.1)), (("sw", 1.0),))
USUAL_LEVELS = ("bf16", "int8", "nf4", "fp4")


def random_request(rng: Random) -> Request:
    """Every model of the catalog; a card, several, or a size from 100 MiB to 320 GiB; any wishes."""
    rows = rng.choice((0, 0, 40, 500, 20_000))
    return Request(
        budget=_budget(rng),
        candidates=CANDIDATES,
        levels=USUAL_LEVELS if rng.random() < 0.8 else tuple(rng.sample(sorted(LEVELS), 4)),
        use=rng.choice(USES),
        context=rng.choice((128, 2048, 8192, 40_000, 200_000)),
        batch=rng.choice((1, 1, 1, 8)),
        text="T",
        data="D" if rows else "",
        data_rows=rows,
        data_bytes=rows * 400,
        wishes=Wishes(
            commercial=rng.random() < 0.4,
            minimum_speed=rng.choice((0.0, 0.0, 10.0, 80.0, 5000.0)),
            hours=rng.choice((None, None, 0.01, 8.0)),
            money=rng.choice((None, None, 0.05, 20.0)),
            gpu_hour=rng.choice((None, 0.5)),
            task=rng.choice(TASKS),
            languages=rng.choice(LANGUAGES),
        ),
    )


def _budget(rng: Random) -> Budget:
    count = rng.choice(("", "", "2x ", "4x "))
    if rng.random() < 0.5:
        return parse_budget(count + rng.choice(sorted(load_gpus())))
    return parse_budget(f"{count}{round(0.1 * 3200 ** rng.random(), 2)}GiB")
