"""A measurement that is killed goes on after its last layer, and gives the same numbers to the last bit."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from probes.jobs.events import Emit, Metric, Progress, decode
from probes.open_checkpoint import open_checkpoint
from probes.perplexity import standing
from probes.perplexity.one_pass import Passed, Track, one_pass
from probes.perplexity.probe import run
from probes.perplexity.standing import Book
from probes.quantize import find
from tests.places import DEMO
from tests.probes.perplexity.conftest import MakeSmall
from tests.probes.perplexity.test_architectures import windows

LEVELS = ["bf16", "nf4", "gptq-4-g128"]


class Killed(BaseException):
    """As a signal ends a process: nothing catches it."""


@pytest.fixture(autouse=True)
def _written_at_every_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "SHORT_S", 0.0)
    monkeypatch.setattr(standing, "SHARE", 1e9)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    return beginning(tmp_path, 2500)


def beginning(folder: Path, characters: int) -> Path:
    sample = (DEMO / "sample.txt").read_text(encoding="utf-8")
    file = folder / "text.txt"
    file.write_text(sample[: sample.index("\n", characters)], encoding="utf-8")
    return file


class Asked:
    """One job, run as often as need be; what was told before a kill stays known, as in the store."""

    def __init__(self, text: Path, where: Path | None, **job: Any) -> None:
        self._job = {"target": str(DEMO / "demo-llama-s"), "name": "demo", "threads": 1, "text": str(text)}
        self._job |= {"standing": str(where) if where else ""} | job
        self._levels: list[str] = job["levels"]
        self.told: dict[str, Any] = {}
        self.progress: list[Progress] = []
        self.notes: list[str] = []
        self.bytes_read = 0

    def run(self) -> "Asked":
        stream, levels = io.StringIO(), [one for one in self._levels if one not in self.told]
        try:
            result = run(self._job | {"levels": levels}, Emit(stream, clock=lambda: 0.0))
            self.notes, self.bytes_read = result["notes"], result["bytes_read"]
        finally:
            events = [decode(line) for line in stream.getvalue().splitlines()]
            found = {event.level: dict(event.values) for event in events if isinstance(event, Metric)}
            assert not found.keys() & self.told.keys(), "told twice"
            self.told |= found
            self.progress = [event for event in events if isinstance(event, Progress)]
        return self


def kill_in(
    monkeypatch: pytest.MonkeyPatch, name: str, when: Callable[[Any], bool], times: int = 1
) -> None:
    """Let `name` of a book do its work, and kill the process then; `when` sees its first argument."""
    real, left = getattr(Book, name), [times]

    def killing(book: Book, first: Any, *rest: Any) -> None:
        real(book, first, *rest)
        if when(first) and left[0]:
            left[0] -= 1
            raise Killed

    monkeypatch.setattr(Book, name, killing)


@pytest.mark.parametrize("layer", [1, 2])
def test_goes_on_at_the_layer(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer: int
) -> None:
    whole = Asked(text, None, levels=LEVELS, windows=2).run()
    where = tmp_path / "standing"
    asked = Asked(text, where, levels=LEVELS, windows=2)
    kill_in(monkeypatch, "layer_done", lambda layers: layers == layer)
    with pytest.raises(Killed):
        asked.run()
    assert where.is_file()
    asked.run()
    assert asked.told == whole.told
    assert asked.bytes_read == whole.bytes_read
    first = next(event for event in asked.progress if event.phase == "layers")
    assert first.start == first.done == layer
    assert not list(tmp_path.glob("standing*"))


def test_goes_on_at_the_window(text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Asked(text, None, levels=LEVELS, windows=2).run()
    asked = Asked(text, tmp_path / "standing", levels=LEVELS, windows=2)
    kill_in(monkeypatch, "window_scored", lambda scores: len(scores) == 2)
    with pytest.raises(Killed):
        asked.run()
    asked.run()
    assert asked.told == whole.told
    first = next(event for event in asked.progress if event.phase == "head")
    assert first.done == 2


@pytest.mark.slow
def test_goes_on_in_a_second_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = beginning(tmp_path, 16000)
    job: dict[str, Any] = {"levels": ["bf16", "rtn-4-g128"], "windows": 16, "spend": "decide"}
    whole = Asked(text, None, **job).run()
    passes: list[int] = []
    real = Book.begin

    def counted(book: Book, earlier: Any) -> None:
        passes.append(earlier["look"])
        real(book, earlier)

    monkeypatch.setattr(Book, "begin", counted)
    asked = Asked(text, tmp_path / "standing", **job)
    kill_in(monkeypatch, "layer_done", lambda layers: layers == 1 and passes[-1] == 1)
    with pytest.raises(Killed):
        asked.run()
    assert passes == [0, 1]
    assert "bf16" in asked.told
    asked.run()
    assert asked.told == whole.told
    assert 0 not in passes[2:]


def test_of_another_text_nothing_is_taken(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tmp_path / "standing"
    kill_in(monkeypatch, "layer_done", lambda layers: layers == 1)
    with pytest.raises(Killed):
        Asked(text, where, levels=["bf16", "nf4"], windows=2).run()
    other = tmp_path / "other.txt"
    other.write_text("又一段文字。\n" + text.read_text(encoding="utf-8"), encoding="utf-8")
    whole = Asked(other, None, levels=["bf16", "nf4"], windows=2).run()
    asked = Asked(other, where, levels=["bf16", "nf4"], windows=2).run()
    assert asked.told == whole.told
    assert next(event for event in asked.progress if event.phase == "layers").done == 0


def test_a_damaged_file_is_begun_anew(text: Path, tmp_path: Path) -> None:
    where = tmp_path / "standing"
    where.write_bytes(b"PK\x03\x04 cut off")
    whole = Asked(text, None, levels=["bf16"], windows=2).run()
    assert Asked(text, where, levels=["bf16"], windows=2).run().told == whole.told


def test_a_place_that_cannot_be_written_costs_no_number_and_is_told(text: Path, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    whole = Asked(text, None, levels=["bf16"], windows=2).run()
    asked = Asked(text, in_the_way / "standing", levels=["bf16"], windows=2).run()
    assert asked.told == whole.told
    assert asked.notes.count("standing-not-kept") == 1
    assert whole.notes == [note for note in asked.notes if note != "standing-not-kept"]


def test_little_work_is_not_written_down(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "SHORT_S", 3600.0)
    kill_in(monkeypatch, "layer_done", lambda layers: layers == 2)
    with pytest.raises(Killed):
        Asked(text, tmp_path / "standing", levels=["bf16"], windows=2).run()
    assert not list(tmp_path.glob("standing*"))


@pytest.mark.parametrize("model_type", ["qwen3_moe", "gemma3_text"])
def test_any_class_goes_on(
    make_small: MakeSmall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model_type: str
) -> None:
    checkpoint = open_checkpoint(make_small(model_type))
    tracks = [Track(find(level), (0, 1)) for level in ("bf16", "nf4")]

    def scored(book: Book) -> Passed:
        cpu = torch.device("cpu")
        return one_pass(
            checkpoint, windows(), tracks, "bf16", cpu, lambda *_: None, book=book, stood=book.read()
        )

    def book() -> Book:
        return Book(tmp_path / "standing", {}, lambda: pytest.fail("not kept"))

    whole = scored(standing.NOWHERE)
    kill_in(monkeypatch, "layer_done", lambda layers: layers == 1)
    with pytest.raises(Killed):
        scored(book())
    assert (tmp_path / "standing").is_file()
    found = scored(book())
    assert found.scores == whole.scores
    assert found.bytes_read == whole.bytes_read
    assert found.kept.routes.keys() == whole.kept.routes.keys()
