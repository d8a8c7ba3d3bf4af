"""The three formats: nothing foreign is ever markup, nothing is missing, nothing comes from elsewhere."""

import json
import re
from html.parser import HTMLParser

import pytest

from catalog.evidence.store import RunState, Store
from tests.tui.report import stored
from tui.foreign import clean
from tui.report.blocks import Piece, line
from tui.report.gather import gather
from tui.report.html import escape as escape_html
from tui.report.markdown import code, escape
from tui.report.write import text_of

EMPTY = {"meta", "input", "br"}


class Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag, "every element is closed where it should be"

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("model", ["demo-llama-s", stored.HOSTILE])
def test_the_page_needs_nothing_and_runs_nothing(store: Store, model: str) -> None:
    stored.family(store, model)
    text = text_of(gather(store), "html", "en")
    page = Page(text)
    assert page.open == []
    assert not page.tags & {"script", "link", "iframe", "img", "object", "embed", "base", "image", "use"}
    names = [name for name, _ in page.attributes]
    assert not [name for name in names if name.startswith("on")]
    assert "src" not in names
    hrefs = {value for name, value in page.attributes if name == "href"}
    ids = [value for name, value in page.attributes if name == "id"]
    assert hrefs
    assert {href.removeprefix("#") for href in hrefs} <= set(ids), "every pointer has its evidence"
    assert len(ids) == len(set(ids))
    assert "url(" not in text
    assert "@import" not in text
    assert "Content-Security-Policy" in text
    assert clean(model) in "".join(page.words), "the name itself is shown, as text"


def test_the_page_holds_both_languages_and_the_readers_first(store: Store) -> None:
    stored.family(store)
    text = text_of(gather(store), "html", "zh")
    assert text.index('<article class="zh" lang="zh-Hans">') < text.index('<article class="en" lang="en">')
    assert '<html lang="zh-Hans">' in text
    assert text.count('class="switch" checked') == 1
    assert "@media print" in text
    assert "prefers-color-scheme:dark" in text
    assert text.count("<svg") == 2 * 5, "quality, memory, damage, trial, tokens, in each language"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("form", ["md", "html"])
def test_no_word_is_missing(store: Store, language: str, form: str) -> None:
    numbers = [stored.family(store)]
    numbers += [stored.measured(store, "basefit x", e) for e in stored.others()]
    numbers += [
        stored.measured(store, "basefit x", status=state)
        for state in (RunState.FAILED, RunState.CANCELLED, RunState.NO, RunState.DONE)
    ]
    numbers.append(store.begin("basefit x", {}))
    for number in numbers:
        text = text_of(gather(store, number), form, language)
        shown = "".join(Page(text).words) if form == "html" else text
        assert not re.search(r"\b(report|app|reason|damage|verdict|fits)\.[a-z]", shown), number
        assert not re.search(r"<[a-z_]+>", shown), "no gap in a sentence"


def test_markdown_is_inert_and_its_tables_are_whole(store: Store) -> None:
    stored.family(store, stored.HOSTILE)
    text = text_of(gather(store), "md", "en")
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)
    assert "<script" not in outside
    assert "\u202e" not in text
    widths = [len(re.findall(r"(?<!\\)\|", row)) for row in text.splitlines() if row.startswith("|")]
    tables = [
        len(re.findall(r"(?<!\\)\|", table.splitlines()[0]))
        for table in re.findall(r"(?:^\|.*\n)+", text, re.M)
    ]
    assert set(widths) == set(tables), "no name opens a column of its own"
    assert text.startswith("# Which base model for demo card (12.0 MiB)?")


def test_escaping() -> None:
    assert escape("a|b*c_<d>&`") == "a\\|b\\*c\\_&lt;d\\>&amp;\\`"
    assert escape("one\n# two") == "one \\# two"
    assert code("a`b") == "``a`b``"
    assert code("`") == "`` ` ``"
    assert escape_html('<a b="c">\x00') == "&lt;a b=&quot;c&quot;&gt;\\x00"
    assert clean("a\x1b[31m\ud800\u2066") == r"a\x1b[31m\ud800\u2066"
    assert line("", Piece("x")) == (Piece("x"),)


def test_json_is_strict_and_every_number_has_its_command(store: Store) -> None:
    run = stored.family(store)

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    document = json.loads(text_of(gather(store), "json", "en"), parse_constant=refuse)
    assert (document["schema"], document["kind"]) == (1, "report")
    assert document["run"]["id"] == run
    assert document["verdict"]["winner"] == {"model": "demo-llama-s", "level": "nf4"}
    assert document["headline"]["en"]["answer"] == "demo-llama-s at nf4"
    assert document["headline"]["zh"]["answer"] == "demo-llama-s（nf4）"
    ids = {e["id"] for e in document["evidence"]}
    assert all(number["command"] and number["evidence"] in ids for number in document["numbers"])
    assert {n["quantity"] for n in document["numbers"]} >= {
        "bits_per_byte",
        "kl_nats",
        "tokens_per_han_char",
    }
    first = document["verdict"]["ranking"][0]
    assert set(first["evidence"]) <= ids
    assert len(first["evidence"]) == 2, "its perplexity and its trial"
    assert document["hashes"]["text_sha256"] == [stored.TEXT]
    assert document["machines"][0]["driver"] == "555.1"
    assert list(document["seeds"].values()) == [0]
