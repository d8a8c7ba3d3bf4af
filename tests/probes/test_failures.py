"""What an exception in a probe means to the person who asked."""

from probes.__main__ import failure_of
from probes.jobs.events import FailureKind


def test_a_full_disk_by_any_library_names_where_it_was_written() -> None:
    told = RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)")
    failed = failure_of(told, "/data/out")
    assert (failed.kind, failed.code, failed.params) == (
        FailureKind.BAD_INPUT,
        "disk-full",
        {"path": "/data/out"},
    )
    assert failure_of(OSError(28, "No space", "/data/x"), "/data/out").params["path"] == "/data/x"


def test_a_place_that_is_not_the_persons_is_bad_input() -> None:
    failed = failure_of(PermissionError(13, "Permission denied", "/data/out"))
    assert (failed.kind, failed.code) == (FailureKind.BAD_INPUT, "not-permitted")
    assert failed.params == {"path": "/data/out", "detail": "Permission denied"}
