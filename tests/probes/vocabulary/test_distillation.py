"""New pieces learnt from the old cutting: the same text on both sides, and only new rows learn."""

from collections import Counter

import pytest
import torch

from probes.shapes.layers import decoder_of
from probes.tokenization.base import TextTokenizer
from probes.tokenization.fast import FastTokenizer
from probes.tokenization.load import load_tokenizer
from probes.vocabulary.contract import Contract
from probes.vocabulary.corpus import split
from probes.vocabulary.distillation import SNIPPET_TOKENS, Snippet, distil, find_snippets, passes_over
from probes.vocabulary.embeddings import Rows, extend_embeddings
from probes.vocabulary.extension import Merged
from probes.vocabulary.probe import learn
from probes.vocabulary.trial import bits_per_byte, load_whole
from tests.places import DEMO, SAMPLE
from tests.probes.vocabulary.tiny import byte_vocabulary, tiny


@pytest.fixture(scope="module")
def base() -> TextTokenizer:
    return FastTokenizer("bytes", byte_vocabulary())


@pytest.fixture(scope="module")
def merged(base) -> Merged:
    return learn(base, SAMPLE.read_text("utf-8").splitlines(), 150, 1, Contract(base.vocab_size)).merged(
        150
    )


@pytest.fixture(scope="module")
def snippets(merged) -> list[Snippet]:
    return find_snippets(merged, split([str(SAMPLE)]).train, 20, 7)


def test_both_cuttings_of_a_snippet_are_the_same_text(base, merged, snippets):
    for one in snippets:
        assert len(one.new) == SNIPPET_TOKENS
        assert max(one.new) >= merged.first > max(one.old)
        pieces = merged.tokenizer.pieces(one.new)
        assert b"".join(pieces) == b"".join(base.pieces(one.old))
        for place in (0, 17, SNIPPET_TOKENS - 1):
            assert b"".join(pieces[: place + 1]) == b"".join(base.pieces(one.old[: one.ends[place]]))


@pytest.mark.parametrize("most", [1, 5])
def test_each_piece_has_as_many_snippets_as_asked_or_as_there_are(merged, snippets, most):
    texts = split([str(SAMPLE)]).train
    everything = find_snippets(merged, texts, 10**6, 7)
    few = find_snippets(merged, texts, most, 7)
    there = Counter(token for one in everything for token in set(one.new) if token >= merged.first)
    taken = Counter(token for one in few for token in set(one.new) if token >= merged.first)
    assert len(few) < len(everything)
    assert all(taken[token] >= min(most, found) for token, found in there.items())
    assert few == find_snippets(merged, texts, most, 7) != find_snippets(merged, texts, most, 8)


def distance(model, snippets) -> float:
    """Mean squared distance of the last states at the snippets' ends."""
    decoder = decoder_of(model)
    with torch.no_grad():
        apart = [
            decoder(input_ids=torch.tensor([one.new])).last_hidden_state[0, -1]
            - decoder(input_ids=torch.tensor([one.old])).last_hidden_state[0, -1]
            for one in snippets
        ]
    return float(torch.stack(apart).pow(2).mean())


@pytest.mark.parametrize("tied", [True, False])
def test_states_come_near_those_of_the_old_cutting_and_nothing_old_is_touched(base, merged, snippets, tied):
    model = tiny(tied)
    extend_embeddings(model, Rows(merged, "random", 0))
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    text = torch.tensor([base.encode("茶树的叶子")])
    old_logits = model(input_ids=text).logits[..., :256].detach()
    apart = distance(model, snippets[:20])
    spent = distil(model, base, merged, snippets)
    assert spent.snippets == len(snippets)
    assert spent.tokens == sum(len(one.new) + len(one.old) for one in snippets)
    assert distance(model, snippets[:20]) < 0.8 * apart
    assert torch.equal(model(input_ids=text).logits[..., :256].detach(), old_logits)
    for name, parameter in model.named_parameters():
        assert parameter.requires_grad
        old, now = before[name], parameter.detach()
        if len(now) == 256 + len(merged.added):
            assert torch.equal(now[:256], old[:256])
            assert not torch.equal(now[256:], old[256:])
        else:
            assert torch.equal(now, old), name


def test_distillation_ends_when_its_time_is_up(base, merged, snippets):
    model = tiny(True)
    extend_embeddings(model, Rows(merged, "mean", 0))
    assert 0 < distil(model, base, merged, snippets * 50, until=0.05).snippets < len(snippets) * 50


def test_few_snippets_are_read_again(snippets):
    assert [passes_over(snippets[:1] * count) for count in (100, 320, 1000, 1600, 3200, 9999)] == [
        10,
        10,
        4,
        2,
        1,
        1,
    ]


@pytest.mark.slow
def test_a_distilled_start_is_below_the_means_on_the_bundled_family():
    base = load_tokenizer(DEMO / "demo-llama-s")
    parts = split([str(SAMPLE)])
    merged = learn(base, parts.lines(), 150, 1, Contract(base.vocab_size)).merged(150)
    held_out = [text[:1500] for text in parts.held_out[:2]]
    plain = bits_per_byte(load_whole(DEMO / "demo-llama-s", "cpu"), base, held_out, 256)
    model = load_whole(DEMO / "demo-llama-s", "cpu")
    extend_embeddings(model, Rows(merged, "mean", 0))
    means = bits_per_byte(model, merged.tokenizer, held_out, 256)
    found = find_snippets(merged, parts.train, 100, 0)
    distil(model, base, merged, found, passes_over(found))
    distilled = bits_per_byte(model, merged.tokenizer, held_out, 256)
    assert plain < means
    assert distilled < means - (means - plain) / 2
