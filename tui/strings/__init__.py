"""Every word a person sees, in English and Chinese: one table, cut by subject into this folder's files.

Each file holds `WORDS: dict[str, tuple[str, str]]`, key -> (English, Chinese), with str.format fields.
"""

import importlib
import os
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from tui.foreign import clean

LANGUAGES = ("en", "zh")


@cache
def table() -> dict[str, tuple[str, str]]:
    """All words of all files (a test holds that no key stands in two of them)."""
    words: dict[str, tuple[str, str]] = {}
    for own in files().values():
        words |= own
    return words


def files() -> dict[str, dict[str, tuple[str, str]]]:
    """File name -> its words."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    return {name: importlib.import_module(f"{__name__}.{name}").WORDS for name in names}


def default_language() -> str:
    """`$BASEFIT_LANG`, else Chinese where the locale is Chinese, else English."""
    for variable in ("BASEFIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def say(key: str, language: str, /, **params: Any) -> str:
    """The words for `key`, filled in. An unknown key or a missing field shows itself, and never raises."""
    params = {name: _shown(value) for name, value in params.items()}
    pair = table().get(key)
    if pair is None:
        given = ", ".join(f"{name}={value}" for name, value in params.items())
        return f"{key} ({given})" if given else key
    return pair[LANGUAGES.index(language)].format_map(_Gaps(params))


def say_problem(code: str, params: Mapping[str, Any], language: str) -> str:
    """One sentence for a Problem or a failed job: what, where, how to mend it."""
    return say(f"problem.{code}", language, **params)


def _shown(value: Any) -> Any:
    """Numbers as they are, for their formats; whatever else as harmless text."""
    return value if isinstance(value, int | float) else clean(str(value))


class _Gaps(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"
