"""Reading the person's text: whole, in blocks, by sample."""

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.han import count_han, is_han, standard_characters
from catalog.problem import Problem
from probes.encodings import guess_encoding
from probes.text import Sampling, open_corpus, read_text

CHINESE = "茶树原产于中国西南部，喜欢温暖湿润的气候。这是一个在山上的人写的，他不会说了。\n" * 20


def test_a_text_and_its_counts(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("茶 tea，𠮷\n", encoding="utf-8")
    text = read_text(path)
    assert (text.chars, text.han_chars, text.bytes) == (8, 2, 3 + 4 + 3 + 4 + 1)
    assert text.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_byte_order_mark_is_no_text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfabc")
    assert read_text(path).text == "abc"
    assert "".join(block.text for block in open_corpus([path]).blocks()) == "abc"


def test_line_ends_are_kept(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("一\r\n二\r\n".encode())
    assert read_text(path).text == "一\r\n二\r\n"


def _code(read, path, *arguments):
    with pytest.raises(Problem) as caught:
        read(path, *arguments)
    assert caught.value.params["path"] == str(path)
    return caught.value


@pytest.mark.parametrize("read", [read_text, lambda path: open_corpus([path])], ids=["whole", "blocks"])
class TestBadInput:
    def test_missing(self, read, tmp_path):
        assert _code(read, tmp_path / "none").code == "text-missing"
        assert _code(read, tmp_path).code == "text-missing"

    @pytest.mark.parametrize("data", [b"", b" \n\n"])
    def test_empty(self, read, tmp_path, data):
        path = tmp_path / "empty.txt"
        path.write_bytes(data)
        assert _code(read, path).code == "text-empty"

    @pytest.mark.parametrize("encoding", ["gb18030", "big5"])
    def test_another_chinese_encoding_is_detected(self, read, tmp_path, encoding):
        text = CHINESE if encoding == "gb18030" else "這是一個在山上的人寫的，他不會說了。我為你\n" * 20
        path = tmp_path / "a.txt"
        path.write_bytes(b"abc " + text.encode(encoding))
        problem = _code(read, path)
        assert (problem.code, problem.params["guess"]) == ("text-not-utf8", encoding)
        assert problem.params["offset"] == 4

    def test_latin_1_is_not_taken_for_chinese(self, read, tmp_path):
        path = tmp_path / "a.txt"
        path.write_bytes(
            "Où est le café? Là-bas, près de l'église. Ça va, merci beaucoup.".encode("latin-1")
        )
        problem = _code(read, path)
        assert (problem.code, problem.params.get("guess")) == ("text-unknown-encoding", None)

    def test_utf_16(self, read, tmp_path):
        path = tmp_path / "a.txt"
        path.write_bytes("中文".encode("utf-16"))
        assert _code(read, path).params["guess"] == "utf-16"

    @pytest.mark.parametrize("data", [bytes(range(256)) * 40, b"\x7fELF\0\0\0\0\1\2" * 50])
    def test_binary(self, read, tmp_path, data):
        path = tmp_path / "a.bin"
        path.write_bytes(data)
        assert _code(read, path).code == "text-binary"


def test_the_offered_encoding_reads_it(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(CHINESE.encode("gb18030"))
    assert read_text(path, "gb18030").text == CHINESE
    corpus = open_corpus([path], Sampling(block_bytes=64), "gb18030")
    assert "".join(block.text for block in corpus.blocks()) == CHINESE
    assert _code(read_text, path, "shift-jis").code == "text-not-encoding"


def test_a_bad_byte_far_into_the_file_is_located(tmp_path):
    path = tmp_path / "a.txt"
    good = CHINESE.encode() * 60
    path.write_bytes(good + b"\xff\xfe")
    with pytest.raises(Problem) as caught:
        list(open_corpus([path], Sampling(block_bytes=512)).blocks())
    assert caught.value.params["offset"] == len(good)


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(st.sampled_from("ab 茶🦙é\n\n\r\t"), min_size=1, max_size=300).filter(str.strip),
    block=st.integers(4, 64),
)
def test_blocks_are_the_text(tmp_path_factory, text, block):
    path = tmp_path_factory.mktemp("blocks") / "a.txt"
    path.write_bytes(text.encode())
    corpus = open_corpus([path, path], Sampling(block_bytes=block))
    blocks = list(corpus.blocks())
    for file in (0, 1):
        own = [found for found in blocks if found.file == file]
        assert "".join(found.text for found in own) == text
        assert [found.start for found in own] == [
            len("".join(before.text for before in own[:i]).encode()) for i in range(len(own))
        ]


def test_a_line_without_end_is_cut_between_characters(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("茶" * 400_000, encoding="utf-8")
    blocks = [block.text for block in open_corpus([path]).blocks()]
    assert len(blocks) > 1
    assert "".join(blocks) == "茶" * 400_000


def test_a_large_corpus_is_sampled_by_seed(tmp_path):
    path = tmp_path / "a.txt"
    lines = [f"{number:06d} 茶树原产于中国西南部\n" for number in range(20_000)]
    path.write_text("".join(lines), encoding="utf-8")
    sampling = Sampling(whole_limit=1000, sample_bytes=60_000, block_bytes=2000)
    corpus = open_corpus([path], sampling)
    assert corpus.sampled
    first = [block.text for block in corpus.blocks()]
    assert first == [block.text for block in corpus.blocks()]
    assert sum(len(text.encode()) for text in first) == pytest.approx(60_000, rel=0.15)
    known = set(lines)
    assert all(line + "\n" in known for text in first for line in text.splitlines())
    numbers = [int(line[:6]) for text in first for line in text.splitlines()]
    assert numbers == sorted(set(numbers))
    assert max(numbers) > 19_000
    other = open_corpus([path], Sampling(1000, 60_000, 2000, seed=1))
    assert [block.text for block in other.blocks()] != first
    assert other.sha256() != corpus.sha256()


def test_the_hash_of_what_is_read_whole_is_the_files(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(CHINESE, encoding="utf-8")
    assert open_corpus([path]).sha256() == read_text(path).sha256


def test_rows_give_their_text(tmp_path):
    path = tmp_path / "a.jsonl"
    rows = [{"text": "一"}, {"content": "two"}]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert [block.text for block in open_corpus([path]).blocks()] == ["一\ntwo\n"]
    path.write_text('{"other": 1}\n', encoding="utf-8")
    with pytest.raises(Problem, match="text-rows"):
        list(open_corpus([path]).blocks())


def test_han():
    assert [is_han(char) for char in "茶㐀𠮷〇，。aー"] == [
        True,
        True,
        True,
        True,
        False,
        False,
        False,
        False,
    ]
    assert count_han("茶, tea，树") == 2
    standard = standard_characters()
    assert len(standard) == len(set(standard)) == 8105
    assert standard[0] == "一"
    assert all(map(is_han, standard))


def test_ascii_gives_no_guess():
    assert guess_encoding(b"plain") == ""


def rows_of(path, *texts):
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_rows_without_text_are_passed_over(tmp_path):
    path = rows_of(tmp_path / "a.jsonl", *["正常文本", None, float("nan"), 5] * 25)
    assert "".join(block.text for block in open_corpus([path]).blocks()) == "正常文本\n5\n" * 25
    assert list(open_corpus([rows_of(path, None, None)]).blocks()) == []
    path.write_text('{"text": [1]}\n', encoding="utf-8")
    with pytest.raises(Problem, match="text-rows"):
        list(open_corpus([path]).blocks())


@pytest.mark.parametrize("separator", "\u2028\u2029\u0085\v\f\r")
def test_a_row_ends_at_a_line_feed_alone(tmp_path, separator):
    path = rows_of(tmp_path / "a.jsonl", *(f"第{n}段{separator}换行" for n in range(50)))
    found = "".join(block.text for block in open_corpus([path]).blocks())
    assert found.count("\n") == 50
    assert found.count(separator) == 50


def test_a_row_may_be_longer_than_any_block(tmp_path):
    rows = ["长" * 250_000, "短", "长" * 250_000]
    path = rows_of(tmp_path / "a.jsonl", *rows)
    assert "".join(block.text for block in open_corpus([path]).blocks()) == "\n".join(rows) + "\n"
    sampled = open_corpus([path], Sampling(whole_limit=1000, sample_bytes=4000, block_bytes=1000))
    assert {line for block in sampled.blocks() for line in block.text.split()} <= {*rows}


WIDE = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "shift_jis"]


@pytest.mark.parametrize("encoding", WIDE)
def test_any_encoding_is_read_block_by_block(tmp_path, encoding):
    lines = [f"{number:05d} 今天天气好，上下一中\n" for number in range(6000)]
    assert any(0x0A in line.encode(encoding)[:-4] for line in lines) or encoding[:3] != "utf"
    path = tmp_path / "a.txt"
    path.write_bytes("".join(lines).encode(encoding))
    blocks = list(open_corpus([path], encoding=encoding).blocks())
    assert len(blocks) > 2
    assert "".join(block.text for block in blocks) == "".join(lines)
    data, before = path.read_bytes(), ""
    for block in blocks:
        assert data[: block.start].decode(encoding) == before
        before += block.text
    sampling = Sampling(whole_limit=1000, sample_bytes=20_000, block_bytes=1999)
    sampled = [block.text for block in open_corpus([path], sampling, encoding).blocks()]
    assert len(sampled) > 5
    assert {line for text in sampled for line in text.splitlines(keepends=True)} <= {*lines}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_a_wide_line_without_end_is_cut_between_characters(tmp_path, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes(("茶🦙" * 150_000).encode(encoding))
    blocks = [block.text for block in open_corpus([path], Sampling(block_bytes=65_535), encoding).blocks()]
    assert len(blocks) > 1
    assert "".join(blocks) == "茶🦙" * 150_000
