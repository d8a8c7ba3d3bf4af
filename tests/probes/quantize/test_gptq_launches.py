"""What GPTQ asks of a GPU: few launches an input, and no wait for an answer."""

import torch

from probes.quantize.gptq import Factor, solve
from probes.quantize.grid import Spec
from tests.probes.launches import Launches


def test_seven_launches_an_input_and_no_wait() -> None:
    columns, outputs = 512, 96
    with torch.device("meta"), Launches() as launches:
        weight = torch.empty(outputs, columns, dtype=torch.bfloat16)
        upper = torch.empty(columns, columns)
        dead = torch.empty(columns, dtype=torch.bool)
        found = solve(weight, Factor(upper, None, dead), [Spec(4, 128), Spec(3, 128), Spec(8, None)])
    assert [tuple(one.codes.shape) for one in found] == [(outputs, columns)] * 3
    assert all(one.codes.device.type == "meta" for one in found)
    assert launches.calls["round_"] == columns
    assert launches.calls.total() <= 8 * columns
