"""The first rows as each ChatGLM sees them: its rounds or roles, and its special tokens by name."""

import io
import json
from pathlib import Path

import pytest

from probes.jobs.events import Emit
from probes.trial.preview import has_own_layout, run
from tests.probes.chatglm import small

SEEN = {
    "chatglm-6b": ("你好[gMASK]<sop>", "今天好<eop>"),
    "chatglm2-6b": ("[gMASK]sop[Round 1]\n\n问：你好\n\n答：", "今天好</s>"),
    "chatglm3-6b": ("[gMASK]sop<|user|>\n你好<|assistant|>", "\n今天好</s>"),
}


@pytest.mark.parametrize("name", small.FAMILIES)
def test_rows_stand_in_the_models_own_layout(tmp_path: Path, name: str) -> None:
    folder = small.write(tmp_path / name, name)
    row = {"instruction": "你好", "output": "今天好"}
    rows = [row | {"output": row["output"] + "！" * number} for number in range(20)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    seen = run(
        {"target": str(folder), "name": name, "data": str(tmp_path / "rows.jsonl")}, Emit(io.StringIO())
    )

    assert has_own_layout(folder)
    assert seen["layout"] == "chat"
    assert len(seen["rows"]) == 3
    (prompt, answer) = seen["rows"][0]
    assert (prompt["trained"], answer["trained"]) == (False, True)
    assert (_plain(prompt["text"]), _plain(answer["text"])) == tuple(map(_plain, SEEN[name]))


def _plain(text: str) -> str:
    """Without what SentencePiece puts in front, and with the widths that ChatGLM-6B's NFKC gives."""
    return text.replace(" ", "").replace("：", ":")
