"""The tables that a person keeps in the data folder: one that cannot be used locks nobody out."""

from collections.abc import Callable

from catalog.files import set_aside
from catalog.hardware.cost import load_prices
from catalog.models.registry import load_models
from catalog.problem import Problem
from probes.checkpoint.target import own_models
from probes.home import home_shown


def set_bad_aside(tell: Callable[[Problem], None]) -> None:
    """Rename a `models.toml` or `prices.toml` with a mistake in it, and tell what is wrong and where it is.

    Problem not-permitted, where it cannot be renamed.
    """
    for path, load in ((own_models(), load_models), (home_shown() / "prices.toml", load_prices)):
        if not path.is_file():
            continue
        try:
            load(path)
        except Problem as problem:
            tell(problem)
            try:
                aside = set_aside(path)
            except OSError as error:
                detail = error.strerror or str(error)
                raise Problem("not-permitted", path=str(path), detail=detail) from error
            tell(Problem("own-set-aside", path=str(path), aside=str(aside)))
