"""The limits that the system keeps over a process."""


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
