"""Rows for new pieces: as promised, and nothing else changed."""

import pytest
import torch

from probes.tokenization.fast import FastTokenizer
from probes.vocabulary.contract import Contract
from probes.vocabulary.embeddings import LearntRows, Rows, extend_embeddings, tables_of
from probes.vocabulary.extension import Merged
from probes.vocabulary.probe import learn
from tests.places import SAMPLE
from tests.probes.vocabulary.tiny import byte_vocabulary, tiny


@pytest.fixture(scope="module")
def merged() -> Merged:
    base = FastTokenizer("bytes", byte_vocabulary())
    return learn(base, SAMPLE.read_text("utf-8").splitlines(), 150, 1, Contract(base.vocab_size)).merged(
        150
    )


def tables(model):
    return [table.detach().clone() for table, _ in tables_of(model)]


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("rows", [256, 300, 500])
def test_new_rows_are_the_mean_of_their_parts(merged, tied, rows):
    model = tiny(tied, rows)
    before = tables(model)
    assert len(before) == 2 - tied
    extend_embeddings(model, Rows(merged, "mean", 0))
    for old, new in zip(before, tables(model), strict=True):
        assert torch.equal(new[:256], old[:256])
        assert new.shape[0] == max(rows, 256 + len(merged.added))
        for index in range(len(merged.added)):
            parts = list(merged.tokenizer.piece(256 + index))
            assert torch.allclose(new[256 + index], old[parts].mean(0), atol=1e-6)


def test_random_rows_have_the_old_spread(merged):
    model = tiny(False)
    deviation = float(model.get_input_embeddings().weight.detach().std())
    extend_embeddings(model, Rows(merged, "random", 0))
    assert float(model.get_input_embeddings().weight[256:].detach().std()) == pytest.approx(
        deviation, rel=0.1
    )


def test_weights_lean_to_what_the_model_goes_on_from_and_to_what_it_predicts(merged):
    """exp(2 i) of three parts: .016, .117, .867."""
    table = torch.eye(256)
    rows = Rows(merged, "weighted", 0)
    index = next(i for i, parts in enumerate(merged.parts()) if len(set(parts)) == len(parts) == 3)
    parts = merged.parts()[index]
    last = rows.extended(table, "embedding")[256 + index][parts]
    assert last.tolist() == pytest.approx([0.0159, 0.1173, 0.8668], abs=1e-4)
    assert rows.extended(table, "head")[256 + index][parts].tolist() == last.tolist()[::-1]
    assert rows.extended(table, "tied")[256 + index][parts].tolist() == pytest.approx(
        [(0.0159 + 0.8668) / 2, 0.1173, (0.0159 + 0.8668) / 2], abs=1e-4
    )


def test_a_table_without_rows_for_reserved_tokens_gets_the_mean_there(merged):
    """Four tokens that the configuration names and the table has no row for."""
    moved = Merged(merged.tokenizer, 260, merged.added, merged.parts, merged.files)
    table = torch.randn(256, 8)
    grown = Rows(moved, "mean", 0).extended(table, "tied")
    assert len(grown) == 260 + len(merged.added)
    assert torch.allclose(grown[256:260], table.mean(0).expand(4, 8), atol=1e-6)
    assert torch.allclose(grown[260], table[merged.parts()[0]].mean(0), atol=1e-6)


@pytest.mark.parametrize("tied", [True, False])
def test_learnt_rows_leave_the_old_ones_to_the_bit(merged, tied):
    model = tiny(tied)
    stored = [(table.half(), role) for table, role in tables_of(model)]
    extend_embeddings(model, Rows(merged, "random", 3))
    learnt = LearntRows(model, merged.first)
    for (table, role), now in zip(stored, tables(model), strict=True):
        grown = learnt.extended(table, role)
        assert grown.dtype == torch.float16
        assert torch.equal(grown[:256], table)
        assert torch.equal(grown[256:], now[256:].half())


def test_a_bias_of_the_head_grows_too(merged):
    from transformers import PhiConfig, PhiForCausalLM

    model = PhiForCausalLM(
        PhiConfig(
            vocab_size=256, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2
        )
    )
    with torch.no_grad():
        model.lm_head.bias.copy_(torch.arange(256.0))
    extend_embeddings(model, Rows(merged, "mean", 0))
    assert [role for _, role in tables_of(model)] == ["embedding", "head", "head"]
    wanted = torch.tensor(merged.parts()[5], dtype=torch.float).mean()
    assert float(model.lm_head.bias[261].detach()) == pytest.approx(float(wanted))
