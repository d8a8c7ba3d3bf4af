"""The keys at the foot of a screen, without those that were there before."""

from textual.widgets import Footer


class KeyFooter(Footer):
    """Textual's own, which binds each key it shows to its `compact` and never lets go of one that is gone:
    they are let go whenever that is looked at, so it is, each time the keys are shown anew.
    """

    async def recompose(self) -> None:
        """Show the keys as they are now."""
        await super().recompose()
        self.mutate_reactive(Footer.compact)
