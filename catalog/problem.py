"""Bad input as a value: a code and its numbers. The sentence is made where it is shown."""

from collections.abc import Mapping, Sequence

Param = str | int | float | None | Sequence[Mapping[str, str | int]]


class Problem(Exception):
    """Something the person can mend: `code` names it, `params` says what and where.

    `tui.strings` holds one sentence per code in each language; `str(problem)` is for logs only.
    """

    def __init__(self, code: str, **params: Param) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        details = ", ".join(f"{key}={value!r}" for key, value in self.params.items())
        return f"{self.code}: {details}"
