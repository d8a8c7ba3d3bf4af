"""A report's facts into blocks of one language: the answer first, then why, then where it comes from."""

from catalog.evidence.store import RunState
from tui.report import measured, pictures, provenance, said, verdict
from tui.report.against import Against
from tui.report.blocks import Block, Bullets, Document, Heading, Lead, Line, Paragraph, line
from tui.report.changes import changes
from tui.report.gather import Report
from tui.report.words import Words


def compose(report: Report, language: str, against: Against | None = None) -> Document:
    """The whole report; with `against`, what changed stands right after the answer."""
    cited = {e.id for e in report.evidence}
    words = Words(language, cited)
    blocks: list[Block] = [_lead(report, words), *_notices(report, words)]
    if against is not None:
        blocks += changes(against, Words(language, cited))
    if report.verdict is not None:
        blocks += verdict.why(report, words)
        blocks += verdict.ranking(report, words)
    if drawn := pictures.pictures(report, words):
        blocks += [Heading(words("section.charts")), *drawn]
    blocks += measured.measurements(report, words)
    blocks += measured.failures(report, words)
    blocks += provenance.question(report, words)
    blocks += provenance.machine(report, words)
    blocks += provenance.commands(report, words)
    blocks += provenance.evidence_list(report, words)
    blocks += [Heading(words("section.reading")), Bullets(_reading(report, words))]
    started = words.time(report.run.started)
    return Document(
        language,
        _title(report, words),
        words("subtitle", run=report.run.id, started=started),
        tuple(blocks),
    )


def headline(report: Report, language: str) -> Lead:
    """The answer and its one sentence."""
    return _lead(report, Words(language, ()))


def _lead(report: Report, words: Words) -> Lead:
    return said.lead(report, words) if report.verdict is None else verdict.lead(report, words)


def _title(report: Report, words: Words) -> str:
    if report.verdict is None:
        return words("title-run")
    return words("title", budget=words.budget(report.verdict.get("budget") or {}))


def _notices(report: Report, words: Words) -> list[Block]:
    """What a reader must know before the answer is believed."""
    told: list[Block] = []
    status = report.run.status
    if status in (RunState.CANCELLED, RunState.FAILED, RunState.RUNNING):
        told.append(Paragraph(line(words(f"notice.{status}")), "warning"))
    if report.judged_now:
        told.append(Paragraph(line(words("notice.judged-now")), "warning"))
    if report.verdict is None and report.question is not None:
        told.append(Paragraph(line(words("notice.unjudged")), "warning"))
    if report.failures:
        told.append(Paragraph(line(words("notice.failures", count=len(report.failures))), "warning"))
    if ((report.verdict or {}).get("budget") or {}).get("simulated"):
        measured = any(row["provenance"] == "measured" for row in report.ranking)
        key = "notice.simulated" if measured else "notice.simulated-estimate"
        told.append(Paragraph(line(words(key))))
    return told


def _reading(report: Report, words: Words) -> tuple[Line, ...]:
    kinds = {e.kind for e in report.evidence}
    names = ["bits", "error"] if kinds & {"perplexity", "trial"} or report.verdict else []
    names += ["kl"] if "perplexity" in kinds else []
    names += ["trial"] if "trial" in kinds else []
    names += ["memory"] if report.verdict or "deploy" in kinds else []
    names += ["tokenizer"] if kinds & {"tokenizer", "vocabulary"} else []
    return tuple(line(words(f"reading.{name}")) for name in [*names, "evidence"])
