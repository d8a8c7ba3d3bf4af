"""Passes over one model until every level's word is settled, told as soon as each is final."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from catalog.evidence.kinds import Perplexity, write
from catalog.evidence.statistics import clustered_ratio, or_nan
from probes.jobs.events import Emit
from probes.machine.peak_memory import present_bytes
from probes.open_checkpoint import Checkpoint
from probes.perplexity.frames import Window
from probes.perplexity.job import PerplexityJob
from probes.perplexity.one_pass import Kept, Passed, Track, one_pass
from probes.perplexity.passages import Passage
from probes.perplexity.scores import Score, row
from probes.perplexity.standing import Book
from probes.perplexity.stopping_rule import foreseen, looks, settled
from probes.quantize import find
from probes.text import read_text

NOISE_LEVEL = "fp32"
NOISE_TOKENS, NOISE_CONTEXT = 64, 16
"""The beginnings of two windows on which the reference is compared with float32, to know what bfloat16
alone does, and how much of each is context. The KL of some hundred tokens tells its size, and float32
costs several times a level's time; two, so that two threads have one each."""


class Measuring:
    """The state of one run: what each level scored so far, and on which windows."""

    def __init__(
        self,
        job: PerplexityJob,
        checkpoint: Checkpoint,
        passages: Sequence[Passage],
        reference: str,
        levels: Sequence[str],
        device: torch.device,
        emit: Emit,
    ) -> None:
        self._job, self._checkpoint, self._passages, self._emit = job, checkpoint, passages, emit
        self._reference, self._levels, self._device = reference, levels, device
        self._wanted = levels
        self._windows = [window for passage in passages for window in passage.windows]
        self._scored = len(self._windows)
        self._windows += [noise_window(self._windows[at]) for at in sorted({0, self._scored // 2})]
        decide = job.spend == "decide"
        self._looks = [
            looks(len(passage.windows)) if decide else [tuple(range(len(passage.windows)))]
            for passage in passages
        ]
        self._scores: dict[str, dict[int, Score]] = {}
        self._failed_at: dict[str, int] = {}
        self._told: set[tuple[str, int]] = set()
        self._phase, self._start = "", 0.0
        self._look = 0
        self.notes: list[str] = []
        path = Path(job.standing) if job.standing else None
        self._book = Book(path, self._identity(), lambda: self.notes.append("standing-not-kept"))
        self.rows: list[Perplexity] = []
        self.noise_floor = 0.0
        self.bytes_read = 0

    def measure(self, calibration: Sequence[Sequence[int]]) -> None:
        """Look, and look again where a word is not settled; each row is emitted once it is final.

        A measurement that was killed goes on where it stood.
        """
        kept: Kept | None = None
        stood = self._book.read()
        if stood is not None and not self._go_on(stood.earlier):
            stood = None
        for look in range(self._look, max(map(len, self._looks))):
            self._look = look
            tracks = self._tracks(look)
            if len(tracks) == 1 and look:
                break
            if stood is None:
                self._book.begin(self._earlier())
            passed = one_pass(
                self._checkpoint,
                self._windows,
                tracks,
                self._reference,
                self._device,
                partial(self._progress, len(tracks), self._tokens(tracks)),
                calibration,
                sequential=self._job.sequential,
                kept=kept,
                book=self._book,
                stood=stood,
            )
            kept, stood = passed.kept, None
            self._keep(passed, tracks)
            self._tell(passed, look)
        self._book.close()

    def _identity(self) -> dict[str, Any]:
        """What a measurement must have in common with one that was killed, to go on where that stood."""
        job = self._job
        return {
            "revision": self._checkpoint.revision,
            "windows": [[list(window.ids), window.first, window.start] for window in self._windows],
            "key": job.key(""),
            "calibration": read_text(job.calibration).sha256 if job.calibration else None,
        }

    def _earlier(self) -> dict[str, Any]:
        """What was found before the pass in hand, in plain values."""
        scores = {level: {at: astuple(one) for at, one in of.items()} for level, of in self._scores.items()}
        return {
            "look": self._look,
            "levels": list(self._levels),
            "scores": scores,
            "failed_at": self._failed_at,
            "told": [list(one) for one in self._told],
            "noise_floor": self.noise_floor,
            "bytes_read": self.bytes_read,
        }

    def _go_on(self, earlier: Mapping[str, Any]) -> bool:
        """Take over what was found; not where levels are asked for that were not."""
        if not {*self._levels} <= {*earlier["levels"]}:
            return False
        self._wanted, self._levels = self._levels, earlier["levels"]
        self._look = earlier["look"]
        self._scores = {
            level: {at: Score(*one) for at, one in of.items()} for level, of in earlier["scores"].items()
        }
        self._failed_at = dict(earlier["failed_at"])
        self._told = {(level, number) for level, number in earlier["told"]}
        self.noise_floor, self.bytes_read = earlier["noise_floor"], earlier["bytes_read"]
        return True

    def _tokens(self, tracks: Sequence[Track]) -> int:
        """What goes through the model in one pass: of every level's windows."""
        return sum(len(self._windows[index].ids) for track in tracks for index in track.windows)

    def _progress(self, levels: int, tokens: int, phase: str, done: int, total: int, note: str) -> None:
        """The engine counts each level of each layer; told are layers, with the memory of the moment and
        the `tokens` of the whole phase.
        """
        values = {"memory_bytes": float(present_bytes(self._device)), "tokens": float(tokens)}
        each, unit = (levels, "layers") if phase == "layers" else (1, "windows")
        if phase != self._phase:
            self._phase, self._start = phase, done / each
        self._emit.progress(phase, done / each, total / each, unit, note, self._start, values)

    def _tracks(self, look: int) -> list[Track]:
        """The reference first, then the levels that still need windows, and float32 once for the noise.

        Once the reference has read all windows it is scored again only on those that others read.
        """
        base, tracks = find(self._reference), []
        for name in self._levels:
            wanted = [
                passage.first + index
                for number, passage in enumerate(self._passages)
                if (name, number) not in self._told and look < len(self._looks[number])
                for index in self._looks[number][look]
            ]
            if name != self._reference and wanted:
                tracks.append(Track(find(name, base.dtype), tuple(wanted)))
        scored = range(self._scored)
        if look == 0 and NOISE_LEVEL not in (self._reference, *self._levels):
            tracks.append(Track(find(NOISE_LEVEL), tuple(range(self._scored, len(self._windows)))))
            scored = range(len(self._windows))
        if look:
            return [Track(base, tuple(sorted({i for track in tracks for i in track.windows}))), *tracks]
        return [Track(base, tuple(scored)), *tracks]

    def _keep(self, passed: Passed, tracks: Sequence[Track]) -> None:
        for track in tracks:
            name = track.level.name
            scores = self._scores.setdefault(name, {})
            scores |= dict(zip(track.windows, passed.scores[name], strict=True))
        self._failed_at |= passed.failed_at
        self.bytes_read += passed.bytes_read
        noise = list(self._scores.get(NOISE_LEVEL, {}).values())
        if self._reference != NOISE_LEVEL and noise and all(score.finite for score in noise):
            ratio = clustered_ratio([score.kl for score in noise], [score.tokens for score in noise])
            self.noise_floor = ratio.value

    def _tell(self, passed: Passed, look: int) -> None:
        for number, passage in enumerate(self._passages):
            for level in self._levels:
                if (level, number) in self._told or level not in passed.scores:
                    continue
                found = self._row(level, passage, passed)
                all_looks = len(self._looks[number])
                of = or_nan(found.kl_nats), or_nan(found.kl_se), len(found.windows)
                told = level == self._reference or look + 1 >= all_looks
                told = told or foreseen(*of, len(passage.windows), all_looks - 1, self.noise_floor)
                if not told:
                    continue
                sure = level == self._reference or settled(*of, self.noise_floor)
                found = replace(found, settled=sure)
                self._told.add((level, number))
                if level not in self._wanted:  # known since the measurement that was killed
                    continue
                self.rows.append(found)
                self._emit.metric(
                    kind="perplexity",
                    model=self._job.name,
                    revision=self._checkpoint.revision,
                    level=level,
                    key=self._job.key(passage.text.sha256),
                    values=write(found),
                )

    def _row(self, level: str, passage: Passage, passed: Passed) -> Perplexity:
        mine, base = self._scores[level], self._scores[self._reference]
        indices = [index for index in passage.indices if index in mine]
        found = row(
            [mine[index] for index in indices],
            [base[index] for index in indices],
            self.noise_floor,
            [base[index] for index in passage.indices],
        )
        cut = (self._windows[index] for index in indices)
        return replace(
            found,
            model=self._job.name,
            level=level,
            text=passage.name,
            windows=tuple(
                replace(scored, start=window.start, end=window.end)
                for scored, window in zip(found.windows, cut, strict=True)
            ),
            bits_per_weight=passed.bits_per_weight[level],
            weight_bytes=passed.weight_bytes[level],
            noise_floor=self.noise_floor,
            failed_at_layer=self._failed_at.get(level),
            beyond_context=passage.beyond or None,
        )


def noise_window(window: Window) -> Window:
    """The beginning of a window; of no text, since it only tells how close two distributions are."""
    ids = window.ids[:NOISE_TOKENS]
    return Window(ids, min(NOISE_CONTEXT, len(ids) // 2), 0, 0, window.start, window.start)
