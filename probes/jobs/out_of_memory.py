"""What libraries say where memory is lacking: of the card, of the machine, or of a limit on addresses."""

import re

_SAID = re.compile(
    r"out of memory|MemoryError|can't allocate memory|Cannot allocate memory|alloc_cpu|std::bad_alloc"
    r"|failed to map segment"  # a library that no longer fits beneath a limit on addresses
    r"|can't start new thread|memory allocation of \d+ bytes failed"
    r"|(CUBLAS|CUDNN|CUSOLVER|CUSPARSE)_STATUS_(INTERNAL_ERROR_\w+_)?ALLOC(ATION)?_FAILED"
)


def lacks_memory(detail: str) -> bool:
    """Whether an exception's words, or the last ones of a process, mean so."""
    return _SAID.search(detail) is not None
