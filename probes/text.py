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
from probes.encodings import Codec, codec_of, guess_encoding

BLOCK_BYTES = 64 * 1024
WHOLE_LIMIT = 256 * 1024 * 1024
"""Corpora up to this many bytes are read whole; larger ones are sampled."""
SAMPLE_BYTES = 64 * 1024 * 1024
_LONGEST_LINE = 8 * BLOCK_BYTES
_ROWS = (".jsonl", ".ndjson")
"""Files of a JSON object a line."""
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
    text = _decode(data, Path(path), encoding)
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
        codec, rows = self._codec(path), _has_rows(path)
        start, held, ended = codec.mark, bytearray(), False
        with path.open("rb") as file:
            file.seek(start)
            while chunk := file.read(self.sampling.block_bytes):
                held += chunk
                if len(chunk) < self.sampling.block_bytes:
                    break
                ended = (
                    ended or codec.feed in chunk
                )  # a long row is not looked through again for each chunk
                cut = _line_end(held, codec) if ended else 0
                if cut == 0 and len(held) >= _LONGEST_LINE and not rows:
                    cut = codec.whole(held)
                if cut:
                    yield from self._block(index, start, bytes(held[:cut]), codec)
                    start, ended = start + cut, False
                    del held[:cut]
        if held:
            yield from self._block(index, start, bytes(held), codec)

    def _sampled_blocks(self, index: int, path: Path) -> Iterator[Block]:
        """One block from each of equal strata, at a place drawn from the seed: stratified sampling."""
        codec = self._codec(path)
        size, length = self.sizes[index], self.sampling.block_bytes
        share = self.sampling.sample_bytes * size / self.total_bytes
        strata = max(1, min(round(share / length), size // (2 * length) or 1))
        longest = WHOLE_LIMIT if _has_rows(path) else _LONGEST_LINE
        draw = random.Random(f"{self.sampling.seed}:{index}:{size}")
        with path.open("rb") as file:
            for stratum in range(strata):
                low, high = stratum * size // strata, (stratum + 1) * size // strata
                at = low + int(draw.random() * max(high - low - length, 1))
                file.seek(max(at - at % codec.unit, codec.mark))
                at = file.tell()
                start = at + (len(codec.line(file, longest)) if at > codec.mark else 0)
                file.seek(start)
                data = file.read(length - length % codec.unit)
                if not data.endswith(codec.feed):
                    data += codec.line(file, longest)
                if data.strip():
                    yield from self._block(index, start, data, codec)

    def _codec(self, path: Path) -> Codec:
        with path.open("rb") as file:
            return codec_of(file.read(4), self.encoding)

    def _block(self, index: int, start: int, data: bytes, codec: Codec) -> Iterator[Block]:
        """The block of these bytes; none where its rows hold no text."""
        path = self.paths[index]
        text = _decoded(data, path, start, codec, self.encoding)
        if _has_rows(path):
            text = _documents(text, path, start)
        if text:
            yield Block(index, start, text)


def _has_rows(path: Path) -> bool:
    return path.suffix.lower() in _ROWS


def open_corpus(
    paths: Sequence[str | Path], sampling: Sampling | None = None, encoding: str | None = None
) -> Corpus:
    """Look at the files without reading them through. Problems as `read_text`, for the first 64 KiB.

    A `.jsonl` file gives the `text` (or `content`) of each row, a document a line end apart; a row whose
    text is null is passed over.
    """
    files = tuple(Path(path) for path in paths)
    for path in files:
        with _opened(path) as file:
            head = file.read(BLOCK_BYTES)
        if not head.strip():
            raise Problem("text-empty", path=str(path))
        _decode(head, path, encoding, len(head) == BLOCK_BYTES)
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


def _line_end(data: bytes | bytearray, codec: Codec) -> int:
    """Where to cut: after the last line feed between two characters that are no white space.

    There every byte-level split pattern has a boundary anyway. Failing that, after the last line feed.
    """
    spaces = [space.encode(codec.name) for space in " \t\r\n"]
    end, unit = len(data) - codec.unit, codec.unit
    for _ in range(64):
        cut = codec.after_last_feed(data, end)
        at = cut - len(codec.feed)
        if cut == 0 or at == 0:
            break
        if bytes(data[at - unit : at]) not in spaces and bytes(data[cut : cut + unit]) not in spaces:
            return cut
        end = at
    return codec.after_last_feed(data)


def _decode(data: bytes, path: Path, encoding: str | None, cut: bool = False) -> str:
    """The text that a file begins with; `cut` where more of it follows."""
    if encoding is None and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Problem("text-not-utf8", path=str(path), offset=0, guess=guess_encoding(data))
    if encoding is None and b"\0" in data[:BLOCK_BYTES] and _is_binary(data[:BLOCK_BYTES]):
        raise _other(data, path, 0)
    try:
        codec = codec_of(data, encoding)
    except LookupError as error:
        raise Problem("text-not-encoding", path=str(path), encoding=encoding, offset=0) from error
    end = codec.whole(data) if cut else len(data)
    return _decoded(data[codec.mark : end], path, codec.mark, codec, encoding)


def _decoded(data: bytes, path: Path, start: int, codec: Codec, encoding: str | None) -> str:
    """The text of a part that begins with a character. Problems as `read_text`."""
    try:
        return data.decode(codec.name)
    except UnicodeDecodeError as error:
        offset = start + error.start
        if encoding is None:
            raise _other(data, path, offset) from error
        raise Problem("text-not-encoding", path=str(path), encoding=encoding, offset=offset) from error


def _other(data: bytes, path: Path, offset: int) -> Problem:
    """Bytes that are no UTF-8: what they are."""
    guess = guess_encoding(data)
    if guess:
        return Problem("text-not-utf8", path=str(path), offset=offset, guess=guess)
    if _is_binary(data[:BLOCK_BYTES]):
        return Problem("text-binary", path=str(path))
    return Problem("text-unknown-encoding", path=str(path), offset=offset)


def _is_binary(data: bytes) -> bool:
    """More than one byte in a hundred is a control character that no text has."""
    return sum(byte in _CONTROL for byte in data) > max(len(data) // 100, 0)


def _documents(text: str, path: Path, start: int) -> str:
    """The text of each row that has one, a line end apart. Rows end at line feeds alone."""
    documents = []
    for line in text.split("\n"):
        if line.strip():
            try:
                row = shallow(line)
                found = row["text"] if "text" in row else row["content"]
                if isinstance(found, list | dict):
                    raise TypeError
            except (ValueError, KeyError, TypeError) as error:
                raise Problem("text-rows", path=str(path), offset=start, line=line[:80]) from error
            if not (found is None or found != found):  # NaN, as pandas writes it, is null too
                documents.append(str(found))
    return "".join(f"{document}\n" for document in documents)
