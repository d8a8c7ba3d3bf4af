"""The ladder and the trial as Markdown and as SVG."""

from xml.etree import ElementTree

from tui.report.vocabulary_file import to_markdown, to_svg


def rung(learnt: int, per_char: float, per_han: float | None) -> dict:
    return {"learnt": learnt, "added": learnt, "tokens_per_char": per_char, "tokens_per_han_char": per_han}


def result(han: bool = True, **more: object) -> dict:
    ladder = [rung(0, 2.0, 3.0), rung(1000, 1.2, 1.5), rung(2000, 1.0, 1.4)]
    if not han:
        ladder = [row | {"tokens_per_han_char": None} for row in ladder]
    others = [{"name": "a<b", "tokens_per_char": 1.1, "tokens_per_han_char": 1.3 if han else None}]
    found = {"tokenizer": "base", "before": ladder[0], "after": ladder[-1], "ladder": ladder}
    return found | {"knee": 1000, "others": others} | more


TRIAL = {
    "variants": [
        {
            "variant": name,
            "points": [{"tokens": 0, "bits_per_byte": start}, {"tokens": 500, "bits_per_byte": 2.0}],
        }
        for name, start in (("unextended", 2.5), ("random", 6.0))
    ]
}


def rows(markdown: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in markdown.splitlines()]


def circles(root: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [found for found in root.iter(f"{SVG}circle") if found.get("class") == kind]


SVG = "{http://www.w3.org/2000/svg}"


def test_the_table_has_every_rung_the_knee_and_the_others() -> None:
    written = rows(to_markdown(result(), {"knee": "enough"}))
    assert ["1,000 (enough)", "1.2000", "1.5000", "40.0%"] in written
    assert ["2,000", "1.0000", "1.4000", "50.0%"] in written
    assert ["a&lt;b", "1.1000", "1.3000"] in written
    assert ["500", "2.0000", "2.0000"] in rows(to_markdown(result(trial=TRIAL), {}))


def test_the_picture_has_a_point_a_rung_a_line_across_for_each_other_and_the_trial() -> None:
    root = ElementTree.fromstring(to_svg(result(), {}))
    heights = [float(point.get("cy", "")) for point in circles(root, "s0")[:3]]
    assert len(circles(root, "s0")) == 4  # three rungs and the mark of the legend
    assert [ring.get("cy") for ring in circles(root, "ring")] == [circles(root, "s0")[1].get("cy")]
    assert heights == sorted(heights)
    across = [line for line in root.iter(f"{SVG}line") if "level" in line.get("class", "")]
    assert len(across) == 2  # and the mark of the legend
    assert across[0].get("y1") == across[0].get("y2")
    assert float(across[0].get("y1", "")) > heights[-1]
    assert "a<b" in [words.text for words in root.iter(f"{SVG}text")]
    both = ElementTree.fromstring(to_svg(result(trial=TRIAL), {"random": "随机"}))
    assert len(both.findall(f".//{SVG}polyline")) == 3
    assert "随机" in [words.text for words in both.iter(f"{SVG}text")]


def test_a_text_without_han_is_drawn_by_character() -> None:
    words = [
        found.text for found in ElementTree.fromstring(to_svg(result(han=False), {})).iter(f"{SVG}text")
    ]
    assert "tokens_per_char" in words
    assert "tokens_per_han_char" not in words


def test_no_bend_is_marked_on_the_last_rung() -> None:
    assert "enough" not in to_markdown(result() | {"knee": 2000}, {"knee": "enough"})
    assert circles(ElementTree.fromstring(to_svg(result() | {"knee": 2000}, {})), "ring") == []
