"""Where every number comes from: the question, the machine, versions, seeds, hashes and the commands."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from catalog.evidence.kinds import Trial, conditions, key_of
from catalog.evidence.records import Evidence
from probes.checkpoint.hubs import HOSTS
from tui.report.blocks import Block, Command, Facts, Heading, Line, Paragraph, Piece, Table, cells, line
from tui.report.command import plan_command, verdict_command
from tui.report.gather import Report
from tui.report.words import Words
from tui.wording import duration_words, provenance_word, size_words

QUESTION = (
    "budget", "use", "context", "batch", "language", "levels", "targets", "text", "data", "windows",
    "examples", "device", "card", "wishes",
)  # fmt: skip


def question(report: Report, words: Words) -> list[Block]:
    """What was asked."""
    asked = report.question
    if asked is None:
        rows = [
            (words.known(f"asked.{name}", name), line(words.value(name, v)))
            for name, v in report.asked.items()
        ]
    else:
        names = [*(n for n in QUESTION if n in asked), *(n for n in asked if n not in QUESTION)]
        rows = [
            (words.known(f"asked.{name}", name), line(_asked(name, asked[name], words)))
            for name in names
            if asked[name] not in (None, "", [], {}) and name != "correction"
        ]
    return [Heading(words("section.question")), Facts(tuple(rows))] if rows else []


def _asked(name: str, value: Any, words: Words) -> str:
    if name == "budget":
        count = f"{value['count']} x " if value.get("count", 1) > 1 else ""
        badge = f" {words('simulated')}" if value.get("simulated") else ""
        return f"{value['label']}, {count}{size_words(value['bytes'])}{badge}"
    if name in ("use", "card"):
        return words.known(f"{name}.{value}", str(value))
    return words.value(name, value)


def machine(report: Report, words: Words) -> list[Block]:
    """Times, the machine of every run that measured, versions, seeds and hashes."""
    blocks: list[Block] = [Heading(words("section.provenance")), Facts(tuple(_run(report, words)))]
    groups: dict[str, tuple[dict[str, Any], list[int]]] = {}
    for number, record in report.machines.items():
        kept = {k: v for k, v in record.items() if k != "folder"}
        groups.setdefault(str(kept), (kept, []))[1].append(number)
    for kept, runs in groups.values():
        told = words("machine-of", runs=", ".join(map(str, runs)))
        blocks += [Heading(told, 3), Facts(tuple(_record(kept, words)))]
    if report.run.id not in report.machines:
        blocks.append(Paragraph(line(words("machine-unknown"))))
    if hashes := tuple(_hashes(report, words)):
        blocks += [Heading(words("section.hashes"), 3), Facts(hashes)]
    if seeds := tuple(_seeds(report, words)):
        blocks += [Heading(words("section.seeds"), 3), Facts(seeds)]
    return blocks


def _run(report: Report, words: Words) -> Iterator[tuple[str, Line]]:
    run = report.run
    yield words("fact.run"), line(str(run.id))
    yield words("fact.status"), line(words(f"status.{run.status}"))
    yield words("fact.started"), line(words.time(run.started))
    if run.ended:
        seconds = (datetime.fromisoformat(run.ended) - datetime.fromisoformat(run.started)).total_seconds()
        yield words("fact.ended"), line(f"{words.time(run.ended)} ({duration_words(seconds)})")
    if others := sorted(set(report.origin.values()) - {run.id}):
        yield words("fact.other-runs"), line(", ".join(map(str, others)))


def _record(record: dict[str, Any], words: Words) -> Iterator[tuple[str, Line]]:
    cards = record.get("gpus") or ()
    shown = [f"{card['name']}, {words.value('bytes', card.get('total_bytes'))}" for card in cards]
    yield words("fact.gpu"), line("; ".join(shown) or words("no-gpu"))
    yield words("fact.driver"), line(record.get("driver") or "-")
    flags = " ".join(record.get("flags") or ())
    yield words("fact.cpu"), line(f"{record.get('cpu')}, {record.get('cores')} x {flags}".strip(" x"))
    yield words("fact.ram"), line(words.value("bytes", record.get("ram_bytes")))
    yield words("fact.system"), line(str(record.get("system") or "-"))
    versions = {"python": record.get("python"), **(record.get("versions") or {})}
    yield words("fact.versions"), line(", ".join(f"{name} {found}" for name, found in versions.items()))


def _hashes(report: Report, words: Words) -> Iterator[tuple[str, Line]]:
    asked = report.question or {}
    verdict = report.verdict or {}
    keys = [(key_of(e), e) for e in report.evidence]
    texts = {key.text_sha256: "" for key, _ in keys if key.text_sha256}
    data = {key.data_sha256: Trial.of(e).data_path for key, e in keys if key.data_sha256}
    for kind, found in (("text", texts), ("data", data)):
        if told := verdict.get(f"{kind}_sha256"):
            found.setdefault(str(told), "")
        for digest, lay in found.items():
            where = asked.get(kind) or lay
            pieces = [Piece(f"sha256 {digest}", "code"), Piece(f"  {where}" if where else "")]
            yield words(f"fact.{kind}"), line(*pieces)
    revisions = {e.model: e.revision for e in report.evidence if e.revision}
    for model, revision in revisions.items():
        yield (
            words("fact.revision", model=model),
            line(Piece(revision, "code"), *_fetched(report, revision)),
        )


def _fetched(report: Report, revision: str) -> Iterator[Piece]:
    """The hub, the repository and the commit that weights were fetched from, where they were."""
    origin = report.origins.get(revision)
    if origin is not None:
        host = HOSTS.get(origin["hub"])
        told = (host.title if host else origin["hub"], origin["repo"], origin["commit"])
        yield Piece("  " + " ".join(part for part in told if part))


def _seeds(report: Report, words: Words) -> Iterator[tuple[str, Line]]:
    seeds = {(e.kind, seed) for e in report.evidence if (seed := key_of(e).seed) is not None}
    for kind, seed in sorted(seeds):
        yield words(f"section.{kind}"), line(str(seed))
    if any(e.kind == "perplexity" for e in report.evidence):
        yield words("section.perplexity"), line(words("no-seed"))


def commands(report: Report, words: Words) -> list[Block]:
    """The command of the verdict, of every measurement, and of every estimate."""
    blocks: list[Block] = [Heading(words("section.commands")), Paragraph(line(words("commands-note")))]
    told = words("gives-verdict" if report.verdict else "gives-run")
    blocks.append(Command(verdict_command(report), (line(told),)))
    for source, found in by_source(report.evidence).items():
        if source:
            blocks.append(Command(source, tuple(_gives(found, words))))
    plans = [(row, plan_command(report, row)) for row in report.ranking]
    shown = [(row, command) for row, command in plans if command is not None]
    if shown:
        blocks += [Heading(words("section.estimates"), 3), Paragraph(line(words("estimates-note")))]
        rows = [
            cells(
                row["model"], row["level"], size_words(row["expected_bytes"]), line(Piece(command, "code"))
            )
            for row, command in shown
        ]
        names = words.columns("model", "level", "memory", "command")
        blocks.append(Table(names, tuple(rows), frozenset({2})))
    return blocks


def by_source(evidence: tuple[Evidence, ...]) -> dict[str, list[Evidence]]:
    """The measurements by the command that gave them, in order."""
    found: dict[str, list[Evidence]] = {}
    for e in evidence:
        found.setdefault(e.source, []).append(e)
    return found


def _gives(found: list[Evidence], words: Words) -> Iterator[Line]:
    for e in found:
        subject = " ".join(part for part in (e.model, e.level) if part)
        yield (*words.ids([e.id]), Piece(f"  {subject}"))


_KINDS = ("perplexity", "trial", "tokenizer", "vocabulary", "deploy", "hardware")


def evidence_list(report: Report, words: Words) -> list[Block]:
    """Every piece of evidence with its identity, when and where it was measured."""
    if not report.evidence:
        return []
    names = ("id", "kind", "model", "level", "revision", "trust", "when", "of-run", "conditions")
    rows = [
        cells(
            line(Piece(e.id, "anchor")),
            words(f"section.{e.kind}") if e.kind in _KINDS else e.kind,
            e.model,
            e.level or "-",
            line(Piece(e.revision or "-", "code")),
            provenance_word(e.provenance.value, words.language),
            words.time(e.created),
            str(report.origin.get(e.id, "-")),
            _conditions(e),
        )
        for e in report.evidence
    ]
    return [Heading(words("section.evidence")), Table(words.columns(*names), tuple(rows))]


def _conditions(e: Evidence) -> str:
    told = [f"{name} {f'{v:.4g}' if isinstance(v, float) else v}" for name, v in conditions(e).items()]
    return ", ".join(told) or "-"
