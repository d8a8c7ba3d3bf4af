"""Attention by blocks of positions: the numbers of torch's own, whatever heads share and however long."""

import pytest
import torch
from torch.nn import functional

from probes.attention import attend, attend_in_blocks
from probes.checkpoint import open_checkpoint
from probes.skeleton import Skeleton
from probes.target import DEMO


@pytest.mark.parametrize("length", [1, 64, 65, 200, 512])
@pytest.mark.parametrize("groups", [1, 2, 8])
def test_equals_attention_over_everything_at_once(length: int, groups: int) -> None:
    torch.manual_seed(length)
    query = torch.randn(1, 8, length, 16, dtype=torch.float64)
    key, value = torch.randn(2, 1, groups, length, 16, dtype=torch.float64)
    for scaling in (None, 0.3):
        expected = functional.scaled_dot_product_attention(
            query, key, value, is_causal=True, scale=scaling, enable_gqa=True
        )
        torch.testing.assert_close(attend(query, key, value, scaling), expected.transpose(1, 2))


def test_in_bfloat16_no_further_from_the_truth_than_torchs_own() -> None:
    torch.manual_seed(3)
    query = torch.randn(1, 8, 300, 64, dtype=torch.bfloat16)
    key, value = torch.randn(2, 1, 2, 300, 64, dtype=torch.bfloat16)
    options = {"is_causal": True, "enable_gqa": True}
    own = functional.scaled_dot_product_attention(query, key, value, **options).double()
    wide = (tensor.double() for tensor in (query, key, value))
    truth = functional.scaled_dot_product_attention(*wide, **options)
    found = attend(query, key, value).transpose(1, 2).double()
    assert float((found - truth).square().mean()) <= 1.05 * float((own - truth).square().mean())


def test_a_layer_is_told_and_those_to_come_are_not() -> None:
    checkpoint = open_checkpoint(DEMO / "demo-llama-s")
    skeleton = Skeleton(checkpoint.config, checkpoint.tensors, torch.bfloat16, torch.device("cpu"))
    layer = skeleton.layer(0)
    assert layer.self_attn.config._attn_implementation == "sdpa"
    attend_in_blocks(layer)
    assert layer.self_attn.config._attn_implementation == "in-blocks"
    assert skeleton.layer(0).self_attn.config._attn_implementation == "sdpa"
