"""Values made into words: sizes, ranges, reasons and problems, the same in the app and the commands.

`language` is `en` or `zh`; None is the language of the person's locale.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from catalog.evidence.statistics import margin, or_nan
from catalog.hardware.gpu import BANDWIDTH, RATE, Gpu
from catalog.models.stored_settings import StoredAs
from catalog.problem import Problem
from catalog.verdict.request import Reason
from probes.jobs.events import Failed, Told
from probes.machine.nvml import Unknown
from tui.strings import default_language, say, say_problem, table

if TYPE_CHECKING:
    from probes.measurement.board import Board

LONGEST_WORD = 300
"""Characters of what a sentence quotes."""
_UNITS = (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


def size_words(size: float) -> str:
    """Bytes as a person reads them: "23.4 GiB", "12.0 MiB", "512 B"."""
    for unit, scale in _UNITS:
        # 1023.97 MiB would be shown as 1024.0 MiB: it goes to the larger unit.
        if abs(size) >= scale * 0.99995:
            return f"{size / scale:.1f} {unit}"
    return f"{size:.0f} B"


def stored_words(name: str, stored: StoredAs, language: str | None = None) -> str:
    """The line that says what a quantized checkpoint's files are."""
    keys = [f"stored.{key}" for key in (stored.word, stored.layout)]
    key = next((key for key in keys if key in table()), "stored.other")
    language = language or default_language()
    what = say(key, language, bits=stored.bits)
    return say("cli.stored", language, name=name, word=stored.word, what=what)


def cards_words(size: float, cards: int) -> str:
    """Bytes on each of some cards: "2 × 17.6 GiB"; of one card the bytes alone."""
    return f"{cards} × {size_words(size)}" if cards > 1 else size_words(size)


def range_words(low: float, expected: float, high: float) -> str:
    """An estimate with its range: "19.8 GiB (18.2-22.1)", the unit said once where it is the same."""
    first, last = size_words(low).split(), size_words(high).split()
    low_words = first[0] if first[1] == last[1] else " ".join(first)
    high_words = last[0] if last[1] == size_words(expected).split()[1] == first[1] else " ".join(last)
    return f"{size_words(expected)} ({low_words}-{high_words})"


def standing_words(board: "Board", language: str | None = None) -> str:
    """How far a measurement is: "3 of 5 jobs, 41:00 left"."""
    language = language or default_language()
    if not board.jobs:
        return say("running.preparing", language)
    jobs = say("running.jobs", language, ended=board.over, jobs=len(board.jobs))
    reckoned = board.reckoned()
    if reckoned is None:
        return jobs
    return say("running.left", language, jobs=jobs, time=duration_words(reckoned.left))


def count_words(count: float) -> str:
    """A count with three figures and a unit: "6.74B", "1.6M", "405"."""
    for unit, scale in (("T", 1e12), ("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(count) >= scale:
            return (
                f"{count / scale:.3g}{unit}" if abs(count) < 999.5 * scale else f"{count / scale:.0f}{unit}"
            )
    return f"{count:.0f}"


def plus_minus(value: float | None, margin: float | None = None, digits: int = 3) -> str:
    """As in "1.923 ± 0.031", `margin` being half of the 95 % interval (catalog.evidence.statistics); the
    value alone without a finite one; "-" where there is no value.
    """
    if value is None or not math.isfinite(value):
        return "-"
    if margin is None or not math.isfinite(margin):
        return f"{value:.{digits}f}"
    return f"{value:.{digits}f} ± {margin:.{digits}f}"


def number(value: float | None, digits: int = 1) -> str:
    """A plain number with thousands separated; "-" where there is none."""
    return "-" if value is None or not math.isfinite(value) else f"{value:,.{digits}f}"


def tuned_words(
    tuned: str, tried_at: str, level: str, language: str | None = None, short: bool = False
) -> str:
    """Bits per byte after a trial, and at which level it ran where that is another than the row's: that
    level alone where it is to be `short`, for the number stands in its own row.
    """
    if tried_at in ("", level):
        return tuned
    if short:
        return _say("trial.elsewhere-short", language, level=tried_at)
    return f"{tuned} {_say('trial.elsewhere', language, level=tried_at)}"


def kl_words(nats: float | None, margin: float | None = None) -> str:
    """A divergence in nats with enough decimals to show two figures of it."""
    if nats is None or not math.isfinite(nats):
        return "-"
    return plus_minus(nats, margin, _kl_digits(nats))


def _kl_digits(nats: float | None) -> int:
    return 4 if nats is None or abs(nats) < 0.1 else 2


def duration_words(seconds: float | None) -> str:
    """As in "0:41", "12:05", "1:02:03"; "-" while unknown."""
    if seconds is None or not math.isfinite(seconds):
        return "-"
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"


def time_words(seconds: float, language: str | None = None) -> str:
    """About how long something takes, in one unit: "16 s", "2.3 min", "38 min", "3.4 h"."""
    for unit, scale in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 1.6 * scale:
            count = seconds / scale
            return _say(f"time.{unit}", language, count=f"{count:,.{1 if count < 9.95 else 0}f}")
    return _say("time.s", language, count=f"{seconds:.0f}")


def span_words(middle: float, low: float, high: float, language: str | None = None) -> tuple[str, str, str]:
    """A length of time, as time_words has it, and the ends of its interval in the same unit."""
    scale = next((scale for scale in (3600.0, 60.0) if middle >= 1.6 * scale), 1.0)
    digits = 1 if scale > 1 and middle / scale < 9.95 else 0
    least, most = (f"{seconds / scale:,.{digits}f}" for seconds in (low, high))
    return time_words(middle, language), least, most


def speed_words(rate: float | None, calibrated: bool) -> str:
    """Tokens a second in whole numbers, a question mark behind what is not calibrated."""
    return number(rate, 0) + ("" if calibrated else "?")


def fit_word(fits: str, language: str | None = None) -> str:
    """The word for `yes`, `tight` or `no`."""
    return _say(f"fits.{fits}", language)


def verdict_word(verdict: str, language: str | None = None) -> str:
    """The word for `recommended`, `possible`, `unmeasured` or `rejected`."""
    return _say(f"verdict.{verdict}", language)


def damage_word(damage: str, language: str | None = None) -> str:
    """The word for what a level costs; "-" while unmeasured."""
    return _say("damage." + damage.replace(" ", "-"), language) if damage else "-"


def provenance_word(provenance: str, language: str | None = None) -> str:
    """The word for `measured`, `published` or `estimated`."""
    return _say(f"provenance.{provenance}", language)


def reason_words(reason: Reason, language: str | None = None) -> str:
    """One sentence for a reason, its numbers formatted; never raises for one it does not know."""
    language = language or default_language()
    key = f"reason.{reason.code}"
    if f"{key}-estimated" in table() and all(one.startswith("catalog.") for one in reason.evidence):
        key += "-estimated"
    elif reason.params.get("by") == "trial" and f"{key}-tuned" in table():
        key += "-tuned"
    return say(key, language, **_reason_fields(reason.params, language))


def problem_words(problem: Problem | Failed | Told, language: str | None = None) -> str:
    """One sentence for bad input, a failed job or what it told: what, where and how to mend it."""
    language = language or default_language()
    params = {name: _shown(name, value, language) for name, value in problem.params.items()}
    return say_problem(problem.code, params, language)


def why_words(why: Unknown, language: str | None = None) -> str:
    """Why something could not be read or used: part of a sentence, and how to mend it where that helps."""
    return _unknown(why.reason, {"detail": why.detail, **why.about}, language)


def _unknown(reason: str, about: Mapping[str, Any], language: str | None) -> str:
    """Where nothing mends it there may be words of its own for that."""
    key = f"unknown.{reason}"
    alone = f"{key}-alone" in table() and not about.get("mend")
    return say(f"{key}-alone" if alone else key, language or default_language(), **about)


def check_words(code: str, params: Mapping[str, Any], language: str | None = None) -> str:
    """What `basefit doctor` says of one thing; the words of a problem where its code is one's."""
    language = language or default_language()
    shown = {name: _shown(name, value, language) for name, value in params.items()}
    return say(code if code.startswith("problem.") else f"doctor.{code}", language, **shown)


def figures_words(gpu: Gpu, language: str | None = None) -> dict[str, str]:
    """A card's bandwidth and matrix rate as estimates take them, and where they come from."""
    language = language or default_language()
    return {
        "name": gpu.name,
        "bandwidth": f"{gpu.bandwidth_bytes_per_s / 1e9:,.0f}",
        "bandwidth_from": say(f"card.from.{gpu.from_where(BANDWIDTH)}", language),
        "rate": f"{gpu.bf16_flops / 1e12:,.1f}",
        "rate_from": say(f"card.from.{gpu.from_where(RATE)}", language),
    }


def skip_words(reason: str, language: str | None = None) -> str:
    """Why a row cannot be used."""
    kind, _, column = reason.partition("-")
    if f"skip.{reason}" not in table() and f"skip.{kind}" in table():
        return _say(f"skip.{kind}", language, column=column)
    return _say(f"skip.{reason}", language) if f"skip.{reason}" in table() else reason


def knee_words(result: Mapping[str, Any], language: str) -> str:
    """Where a vocabulary ladder bends, or that it does not up to its last rung."""
    rungs = result["ladder"]
    knee = next(rung for rung in rungs if rung["learnt"] == result["knee"])
    key = "cli.knee" if knee is not rungs[-1] else "cli.knee-none"
    return say(key, language, added=f"{knee['added']:,}")


def vocabulary_cost_words(result: Mapping[str, Any], language: str) -> str:
    """What the new pieces of a vocabulary cost the model; empty where its shapes are unknown."""
    if result["new_parameters"] is None:
        return ""
    parameters = count_words(result["new_parameters"])
    infer, train = (size_words(result[f"extra_bytes_{use}"]) for use in ("infer", "train"))
    return say("cli.vocab-cost", language, parameters=parameters, infer=infer, train=train)


def segment_words(segment: Mapping[str, Any]) -> str:
    """A token of a cut sentence: its text, a byte in hexadecimal, a question mark before the unknown."""
    if segment["kind"] == "bytes":
        return str(segment["hex"])
    mark = "?" if segment["kind"] == "unknown" else ""
    text = str(segment["text"])
    return mark + "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def _say(key: str, language: str | None, **params: str) -> str:
    return say(key, language or default_language(), **params)


def _shown(name: str, value: Any, language: str) -> Any:
    """A word of a sentence, cut where a stranger made it longer than any."""
    if isinstance(value, list):
        if not value:
            return say("data.holder-unnamed", language)
        return say("data.why-joint", language).join(_why(one, language) for one in value)
    if isinstance(value, str):
        line = " ".join(value.split()) if "\n" in value else value
        return line if len(line) <= LONGEST_WORD else f"{line[:LONGEST_WORD]}…"
    return size_words(value) if name.endswith("bytes") and isinstance(value, int | float) else value


def _why(one: Mapping[str, Any], language: str) -> str:
    """One reason, how many rows it holds for, and the first of them; or why something is not
    known, or who holds memory.
    """
    if "unknown" in one:
        return _unknown(str(one["unknown"]), one, language)
    if "holder" in one:
        name = one["holder"] or say("data.holder-unnamed", language)
        return f"{name} {size_words(one['bytes'])}"
    known = {**one, "reason": skip_words(str(one["reason"]), language)}
    return say("data.why-said" if one["said"] else "data.why", language, **known)


_DIGITS = {
    "bits_per_byte": 3,
    "before": 3,
    "after": 3,
    "tokens_per_char": 3,
    "difference": 3,
    "margin": 3,
    "untuned": 3,
    "tuned": 3,
    "hosted": 3,
    "points": 1,
    "points_margin": 1,
}


def _reason_fields(params: Mapping[str, Any], language: str) -> dict[str, Any]:
    params = {**_margins(params), **params}
    fields = {name: _reason_field(name, value, params) for name, value in params.items()}
    told = params.get("trials", "")
    fields["trials"] = told and _say("trial.levels", language, levels=told)
    if isinstance(params.get("minutes"), int | float):
        fields["time"] = time_words(params["minutes"] * 60, language)
    return fields


def _margins(params: Mapping[str, Any]) -> dict[str, Any]:
    """Behind each ±; verdicts of older versions say the standard error alone."""
    errors = (("se", "margin"), ("kl_se", "kl_margin"), ("points_sd", "points_margin"))
    return {shown: margin(or_nan(params[error]), None) for error, shown in errors if error in params}


def _shown_difference(value: float, figures: Sequence[float | None] | None) -> float:
    """Of two figures as they are shown: whoever subtracts them finds it."""
    one, other = figures or (None, None)
    if one is None or other is None:
        return abs(value)
    return abs(round(one, _DIGITS["difference"]) - round(other, _DIGITS["difference"]))


def _reason_field(name: str, value: Any, params: Mapping[str, Any]) -> Any:
    if value is None and name.endswith("margin"):
        return "?"
    if not isinstance(value, int | float):
        return value
    if name.endswith("bytes"):
        return cards_words(value, params.get("cards", 1))
    if name in ("saving", "chance", "same_experts"):
        return f"{value:.0%}"
    if name == "parameters" or abs(value) >= 100_000:
        return count_words(value)
    if name in ("kl_nats", "kl_margin"):
        return f"{value:.{_kl_digits(params.get('kl_nats'))}f}"
    if name == "difference":
        value = _shown_difference(value, params.get("figures"))
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return number(value, _DIGITS.get(name, digits)) if isinstance(value, float) else _whole(value)


def _whole(value: int) -> str:
    """A whole number, its thousands apart from 10,000 on: 2048, 19,725."""
    return f"{value:,}" if abs(value) >= 10_000 else str(value)
