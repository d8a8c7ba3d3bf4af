"""The report of a question as a file of its own: what the app's key writes."""

from pathlib import Path

from catalog.evidence.store import Store
from probes.measurement.question import Question
from probes.measurement.question_json import question_of
from tui.report.gather import gather
from tui.report.write import text_of, write

FOLDER = "reports"
LOOKED_AT = 1000
"""How many of the latest runs are searched for the question."""


def save(evidence: Path, home: Path, question: Question, language: str) -> Path:
    """Write HTML on the latest run that asked `question`; its path. Safe in a thread: opens its own store.

    Problems as of gather and write.
    """
    store = Store(evidence)
    try:
        asked = (run for run in store.runs(LOOKED_AT) if run.request.get("question"))
        run = next((run.id for run in asked if question_of(run.request["question"]) == question), None)
        report = gather(store, run)
    finally:
        store.close()
    return write(text_of(report, "html", language), home / FOLDER / f"run-{report.run.id}.html")
