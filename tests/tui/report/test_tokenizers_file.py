"""A comparison leaves the program whole: Markdown that is a table, SVG that is XML."""

import re
from typing import Any
from xml.etree import ElementTree

from tui.report.tokenizers_file import to_markdown, to_svg

SVG = "{http://www.w3.org/2000/svg}"


def piece(text: str, kind: str = "text", **more: str) -> dict[str, str]:
    return {"kind": kind, "text": text} | more


CUTS = [
    {
        "name": "a|b <c>",
        "tokens": 7,
        "segments": [
            piece("<s>", "prefix"),
            piece("茶树"),
            piece(" <&>"),
            *(piece("", "bytes", hex=byte) for byte in ("E9", "BE", "98")),
            piece(" `x`"),
            piece("\n"),
        ],
    },
    {"name": "other", "tokens": 2, "segments": [piece("茶树"), piece("龘", "unknown")]},
]
ROWS = [
    {"name": "a|b <c>", "vocab_size": 32_000, "tokens": 7, "round_trip": True, "unk_share": 0.0},
    {"name": "other", "vocab_size": 500, "tokens": 2, "round_trip": False, "premium": None},
]
RESULT: dict[str, Any] = {"tokenizers": ROWS, "cuts": CUTS, "sentence": "茶树"}


def test_markdown_is_one_table_and_one_cut_each() -> None:
    text = to_markdown(RESULT, {"name": "分词器", "yes": "是", "no": "否"})
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 2 + 2
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table]
    assert rows[0] == ["分词器", "vocab\\_size", "tokens", "unk\\_share", "round\\_trip"]
    assert rows[2] == ["a\\|b &lt;c\\>", "32,000", "7", "0.0%", "是"]
    assert rows[3] == ["other", "500", "2", "", "否"]
    assert sum(line.startswith("**") for line in text.splitlines()) == 2
    assert "`E9` `BE` `98` `` ␣`x` `` `⏎`" in text
    assert "`<s>`" not in text


def test_svg_has_a_box_for_every_token() -> None:
    root = ElementTree.fromstring(to_svg(RESULT, {"title": "<标题>"}))
    boxes = [box for box in root.iter(f"{SVG}rect") if box.get("stroke")]
    assert len(boxes) == 7 + 2
    words = [node.text for node in root.iter(f"{SVG}text")]
    assert words[:2] == ["<标题>", "a|b <c> (7)"]
    assert "␣<&>" in words
    right = max(float(box.get("x", "")) + float(box.get("width", "")) for box in boxes)
    assert right < float(root.get("width", ""))
    assert [box.get("fill") for box in boxes].count("#fb6a4a") == 1
    assert sum("stroke-dasharray" in box.attrib for box in boxes) == 3
    assert float(boxes[0].get("width", "")) == 2 * float(boxes[2].get("width", "")) - 6 == 9 * 4 + 6
