"""Read the person's text: whole when small, in blocks when large, by a seeded sample when huge.

A block is a few dozen KiB that ends at a line end, so that tokenizing it alone gives (but for a
token at its edge) what tokenizing the whole text gives.
"""

import codecs
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from catalog.bounded_json import shallow
from catalog.han import count_han
from catalog.problem import Problem

BLOCK_BYTES = 64 * 1024
WHOLE_LIMIT = 256 * 1024 * 1024
"""Corpora up to this many bytes are read whole; larger ones are sampled."""
SAMPLE_BYTES = 64 * 1024 * 1024
_LONGEST_LINE = 8 * BLOCK_BYTES
_ENCODINGS = ("gb18030", "big5")
_CONTROL = frozenset(range(9)) | {11} | set(range(14, 27)) | set(range(28, 32))


@dataclass(frozen=True)
class Text:
    """A text held in memory. `sha256` is of the file's bytes, `bytes` counts the text's UTF-8."""

    path: str
    text: str
    sha256: str
    bytes: int
    chars: int
    han_chars: int


def read_text(path: str | Path, encoding: str | None = None) -> Text:
    """The whole of a file as text; `encoding` None means UTF-8, with or without a byte order mark.

    Problems: text-missing, text-unreadable, text-empty, text-binary, text-not-utf8 (with the byte offset
    and the encoding it reads as), text-unknown-encoding.
    """
    data = _bytes_of(Path(path))
    text = _decode(data, Path(path), 0, encoding)
    if not text.strip():
        raise Problem("text-empty", path=str(path))
    size = len(text.encode("utf-8"))
    return Text(str(path), text, hashlib.sha256(data).hexdigest(), size, len(text), count_han(text))


@dataclass(frozen=True)
class Sampling:
    """How much of a large corpus is read: whole up to `whole_limit` bytes, else about `sample_bytes`."""

    whole_limit: int = WHOLE_LIMIT
    sample_bytes: int = SAMPLE_BYTES
    block_bytes: int = BLOCK_BYTES
    seed: int = 20


@dataclass(frozen=True)
class Block:
    """A run of text from one file: `file` is its index in the corpus, `start` its byte offset there."""

    file: int
    start: int
    text: str


@dataclass(frozen=True)
class Corpus:
    """Files to be read in blocks. `sampled` says whether `blocks` gives all of them or a sample."""

    paths: tuple[Path, ...]
    sizes: tuple[int, ...]
    sampling: Sampling
    encoding: str | None = None

    @property
    def total_bytes(self) -> int:
        """Bytes on disk of all files together."""
        return sum(self.sizes)

    @property
    def sampled(self) -> bool:
        """Whether the corpus is larger than is read whole."""
        return self.total_bytes > self.sampling.whole_limit

    @property
    def expected_bytes(self) -> int:
        """About how many bytes `blocks` will give."""
        return self.sampling.sample_bytes if self.sampled else self.total_bytes

    def blocks(self) -> Iterator[Block]:
        """The text, block by block; the same blocks in the same order each time it is asked for."""
        for index, path in enumerate(self.paths):
            if self.sampled:
                yield from self._sampled_blocks(index, path)
            else:
                yield from self._all_blocks(index, path)

    def sha256(self) -> str:
        """Of the files' bytes where all are read; of sizes, seed and sampled blocks where not."""
        digest = hashlib.sha256()
        if self.sampled:
            digest.update(json.dumps([self.sizes, self.sampling.seed]).encode())
            for block in self.blocks():
                digest.update(block.text.encode("utf-8"))
            return digest.hexdigest()
        for path in self.paths:
            with path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
        return digest.hexdigest()

    def _all_blocks(self, index: int, path: Path) -> Iterator[Block]:
        start, held = 0, b""
        with path.open("rb") as file:
            while chunk := file.read(self.sampling.block_bytes):
                held += chunk
                if len(chunk) < self.sampling.block_bytes:
                    break
                cut = _line_end(held)
                if cut == 0 and len(held) >= _LONGEST_LINE:
                    cut = _character_end(held, self.encoding)
                if cut:
                    yield self._block(index, start, held[:cut])
                    start, held = start + cut, held[cut:]
        if held:
            yield self._block(index, start, held)

    def _sampled_blocks(self, index: int, path: Path) -> Iterator[Block]:
        """One block from each of equal strata, at a place drawn from the seed: stratified sampling."""
        size, length = self.sizes[index], self.sampling.block_bytes
        share = self.sampling.sample_bytes * size / self.total_bytes
        strata = max(1, min(round(share / length), size // (2 * length) or 1))
        draw = random.Random(f"{self.sampling.seed}:{index}:{size}")
        with path.open("rb") as file:
            for stratum in range(strata):
                low, high = stratum * size // strata, (stratum + 1) * size // strata
                file.seek(low + int(draw.random() * max(high - low - length, 1)))
                start = file.tell() + (len(file.readline(_LONGEST_LINE)) if file.tell() else 0)
                file.seek(start)
                data = file.read(length)
                if not data.endswith(b"\n"):
                    data += file.readline(_LONGEST_LINE)
                if data.strip():
                    yield self._block(index, start, data)

    def _block(self, index: int, start: int, data: bytes) -> Block:
        path = self.paths[index]
        text = _decode(data, path, start, self.encoding)
        return Block(index, start, _documents(text, path, start) if path.suffix == ".jsonl" else text)


def open_corpus(
    paths: Sequence[str | Path], sampling: Sampling | None = None, encoding: str | None = None
) -> Corpus:
    """Look at the files without reading them through. Problems as `read_text`, for the first 64 KiB.

    A `.jsonl` file gives the `text` (or `content`) of each row, a document a line end apart.
    """
    files = tuple(Path(path) for path in paths)
    for path in files:
        with _opened(path) as file:
            head = file.read(BLOCK_BYTES)
        if not head.strip():
            raise Problem("text-empty", path=str(path))
        whole = head[: _character_end(head, encoding)] if len(head) == BLOCK_BYTES else head
        _decode(whole, path, 0, encoding)
    sizes = tuple(path.stat().st_size for path in files)
    return Corpus(files, sizes, sampling or Sampling(), encoding)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise Problem("text-missing", path=str(path)) from error
    except PermissionError as error:
        raise Problem("text-unreadable", path=str(path)) from error


def _bytes_of(path: Path) -> bytes:
    with _opened(path) as file:
        data = file.read()
    if not data:
        raise Problem("text-empty", path=str(path))
    return data


def _line_end(data: bytes) -> int:
    """Where to cut: after the last line feed between two characters that are no white space.

    There every byte-level split pattern has a boundary anyway. Failing that, after the last line feed.
    """
    end = len(data) - 1
    for _ in range(64):
        at = data.rfind(b"\n", 1, end)
        if at < 0:
            break
        if data[at - 1] not in b" \t\r\n" and data[at + 1] not in b" \t\r\n":
            return at + 1
        end = at
    return data.rfind(b"\n") + 1


def _character_end(data: bytes, encoding: str | None) -> int:
    """The length of `data` without a character that was cut in two at its end."""
    decoder = codecs.getincrementaldecoder(encoding or "utf-8")(errors="ignore")
    decoder.decode(data)
    return len(data) - len(decoder.getstate()[0])


def _decode(data: bytes, path: Path, start: int, encoding: str | None) -> str:
    if encoding is not None:
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError) as error:
            offset = start + getattr(error, "start", 0)
            raise Problem("text-not-encoding", path=str(path), encoding=encoding, offset=offset) from error
    if start == 0 and data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Problem("text-not-utf8", path=str(path), offset=0, guess="utf-16")
    if start == 0 and b"\0" in data[:BLOCK_BYTES] and _is_binary(data[:BLOCK_BYTES]):
        raise Problem("text-binary", path=str(path))
    try:
        return data.decode("utf-8-sig" if start == 0 else "utf-8")
    except UnicodeDecodeError as error:
        if _is_binary(data[:BLOCK_BYTES]):
            raise Problem("text-binary", path=str(path)) from error
        guess = guess_encoding(data)
        if not guess:
            raise Problem("text-unknown-encoding", path=str(path), offset=start + error.start) from error
        raise Problem("text-not-utf8", path=str(path), offset=start + error.start, guess=guess) from error


def _is_binary(data: bytes) -> bool:
    """More than one byte in a hundred is a control character that no text has."""
    return sum(byte in _CONTROL for byte in data) > max(len(data) // 100, 0)


def guess_encoding(data: bytes) -> str:
    """`gb18030` or `big5` where the bytes read as mostly common Han in it, else an empty string."""
    best, best_share = "", 0.0
    for encoding in _ENCODINGS:
        try:
            text = data[: 2 * BLOCK_BYTES].decode(encoding, "strict")
        except UnicodeDecodeError as error:
            if error.start < min(len(data), 2 * BLOCK_BYTES) - 4:
                continue
            text = data[: error.start].decode(encoding)
        wide = [char for char in text if ord(char) > 0x7F]
        # Right readings are of common characters: nearly all in the first plane's main block.
        share = sum("\u4e00" <= char <= "\u9fff" or "\u3000" <= char <= "\u303f" for char in wide)
        share_of_wide = share / len(wide) if wide else 0.0
        common = sum(char in "的一是不了在人有我他这為为之" for char in wide) / len(wide) if wide else 0.0
        if share_of_wide > 0.6 and share_of_wide + 4 * common > best_share:
            best, best_share = encoding, share_of_wide + 4 * common
    return best


def _documents(text: str, path: Path, start: int) -> str:
    documents = []
    for line in text.splitlines():
        if line.strip():
            try:
                row = shallow(line)
                documents.append(str(row["text"] if "text" in row else row["content"]))
            except (ValueError, KeyError, TypeError) as error:
                raise Problem("text-rows", path=str(path), offset=start, line=line[:80]) from error
    return "\n".join(documents) + "\n"
