"""A checkpoint's configuration as transformers reads it, and the model made of it: a stranger's file.

Its values may be of any type and size: what transformers, its validators or a class's own arithmetic raise
for them is the file's fault, and one sentence.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from transformers import AutoConfig, PretrainedConfig

from catalog.problem import Problem
from probes.bounds.small_files import check_small_files

_UNKNOWN_MODEL = ("model type", "model_type", "trust_remote_code", "Unrecognized model")
_DETAIL_CHARS = 160


def read_configuration(directory: Path) -> PretrainedConfig:
    """Problems config-missing, config-unreadable, architecture-unsupported, and those of
    `check_small_files`. No code from the checkpoint is run.
    """
    file = directory / "config.json"
    if not file.is_file():
        raise Problem("config-missing", path=str(directory))
    check_small_files(directory)
    try:
        written, _ = PretrainedConfig.get_config_dict(directory, local_files_only=True)
        architecture = ", ".join(written.get("architectures") or [str(written.get("model_type"))])
        config: PretrainedConfig = AutoConfig.from_pretrained(
            directory, trust_remote_code=False, local_files_only=True
        )
    except MemoryError:
        raise
    except Exception as error:
        # transformers knows no such model, or only code in the checkpoint does: that code is never run.
        unknown = isinstance(error, ValueError) and any(words in str(error) for words in _UNKNOWN_MODEL)
        if unknown or isinstance(error, KeyError):
            raise Problem(
                "architecture-unsupported", architecture=architecture, path=str(directory)
            ) from error
        if isinstance(error, OSError | ValueError | TypeError | AttributeError):
            raise Problem("config-unreadable", path=str(file), detail=_detail(error)) from error
        raise Problem("config-refused", architecture=architecture, detail=_detail(error)) from error
    return config


@contextmanager
def making(config: PretrainedConfig) -> Iterator[None]:
    """While a class makes its modules of a configuration: Problem config-refused for what it raises."""
    try:
        yield
    except (Problem, MemoryError):
        raise
    except Exception as error:
        raise Problem(
            "config-refused", architecture=str(config.model_type), detail=_detail(error)
        ) from error


def _detail(error: Exception) -> str:
    return " ".join(str(error).split())[:_DETAIL_CHARS] or type(error).__name__
