"""Which of transformers' classes a configuration means, and that class without weights."""

import difflib
from collections.abc import Mapping
from typing import Any

import torch
import transformers
from transformers import PretrainedConfig, PreTrainedModel
from transformers.models.auto import modeling_auto
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from catalog.models.architectures import ARCHITECTURES
from catalog.problem import Problem

LONGEST_NAME = 64
"""Letters of a type that are compared with those that are known."""
NEAR = 4
"""How many types are named beside one that is not known."""
_BY_TYPE = (
    modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING,
    modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING,
)

_NAMED = frozenset(
    {
        *modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        *modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
    }
)
"""The types of both, without the import of their classes."""


def types_of(class_name: str) -> frozenset[str]:
    """The model types for which transformers has a class of that name in one of its auto mappings."""
    found = set()
    for mapping, names in vars(modeling_auto).items():
        if mapping.endswith("_MAPPING_NAMES"):
            for kind, named in names.items():
                if class_name == named or (isinstance(named, list | tuple) and class_name in named):
                    found.add(kind)
    return frozenset(found & set(CONFIG_MAPPING))


def class_of(config: Mapping[str, Any]) -> tuple[type[PretrainedConfig], type[PreTrainedModel]]:
    """The configuration's class and the model's: what `architectures` names, else by `model_type`.

    Problems: model-type-missing, model-type-unknown, model-type-unsupported, model-type-contradicted, and
    config-unsupported for `architectures` that are no names.
    """
    kind = config.get("model_type")
    written = config.get("architectures") or []
    names = [written] if isinstance(written, str) else written
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Problem("config-unsupported", architecture=str(kind), field="architectures")
    named = next((name for name in names if types_of(name)), None)
    model: type[PreTrainedModel] | None = getattr(transformers, named) if named else None
    own = str(model.config_class.model_type) if model and model.config_class else ""
    if kind is None and own:
        raise Problem("model-type-missing", architecture=names[0], meant=own)
    if kind is None:
        raise Problem("model-type-unknown", architecture=", ".join(names), near=", ".join(_near("")))
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        raise Problem("model-type-unsupported", architecture=str(kind), near=", ".join(_near(str(kind))))
    config_class = CONFIG_MAPPING[kind]
    if named and model:
        if kind not in types_of(named) and model.config_class is not config_class:
            raise Problem("model-type-contradicted", architecture=kind, named=named, meant=own)
        return config_class, model
    for mapping in _BY_TYPE:
        found: Any = mapping.get(config_class, None)
        if found:
            return config_class, found[0] if isinstance(found, list | tuple) else found
    raise Problem("model-type-unsupported", architecture=kind, near=", ".join(_near(kind)))


def _near(kind: str) -> list[str]:
    """Types that can be counted and are written like this one, else the best known."""
    countable = {*_NAMED, *ARCHITECTURES}
    kind = kind[:LONGEST_NAME].lower()
    family = [name for name in sorted(countable) if name[:4] == kind[:4]]
    close = difflib.get_close_matches(kind, countable, NEAR, 0.6)
    return [*dict.fromkeys([*close, *family])][:NEAR] or ["llama", "qwen3", "mistral", "gemma3"]


def _own_part(config: PretrainedConfig, model: type[PreTrainedModel]) -> PretrainedConfig:
    """What of a wrapper's configuration the class is made from: the text model's takes that part."""
    text = config.get_text_config(decoder=True)
    return text if model.config_class is type(text) else config


def built(config: Mapping[str, Any]) -> PreTrainedModel:
    """The model on the meta device, in bfloat16: every module and no weight.

    What the file leaves out has the class's default; null is passed on where the class takes it, and
    is absent where it does not. Problem("config-refused", architecture=, detail=), those of `class_of`.
    """
    config_class, model_class = class_of(config)
    decoded = PretrainedConfig._decode_special_floats(
        dict(config)
    )  # as it writes what JSON has no number for
    written = {name: value for name, value in decoded.items() if name != "model_type"}
    without = {name: value for name, value in written.items() if value is not None}
    for attempt in (written, without):
        try:
            with torch.device("meta"):
                made = _own_part(config_class.from_dict(attempt), model_class)
                model: PreTrainedModel = model_class._from_config(made, dtype=torch.bfloat16)
                return model
        except MemoryError:
            raise
        except Exception as error:
            refusal = error
    detail = " ".join(str(refusal).split())[:200] or type(refusal).__name__
    raise Problem("config-refused", architecture=str(config.get("model_type")), detail=detail)
