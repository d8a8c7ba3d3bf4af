"""Small models with a layout of each kind: the bundled one, and others with a chat template."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from probes.checkpoint.target import DEMO
from probes.templates import of_tokenizer
from probes.templates.rendering import Dialogue
from tests.places import SHARED
from tests.probes.templates.written import CHATML, FORGETS_THOUGHTS


def share_templates() -> None:
    """From here on a template is rendered by one process, however often its model is opened."""
    made: dict[str, Dialogue] = {}
    apart = of_tokenizer.dialogues

    def shared(template: str, *rest: Any) -> Dialogue:
        return made.setdefault(template, apart(template, *rest))

    of_tokenizer.dialogues = shared


def bundled(folder: Path, template: str = CHATML) -> Path:
    """The smallest bundled model, with a chat template."""
    place = Path(shutil.copytree(DEMO / "demo-llama-s", folder, dirs_exist_ok=True))
    (place / "chat_template.jinja").write_text(template, encoding="utf-8")
    return place


def qwen2(folder: Path) -> Path | None:
    """Random weights under Qwen2's own tokenizer and template; None without the shared data."""
    source = SHARED / "data" / "tokenizers" / "qwen2"
    if not source.is_dir():
        return None
    place = Path(shutil.copytree(source, folder, dirs_exist_ok=True))
    known = json.loads((source / "config.json").read_text("utf-8"))
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = Qwen2Config(**known | small | {"num_key_value_heads": 2, "max_window_layers": 1})
    torch.manual_seed(0)
    Qwen2ForCausalLM(config).to(torch.bfloat16).save_pretrained(place)
    return place


LAYOUTS: Mapping[str, tuple[str, str]] = {
    "alpaca": ("alpaca", CHATML),
    "chatml": ("chat", CHATML),
    "thinking": ("chat", FORGETS_THOUGHTS),
}
"""A name -> the layout, and the bundled model's template."""
