"""Which stored tensors make a model's parameters: transformers' own mapping of names and its conversions.

Checkpoints call tensors otherwise than the modules do, keep experts apart that a module holds in one
parameter, or hold as one what a module has apart (transformers.conversion_mapping, core_model_loading).
"""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from torch import Tensor
from transformers import PreTrainedModel
from transformers.conversion_mapping import get_model_conversion_mapping
from transformers.core_model_loading import (
    Concatenate,
    Interleave,
    MergeModulelist,
    Transpose,
    WeightConverter,
    WeightRenaming,
    dot_natural_key,
    rename_source_key,
)

from catalog.models.stored_tensors import Shape
from catalog.problem import Problem
from probes.checkpoint.tensors import TensorSource, check_shape

Wanted = tuple[str, str, Shape]
"""(key in the answer, name in the model, shape)."""


@dataclass
class _Made:
    """What `names` together are made into: each stored tensor under the pattern that it matched."""

    first: str
    converter: WeightConverter | None = None
    sources: list[tuple[str, str]] = field(default_factory=list)


class StoredNames:
    """The parameters of a model without weights, by their names there, read from a checkpoint.

    `known` are all of the model, as its own `state_dict` gives them while its modules are in their places.
    """

    def __init__(self, model: PreTrainedModel, known: dict[str, Tensor], tensors: TensorSource) -> None:
        self.tensors = tensors
        self._model = model
        self._made: dict[str, _Made] = {}
        mapping = get_model_conversion_mapping(model)
        renamings = [one for one in mapping if isinstance(one, WeightRenaming)]
        converters = [one for one in mapping if isinstance(one, WeightConverter)]
        by_pattern = {pattern: one for one in converters for pattern in one.source_patterns}
        prefix = model.base_model_prefix
        for stored in sorted(tensors.names(), key=dot_natural_key):
            name, pattern = rename_source_key(stored, renamings, converters, prefix, known)
            if name not in known and stored in known:
                name, pattern = rename_source_key(stored, [], [], prefix, known)
            if name not in known:
                continue
            if pattern is None:
                self._made.setdefault(name, _Made(name, None, [("", stored)]))
                continue
            converter = by_pattern[pattern]
            made = self._made.setdefault(name, _Made(name, converter))
            made.sources.append((pattern, stored))
            for other in converter.target_patterns[1:]:
                self._made[name.replace(converter.target_patterns[0], other)] = made

    def __contains__(self, name: object) -> bool:
        return name in self._made

    def stored_as(self, name: str) -> str:
        """The name of the stored tensor, of the first where several make it; its own where none does."""
        return self._made[name].sources[0][1] if name in self._made else name

    def weights(self, wanted: Iterable[Wanted]) -> dict[str, Tensor]:
        """Some parameters, in their stored dtype. Problems: tensor-missing, tensor-shape, tensor-unmade."""
        found: dict[str, Tensor] = {}
        last: tuple[_Made, dict[str, Tensor]] | None = None
        for key, name, shape in wanted:
            made = self._of(name)
            if made.converter is None:
                found[key] = self.tensors.load(made.sources[0][1], shape=shape)
                continue
            if last is None or last[0] is not made:
                last = (made, self._convert(made, [(p, self.tensors.load(s)) for p, s in made.sources]))
            found[key] = self._checked(last[1], name, shape)
        return found

    def apart(self, name: str, experts: int) -> bool:
        """Whether one expert of a parameter [experts, ...] can be read without the others."""
        made = self._made.get(name)
        if made is None:
            return False
        if made.converter is not None:
            operations = made.converter.operations
            if not all(map(_leaves_experts_alone, operations)):
                return False
            if len(operations) > 1 and any(_turns_unless_right([one]) for one in operations):
                return False
            if isinstance(made.converter.operations[0], MergeModulelist):
                return len(made.sources) == experts * len({pattern for pattern, _ in made.sources})
        return all(self.tensors.reads_rows(stored) for _, stored in made.sources)

    def one_expert(self, wanted: Sequence[Wanted], expert: int) -> dict[str, Tensor]:
        """One expert [1, ...] of each of these parameters, whose whole shapes [experts, ...] are given."""
        found = {}
        row = slice(expert, expert + 1)
        for key, name, shape in wanted:
            made = self._of(name)
            if made.converter is None:
                found[key] = self.tensors.load(made.sources[0][1], row, shape)
                continue
            if isinstance(made.converter.operations[0], MergeModulelist):
                read = [(p, self.tensors.load(s)) for p, s in _of_expert(made.sources, expert)]
            else:
                read = [(p, self.tensors.load(s, row)) for p, s in made.sources]
            part = (1, *shape[1:])
            if _turns_unless_right(made.converter.operations) and tuple(read[0][1].shape) == part:
                found[key] = read[0][1]
            else:
                found[key] = self._checked(self._convert(made, read), name, part)
        return found

    def _of(self, name: str) -> _Made:
        if name not in self._made:
            raise Problem("tensor-missing", tensor=name, path=str(self.tensors.directory))
        return self._made[name]

    def _convert(self, made: _Made, read: list[tuple[str, Tensor]]) -> dict[str, Tensor]:
        converter = deepcopy(made.converter)
        assert converter is not None
        for pattern, tensor in read:
            converter.add_tensor(made.first, made.first, pattern, tensor)  # type: ignore[arg-type]
        try:
            converted = converter.convert(made.first, model=self._model, config=self._model.config)
        except (RuntimeError, ValueError, LookupError, TypeError) as error:
            detail = " ".join(str(error).split())[:160]
            path = str(self.tensors.directory)
            raise Problem("tensor-unmade", tensor=made.first, path=path, detail=detail) from error
        return {name: part[0] if isinstance(part, list) else part for name, part in converted.items()}

    def _checked(self, made: dict[str, Tensor], name: str, shape: Shape) -> Tensor:
        if name not in made:
            raise Problem("tensor-missing", tensor=name, path=str(self.tensors.directory))
        check_shape(name, self.tensors.directory, tuple(made[name].shape), shape)
        return made[name]


def _leaves_experts_alone(operation: object) -> bool:
    """Whether it does the same to each expert, along the first dimension, whatever the others are."""
    if isinstance(operation, MergeModulelist):
        return operation.dim == 0
    if isinstance(operation, Transpose):
        return 0 not in (operation.dim0, operation.dim1)
    return isinstance(operation, Concatenate | Interleave) and operation.dim != 0


def _turns_unless_right(operations: Sequence[object]) -> bool:
    """Whether all that is done is to turn a tensor that has not the parameter's shape."""
    return [getattr(one, "check_dims", False) for one in operations] == [True]


def _of_expert(sources: Sequence[tuple[str, str]], expert: int) -> list[tuple[str, str]]:
    """Of each pattern's tensors, which stand in the order of the experts, the one of that number."""
    by_pattern: dict[str, list[str]] = {}
    for pattern, stored in sources:
        by_pattern.setdefault(pattern, []).append(stored)
    return [(pattern, names[expert]) for pattern, names in by_pattern.items()]
