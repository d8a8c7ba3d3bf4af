"""The preview: rows as one model will see them."""

import io
import json
from pathlib import Path

from probes.jobs.events import Emit
from probes.trial.preview import run

TEMPLATE = "{% for m in messages %}[{{ m.role }}]{{ m.content }}</s>{% endfor %}"


def test_rows_are_put_into_the_models_own_template(tmp_path: Path, rows: Path) -> None:
    from tests.probes.tiny import write_tokenizer

    write_tokenizer(tmp_path)
    job = {"target": str(tmp_path), "name": "tiny", "data": str(rows)}

    plain = run(job, Emit(io.StringIO()))
    settings = json.loads((tmp_path / "tokenizer_config.json").read_text("utf-8"))
    settings["chat_template"] = TEMPLATE
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    templated = run(job, Emit(io.StringIO()))

    assert plain["layout"] == "alpaca"
    assert templated["layout"] == "chat"
    assert len(templated["rows"]) == 3
    first = "".join(piece["text"] for piece in templated["rows"][0])
    assert first == "[user]Describe the red stone.</s>[assistant]thing=stone | colour=red</s>"
    trained = [piece["text"] for piece in templated["rows"][0] if piece["trained"]]
    assert trained == ["thing=stone | colour=red</s>"]
