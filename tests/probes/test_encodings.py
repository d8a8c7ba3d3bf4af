"""Which encoding strangers' bytes are in."""

import pytest

from probes.encodings import codec_of, guess_encoding

TEXTS = {
    "gb18030": "第0个问题：0加一是多少,答案是1。\n",
    "big5": "這是一個在山上的人寫的，他不會說了。\n",
    "shift_jis": "これは山の上の人が書いたものです。カタカナも、漢字も。\n",
}


@pytest.mark.parametrize("encoding", TEXTS)
@pytest.mark.parametrize("times", [1, 3000])
def test_a_narrow_encoding_is_told_by_what_reads_as_text(encoding: str, times: int) -> None:
    assert guess_encoding(("id,text\n" + TEXTS[encoding] * times).encode(encoding)) == encoding


def test_shift_jis_with_characters_of_windows() -> None:
    assert guess_encoding(("①②" + TEXTS["shift_jis"]).encode("cp932")) == "cp932"


@pytest.mark.parametrize("text", TEXTS.values())
def test_utf_16_is_told_by_its_mark_or_by_its_zeros(text: str) -> None:
    assert guess_encoding(text.encode("utf-16")) == "utf-16"
    assert guess_encoding(("q,a\n" + text).encode("utf-16-le")) == "utf-16-le"
    assert guess_encoding(("q,a\n" + text).encode("utf-16-be")) == "utf-16-be"
    assert guess_encoding(text.encode("utf-32")) == "utf-32"


@pytest.mark.parametrize(
    "data", [b"plain", b"", "Où est le café? Ça va.".encode("latin-1"), bytes(range(256)) * 9, b"\0" * 99]
)
def test_what_is_none_of_them_is_not_guessed(data: bytes) -> None:
    assert guess_encoding(data) == ""


def test_a_feed_that_is_halves_of_two_characters_is_none() -> None:
    text = "上\u0a0a\u000a好\n\u0a00"  # 0x0A in other places than a line feed's
    for encoding in ("utf-16-le", "utf-16-be"):
        data, codec = text.encode(encoding), codec_of(b"", encoding)
        assert codec.after_first_feed(data) == 2 * (text.index("\n") + 1)
        assert codec.after_last_feed(data) == 2 * (text.rindex("\n") + 1)
    assert codec_of("好".encode("utf-16"), "utf-16").mark == 2
    assert codec_of(b"", "utf-16").name == "utf-16-le"
    with pytest.raises(LookupError):
        codec_of(b"", "no-such")
