"""Where a job or a run stands, in words: phase and step, rate, share and time left with its spread."""

from probes.jobs.clock import Reckoned
from probes.jobs.events import Progress
from tui.foreign import clean_line
from tui.strings import say
from tui.wording import count_words, size_words, span_words

STEPS = ("layers", "windows")
"""Units of which one is named: which of how many."""
STEPLESS = ("", "s", *STEPS)
"""Units whose rate says nothing to a person."""


def bar_words(share: float, width: int) -> str:
    """A bar of so many cells."""
    filled = int(share * width)
    return "█" * filled + "░" * (width - filled)


def left_words(found: Reckoned, language: str) -> str:
    """The share done and the time left with its interval: "45%, 41 min left (30-55)"."""
    left, low, high = span_words(found.left, found.low, found.high, language)
    return say("app.run.left", language, share=f"{found.share:.0%}", left=left, low=low, high=high)


def phase_words(progress: Progress, language: str) -> str:
    """The phase, or the layer or window it is at."""
    if progress.unit in STEPS and progress.total:
        at = min(int(progress.done) + 1, round(progress.total))
        return say(f"app.step.{progress.unit}", language, at=at, all=f"{progress.total:.0f}")
    return _worded("phase", progress.phase, language)


def note_words(progress: Progress, language: str) -> str:
    """What the probe adds to its phase (a level, say); of a training its loss and its held-out score."""
    values = progress.values
    if "loss" not in values:
        return clean_line(progress.note)
    loss, held = f"{values['loss']:.2f}", f"{values['held_out']:.3f}"
    return say("app.run.losses", language, loss=loss, held=held)


def pace_words(progress: Progress, language: str) -> str:
    """Tokens a second through the whole model where they are told, else units a second; "" without."""
    rate, unit = progress.rate, progress.unit
    if progress.values.get("tokens_per_second"):
        rate, unit = progress.values["tokens_per_second"], "tokens"
    elif progress.values.get("tokens") and progress.total:
        rate, unit = rate / progress.total * progress.values["tokens"], "tokens"
    if not rate or unit in STEPLESS:
        return ""
    count = count_words(rate) if unit == "B" else f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"
    return say("app.rate", language, count=count, unit=_worded("unit", unit, language))


def now_words(subject: str, progress: Progress, found: Reckoned | None, language: str) -> str:
    """The whole of where a job stands: layer and level, rate, time left, the memory it takes."""
    step = f"{phase_words(progress, language)} {note_words(progress, language)}".strip()
    parts = [step, pace_words(progress, language)]
    if found is not None:
        parts.append(left_words(found, language))
    if memory := progress.values.get("memory_bytes"):
        parts.append(say("app.run.memory", language, memory=size_words(memory)))
    return f"{subject}: {say('app.comma', language).join(filter(None, parts))}"


def _worded(kind: str, name: str, language: str) -> str:
    """The word for a phase or unit; one that a probe invents is shown as it is."""
    key = f"app.{kind}.{name}"
    words = say(key, language)
    return clean_line(name) if words == key else words
