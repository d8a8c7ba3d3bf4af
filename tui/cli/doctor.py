"""`basefit doctor`: whether this machine has what basefit needs, and what to do where it has not."""

from probes.machine.doctor import Check, State, examine
from probes.machine.hardware import asked_machine
from tui.cli.exit_status import EXIT_NO, EXIT_OK
from tui.cli.options import Json
from tui.cli.output import print_json, print_table, tell, words
from tui.wording import check_words


def doctor(as_json: Json = False) -> int:
    """Whether driver, torch, libraries, disk, Hub and store are good, or what to do."""
    tell(words("doctor.looking"))
    found = examine(asked_machine())
    good = all(check.state != State.MEND for check in found)
    if as_json:
        print_json("doctor", {"good": good, "checks": [_json(check) for check in found]})
    else:
        marks = {state: words(f"doctor.state.{state}") for state in State}
        print_table(
            [words(f"doctor.column.{name}") for name in ("state", "name", "says")],
            [
                (
                    marks[check.state],
                    words(f"doctor.name.{check.name}"),
                    check_words(check.code, check.params),
                )
                for check in found
            ],
            left=3,
        )
    return EXIT_OK if good else EXIT_NO


def _json(check: Check) -> dict[str, object]:
    says = check_words(check.code, check.params)
    return {"name": check.name, "state": check.state.value, "code": check.code, "says": says}
