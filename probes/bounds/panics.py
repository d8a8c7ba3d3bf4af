"""What a library raises for a stranger's file, made one sentence: also Rust's, which is no `Exception`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog.problem import Problem


def is_panic(error: BaseException) -> bool:
    """PyO3's PanicException, of which each extension has a class of its own: a bug that a file met."""
    return type(error).__name__ == "PanicException"


@contextmanager
def reading(path: Path | str) -> Iterator[None]:
    """Problem tokenizer-unreadable for whatever a tokenizer's library raises meanwhile.

    They raise bare Exception and RuntimeError too. Problems and a lack of memory go through.
    """
    try:
        yield
    except (Problem, MemoryError):
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        raise Problem("tokenizer-unreadable", path=str(path), detail=str(error)[:200]) from error
