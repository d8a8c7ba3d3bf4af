"""What the documents show is what the commands print: each block is run again and compared.

A block is an indented `$ basefit …` with the lines that follow. There `...` stands for any lines, or for
any end of a line, and blanks count once. Of MEASURED commands, whose numbers are this machine's own, the
words and the shape are compared, and not the digits. A command with a placeholder (`A,B,C`, `mine.txt`) is
not run.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.places import ROOT
from tui.cli import run

DOCUMENTS = {"README.md": "en", "README.zh.md": "zh"}
MEASURED = frozenset({"demo", "trial", "vocab"})
SLOW = frozenset({"demo", "trial"})
PLACEHOLDERS = ("mine.txt", "A,B,C")
_NUMBER = re.compile(r"\d[\d,.]*%?|(?<= )-(?= |$)")
_COMMAND = re.compile(r"    \$ basefit (?P<words>[^#\n]*)")


@dataclass(frozen=True)
class Block:
    """A command of a document with the lines it is said to print (none: nothing is said of them)."""

    document: str
    line: int
    words: tuple[str, ...]
    shown: tuple[str, ...]

    @property
    def command(self) -> str:
        return self.words[0]


def blocks(document: str) -> list[Block]:
    """The blocks of a document in their order."""
    lines = (ROOT / document).read_text("utf-8").splitlines()
    found = []
    for number, line in enumerate(lines):
        match = _COMMAND.fullmatch(line.split("  #")[0].rstrip())
        if match is None:
            continue
        shown = []
        for after in lines[number + 1 :]:
            if (after and not after.startswith("    ")) or after.startswith("    $ "):
                break
            shown.append(after[4:])
        found.append(Block(document, number + 1, tuple(shlex.split(match["words"])), tuple(shown)))
    return found


def plain(line: str, masked: bool) -> str:
    """A line with single blanks; its numbers as one sign where they are this machine's own."""
    return " ".join((_NUMBER.sub("#", line) if masked else line).split())


def differs(shown: tuple[str, ...], printed: list[str], masked: bool) -> str:
    """The first line shown that is not printed in its place; "" where all are."""
    wanted = [plain(line, masked) for line in shown if line.strip()]
    given = [plain(line, masked) for line in printed if line.strip()]
    anywhere = False
    for line in wanted:
        if line == "...":
            anywhere = True
            continue
        at = next((index for index, one in enumerate(given) if fits(line, one)), None)
        if at is None or (at and not anywhere):
            return f"shown {line!r}, printed {given[:1]}"
        given, anywhere = given[at + 1 :], False
    return "" if anywhere or not given else f"printed and not shown: {given[0]!r}"


def fits(wanted: str, line: str) -> bool:
    """Whether a line is what is shown; one that ends in `...` only begins so."""
    head = wanted.removesuffix("...")
    return line == wanted if head == wanted else line.startswith(head.rstrip())


ALL = [block for document in DOCUMENTS for block in blocks(document)]
RUN = [block for block in ALL if any(block.shown) and not set(PLACEHOLDERS) & set(block.words)]


def test_every_document_has_its_blocks_and_both_languages_the_same():
    assert len(RUN) >= 16
    english, chinese = ([block.words for block in ALL if block.document == name] for name in DOCUMENTS)
    assert english == chinese


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(
            block,
            id=f"{block.document}:{block.line}",
            marks=[pytest.mark.slow] if block.command in SLOW else [],
        )
        for block in RUN
    ],
)
def test_what_is_shown_is_printed(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BASEFIT_LANG", DOCUMENTS[block.document])
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(ROOT)
    status = run(list(block.words))
    printed = capfd.readouterr()
    assert status in (0, 1), printed.err
    assert differs(block.shown, printed.out.splitlines(), block.command in MEASURED) == ""


def test_a_drift_is_seen():
    assert differs(("a 1", "...", "c"), ["a 1", "b", "c"], masked=False) == ""
    assert differs(("a 1", "c"), ["a 1", "b", "c"], masked=False)
    assert differs(("a 1",), ["a 2"], masked=False)
    assert differs(("a 1.5 s",), ["a 22.7 s"], masked=True) == ""
    assert differs(("a", "b"), ["a"], masked=False)
    assert differs(("a",), ["a", "b"], masked=False)
    assert differs(("13,635.10 CNY ...",), ["13,635.10 CNY and more"], masked=False) == ""
