"""The command palette: everything that can be done now, by its name in the person's language."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.basefit import Basefit
from tui.screens.base import translated
from tui.strings import say
from tui.widgets.topbar import SCREENS, VIEW_OF


class Commands(Provider):
    """Screens, actions, budgets and settings; what is impossible now is not listed."""

    @property
    def basefit(self) -> Basefit:
        return cast(Basefit, self.app)

    def _commands(self) -> Iterator[tuple[str, str, Callable[[], Any]]]:
        app = self.basefit

        def words(key: str, **params: Any) -> str:
            return say(f"app.palette.{key}", app.language, **params)

        here = say(f"app.screen.{self.screen.id or 'home'}", app.language)
        for name, run in self._keys():
            yield words("here", action=name), words("here-help", screen=here), run
        for mode in (*SCREENS, *VIEW_OF):
            name = say(f"app.screen.{mode}", app.language)
            yield (
                words("go", screen=name),
                say(f"app.help.{mode}", app.language),
                partial(app.action_go, mode),
            )
        if app.measuring:
            yield words("cancel"), words("cancel-help"), app.cancel_measurement
        else:
            yield words("demo"), words("demo-help"), app.action_demo
            yield words("own"), words("own-help"), app.action_measure_own
        if app.question is not None:
            yield words("report"), words("report-help"), app.action_report
        yield words("budget"), words("budget-help"), app.action_budget
        for stop in app.stops():
            yield words("plan", label=stop.label), words("plan-help"), partial(app.set_budget, stop)
        yield words("language"), words("language-help"), app.action_language
        yield words("theme"), words("theme-help"), app.action_theme
        yield words("help"), words("help-help"), app.action_help
        yield words("quit"), words("quit-help"), app.action_quit

    def _keys(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        """What the keys of this screen do, each once; the app's own keys have words of their own."""
        named = {}
        language = self.basefit.language
        for active in translated(self.screen.active_bindings, language).values():
            own = active.enabled and active.node is not self.app and active.binding.id
            if own and not active.binding.action.startswith("app."):
                named[active.binding.description] = active
        for words, active in named.items():
            yield words, partial(self.app.run_action, active.binding.action, active.node)

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for name, help_words, run in self._commands():
            yield DiscoveryHit(name, run, help=_plain(help_words))

    async def search(self, query: str) -> Hits:
        """Those whose name matches what is typed."""
        matcher, found = self.matcher(query), False
        for name, help_words, run in self._commands():
            score = matcher.match(name)
            if score > 0:
                found = True
                yield Hit(score, matcher.highlight(name), run, help=_plain(help_words))
        if not found:  # Textual's own words for it are English
            language = self.basefit.language
            yield Hit(0.01, say("app.palette.nothing", language), _nothing)


def _plain(words: str) -> str:
    """Words that are shown as they are: the palette reads help as markup, and a bracket would vanish."""
    return words.replace("[", "\\[")


def _nothing() -> None:
    """What choosing the line that says so does."""
