"""Which encoding a stranger's bytes are in: by a mark, by where zeros lie, or by what reads as text."""

import codecs
import os
from dataclasses import dataclass
from typing import BinaryIO

_CHUNK = 64 * 1024
GUESSED_BYTES = 128 * 1024
"""Bytes by which an encoding is guessed."""
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ("utf-16-le", "utf-16-be")
_NARROW = ("gb18030", "big5", "shift_jis", "cp932")
_COMMON = frozenset("的一是不了在人有我他這為为之のはをにがたでとし")
"""Characters that Chinese and Japanese texts are full of."""
_READS = 0.6
"""Of the characters beyond ASCII this share are Han or kana in a right reading."""


@dataclass(frozen=True)
class Codec:
    """How a file's bytes are read from any place on: `name` has an order of bytes, `mark` bytes stand
    before the text, `feed` is a line feed and `unit` the bytes of the smallest character.
    """

    name: str
    mark: int
    feed: bytes
    unit: int

    def after_last_feed(self, data: bytes | bytearray, end: int | None = None) -> int:
        """The byte after the last line feed before `end`, 0 where there is none."""
        at = data.rfind(self.feed, 0, end)
        while at >= 0 and at % self.unit:
            at = data.rfind(self.feed, 0, at + len(self.feed) - 1)
        return at + len(self.feed) if at >= 0 else 0

    def after_first_feed(self, data: bytes) -> int:
        """The byte after the first line feed, 0 where there is none."""
        at = data.find(self.feed)
        while at >= 0 and at % self.unit:
            at = data.find(self.feed, at + 1)
        return at + len(self.feed) if at >= 0 else 0

    def whole(self, data: bytes | bytearray) -> int:
        """The length of `data` without a character that was cut in two at its end."""
        decoder = codecs.getincrementaldecoder(self.name)(errors="ignore")
        decoder.decode(data)
        return len(data) - len(decoder.getstate()[0])

    def line(self, file: BinaryIO, most: int) -> bytes:
        """From here to the next line end, or about so many bytes."""
        if self.feed == b"\n":
            return file.readline(most)
        found = bytearray()
        while len(found) < most and (chunk := file.read(_CHUNK)):
            end = self.after_first_feed(chunk)
            found += chunk[: end or None]
            if end:
                file.seek(end - len(chunk), os.SEEK_CUR)
                break
        return bytes(found)


def codec_of(head: bytes, encoding: str | None) -> Codec:
    """Of a file that begins with `head`; `encoding` None is UTF-8. LookupError for an unknown name."""
    name = codecs.lookup(encoding or "utf-8").name
    mark = 0
    if name in ("utf-8", "utf-8-sig"):
        name, mark = "utf-8", 3 * head.startswith(codecs.BOM_UTF8)
    for bytes_of_mark, family in _MARKS:
        if name.startswith(family) and head.startswith(bytes_of_mark):
            order = "le" if bytes_of_mark in (codecs.BOM_UTF32_LE, codecs.BOM_UTF16_LE) else "be"
            name = f"{family}-{order}" if name == family else name
            mark = len(bytes_of_mark)
            break
    else:
        name = f"{name}-le" if name in ("utf-16", "utf-32") else name
    try:
        feed = "\n".encode(name)
    except UnicodeError as error:  # Python's "undefined"
        raise LookupError(name) from error
    return Codec(name, mark, feed, len(feed) if name.startswith(("utf-16", "utf-32")) else 1)


def guess_encoding(data: bytes) -> str:
    """`utf-16`, `utf-32`, `gb18030`, `big5` or `shift_jis` where the bytes read as text in it, else "".

    By a byte order mark; by zeros in every second byte; else as mostly common Han or kana.
    """
    head = data[:GUESSED_BYTES]
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        return next((encoding for encoding in _WIDE if _is_plain(_text(head, encoding))), "")
    best, best_score = "", 0.0
    for encoding in _NARROW:
        score = _score(_text(head, encoding))
        if score > best_score:
            best, best_score = encoding, score
    return best


def _text(head: bytes, encoding: str) -> str:
    """What the bytes read as, but for a character cut at the end; "" where they do not."""
    try:
        return head.decode(encoding)
    except UnicodeDecodeError as error:
        return head[: error.start].decode(encoding) if error.start >= len(head) - 4 else ""


def _is_plain(text: str) -> bool:
    """Whether nearly all is ASCII that is printed, or what Chinese and Japanese are written in."""
    plain = sum(char in "\t\r\n" or " " <= char <= "~" or _is_eastern(char) for char in text)
    return bool(text) and plain > 0.95 * len(text)


def _is_eastern(char: str) -> bool:
    return "\u3000" <= char <= "\u30ff" or "\u4e00" <= char <= "\u9fff" or "\uff01" <= char <= "\uff5e"


def _score(text: str) -> float:
    """How much it reads as text: right readings are of common characters, nearly all in the main block."""
    wide = [char for char in text if ord(char) > 0x7F]
    share = sum(map(_is_eastern, wide)) / len(wide) if wide else 0.0
    common = sum(char in _COMMON for char in wide) / len(wide) if wide else 0.0
    return share + 4 * common if share > _READS else 0.0
