"""Run inside a tool's own environment: its reader over exported folders. `export_reader.py TOOL FOLDER...`

Writes `read.json` into each folder: `train` and `held_out`, rows as ids and as labels but the first.
Imports nothing of basefit.
"""

import json
import os
import runpy
import sys
import traceback
import types
from contextlib import redirect_stdout
from importlib.machinery import ModuleSpec
from pathlib import Path


def llama_factory(folder):
    """What `llamafactory-cli train train.yaml` would train on."""
    import yaml

    # The torchvision and torchaudio that come along want a GPU; rows have neither pictures nor sound.
    sys.modules["torchaudio"] = types.ModuleType("torchaudio")
    sys.modules["torchaudio"].__spec__ = ModuleSpec("torchaudio", None)
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    settings = yaml.safe_load(Path("train.yaml").read_text("utf-8")) | {
        "bf16": False,
        "overwrite_cache": True,
    }
    model, data, training, _, _ = get_train_args(settings)
    tools = load_tokenizer(model)
    template = get_template_and_fix_tokenizer(tools["tokenizer"], data)
    found = get_dataset(template, model, data, training, stage="sft", **tools)
    held = found.get("eval_dataset")
    return found["train_dataset"], next(iter(held.values())) if isinstance(held, dict) else held


def trl(folder):
    """What the script's SFTTrainer has prepared when it would begin to train."""
    from trl import SFTTrainer

    SFTTrainer.train = SFTTrainer.save_model = lambda self, *_, **__: None
    found = runpy.run_path("train_trl.py", run_name="__main__")["trainer"]
    return found.train_dataset, found.eval_dataset


def axolotl(folder):
    """What the strategy that `axolotl.yaml` names makes of each row; rows with ids it takes as they are."""
    from types import SimpleNamespace

    import yaml
    from axolotl.prompt_strategies.input_output import load
    from transformers import AutoTokenizer

    settings = yaml.safe_load(Path("axolotl.yaml").read_text("utf-8"))
    about = SimpleNamespace(
        train_on_inputs=settings["train_on_inputs"], sequence_len=settings["sequence_len"]
    )
    strategy = load(AutoTokenizer.from_pretrained(settings["base_model"]), about)

    def read(part):
        (dataset,) = settings[part]
        rows = [json.loads(line) for line in Path(dataset["path"]).read_text("utf-8").splitlines()]
        named = dataset.get("type")
        assert named in (None, "input_output")
        return [strategy.tokenize_prompt(row) for row in rows] if named else rows

    return read("datasets"), read("test_datasets")


def _rows(data):
    return [(list(row["input_ids"]), list(row["labels"])[1:]) for row in data or ()]


def main():
    tool, *folders = sys.argv[1:]
    reader = {"llama-factory": llama_factory, "trl": trl, "axolotl": axolotl}[tool]
    for folder in folders:
        os.chdir(folder)
        try:
            with redirect_stdout(sys.stderr):
                train, held = reader(folder)
            answer = {"train": _rows(train), "held_out": _rows(held)}
        except Exception:  # told with the others, which are read all the same
            answer = {"error": traceback.format_exc()[-400:]}
        Path(folder, "read.json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
