"""The command line: `basefit` opens the app, `basefit COMMAND` does one thing and ends.

Exit status: 0 done; 1 done, and the answer is no; 2 bad input or usage; 3 a probe failed; 130 cancelled.
Nothing is imported here before signals wait: one that comes early ends in the same sentence as a late one.
"""


def main() -> None:
    """Entry point of the console script."""
    from tui.signals import ENDING, Signals

    signals = Signals(ENDING)
    signals.hold()
    import sys

    from probes.jobs.scratch import sweep
    from tui.cli import running
    from tui.cli.exit_status import EXIT_CANCELLED
    from tui.cli.terminal import open_streams

    open_streams()
    sweep()
    try:
        status = running.run(sys.argv[1:], signals)
        signals.hold()  # the answer is given
    except KeyboardInterrupt:  # once more, while the first was being told
        status = EXIT_CANCELLED
    signals.hold()
    sys.exit(status)


def run(arguments: list[str]) -> int:
    """Run one command line in a process of others', whose signals stay theirs; its exit status."""
    from tui.cli import running

    return running.run(arguments)
