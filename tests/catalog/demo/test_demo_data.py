"""The bundled text and instruction rows are what `catalog/demo/DATA.md` says they are."""

import json
import re
import unicodedata
from collections import Counter

import pytest

from tests.places import DEMO

FIELDS = ("who", "did", "what", "with", "where", "when")
OUTPUT = re.compile(r" \| ".join(rf"{field}=(?P<{field}>[^|=\n]+)" for field in FIELDS))
HAN = re.compile(r"[\u4e00-\u9fff]")
SENTENCE_END = {"zh": re.compile(r"[。！？]+"), "en": re.compile(r"""[.!?]+(?=["')\s]|$)""")}


def language(text: str) -> str:
    """Chinese where Han characters make up more than half of the bytes (three bytes each)."""
    return "zh" if 3 * len(HAN.findall(text)) > len(text.encode()) / 2 else "en"


def counts(paragraphs: list[str]) -> tuple[int, int, int]:
    """Paragraphs, sentences by their closing marks, bytes."""
    sentences = sum(len(SENTENCE_END[language(text)].findall(text)) for text in paragraphs)
    return len(paragraphs), sentences, sum(len(text.encode()) for text in paragraphs)


@pytest.fixture(scope="module")
def paragraphs() -> list[str]:
    return (DEMO / "sample.txt").read_bytes().decode("utf-8").removesuffix("\n").split("\n\n")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    lines = (DEMO / "instructions.jsonl").read_bytes().decode("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_sample_holds_both_languages_in_balance(paragraphs: list[str]) -> None:
    measured = {lang: counts([p for p in paragraphs if language(p) == lang]) for lang in ("en", "zh")}

    assert sum(sentences for _, sentences, _ in measured.values()) >= 240
    for column in range(3):
        assert 0.8 < measured["en"][column] / measured["zh"][column] < 1.25


def test_sample_is_clean_text_with_no_paragraph_twice(paragraphs: list[str]) -> None:
    assert len(set(paragraphs)) == len(paragraphs)
    for text in paragraphs:
        assert unicodedata.is_normalized("NFC", text)
        assert text == text.strip()
        assert not [c for c in text if unicodedata.category(c).startswith("C") or c == "\ufffd"]


def test_sample_has_room_for_sixteen_windows_of_two_kibibytes() -> None:
    assert (DEMO / "sample.txt").stat().st_size >= 16 * 2048


def test_no_two_sentences_of_the_sample_are_cut_from_one_template(paragraphs: list[str]) -> None:
    """Six words (English) or ten characters (Chinese) in a row come back in no other sentence."""
    seen: Counter[str] = Counter()
    for text in paragraphs:
        if language(text) == "en":
            words = text.split()
            seen.update({" ".join(words[i : i + 6]) for i in range(len(words) - 5)})
        else:
            seen.update({text[i : i + 10] for i in range(len(text) - 9)})
    assert [run for run, times in seen.items() if times > 1] == []


def test_the_table_in_the_description_is_what_the_sample_holds(paragraphs: list[str]) -> None:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (DEMO / "DATA.md").read_text(encoding="utf-8").splitlines()
        if re.match(r"\| \w+ \| \d+–\d+ \|", line)
    ]
    end = 0
    for domain, span, *numbers in cells:
        first, last = (int(edge) for edge in span.split("–"))
        part = paragraphs[first - 1 : last]
        measured = [counts([p for p in part if language(p) == lang])[1:] for lang in ("en", "zh")]
        assert first == end + 1, domain
        assert [int(number.replace(",", "")) for number in numbers] == [*measured[0], *measured[1]], domain
        end = last
    assert end == len(paragraphs)


def test_rows_are_alpaca_rows_with_no_input_twice(rows: list[dict[str, str]]) -> None:
    assert len(rows) >= 300
    assert len({row["input"] for row in rows}) == len(rows)
    assert {tuple(row) for row in rows} == {("instruction", "input", "output")}
    assert all(unicodedata.is_normalized("NFC", value) for row in rows for value in row.values())


def test_rows_are_three_fifths_english_under_one_instruction_per_language(
    rows: list[dict[str, str]],
) -> None:
    instructions = {(language(row["input"]), row["instruction"]) for row in rows}
    english = sum(language(row["input"]) == "en" for row in rows)

    assert instructions == {("en", "Extract the event as fields."), ("zh", "把事件提取为字段。")}
    assert 0.5 < english / len(rows) < 0.7


def test_every_field_is_absent_or_copied_from_the_input(rows: list[dict[str, str]]) -> None:
    absent: Counter[str] = Counter()
    for row in rows:
        match = OUTPUT.fullmatch(row["output"])
        assert match, row
        for field, value in match.groupdict().items():
            absent[field] += value == "-"
            assert value == "-" or value in row["input"], (field, row)
    assert absent["did"] == 0
    # A field that is nearly always, or nearly never, `-` would teach nothing.
    assert all(0.1 < absent[field] / len(rows) < 0.8 for field in ("what", "with", "where", "when")), absent


def test_the_script_writes_these_rows(rows: list[dict[str, str]]) -> None:
    from tests.demo_family import instructions

    assert instructions.rows() == rows
