"""A stored run with all that it rests on: the facts of a report, in no language yet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from catalog.evidence.kinds import key_of, scored
from catalog.evidence.records import Evidence, Provenance
from catalog.evidence.store import Run, Store
from catalog.memory.footprint import Footprint
from catalog.problem import Problem
from catalog.verdict.request import Reason
from tui.report.shapes import footprints

Row = Mapping[str, Any]
COMPARED = ("perplexity", "trial")


@dataclass(frozen=True)
class Report:
    """One run and its evidence.

    `verdict` is the contract's JSON of `basefit recommend` (None for a run that only measured),
    `judged_now` whether it was judged anew for this report because the run itself never came to one.
    `origin` says which run added a piece of evidence, `machines` where those runs took place, `footprints`
    itemise the estimates by (model, level) where the shapes are still at hand. `origins` say by revision
    which hub, repository and commit the weights were fetched from.
    """

    run: Run
    verdict: Row | None
    judged_now: bool
    evidence: tuple[Evidence, ...]
    origin: Mapping[str, int]
    failures: tuple[Row, ...]
    machines: Mapping[int, Row]
    footprints: Mapping[tuple[str, str], Footprint] = field(default_factory=dict)
    origins: Mapping[str, Row] = field(default_factory=dict)

    @property
    def question(self) -> Row | None:
        """The question as the run recorded it, for a run that was asked for a verdict."""
        found: Row | None = self.run.request.get("question")
        return found

    @property
    def asked(self) -> Row:
        """What a run without a question was asked; a race's entry stands in it field by field."""
        asked = {k: v for k, v in self.run.request.items() if k not in ("machine", "race")}
        return asked or self.run.request.get("race") or {}

    @cached_property
    def ranking(self) -> tuple[Row, ...]:
        return tuple((self.verdict or {}).get("ranking") or ())

    @property
    def winner(self) -> Row | None:
        """The first of the ranking, where it is recommended."""
        first = self.ranking[0] if self.ranking else None
        return first if first is not None and first["verdict"] == "recommended" else None

    def of(self, kind: str) -> list[Evidence]:
        """The measurements of a kind."""
        return [e for e in self.evidence if e.kind == kind]

    def behind(self, row: Row) -> list[Evidence]:
        """What the numbers of a row of the ranking rest on."""
        return behind(row, self.evidence)


def reasons(found: Iterable[Row]) -> tuple[Reason, ...]:
    """Reasons as they were before they became JSON."""
    return tuple(Reason(r["code"], r.get("params") or {}, tuple(r.get("evidence") or ())) for r in found)


def behind(row: Row, evidence: Iterable[Evidence]) -> list[Evidence]:
    """The measurements whose numbers stand in a row: the same model, level and value."""
    asked = {"perplexity": row.get("quality"), "trial": row.get("tuned")}
    found: dict[str, Evidence] = {}
    for e in evidence:
        wanted = asked.get(e.kind)
        level = row.get("tuned_level", e.level) if e.kind == "trial" else row["level"]
        same = e.model == row["model"] and e.level == level
        if wanted is not None and same and scored(e).bits_per_byte == wanted:
            found[e.kind] = e
    return [found[kind] for kind in COMPARED if kind in found]


def gather(store: Store, number: int | None = None) -> Report:
    """The report of a run; None is the latest that measured or judged anything.

    Problems: run-none, where the store holds no run to report on; run-unknown.
    """
    run = _latest(store) if number is None else store.find_run(number)
    if run is None:
        newest = store.runs(1)
        if not newest:
            raise Problem("run-none")
        raise Problem("run-unknown", run=number, latest=newest[0].id)
    known = store.find(imported=True)
    verdict: Row | None = run.result if "ranking" in run.result else None
    judged_now = verdict is None and run.request.get("question") is not None
    if judged_now:
        verdict = _judge(run, known)
    evidence = _evidence(run, verdict, known, store.evidence_of(run.id))
    origin = store.run_of()
    runs = {run.id, *(origin[e.id] for e in evidence if e.id in origin)}
    machines = {}
    origins: dict[str, Row] = {}
    for id_ in sorted(runs):
        found = run if id_ == run.id else store.find_run(id_)
        if found is not None and found.request.get("machine"):
            machines[id_] = found.request["machine"]
        if found is not None:
            origins |= found.result.get("origins") or {}
    return Report(
        run,
        verdict,
        judged_now and verdict is not None,
        tuple(evidence),
        {e.id: origin[e.id] for e in evidence if e.id in origin},
        tuple(store.failures(run.id)),
        machines,
        footprints(run.request.get("question"), (verdict or {}).get("ranking") or ()),
        {e.revision: origins[e.revision] for e in evidence if e.revision in origins},
    )


def _latest(store: Store) -> Run | None:
    runs = store.runs()
    if not runs:
        return None
    telling = (run for run in runs if "ranking" in run.result or store.evidence_of(run.id) or _rests(run))
    return next(telling, runs[0])


def _rests(run: Run) -> Sequence[str]:
    return run.result.get("evidence") or ()


def _judge(run: Run, known: Sequence[Evidence]) -> Row | None:
    """The verdict on a question whose run never came to one; None where its files are gone."""
    from probes.measurement.measurement import judged
    from probes.measurement.question_json import question_of

    question = question_of(run.request["question"])
    if question is None:
        return None
    try:
        found: Row = plain(judged(question, known))
    except Problem:
        return None
    return found


def plain(value: Any) -> Any:
    """As it would come back from JSON: tuples become lists."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def _evidence(
    run: Run, verdict: Row | None, known: Sequence[Evidence], added: Sequence[Evidence]
) -> list[Evidence]:
    """What the run added, reused and cites, and what its ranking's numbers rest on, in stored order."""
    wanted = {*_rests(run), *(e.id for e in added)}
    if verdict is not None:
        wanted |= set(_cited(verdict))
        then = [e for e in known if not run.ended or e.created <= run.ended]
        for row in verdict["ranking"]:
            wanted |= {e.id for e in behind(row, then)}
        wanted |= {e.id for e in _counted(verdict, then)}
    return [e for e in known if e.id in wanted]


def _counted(verdict: Row, known: Sequence[Evidence]) -> list[Evidence]:
    """The latest count of the text by each candidate's tokenizer."""
    names = {row["model"] for row in verdict["ranking"]}
    text = verdict.get("text_sha256")
    latest = {
        e.model: e
        for e in known
        if e.kind == "tokenizer" and e.model in names and key_of(e).text_sha256 == text
    }
    return list(latest.values())


def _cited(value: Any) -> Iterable[str]:
    """Every evidence id anywhere in a verdict."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name == "evidence" and isinstance(item, list):
                yield from map(str, item)
            else:
                yield from _cited(item)
    elif isinstance(value, list):
        for item in value:
            yield from _cited(item)


def measured(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Only what was measured."""
    return [e for e in evidence if e.provenance is Provenance.MEASURED]
