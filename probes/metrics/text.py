"""Answers compared as text, made alike first so that an untuned model is not marked down for its form."""

import re
import unicodedata
from itertools import pairwise

from catalog.han import is_han

_YES = {"yes": "1", "true": "1", "是": "1", "对": "1", "no": "0", "false": "0", "否": "0", "不是": "0"}
_FENCE = re.compile(r"^```[a-zA-Z]*\n(.*?)\n?```", re.DOTALL)
_WORD = re.compile(r"\w+|[^\w\s]")
_EDGES = " \t\n\"'`“”‘’「」.。!！,，;；:："


def normalise(answer: str, target: str) -> str:
    """The answer in the target's form: Unicode and case folded, fences and outer marks off, spaces joined.

    Where the target is one line the answer is cut to its first line; where the target is a yes or no, as a
    word or as 1 or 0, so is the answer.
    """
    text = unicodedata.normalize("NFKC", answer).strip()
    fenced = _FENCE.match(text)
    if fenced:
        text = fenced.group(1).strip()
    if "\n" not in target.strip():
        text = text.split("\n", 1)[0]
    text = " ".join(text.casefold().split()).strip(_EDGES)
    if _plain(target) in _YES or _plain(target) in ("0", "1"):
        first = _WORD.findall(text)[:1]
        return _YES.get(text) or _YES.get(first[0] if first else "", text)
    return text


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip(_EDGES)


def exact_match(answer: str, target: str) -> float:
    """1 where both are the same after `normalise`, else 0."""
    return float(normalise(answer, target) == normalise(target, target))


def rouge_l(answer: str, target: str) -> float:
    """F1 of the longest common subsequence (Lin 2004): of words, and of single characters in Chinese."""
    a, b = _units(normalise(answer, target)), _units(normalise(target, target))
    if not a or not b:
        return float(a == b)
    common = _longest_common(a, b)
    return 2 * common / (len(a) + len(b))


def _units(text: str) -> list[str]:
    units: list[str] = []
    for word in _WORD.findall(text):
        cuts = [0, *(i for i in range(1, len(word)) if is_han(word[i]) or is_han(word[i - 1])), len(word)]
        units += [word[start:end] for start, end in pairwise(cuts)]
    return units


def _longest_common(a: list[str], b: list[str]) -> int:
    row = [0] * (len(b) + 1)
    for unit in a:
        diagonal = 0
        for index, other in enumerate(b, 1):
            above = row[index]
            row[index] = diagonal + 1 if unit == other else max(above, row[index - 1])
            diagonal = above
    return row[-1]
