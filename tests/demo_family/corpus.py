"""The text the demo family learns from, and the last tenth of every file, which it never sees."""

import argparse
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HELD_OUT_SHARE = 0.1
NOVEL_SHARE = 0.1
"""Share of the novels' paragraphs that is used: classical Chinese is to flavour, not to dominate."""


@dataclass(frozen=True)
class Source:
    """One file of the corpus: `path` under the data folder, `language` en or zh, how to cut it."""

    path: str
    language: str
    kind: str
    share: float = 1.0


SOURCES = (
    Source("english/wiki.utf8", "en", "paragraphs"),
    Source("english/c4.utf8", "en", "paragraphs"),
    Source("english/code.utf8", "en", "paragraphs"),
    Source("english/tiny.utf8", "en", "paragraphs"),
    Source("english/shakespeare.txt", "en", "paragraphs", 0.25),
    Source("wikitext-2/wiki.valid.raw", "en", "paragraphs"),
    Source("xquad/xquad.en.json", "en", "squad"),
    Source("xquad/xquad.zh.json", "zh", "squad"),
    Source("cmrc2018/cmrc2018_dev.json", "zh", "squad"),
    Source("cmrc2018/cmrc2018_trial.json", "zh", "squad"),
    Source("zh-classics/三国演义.txt", "zh", "paragraphs", NOVEL_SHARE),
    Source("zh-classics/水浒传.txt", "zh", "paragraphs", NOVEL_SHARE),
    Source("zh-classics/红楼梦.txt", "zh", "paragraphs", NOVEL_SHARE),
    Source("zh-classics/西游记.txt", "zh", "paragraphs", NOVEL_SHARE),
)

_MARKUP = re.compile(r"</?doc[^>]*>|<\|endoftext\|>")


def documents(root: Path, source: Source) -> list[str]:
    """Every document of one file in file order; a document is about 2 to 4 KiB of running text."""
    raw = (root / source.path).read_text(encoding="utf-8")
    pieces = list(_squad(raw)) if source.kind == "squad" else _paragraphs(raw)
    return list(_gather(pieces, 3000))


def _squad(raw: str) -> Iterator[str]:
    """A paragraph, then its questions with their first answers (SQuAD layout)."""
    seen: set[str] = set()
    for article in json.loads(raw)["data"]:
        for paragraph in article["paragraphs"]:
            context = paragraph["context"].strip()
            if context in seen:
                continue
            seen.add(context)
            lines = [context]
            for qa in paragraph["qas"]:
                if qa["answers"]:
                    lines.append(f"{qa['question'].strip()} {qa['answers'][0]['text'].strip()}")
            yield "\n".join(lines) + "\n"


def _paragraphs(raw: str) -> list[str]:
    text = _MARKUP.sub("", raw.replace("\r\n", "\n"))
    lines = (line.rstrip() for line in text.split("\n"))
    return [line + "\n" for line in lines if line]


def _gather(pieces: list[str], size: int) -> Iterator[str]:
    """Join neighbouring pieces until a document holds `size` UTF-8 bytes."""
    held: list[str] = []
    length = 0
    for piece in pieces:
        held.append(piece)
        length += len(piece.encode())
        if length >= size:
            yield "".join(held)
            held, length = [], 0
    if held:
        yield "".join(held)


def split(root: Path, source: Source) -> tuple[list[str], list[str]]:
    """(training, held-out) documents: the last tenth of the file is held out, by position."""
    docs = documents(root, source)
    cut = len(docs) - max(1, round(len(docs) * HELD_OUT_SHARE))
    return docs[:cut], docs[cut:]


def training_documents(root: Path, seed: int = 0) -> list[tuple[str, str]]:
    """(language, document) of all sources, each thinned to its share, shuffled with `seed`."""
    rng = random.Random(seed)
    chosen: list[tuple[str, str]] = []
    for source in SOURCES:
        train, _ = split(root, source)
        take = round(len(train) * source.share)
        chosen += [(source.language, doc) for doc in rng.sample(train, take)]
    rng.shuffle(chosen)
    return chosen


def held_out(root: Path, language: str, per_source_bytes: int = 24_000) -> str:
    """Held-out running text of one language: the first bytes of every file's last tenth.

    The novels are left out, so that this is modern text.
    """
    parts: list[str] = []
    for source in SOURCES:
        if source.language != language or source.path.startswith("zh-classics"):
            continue
        size = 0
        for doc in split(root, source)[1]:
            parts.append(doc)
            size += len(doc.encode())
            if size >= per_source_bytes:
                break
    return "".join(parts)


BUNDLED = (
    "english/wiki.utf8",
    "cmrc2018/cmrc2018_dev.json",
    "wikitext-2/wiki.valid.raw",
    "xquad/xquad.zh.json",
    "xquad/xquad.en.json",
    "cmrc2018/cmrc2018_trial.json",
)
"""Sources of the bundled held-out text: all under CC BY-SA, English and Chinese in turn."""


def bundled_held_out(root: Path, rounds: int = 3) -> str:
    """About 55 KB of the kept-out tenths: `rounds` documents of each source, the languages in turn.

    The documents are spread evenly over each held-out tenth.
    """
    by_path = {source.path: source for source in SOURCES}
    kept = [split(root, by_path[path])[1] for path in BUNDLED]
    return "".join(docs[len(docs) * turn // rounds] for turn in range(rounds) for docs in kept)


def main() -> None:
    """Write the held-out text: of each language, and the part that is bundled."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for language in ("en", "zh"):
        text = held_out(arguments.data, language)
        (arguments.out / f"held-out-{language}.txt").write_text(text, encoding="utf-8")
    (arguments.out / "held-out.txt").write_text(bundled_held_out(arguments.data), encoding="utf-8")


if __name__ == "__main__":
    main()
