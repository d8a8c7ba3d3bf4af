"""What is known of the card that a command plans for."""

from catalog.quantization.precision import FLOAT16, half_for
from probes.machine.budget import Room
from tui.cli.output import print_line, words
from tui.wording import figures_words, size_words


def print_card(place: Room) -> None:
    """Its figures where they are not simply its data sheet's, and what was measured beside them."""
    gpu = place.budget.gpu
    if gpu is not None and (gpu.measured or gpu.derived):
        print_line(words("cli.card-figures", **figures_words(gpu)))
    if gpu is not None and half_for(gpu.capability) == FLOAT16:
        print_line(words("cli.float16", name=gpu.name, capability=gpu.capability))
    if place.context_bytes is not None:
        print_line(words("cli.card-context", size=size_words(place.context_bytes)))
    if gpu is not None and gpu.paces:
        print_line(words("cli.card-paced", count=max(pace.seen for pace in gpu.paces)))
