"""The extension tried on a tiny model: rows as promised, comparable figures, learning that lowers them."""

import io
import math

import pytest

from probes.jobs.events import Emit
from probes.tokenization.fast import FastTokenizer
from probes.vocabulary.probe import learn, run
from tests.places import SAMPLE

torch = pytest.importorskip("torch")


def byte_vocabulary():
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    from probes.tokenization.byte_level import char_of_byte

    pipeline = Tokenizer(
        models.BPE(vocab={char: value for value, char in char_of_byte().items()}, merges=[])
    )
    pipeline.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pipeline.decoder = decoders.ByteLevel()
    return pipeline


def tiny(tied: bool, rows: int = 256):
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=rows,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=256,
            tie_word_embeddings=tied,
        )
    )


@pytest.fixture(scope="module")
def merged():
    base = FastTokenizer("bytes", byte_vocabulary())
    extension = learn(base, SAMPLE.read_text("utf-8").splitlines(), 150, 1)
    return base, extension.merged(150)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("rows", [256, 300])
def test_new_rows_are_the_mean_of_their_parts(merged, tied, rows):
    from probes.vocabulary.trial import extend_embeddings

    base, extended = merged
    model = tiny(tied, rows)
    tables = [model.get_input_embeddings().weight, model.get_output_embeddings().weight]
    before = [table.detach().clone() for table in tables]
    extend_embeddings(model, base, extended, "mean", 0)
    after = [model.get_input_embeddings().weight, model.get_output_embeddings().weight]
    for old, new in zip(before, after, strict=True):
        assert torch.equal(new[:256], old[:256])
        assert new.shape[0] == 256 + len(extended.added)
        for index in range(len(extended.added)):
            parts = list(extended.tokenizer.piece(256 + index))
            assert torch.allclose(new[256 + index], old[parts].mean(0), atol=1e-6)


def test_random_rows_have_the_old_spread(merged):
    from probes.vocabulary.trial import extend_embeddings

    base, extended = merged
    model = tiny(False)
    deviation = float(model.get_input_embeddings().weight.detach().std())
    extend_embeddings(model, base, extended, "random", 0)
    assert float(model.get_input_embeddings().weight[256:].detach().std()) == pytest.approx(
        deviation, rel=0.1
    )


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
        "try": {"steps": 20, "batch": 4, "window": 64, "points": 3, "held_out_bytes": 2000},
    }
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        trial = run(job, Emit(io.StringIO()))["trial"]
    finally:
        torch.set_num_threads(threads)
    assert [row["variant"] for row in trial["variants"]] == ["unextended", "mean", "random"]
    plain, mean, _ = (row["points"] for row in trial["variants"])
    assert [point["steps"] for point in plain] == [0, 10, 20]
    assert [point["tokens"] for point in plain] == [point["tokens"] for point in mean] == [0, 2560, 5120]
    assert plain[-1]["bytes"] == 5120
    assert mean[-1]["bytes"] > plain[-1]["bytes"]
    assert plain[0]["bits_per_byte"] == pytest.approx(8, abs=0.3)
    for points in (plain, mean):
        assert points[-1]["bits_per_byte"] < points[0]["bits_per_byte"] - 0.3
        assert all(math.isfinite(point["bits_per_byte"]) for point in points)
