"""Which of transformers' automatic classes loads a configuration: a causal model, else a wrapper of one."""

from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, PretrainedConfig

from catalog.problem import Problem

AutoClass = type[AutoModelForCausalLM] | type[AutoModelForImageTextToText]


def auto_class(config: PretrainedConfig, path: str) -> AutoClass:
    """The one that knows the configuration; Problem("architecture-unsupported") where neither does."""
    for auto in (AutoModelForCausalLM, AutoModelForImageTextToText):
        if type(config) in auto._model_mapping:
            return auto
    architecture = ", ".join(config.architectures or [config.model_type])
    raise Problem("architecture-unsupported", architecture=architecture, path=path)
