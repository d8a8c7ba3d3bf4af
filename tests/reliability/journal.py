"""What was done so far, one case a line: nights add up, and the next begins where the last one ended."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.reliability.case import Case, Found


class Journal:
    """Lines of JSON in one file; one that was cut short by a kill is left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[dict[str, Any]] = []
        if path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    self.lines.append(json.loads(line))
                except ValueError:
                    continue

    def next_seed(self) -> int:
        """One that no earlier run began with."""
        return max((line["run"] for line in self.lines), default=-1) + 1

    def add(self, run: int, case: Case, found: Found, seconds: float) -> None:
        """At once, so that a night that is cut off counts as far as it came."""
        line = {
            "run": run,
            "part": case.part,
            "name": case.name,
            "seed": case.seed,
            "seconds": round(seconds, 2),
            "counts": found.counts,
            "figures": found.figures,
            "faults": found.faults,
        }
        self.lines.append(line)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        torn = self.path.is_file() and not self.path.read_bytes().endswith(b"\n")
        with self.path.open("a", encoding="utf-8") as file:
            file.write("\n" * torn + json.dumps(line, ensure_ascii=True) + "\n")

    def table(self) -> str:
        """Each part's cases, what they counted, and how many faults they found."""
        rows = [f"{'part':8} {'case':22} {'cases':>6} {'faults':>6} {'min':>6}  counts"]
        of: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for line in self.lines:
            of.setdefault((line["part"], line["name"]), []).append(line)
        total = Counter[str]()
        for (part, name), lines in sorted(of.items()):
            counts = sum((Counter(line["counts"]) for line in lines), Counter[str]())
            total.update(counts)
            told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
            bad = sum(len(line["faults"]) for line in lines)
            minutes = sum(line["seconds"] for line in lines) / 60
            rows.append(f"{part:8} {name:22} {len(lines):6} {bad:6} {minutes:6.1f}  {told}")
        bad = sum(len(line["faults"]) for line in self.lines)
        rows.append(
            f"{len(self.lines)} cases, {bad} faults; "
            + ", ".join(f"{count} {what}" for what, count in sorted(total.items()))
        )
        return "\n".join(rows)
