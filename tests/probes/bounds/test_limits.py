"""Limits on a process are set in a process of their own, as they cannot be taken back."""

import subprocess
import sys

import pytest

from tests.places import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits on addresses are Linux's")


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    return done.stdout + done.stderr


def test_a_limit_that_leaves_no_room_is_a_lack_of_memory_before_anything_is_loaded() -> None:
    said = python(
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (500 * 2**20,) * 2)\n"
        "from probes.__main__ import check_addresses, failure_of\n"
        "try:\n    check_addresses()\nexcept MemoryError as error:\n    print(failure_of(error))"
    )
    assert "<FailureKind.OOM: 'oom'>" in said
    assert "ulimit -v is 512,000 KiB" in said


def test_memory_files_and_time_are_limited() -> None:
    said = python(
        "from probes.bounds.limits import limit_this_process\n"
        "import resource, tempfile\n"
        "limit_this_process(2**28, 7)\n"
        "print(resource.getrlimit(resource.RLIMIT_CPU)[0])\n"
        "try:\n    b'x' * 2**29\nexcept MemoryError:\n    print('memory')\n"
        "with tempfile.TemporaryFile() as file:\n"
        "    try:\n        file.truncate(2**29)\n    except OSError as error:\n        print(error.errno)"
    )
    assert said.split() == ["7", "memory", "27"]
