"""The one sentence that a run without a verdict comes to."""

import math
import shlex
from collections.abc import Callable, Sequence

from catalog.evidence.kinds import (
    Deploy,
    Perplexity,
    Tokenizer,
    Trial,
    TrialKey,
    Vocabulary,
    VocabularyKey,
    scored,
)
from catalog.evidence.records import Evidence
from catalog.evidence.store import RunState
from tui.report.blocks import Lead, Tone, line
from tui.report.gather import Report
from tui.report.measured import damage, is_reference, kl, share, signed, size_or_dash
from tui.report.words import Words
from tui.wording import number, plus_minus

Found = Sequence[Evidence]
_TONES: dict[RunState, Tone] = {RunState.DONE: "plain", RunState.FAILED: "bad"}
GOOD = ("indistinguishable", "slightly worse")


def lead(report: Report, words: Words) -> Lead:
    """What a run that was asked for no verdict found, in one sentence."""
    command = _command(report)
    for kind, sentence in _SENTENCES.items():
        if found := report.of(kind):
            told, what = sentence(found, words)
            badge = words("badge.measured")
            return Lead(
                "good" if report.run.status is RunState.DONE else "warning", badge, told, line(what)
            )
    status = report.run.status
    tone = _TONES.get(status, "warning")
    told = RunState.DONE if status is RunState.NO else status
    sentence_words = words(f"nothing-{told}", command=command)
    return Lead(tone, words(f"status.{status}"), words("nothing"), line(sentence_words))


def _command(report: Report) -> str:
    """`perplexity` of `basefit perplexity ...`; the app's runs have none."""
    try:
        parts = shlex.split(report.run.command)
    except ValueError:
        parts = report.run.command.split()
    return parts[1] if len(parts) > 1 else parts[0] if parts else ""


Told = tuple[str, str]


def _told_trial(found: Found, words: Words) -> Told:
    best = min(found, key=_bits)
    trial = Trial.of(best)
    fields = {
        "examples": TrialKey.of(best).examples,
        "before": number(trial.before, 3),
        "after": plus_minus(trial.bits_per_byte, trial.margin),
    }
    key = "said.trial" if len({e.model for e in found}) > 1 else "said.trial-one"
    return words("said.trial-words", model=best.model, level=best.level), words(key, **fields)


def _bits(e: Evidence) -> float:
    bits = scored(e).bits_per_byte
    return math.inf if bits is None else bits


def _told_perplexity(found: Found, words: Words) -> Told:
    """The smallest level that costs little, of the model that is best at its reference."""
    finite = [e for e in found if scored(e).bits_per_byte is not None]
    references = [e for e in finite if is_reference(e)] or finite
    if not references:
        return words("nothing"), words("said.no-number")
    best = min(references, key=_bits)
    mine = [e for e in finite if e.model == best.model and Perplexity.of(e).verdict in GOOD]
    small = min(mine, key=lambda e: Perplexity.of(e).weight_bytes or 0, default=best)
    level = Perplexity.of(small)
    fields = {
        "model": small.model,
        "level": small.level,
        "damage": damage(small, words),
        "kl": kl(small),
        "size": size_or_dash(level.weight_bytes),
        "quality": plus_minus(level.bits_per_byte, level.margin),
    }
    key = "said.perplexity-reference" if small is best else "said.perplexity"
    return words("winner", model=small.model, level=small.level), words(key, **fields)


def _told_tokenizer(found: Found, words: Words) -> Told:
    def cost(e: Evidence) -> float:
        return Tokenizer.of(e).cost

    best, worst = min(found, key=cost), max(found, key=cost)
    unit = words("unit.char" if Tokenizer.of(best).tokens_per_han_char is None else "unit.han")
    if cost(worst) == cost(best):
        return words("said.tokenizer-words", model=best.model), words(
            "said.tokenizer-one", tokens=number(cost(best), 2), unit=unit
        )
    return words("said.tokenizer-words", model=best.model), words(
        "said.tokenizer",
        tokens=number(cost(best), 2),
        unit=unit,
        other=worst.model,
        ratio=number(cost(worst) / cost(best), 2),
    )


def _told_deploy(found: Found, words: Words) -> Told:
    e, loaded = found[-1], Deploy.of(found[-1])
    fields = {
        "peak": size_or_dash(loaded.measured_bytes),
        "expected": size_or_dash(loaded.expected_bytes),
        "error": signed(loaded.error),
        "speed": number(loaded.decode_tokens_per_s, 1),
    }
    return words("said.deploy-words", model=e.model, level=e.level), words("said.deploy", **fields)


def _told_vocabulary(found: Found, words: Words) -> Told:
    e, extended = found[-1], Vocabulary.of(found[-1])
    fields = {"added": number(VocabularyKey.of(e).add, 0), "saving": share(extended.saving)}
    return words(f"said.vocabulary-{extended.verdict}", model=e.model), words("said.vocabulary", **fields)


def _told_hardware(found: Found, words: Words) -> Told:
    names = ", ".join(dict.fromkeys(e.model for e in found))
    return words("said.hardware-words"), words("said.hardware", names=names)


_SENTENCES: dict[str, Callable[[Found, Words], Told]] = {
    "trial": _told_trial,
    "perplexity": _told_perplexity,
    "deploy": _told_deploy,
    "vocabulary": _told_vocabulary,
    "tokenizer": _told_tokenizer,
    "hardware": _told_hardware,
}
