"""What a model takes at a level, by the shapes of its matrices."""

import math

from probes.perplexity.experts import quantizes_experts
from probes.perplexity.lanes import Lane


def weight_bytes(lane: Lane) -> int:
    """Bytes of the whole model as it would be loaded: matrices at the level, all else in its dtype."""
    rest = lane.skeleton.parameters - _matrices(lane)
    return _matrix_bytes(lane) + rest * lane.skeleton.dtype.itemsize


def bits_per_weight(lane: Lane) -> float:
    """Bits per weight of the linear layers and experts, with their scales; of all where there are none."""
    matrices = _matrices(lane)
    return 8 * (
        _matrix_bytes(lane) / matrices if matrices else weight_bytes(lane) / lane.skeleton.parameters
    )


def _matrices(lane: Lane) -> int:
    """Weights in linear layers and experts."""
    linear = sum(math.prod(shape) for _, shape in lane.skeleton.linears)
    return linear + sum(count * math.prod(shape) for count, shape in lane.skeleton.stacked)


def _matrix_bytes(lane: Lane) -> int:
    about, width = lane.track.level.about, lane.skeleton.dtype.itemsize
    linear = sum(about.matrix_bytes(inputs, outputs) for _, (outputs, inputs) in lane.skeleton.linears)
    as_loaded = about.matrix_bytes if quantizes_experts(about) else lambda i, o: i * o * width
    return linear + sum(count * as_loaded(i, o) for count, (o, i) in lane.skeleton.stacked)
