"""Passes over one model until every level's word is settled, told as soon as each is final."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

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
from probes.perplexity.stopping_rule import foreseen, looks, settled
from probes.quantize import find

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
        self.rows: list[Perplexity] = []
        self.noise_floor = 0.0
        self.bytes_read = 0

    def measure(self, calibration: Sequence[Sequence[int]]) -> None:
        """Look, and look again where a word is not settled; each row is emitted once it is final."""
        kept: Kept | None = None
        for look in range(max(map(len, self._looks))):
            tracks = self._tracks(look)
            if len(tracks) == 1 and look:
                break
            passed = one_pass(
                self._checkpoint,
                self._windows,
                tracks,
                self._reference,
                self._device,
                partial(self._progress, len(tracks)),
                calibration,
                sequential=self._job.sequential,
                kept=kept,
            )
            kept = passed.kept
            self._keep(passed, tracks)
            self._tell(passed, look)

    def _progress(self, levels: int, phase: str, done: int, total: int, note: str) -> None:
        """The engine counts each level of each layer; told are layers, with the memory of the moment."""
        memory = {"memory_bytes": float(present_bytes(self._device))}
        if phase == "layers":
            self._emit.progress(phase, done / levels, total / levels, "layers", note, values=memory)
        else:
            self._emit.progress(phase, done, total, "windows", note, values=memory)

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
