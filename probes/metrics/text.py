"""Answers compared as text, made alike first so that an untuned model is not marked down for its form."""

import re
import unicodedata
from itertools import groupby

from catalog.han import is_han

_YES = frozenset(("yes", "true", "是", "对", "對", "真", "正确", "正確", "没错", "沒錯"))
_NO = frozenset(
    (
        "no",
        "false",
        "否",
        "不",
        "不是",
        "不对",
        "不對",
        "错",
        "錯",
        "错误",
        "錯誤",
        "不正确",
        "不正確",
        "并非",
        "假",
    )
)
_PARTICLES = "的啊呀哦噢喔了吧呢啦嘛"
_CLAUSE = re.compile(r"[^\s,，、。.!！?？;；:：\"'”’]+")
_THOUGHT = re.compile(r"\A\s*(?:<think>)?.*</think>|\A\s*<think>.*\Z", re.DOTALL)
_FENCED = re.compile(r"```[^\S\n]*(?:\w*[^\S\n]*\n|(?=\S))(.*?)(?:```|\Z)", re.DOTALL)
_FENCE = re.compile(r"^[^\S\n]*```.*$", re.MULTILINE)
_OPENS = " \t\n\"'`“”‘’「」『』。!！,，、;；:："
_CLOSES = _OPENS + "."
_IN_BRACKETS = r"[(\[{<【〔〖《〈「『]\s*([a-z])\s*[)\]}>】〕〗》〉」』]"
_OPTION = re.compile(rf"(?:{_IN_BRACKETS}|([a-z]))")
_LEADS = re.compile(rf"(?:{_IN_BRACKETS}|([a-z])(?:[.)、:]|(?=\s+[^\x00-\x7f])))(?=\s|[^\x00-\x7f]|\Z)")
_CLAIMED = re.compile(
    r"(?:答案|选项?|選項?|answer|option|choice|boxed)[^\w(\[{]*(?:应该|應該)?(?:选|選|is|为|為|是)?[^\w(\[{]*"
    rf"(?:{_IN_BRACKETS}|([a-z])(?![a-z0-9]))"
)
_KEPT = ("<super>", "<sub>", "<fraction>")
"""Compatibility characters with a meaning of their own: 10⁵ is not 105."""
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3041, 0x30FF), (0x31F0, 0x31FF))
"""Thai, Lao, Burmese, Khmer and kana: scripts that put no space between words, beside Han."""


def spoken(answer: str) -> str:
    """The answer without what a reasoning model thought before it."""
    return _THOUGHT.sub("", answer, count=1).strip()


def fenced(text: str) -> list[str]:
    """What stands in Markdown fences, without their language; the last fence may be open."""
    return [match.group(1).strip() for match in _FENCED.finditer(text)]


def normalise(answer: str, target: str) -> str:
    """The answer in the target's form: Unicode and case folded, fences and outer marks off, spaces joined.

    Where the target is one line the answer is cut to its first line. Where the target is a yes or no, as a
    word or as 1 or 0, so is the answer; where it is the letter of an option, so is the answer's.
    """
    text, wanted = spoken(_folded(answer)), _folded(target).strip()
    blocks = fenced(text)
    if len(blocks) == 1 and "```" not in wanted:
        text = blocks[0]
    whole, form = text.casefold(), _trimmed(wanted.casefold())
    if "\n" not in wanted:
        text = text.split("\n", 1)[0]
    text = _trimmed(" ".join(text.casefold().split()))
    if form in _YES or form in _NO or form in ("0", "1"):
        return _yes_or_no(text)
    if _OPTION.fullmatch(form):
        return _option(text, whole) or text
    return text


def exact_match(answer: str, target: str) -> float:
    """1 where both are the same after `normalise`, else 0."""
    return float(normalise(answer, target) == normalise(target, target))


def _folded(text: str) -> str:
    """NFKC, but for exponents, indices and fractions."""
    composed = unicodedata.normalize("NFC", text)
    if composed.isascii():
        return composed
    kept = (c if unicodedata.decomposition(c).startswith(_KEPT) else _compatible(c) for c in composed)
    return unicodedata.normalize("NFC", "".join(kept))


def _compatible(char: str) -> str:
    return unicodedata.normalize("NFKC", char)


def _trimmed(text: str) -> str:
    """Without quotes, bold marks and stops around it; a text of marks alone stays."""
    bare = text.strip(_OPENS).rstrip(_CLOSES)
    if len(bare) > 4 and bare.startswith("**") and bare.endswith("**"):
        bare = bare[2:-2].strip(_OPENS).rstrip(_CLOSES)
    return bare or text


def _yes_or_no(text: str) -> str:
    """1 or 0 where the text's first clause, or its first word, is a yes or no; else the text."""
    clause = _CLAUSE.match(text)
    first = clause.group() if clause else ""
    for said in (text, first, first.rstrip(_PARTICLES)):
        if said in _YES:
            return "1"
        if said in _NO:
            return "0"
    return text


def _option(line: str, whole: str) -> str | None:
    """The letter that is chosen: alone, in brackets, before its text, or the only one called the answer."""
    found = _OPTION.fullmatch(line) or _LEADS.match(line)
    letters = {_letter(found)} if found else {_letter(match) for match in _CLAIMED.finditer(whole)}
    return letters.pop() if len(letters) == 1 else None


def _letter(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group)


def rouge_l(answer: str, target: str) -> float:
    """F1 of the longest common subsequence (Lin 2004) over all lines.

    The units are words, and single characters in scripts without spaces; a symbol is one, punctuation none.
    """
    a, b = (_FENCE.sub("", _folded(spoken(text))).casefold() for text in (answer, target))
    ours, theirs = _units(a), _units(b)
    if not ours or not theirs:
        return float(a.strip() == b.strip())
    return 2 * _longest_common(ours, theirs) / (len(ours) + len(theirs))


def _units(text: str) -> list[str]:
    units: list[str] = []
    for kind, group in groupby(text, _kind):
        if kind == "word":
            units.append("".join(group))
        elif kind == "single":
            units += group
    return units


def _kind(char: str) -> str:
    """`single` for what is a unit by itself, `word` for what joins with its neighbours, else neither."""
    category = unicodedata.category(char)
    if category[0] in "LMN":
        alone = is_han(char) or any(first <= ord(char) <= last for first, last in _UNSPACED)
        return "single" if alone else "word"
    return "single" if category in ("Sm", "Sc", "So") else "none"


def _longest_common(a: list[str], b: list[str]) -> int:
    row = [0] * (len(b) + 1)
    for unit in a:
        diagonal = 0
        for index, other in enumerate(b, 1):
            above = row[index]
            row[index] = diagonal + 1 if unit == other else max(above, row[index - 1])
            diagonal = above
    return row[-1]
