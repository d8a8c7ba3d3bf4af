"""A comparison leaves the program whole: Markdown that is a table, SVG that is XML."""

import io
from pathlib import Path
from xml.etree import ElementTree

import pytest

from probes.jobs.events import Emit
from probes.tokenization.probe import run
from tui.report.tokenizers_file import cells, to_markdown, to_svg

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def result(vocabularies, tmp_path_factory):
    text = tmp_path_factory.mktemp("text") / "a.txt"
    text.write_text("茶树 <&> 龘 `x`\n", encoding="utf-8")
    targets = [
        {"path": str(Path(vocabularies) / "spm-bpe"), "name": "a|b <c>"},
        {"path": str(Path(vocabularies) / "byte-level")},
        {"path": str(Path(vocabularies) / "spm-unigram")},
    ]
    return run({"targets": targets, "text": str(text)}, Emit(io.StringIO()))


def test_markdown_is_one_table_and_one_cut_each(result):
    text = to_markdown(result, {"name": "分词器", "yes": "是", "no": "否"})
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 2 + 3
    assert len({line.replace("\\|", "").count("|") for line in table}) == 1
    assert table[0].startswith("| 分词器 | vocab_size |")
    assert "a\\|b" in table[2]
    assert "| 是 |" in table[2]
    assert "| 否 |" in table[4]
    assert "premium" not in table[0]
    assert sum(line.startswith("**") for line in text.splitlines()) == 3
    assert "`E9` `BE` `98`" in text


def test_svg_has_a_box_for_every_token(result):
    root = ElementTree.fromstring(to_svg(result, {"title": "<标题>"}))
    boxes = root.findall(f"{SVG}rect")[1:]
    shown = sum(segment["kind"] != "prefix" for cut in result["cuts"] for segment in cut["segments"])
    assert len(boxes) == shown
    words = [node.text for node in root.findall(f"{SVG}text")]
    assert words[0] == "<标题>"
    assert any(word.startswith("a|b <c>") for word in words)
    right = max(float(box.get("x")) + float(box.get("width")) for box in boxes)
    assert right < float(root.get("width"))
    assert any(box.get("fill") == "#fb6a4a" for box in boxes)
    assert any(box.get("stroke-dasharray") for box in boxes)


def test_cells():
    assert cells("a茶，") == 5
