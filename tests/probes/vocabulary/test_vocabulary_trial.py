"""The extension tried on a tiny model: rows as promised, comparable figures, learning that lowers them."""

import io
import math

import pytest

from probes.jobs.events import Emit
from probes.tokenization.fast import FastTokenizer
from probes.vocabulary.contract import Contract
from probes.vocabulary.probe import learn, run
from tests.places import SAMPLE
from tests.probes.vocabulary.tiny import byte_vocabulary, tiny

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def merged():
    base = FastTokenizer("bytes", byte_vocabulary())
    extension = learn(base, SAMPLE.read_text("utf-8").splitlines(), 150, 1, Contract(base.vocab_size))
    return base, extension.merged(150)


def test_bits_per_byte_of_a_uniform_model_is_known(merged):
    """256 equally likely bytes: 8 bits each, whatever the window."""
    from probes.vocabulary.trial import bits_per_byte

    base, _ = merged
    model = tiny(False)
    with torch.no_grad():
        model.get_output_embeddings().weight.zero_()
    text = "茶 tea " * 20
    size = len(text.encode())
    for window in (16, 64, 1000):
        found = bits_per_byte(model, base, [text], window)
        assert found == pytest.approx(8 * (size - 1) / size, rel=1e-5)


def test_the_trial_compares_variants_over_the_same_steps(tmp_path):
    tiny(True).save_pretrained(tmp_path)
    byte_vocabulary().save(str(tmp_path / "tokenizer.json"))
    job = {
        "target": str(tmp_path),
        "text": str(SAMPLE),
        "add": 150,
        "snippets": 1,
        "try": {"steps": 20, "batch": 4, "window": 64, "points": 3, "held_out_bytes": 2000},
    }
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        trial = run(job, Emit(io.StringIO()))["trial"]
    finally:
        torch.set_num_threads(threads)
    names = ["unextended", "mean", "weighted", "distilled", "random"]
    assert [row["variant"] for row in trial["variants"]] == names
    plain, mean, *_ = (row["points"] for row in trial["variants"])
    assert [point["steps"] for point in plain] == [0, 10, 20]
    assert [point["tokens"] for point in plain] == [point["tokens"] for point in mean] == [0, 2560, 5120]
    assert trial["variants"][3]["distilled"]["snippets"] > 0
    assert plain[-1]["bytes"] == 5120
    assert mean[-1]["bytes"] > plain[-1]["bytes"]
    assert plain[0]["bits_per_byte"] == pytest.approx(8, abs=0.3)
    for points in (plain, mean):
        assert points[-1]["bits_per_byte"] < points[0]["bits_per_byte"] - 0.3
        assert all(math.isfinite(point["bits_per_byte"]) for point in points)


def test_with_minutes_each_variant_has_the_same_time_and_as_many_points(tmp_path):
    tiny(True).save_pretrained(tmp_path)
    byte_vocabulary().save(str(tmp_path / "tokenizer.json"))
    tried = {"minutes": 0.02, "batch": 4, "window": 64, "points": 4, "held_out_bytes": 500}
    tried["variants"] = ["unextended", "distilled"]
    job = {"target": str(tmp_path), "text": str(SAMPLE), "add": 150, "try": tried}
    trial = run(job, Emit(io.StringIO()))["trial"]
    assert trial["minutes"] == 0.02
    plain, distilled = trial["variants"]
    for row in (plain, distilled):
        assert len(row["points"]) == 4
        assert row["points"][-1]["seconds"] >= 1.2
        assert row["points"][1]["steps"] > 0
    assert plain["points"][0]["seconds"] == 0
    assert "distilled" not in plain
    spent = distilled["distilled"]["seconds"]
    assert distilled["points"][0]["seconds"] == spent >= 0.6
