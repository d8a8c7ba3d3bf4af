"""The limits that the system keeps over a process."""

_LEAST_ADDRESS_BYTES = 9 * 2**26
"""No probe's libraries load in less, and numpy's OpenBLAS may look for room without end."""


def check_addresses() -> None:
    """MemoryError where the limit on addresses (`ulimit -v`) leaves no room for any probe."""
    try:
        import resource
    except ImportError:
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < _LEAST_ADDRESS_BYTES:
        raise MemoryError(f"ulimit -v is {limit // 1024:,} KiB")


def limit_this_process(more_bytes: int, cpu_seconds: int | None = None) -> None:
    """From now on `more_bytes` of address space and as many in one file; `cpu_seconds` of a processor.

    Nothing where the system has no such limits (Windows).
    """
    try:
        import resource
    except ImportError:
        return
    import psutil

    address = psutil.Process().memory_info().vms + more_bytes
    wanted = ((resource.RLIMIT_AS, address), (resource.RLIMIT_FSIZE, more_bytes))
    for kind, most in (*wanted, (resource.RLIMIT_CPU, cpu_seconds)):
        if most is not None:
            _, hard = resource.getrlimit(kind)
            resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
