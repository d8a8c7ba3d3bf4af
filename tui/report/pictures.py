"""Which pictures a report shows, and from what: only what was measured or estimated, nothing made up."""

import math

from catalog.evidence.kinds import Deploy, Perplexity, Tokenizer, Trial
from catalog.evidence.records import Evidence
from catalog.memory.footprint import Footprint
from tui.report.blocks import Block, Chart
from tui.report.charts.curves import Curve, curves
from tui.report.charts.damage import Harm, damage
from tui.report.charts.lengths import lengths
from tui.report.charts.memory import Bar, memory_bars
from tui.report.charts.scatter import Dot, scatter
from tui.report.gather import Report, Row
from tui.report.measured import is_reference
from tui.report.words import Words
from tui.strings import say
from tui.wording import damage_word, fit_word, size_words

MOST_BARS = 18
DAMAGE_WORDS = ("indistinguishable", "slightly worse", "worse", "broken")


def pictures(report: Report, words: Words) -> list[Block]:
    """Quality against size, memory, damage, trials, tokens: those for which there is anything to draw."""
    draw = (_quality, _memory, _damage, _deployed, _trials, _han)
    return [chart for each in draw if (chart := each(report, words)) is not None]


def _chart(name: str, svg: str, words: Words) -> Chart:
    return Chart(svg, words(f"chart.{name}"), words(f"chart.{name}-caption"))


def _chosen(e: Evidence, report: Report) -> bool:
    winner = report.winner
    return winner is not None and (e.model, e.level) == (winner["model"], winner["level"])


def _colours(report: Report) -> dict[str, int]:
    """A model has the same colour in every picture."""
    names = dict.fromkeys(e.model for e in report.evidence)
    return {name: index for index, name in enumerate(names)}


def _quality(report: Report, words: Words) -> Chart | None:
    colours = _colours(report)
    dots = [
        Dot(
            _of_text(e, found),
            e.level,
            found.weight_bytes,
            found.bits_per_byte,
            _drawn(found.margin),
            _chosen(e, report),
            colours[e.model],
        )
        for e, found in _levels(report)
        if found.bits_per_byte is not None and math.isfinite(found.bits_per_byte) and found.weight_bytes
    ]
    if len(dots) < 2:
        return None
    labels = words("axis.weights"), words("axis.quality"), words("axis.front"), words("chart.quality")
    return _chart("quality", scatter(dots, *labels), words)


def _drawn(margin: float) -> float | None:
    """What a thin line can show of an error."""
    return margin if math.isfinite(margin) else None


def _of_text(e: Evidence, found: Perplexity) -> str:
    """The model, with the text where several were scored."""
    return f"{e.model} ({found.text})" if found.text else e.model


def _levels(report: Report) -> list[tuple[Evidence, Perplexity]]:
    """The scored levels, the last of each model, level and text: one measured again is drawn once."""
    read = [(e, Perplexity.of(e)) for e in report.of("perplexity")]
    return list({(e.model, e.level, found.text): (e, found) for e, found in read}.values())


def _latest(found: list[Evidence]) -> list[Evidence]:
    """The last of each subject."""
    return list({(e.model, e.level): e for e in found}.values())


def _memory(report: Report, words: Words) -> Chart | None:
    rows = report.ranking[:MOST_BARS]
    if not rows:
        return None
    bars = [_bar(row, report.footprints.get((row["model"], row["level"])), words) for row in rows]
    budget = (report.verdict or {}).get("budget") or {}
    told = words("axis.budget", size=size_words(budget.get("bytes") or 0))
    svg = memory_bars(bars, budget.get("bytes"), told, words("axis.range"), words("chart.memory"))
    return _chart("memory", svg, words)


def _bar(row: Row, items: Footprint | None, words: Words) -> Bar:
    shown = items.parts().items() if items else ()
    return Bar(
        f"{row['model']} {row['level']}",
        row["expected_bytes"],
        row["low_bytes"],
        row["high_bytes"],
        "" if row["fits"] == "yes" else fit_word(row["fits"], words.language),
        tuple((key, say(f"app.memory.{key}", words.language), size) for key, size in shown),
        row["verdict"] == "recommended",
    )


def _deployed(report: Report, words: Words) -> Chart | None:
    bars = []
    for e in report.of("deploy"):
        found = Deploy.of(e)
        if found.measured_bytes:
            expected, measured = found.expected_bytes or 0, found.measured_bytes
            low, high = found.low_bytes or expected, found.high_bytes or expected
            for key, word, size, ends in (
                ("cache", words("estimate"), expected, (low, high)),
                ("weights", words("measurement"), measured, (measured, measured)),
            ):
                name = f"{e.model} {e.level}: {word}"
                bars.append(Bar(name, size, *ends, "", ((key, word, size),)))
    if not bars:
        return None
    svg = memory_bars(bars, None, "", words("axis.range"), words("chart.deploy"))
    return _chart("deploy", svg, words)


def _damage(report: Report, words: Words) -> Chart | None:
    colours = _colours(report)
    harms = [
        Harm(_of_text(e, found), e.level, found.kl_nats, _drawn(found.kl_margin), colours[e.model])
        for e, found in _levels(report)
        if found.kl_nats is not None and not is_reference(e)
    ]
    if not harms:
        return None
    names = [damage_word(word, words.language) for word in DAMAGE_WORDS]
    return _chart("damage", damage(harms, names, words("axis.kl"), words("chart.damage")), words)


def _trials(report: Report, words: Words) -> Chart | None:
    colours = _colours(report)
    found = [
        Curve(
            f"{e.model} {e.level}",
            [(p.examples, p.bits_per_byte, _drawn(p.margin)) for p in points],
            colours[e.model],
        )
        for e in _latest(report.of("trial"))
        if len(points := [p for p in Trial.of(e).points if p.bits_per_byte is not None]) > 1
    ]
    if not found:
        return None
    labels = words("axis.examples"), words("axis.answers"), words("chart.trials")
    return _chart("trials", curves(found, *labels), words)


def _han(report: Report, words: Words) -> Chart | None:
    winner = report.winner
    rows = [
        (e.model, tokens, winner is not None and e.model == winner["model"])
        for e in _latest(report.of("tokenizer"))
        if (tokens := Tokenizer.of(e).tokens_per_han_char) is not None
    ]
    if not rows:
        return None
    ordered = sorted(rows, key=lambda row: row[1])
    return _chart("han", lengths(ordered, words("axis.han"), words("chart.han")), words)
