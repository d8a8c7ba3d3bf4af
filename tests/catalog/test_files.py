"""What is written is whole or not there; a full disk, a kill and a link do no harm to what stood there."""

import errno
import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from catalog import files
from catalog.files import free_name, write_text, written, written_folder
from catalog.problem import Problem
from tests.disks import python_on_a_small_disk
from tests.places import ROOT


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_with_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "文.txt"
    write_text(path, "one\n")
    path.chmod(0o640)
    write_text(path, "two\n")
    assert path.read_bytes() == b"two\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert names(path.parent) == ["文.txt"]


def test_what_a_library_keeps_to_the_owner_has_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    usual = (tmp_path / "plain").stat().st_mode & 0o777
    with written(tmp_path / "file") as fresh:
        fresh.unlink()
        os.close(os.open(fresh, os.O_CREAT | os.O_WRONLY, 0o600))
    with written_folder(tmp_path / "folder") as fresh:
        os.close(os.open(fresh / "file", os.O_CREAT | os.O_WRONLY, 0o600))
    for name in ("file", "folder/file"):
        assert (tmp_path / name).stat().st_mode & 0o777 == usual


def _write_half(writing: AbstractContextManager[Path], part: str, error: type[BaseException]) -> None:
    with writing as fresh:
        (fresh / part if part else fresh).write_text("half")
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_is_not_ended_in_peace_leaves_what_was_there(
    tmp_path: Path, error: type[BaseException]
) -> None:
    write_text(tmp_path / "file", "before")
    with written_folder(tmp_path / "folder") as fresh:
        (fresh / "a").write_text("before")
    for writing, part in ((written(tmp_path / "file"), ""), (written_folder(tmp_path / "folder"), "b")):
        with pytest.raises(error):
            _write_half(writing, part, error)
    assert (tmp_path / "file").read_text() == "before"
    assert names(tmp_path / "folder") == ["a"]
    assert names(tmp_path) == ["file", "folder"]


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with written_folder(tmp_path / "folder") as fresh:
            (fresh / "inner").mkdir()
            (fresh / "inner" / name).write_text(name)
    assert names(tmp_path / "folder" / "inner") == ["b"]
    assert names(tmp_path) == ["folder"]


def test_a_folder_that_a_kill_left_beside_comes_back(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from catalog.files import written_folder
folder = Path(sys.argv[1])
with written_folder(folder) as fresh:
    (fresh / "a").write_text("a")
rename = Path.rename
def once(path, target):
    rename(path, target)
    os.kill(os.getpid(), 9)
Path.rename = once
with written_folder(folder) as fresh:
    (fresh / "b").write_text("b")
"""
    run = [sys.executable, "-c", code, str(tmp_path / "folder")]
    assert subprocess.run(run, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert not (tmp_path / "folder").exists()
    with pytest.raises(ValueError, match="no"), written_folder(tmp_path / "folder"):
        raise ValueError("no")
    assert names(tmp_path) == ["folder"]
    assert names(tmp_path / "folder") == ["a"]


def test_a_folder_is_put_back_and_none_is_taken_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "a-model-with-a-long-name-at-a-revision-and-"
    for level in ("nf4", "int8"):
        with written_folder(tmp_path / (long + level)) as fresh:
            (fresh / level).write_text(level)
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name.endswith(".new"):
            raise OSError(errno.EBUSY, "busy")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="busy"), written_folder(tmp_path / (long + "nf4")):
        pass
    assert names(tmp_path) == [long + "int8", long + "nf4"]
    assert [names(tmp_path / (long + level)) for level in ("nf4", "int8")] == [["nf4"], ["int8"]]


def test_what_the_dead_left_is_swept_and_what_the_living_write_is_not(tmp_path: Path) -> None:
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], stdout=subprocess.PIPE)
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        with written(tmp_path / "file") as mine:
            ended, pid = int(dead.stdout), str(os.getpid())
            left = [mine.with_name(mine.name.replace(pid, str(one))) for one in (ended, other.pid)]
            for path in left:
                path.write_text("half")
            (tmp_path / ".file.elsewhere-1-0.new").write_text("of another machine")
            write_text(tmp_path / "other", "")
            assert left[0].exists(), "it is of another file"
            write_text(tmp_path / "file", "whole")
            assert [path.exists() for path in (mine, *left)] == [True, False, True]
    finally:
        other.communicate()
    assert names(tmp_path) == sorted([".file.elsewhere-1-0.new", left[1].name, "file", "other"])


def test_a_link_is_followed_unless_it_must_not_be(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "far" / "target")
    write_text(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "far" / "target").read_text() == "text"
    (tmp_path / "trap").symlink_to(tmp_path / "kept")
    write_text(tmp_path / "trap", "text", follow=False)
    assert not (tmp_path / "trap").is_symlink()
    assert (tmp_path / "kept").read_text() == "kept"


def test_a_device_is_written_and_never_replaced(tmp_path: Path) -> None:
    write_text(Path("/dev/null"), "text")
    assert Path("/dev/null").is_char_device()
    os.mkfifo(tmp_path / "pipe")
    reader = subprocess.Popen(["cat", str(tmp_path / "pipe")], stdout=subprocess.PIPE, text=True)
    write_text(tmp_path / "pipe", "text")
    assert reader.communicate()[0] == "text"
    assert (tmp_path / "pipe").is_fifo()
    code = (
        "from pathlib import Path; from catalog.files import write_text\n"
        "write_text(Path('/dev/stdout'), 'x')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("x", 0), done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_device_without_room_is_told() -> None:
    with pytest.raises(Problem, match="disk-full"):
        write_text(Path("/dev/full"), "text")


WRITERS = {
    "text": "write_text(disk / 'file', 'x' * size)",
    "folder": "with written_folder(disk / 'file') as fresh: (fresh / 'x').write_bytes(b'x' * size)",
    "torch": (
        "import torch\nwith written(disk / 'file') as fresh: torch.save(torch.zeros(size // 4), fresh)"
    ),
    "safetensors": (
        "import torch; from safetensors.torch import save_file\n"
        "with written(disk / 'file') as fresh: save_file({'a': torch.zeros(size // 4)}, fresh)"
    ),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_disk_that_is_full_keeps_what_was_there_and_is_told(tmp_path: Path, writer: str) -> None:
    code = f"""
from catalog.files import write_text, written, written_folder
from catalog.problem import Problem
def write(size):
    {WRITERS[writer].replace(chr(10), chr(10) + "    ")}
write(4096)
before = sum(p.stat().st_size for p in disk.rglob("*"))
try:
    write(4_000_000)
except Problem as problem:
    print(problem.code, problem.params["path"] == str(disk / "file"))
print(sum(p.stat().st_size for p in disk.rglob("*")) == before, [p.name for p in disk.iterdir()])
"""
    done = python_on_a_small_disk("2m", tmp_path, code)
    assert done.stdout == "disk-full True\nTrue ['file']\n", done.stderr


def test_a_quota_is_a_full_disk_and_a_bug_is_none(tmp_path: Path) -> None:
    assert files.is_full(OSError(files.FULL[-1], "Disk quota exceeded"), tmp_path)
    assert not files.is_full(OSError(13, "Permission denied"), tmp_path)
    assert not files.is_full(ValueError("size"), tmp_path)
    assert not files.is_full(ValueError("size"), tmp_path / "nowhere")


def test_free_names_differ(tmp_path: Path) -> None:
    first = free_name(tmp_path / "a.json", "damaged", ".json")
    first.write_text("")
    second = free_name(tmp_path / "a.json", "damaged", ".json")
    assert first.name.startswith("a.damaged-")
    assert first != second
