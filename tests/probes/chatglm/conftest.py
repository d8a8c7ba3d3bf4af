"""The recorded models, and the real vocabularies where they are at hand."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from probes.chatglm import load
from tests.places import ROOT
from tests.probes.chatglm import small

RECORDED = ROOT / "tests" / "fixtures" / "chatglm"
VOCABULARIES = ROOT.parent / "shared" / "data" / "tokenizers"
NAMES = ("chatglm-6b", "chatglm-6b-28-layers", "chatglm2-6b", "chatglm3-6b")


class Recording:
    """One recorded model: its directory, the model loaded in float32, and the recorded tensors."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.directory = RECORDED / name
        self.model = load(self.directory, torch.float32)[0]
        self.tensors = load_file(self.directory / "vectors.safetensors")

    def cases(self, kind: str) -> list[str]:
        return sorted({name.split(".")[1] for name in self.tensors if name.startswith(f"{kind}.")})

    def layers(self) -> list[Any]:
        return list(self.model.base_model.layers)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small are slower with more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def recording() -> Callable[[str], Recording]:
    """The recording of that name, loaded once."""
    held: dict[str, Recording] = {}

    def get(name: str) -> Recording:
        if name not in held:
            held[name] = Recording(name)
        return held[name]

    return get


@pytest.fixture
def directory(tmp_path: Path) -> Callable[..., Path]:
    """A copy of a recorded directory, with `changes` to its config.json; None removes a key."""

    def make(name: str, called: str = "model", /, **changes: Any) -> Path:
        copy = tmp_path / called
        shutil.copytree(RECORDED / name, copy)
        config = json.loads((copy / "config.json").read_text(encoding="utf-8")) | changes
        kept = {key: value for key, value in config.items() if value is not None}
        (copy / "config.json").write_text(json.dumps(kept), encoding="utf-8")
        return copy

    return make


@pytest.fixture
def real_directory(directory: Callable[..., Path]) -> Callable[..., Path]:
    """A recorded directory with the real vocabulary file beside its config."""

    def make(name: str, file: str = "", **changes: Any) -> Path:
        file = file or ("ice_text.full.model" if name == "chatglm-6b" else "tokenizer.model")
        source = VOCABULARIES / ("chatglm-6b" if name == "chatglm-6b" else "chatglm2-6b") / file
        if not source.is_file():
            pytest.skip("the real ChatGLM vocabularies are not at ../shared/data/tokenizers")
        copy = directory(name, **changes)
        shutil.copyfile(source, copy / file)
        return copy

    return make


@pytest.fixture(scope="session")
def first() -> bytes:
    """The vocabulary of a small ChatGLM-6B."""
    return small.first()


@pytest.fixture(scope="session")
def second() -> bytes:
    """The vocabulary of a small ChatGLM2 or 3."""
    return small.second()
