"""The exit statuses of the command contract, and which of them a run's ending comes to."""

from catalog.evidence.store import RunState

EXIT_OK, EXIT_NO, EXIT_BAD_INPUT, EXIT_FAILED, EXIT_CANCELLED = 0, 1, 2, 3, 130

STATUS = {
    RunState.DONE: EXIT_OK,
    RunState.NO: EXIT_NO,
    RunState.FAILED: EXIT_FAILED,
    RunState.CANCELLED: EXIT_CANCELLED,
}
