"""The pictures: scales, ticks, and numbers that are none."""

import math
import xml.etree.ElementTree as ET

from tui.report.charts.curves import Curve, curves
from tui.report.charts.damage import Harm, damage
from tui.report.charts.lengths import lengths
from tui.report.charts.memory import Bar, memory_bars
from tui.report.charts.scatter import Dot, scatter
from tui.report.charts.svg import WIDTH, linear, logarithmic, tag, text, tick_words, ticks

SVG = "{http://www.w3.org/2000/svg}"
WORDS = ("none", "little", "much", "broken")


def numbers(picture: str) -> list[float]:
    """Every coordinate; and the text is XML."""
    found = []
    for element in ET.fromstring(picture).iter():
        for name in ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "width", "height"):
            if name in element.attrib:
                found.append(float(element.attrib[name]))
    return found


def test_scales_and_ticks() -> None:
    assert linear(0, 10, 100, 200)(5) == 150
    assert logarithmic(1, 100, 0, 10)(10) == 5
    assert logarithmic(1, 100, 0, 10)(0) == 0, "what is below the axis lies at its end"
    assert ticks(0, 10) == [0, 2, 4, 6, 8, 10]
    assert tick_words(ticks(2.21, 2.49)) == ["2.25", "2.30", "2.35", "2.40", "2.45"]
    assert ticks(3, 3) == [3]


def test_words_and_attributes_are_escaped() -> None:
    assert text(1, 2, "<b>&") == '<text x="1" y="2">&lt;b&gt;&amp;</text>'
    assert tag("a", class_='"><script>') == '<a class="&quot;&gt;&lt;script&gt;"/>'


def test_the_bars_are_as_long_as_what_they_stand_for() -> None:
    bars = [Bar("a", 100, 90, 120, parts=(("weights", "weights", 60), ("cache", "cache", 40)), chosen=True)]
    bars.append(Bar("b", 200, 200, 200))
    drawn = ET.fromstring(memory_bars(bars, 150, "budget", "range", "label"))
    widths = {
        r.attrib["class"]: float(r.attrib["width"])
        for r in drawn.iter(f"{SVG}rect")
        if r.attrib["height"] == "14"
    }
    assert math.isclose(widths["m-weights"] / widths["m-cache"], 1.5, rel_tol=1e-3)
    assert math.isclose(widths["m-whole"] / widths["m-weights"], 200 / 60, rel_tol=1e-3)


def test_a_broken_level_is_drawn_at_the_end_and_not_lost() -> None:
    harms = [
        Harm("m", "int8", 0.001, 0.0001),
        Harm("m", "rtn-2", math.nan, math.nan),
        Harm("m", "x", 0.0, 0.0),
    ]
    drawn = ET.fromstring(damage(harms, WORDS, "KL", "label"))
    titles = [t.text for t in drawn.iter(f"{SVG}title")]
    assert "m rtn-2: KL -" in titles
    assert all(
        math.isfinite(number) and -1 <= number <= 10 * WIDTH
        for number in numbers(damage(harms, WORDS, "KL", "l"))
    )


def test_extremes_stay_on_the_page() -> None:
    long = "非常长的模型名称" * 12
    dots = [Dot(long, "nf4", 10**k, 2.0 + k / 10, 0.1, k == 9) for k in range(3, 12)]
    same = [Dot("m", "a", 5, 2.0), Dot("m", "b", 5, 2.0)]
    points = [(0, 1.0, None)]
    drawn = [
        scatter(dots, "x", "y", "front", "label"),
        scatter(same, "x", "y", "front", "label"),
        memory_bars([Bar(long, 1, 1, 1)], None, "", "range", "label"),
        lengths([(long, 0.0, True)], "unit", "label"),
        curves([Curve(long, points * 2)], "x", "y", "label"),
    ]
    for picture in drawn:
        assert all(math.isfinite(number) for number in numbers(picture))


def test_the_front_is_the_best_for_its_size() -> None:
    dots = [Dot("a", "bf16", 100, 2.0), Dot("b", "bf16", 50, 2.5), Dot("worse", "bf16", 100, 3.0)]
    drawn = ET.fromstring(scatter(dots, "x", "y", "front", "label"))
    named = {t.text for t in drawn.iter(f"{SVG}text") if t.attrib.get("class", "").startswith("name")}
    assert named == {"a bf16", "b bf16"}
