"""What an exception in a probe means to the person who asked."""

import pytest

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


@pytest.mark.parametrize(
    "told",
    [
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
        "cusolver error: CUSOLVER_STATUS_ALLOC_FAILED, when calling `cusolverDnCreate(handle)`",
        "unable to mmap 4096 bytes from file </m/model.safetensors>: Cannot allocate memory (12)",
        "std::bad_alloc",
    ],
)
def test_what_lacks_memory_is_out_of_memory(told: str) -> None:
    failed = failure_of(RuntimeError(told))
    assert (failed.kind, failed.code) == (FailureKind.OOM, "out-of-memory")
    assert failed.params == {"detail": f"RuntimeError: {told}"}


def test_a_library_that_finds_no_addresses_lacks_memory_and_another_does_not() -> None:
    told = ImportError("libtorch_cuda.so: failed to map segment from shared object")
    assert failure_of(told).kind is FailureKind.OOM
    told = ImportError("libgomp.so: cannot allocate memory in static TLS block")
    assert failure_of(told).kind is FailureKind.CRASH
    assert failure_of(RuntimeError("CUBLAS_STATUS_EXECUTION_FAILED")).kind is FailureKind.CRASH


@pytest.mark.parametrize("said", ["unspecified launch failure", "GPU is lost", "an illegal memory access"])
def test_a_card_that_fails_in_the_middle_is_said_to_be_what_failed(said: str) -> None:
    failed = failure_of(RuntimeError(f"CUDA error: {said}\nCompile with TORCH_USE_CUDA_DSA"))
    assert (failed.kind, failed.code) == (FailureKind.CRASH, "device-failed")
    assert failed.params == {"detail": f"RuntimeError: CUDA error: {said}"}
