"""What is to be scored: one text or several, cut into windows for one model."""

from dataclasses import dataclass
from typing import Any

from probes.perplexity.calibration import calibration_rows
from probes.perplexity.frames import Window, cut, within
from probes.perplexity.job import PerplexityJob
from probes.text import Text, read_text
from probes.tokenization.base import TextTokenizer


@dataclass(frozen=True)
class Passage:
    """One text: `first` is the index of its first window among the windows of all texts. `shortened`
    windows have less context than the frame gives, `beyond` are longer than what the model was made for.
    """

    name: str
    text: Text
    windows: tuple[Window, ...]
    first: int
    shortened: int = 0
    beyond: int = 0

    @property
    def indices(self) -> range:
        """Its windows' places among those of all texts."""
        return range(self.first, self.first + len(self.windows))


def read_passages(job: PerplexityJob, tokenizer: TextTokenizer, context: int) -> list[Passage]:
    """The texts of a job, for a model made for `context` tokens. The windows of the probe are shortened to
    them; those of the other frames are what their tools have. Problems: of texts and frames.
    """
    found: list[Passage] = []
    for name, path in job.texts:
        text = read_text(path)
        whole = cut(job.frame, text.text, tokenizer, job.scored_windows)
        windows = whole
        if job.frame == "probe":
            windows = [within(window, context, len(tokenizer.prefix_ids)) for window in whole]
        shortened = sum(len(a.ids) < len(b.ids) for a, b in zip(windows, whole, strict=True))
        beyond = sum(len(window.ids) > context for window in windows)
        first = found[-1].indices.stop if found else 0
        found.append(Passage(name, text, tuple(windows), first, shortened, beyond))
    return found


def read_calibration(
    job: PerplexityJob, passages: list[Passage], tokenizer: TextTokenizer
) -> list[tuple[int, ...]]:
    """Rows for GPTQ: from the job's `calibration` file, else from the texts' own unscored parts."""
    if job.calibration:
        return calibration_rows(read_text(job.calibration).text, [], tokenizer)
    return [
        row
        for passage in passages
        for row in calibration_rows(passage.text.text, passage.windows, tokenizer)
    ]


def describe(job: PerplexityJob, passages: list[Passage]) -> dict[str, Any]:
    """The frame as `--json` gives it."""
    windows = [window for passage in passages for window in passage.windows]
    return {
        "name": job.frame,
        "windows": len(windows),
        "tokens_scored": sum(window.tokens for window in windows),
        "bytes_scored": sum(window.bytes for window in windows),
        "texts": [
            {
                "name": passage.name,
                "sha256": passage.text.sha256,
                "windows": [[window.start, window.end] for window in passage.windows],
            }
            for passage in passages
        ],
    }
