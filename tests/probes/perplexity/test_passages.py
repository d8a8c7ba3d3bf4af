"""Windows meet the context that a model was made for: shortened where they may be, told of where not."""

from pathlib import Path

import pytest

from probes.perplexity.job import PerplexityJob
from probes.perplexity.passages import read_passages
from tests.probes.perplexity.test_frames import LINES, Letters


@pytest.mark.parametrize(
    ("frame", "context", "shortened", "beyond"),
    [
        ("probe", 8192, 0, 0),
        ("probe", 1600, 4, 0),  # a byte a token: some 1 KiB is scored, and a part of the context stays
        ("probe", 512, 4, 4),
        ("llama.cpp", 512, 0, 0),
        ("llama.cpp", 511, 0, 4),
    ],
)
def test_windows_meet_the_models_context(
    tmp_path: Path, frame: str, context: int, shortened: int, beyond: int
) -> None:
    text = tmp_path / "text.txt"
    text.write_text(LINES, "utf-8")
    job = PerplexityJob("", "", (str(text),), frame=frame, windows=4)
    (passage,) = read_passages(job, Letters(), context)
    (whole,) = read_passages(job, Letters(), 2**20)
    assert (passage.shortened, passage.beyond) == (shortened, beyond)
    for window, full in zip(passage.windows, whole.windows, strict=True):
        assert window.ids[window.first :] == full.ids[full.first :]
        assert (window.start, window.end) == (full.start, full.end)
