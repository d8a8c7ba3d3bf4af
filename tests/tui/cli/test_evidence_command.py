"""basefit evidence: from one person's store to another's."""

import hashlib
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.evidence.records import Evidence, Provenance
from catalog.evidence.store import Store
from probes.checkpoint.revision import revision
from probes.checkpoint.target import DEMO
from tests.catalog.evidence.test_exchange import perplexity
from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence


def keep(home: Path, *rows: Evidence) -> None:
    with closing(Store(home / "evidence.sqlite")) as store:
        for row in rows:
            store.append(row)


@pytest.fixture
def file(basefit: Basefit, tmp_path: Path) -> Path:
    """What somebody else exported."""
    keep(tmp_path / "home", perplexity(), perplexity(level="gptq:/home/me/x"))
    file = tmp_path / "rows.jsonl"
    answer = basefit("evidence", "export", file, "--json")
    assert answer.status == 0
    assert (answer.json["kind"], answer.json["rows"], answer.json["left_out"]) == ("evidence", 1, 1)
    return file


def test_from_one_store_to_another(
    basefit: Basefit, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "1 known" in basefit("evidence", "import", file).out
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path / "other"))
    text = file.read_text("utf-8")
    file.write_text("{\n" + text + text.replace('"ppl": 10.0', '"ppl": 90.0'), encoding="utf-8")
    answer = basefit("evidence", "import", file, "--json")
    assert answer.status == 0
    assert (answer.json["taken"], answer.json["known"], answer.json["provenance"]) == (1, 0, "imported")
    assert [(one["line"], one["code"]) for one in answer.json["refused"]] == [
        (1, "evidence-line-unreadable"),
        (3, "evidence-contradicts-imported"),
    ]
    again = basefit("evidence", "import", file)
    assert again.out == "0 taken as imported, 1 known, 2 refused.\n"
    assert again.err.startswith("Line 1 refused: ")
    with closing(Store(tmp_path / "other" / "evidence.sqlite")) as store:
        (one,) = store.find(imported=True)
        assert (one.provenance, one.model, one.revision) == ("imported", "", "c0ffee00")
        assert store.find() == store.find(ids=[one.id]) == []  # it stands in for no measurement
    assert basefit("evidence", "export", tmp_path / "again.jsonl").status == 1
    assert not (tmp_path / "again.jsonl").exists()


def test_what_is_wrong_is_one_sentence(basefit: Basefit, file: Path, tmp_path: Path) -> None:
    assert_one_sentence(basefit("evidence", "give", file), "give", "export, import")
    assert_one_sentence(basefit("evidence", "import", tmp_path / "none"), str(tmp_path / "none"))
    assert_one_sentence(basefit("evidence", "import", tmp_path), str(tmp_path))
    assert_one_sentence(basefit("evidence", "export", tmp_path), str(tmp_path))
    empty = tmp_path / "empty"
    empty.write_text("\n")
    assert_one_sentence(basefit("evidence", "import", empty), str(empty))
    assert_one_sentence(basefit("evidence", "export", empty), str(empty), "other content")
    empty.write_text(json.dumps({"schema": 9}))
    answer = basefit("evidence", "import", empty)
    assert (answer.status, answer.out) == (2, "0 taken as imported, 0 known, 1 refused.\n")


def test_recommend_says_that_it_is_imported(basefit: Basefit, tmp_path: Path) -> None:
    """The bundled model's level on the bundled sample, as somebody else measured it."""
    known = perplexity(
        model="demo-llama-s",
        revision=revision(DEMO / "demo-llama-s"),
        level="bf16",
        provenance=Provenance.IMPORTED,
    )
    text = hashlib.sha256((DEMO / "sample.txt").read_bytes()).hexdigest()
    keep(tmp_path / "home", replace(known, key={**known.key, "text_sha256": text}))
    asked = ("recommend", "--budget", "1GiB", "--candidates", "demo-llama-s", "--levels", "bf16")
    answer = basefit(*asked, "--text", DEMO / "sample.txt", "--json")
    (row,) = answer.json["ranking"]
    assert (row["provenance"], row["verdict"]) == ("imported", "recommended")
    told = basefit(*asked, "--text", DEMO / "sample.txt")
    assert "By imported results, not measured here: demo-llama-s at bf16" in told.out
    assert "imported  " in told.out  # beside the number in the table
