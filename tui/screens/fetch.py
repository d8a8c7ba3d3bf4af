"""Before anything is downloaded: how much, how much room there is, Yes or No; then how far it is."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Button, Static

from catalog.problem import Problem
from probes.checkpoint.hubs import HOSTS, Host, choosing, chosen_host
from probes.checkpoint.missing import SILENT, hub_id, hub_job, open_token
from probes.jobs.events import Failed, Finished, Progress
from probes.jobs.runner import JobError, Runner
from tui.screens.base import BasefitDialog
from tui.strings import say
from tui.wording import duration_words, problem_words, size_words


class FetchDialog(BasefitDialog[bool]):
    """Answers True when every model named is here, False where the person does not want that.

    The chosen hub is asked, and the next one where the person would rather have them from there.

    What has arrived when it is left stays, and the next download goes on from there.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "fetch", "app.key.fetch"),
        Binding("h", "other", "app.key.other-hub"),
        Binding("n,escape", "close", "app.key.not-fetch"),
    ]

    def __init__(self, targets: Sequence[str]) -> None:
        super().__init__()
        self._targets = tuple(targets)
        self._host = chosen_host()
        self._asked: list[dict[str, Any]] = []
        self._silent_at: float | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self.say("fetch.title"), classes="dialog-title", markup=False)
            yield Static(id="fetch-sizes", markup=False)
            yield Static(id="fetch-state", markup=False)
            yield Static(id="fetch-problem", classes="problem", markup=False)
            yield Button(self.say("fetch.yes"), id="yes", disabled=True)
            yield Button(self.say("fetch.no"), id="no")
            yield Button(id="other")

    def on_mount(self) -> None:
        self.query_one("#no", Button).focus()
        self._begin()

    def _begin(self) -> None:
        """Ask the hub that is chosen in here."""
        self._asked = []
        self.query_one("#yes", Button).disabled = True
        self.query_one("#other", Button).label = self.say("fetch.other", hub=self._other.title)
        self.query_one("#fetch-sizes", Static).update(self.say("fetch.asking", hub=self._host.title))
        self.query_one("#fetch-state", Static).update("")
        self.query_one("#fetch-problem", Static).update("")
        self.run_worker(self._ask(), group="hub", exclusive=True, exit_on_error=False)

    @property
    def _other(self) -> Host:
        """The hub after this one, and after the last the first."""
        hosts = list(HOSTS.values())
        return hosts[(hosts.index(self._host) + 1) % len(hosts)]

    @on(Button.Pressed, "#other")
    def action_other(self) -> None:
        """The person would rather have them from the other hub."""
        if not self.query_one("#other", Button).disabled:
            self._host = self._other
            self._begin()

    async def _ask(self) -> None:
        """The sizes, from the hub; Yes is possible once they are known and there is room for all."""
        runner = Runner(None, executor=self.basefit.executor)
        try:
            with choosing(self._host.name):
                repos = [repo for repo in map(hub_id, self._targets) if repo is not None]
            endpoint = open_token(self._host)
            if endpoint:
                told = say("hub.open-token", self.basefit.language, endpoint=endpoint, **self._host.said)
                self.query_one("#fetch-problem", Static).update(told)
            jobs = [hub_job(repo, self._host, ask=True) for repo in repos]
            self._asked = [dict(await runner.result(job)) for job in jobs]
        except Problem as problem:
            self._refuse(problem)
            return
        except JobError as error:
            self._refuse(error.failed)
            return
        hub = self._host.title
        lines = [
            self.say("fetch.size", repo=one["repo"], hub=hub, **self._sizes(one)) for one in self._asked
        ]
        self.query_one("#fetch-sizes", Static).update("\n".join(lines))
        free = min(one["disk_free_bytes"] for one in self._asked)
        needed = sum(one["missing_bytes"] for one in self._asked)
        words = self.say("fetch.room", needed=size_words(needed), free=size_words(free))
        self.query_one("#fetch-state", Static).update(words)
        spare = max(one["spare_bytes"] for one in self._asked)
        if needed + spare > free:
            self.query_one("#fetch-problem", Static).update(
                self.say("fetch.no-room", spare=size_words(spare), cache=self._host.cache_variable)
            )
            return
        # The focus stays on No: nobody agrees by an Enter that was meant for the form.
        self.query_one("#yes", Button).disabled = False

    def _sizes(self, one: dict[str, Any]) -> dict[str, str]:
        return {"missing": size_words(one["missing_bytes"]), "whole": size_words(one["bytes"])}

    @on(Button.Pressed, "#yes")
    def action_fetch(self) -> None:
        """The person agrees."""
        if self.query_one("#yes", Button).disabled:
            return
        self.query_one("#yes", Button).disabled = True
        self.query_one("#other", Button).disabled = True
        self.query_one("#no", Button).label = self.say("fetch.cancel")
        self.query_one("#no", Button).focus()
        self.query_one("#fetch-problem", Static).update("")
        self.run_worker(self._fetch(), group="hub", exit_on_error=False)

    async def _fetch(self) -> None:
        runner = Runner(None, executor=self.basefit.executor)
        for one in self._asked:
            async with aclosing(runner.events(hub_job(one["repo"], self._host))) as events:
                async for event in events:
                    if isinstance(event, Progress):
                        self.query_one("#fetch-state", Static).update(self._progress(one["repo"], event))
                        self._tell_silence(event)
                    elif isinstance(event, Failed):
                        self._refuse(event)
                        return
                    elif isinstance(event, Finished):
                        break
        self.dismiss(True)

    def _tell_silence(self, progress: Progress) -> None:
        """That the hub fell silent, until something arrives again."""
        if progress.note == SILENT:
            self._silent_at = progress.done
            about = {"hub": self._host.title} | dict(progress.values)
            told = say(SILENT, self.basefit.language, **about)
            self.query_one("#fetch-problem", Static).update(told)
        elif self._silent_at is not None and progress.done != self._silent_at:
            self._silent_at = None
            self.query_one("#fetch-problem", Static).update("")

    def _progress(self, repo: str, progress: Progress) -> str:
        share = progress.done / progress.total if progress.total else 1.0
        return self.say(
            "fetch.progress",
            repo=repo,
            share=f"{share:.0%}",
            total=size_words(progress.total),
            rate=size_words(progress.rate),
            left=duration_words(progress.eta),
        )

    def _refuse(self, failed: Failed | Problem) -> None:
        """Why it did not work; where sizes are known it can be tried again, going on from what is here."""
        self.query_one("#fetch-problem", Static).update(problem_words(failed, self.basefit.language))
        if not self._asked:
            self.query_one("#fetch-sizes", Static).update("")
        self.query_one("#no", Button).label = self.say("fetch.no")
        self.query_one("#yes", Button).disabled = not self._asked
        self.query_one("#other", Button).disabled = False

    @on(Button.Pressed, "#no")
    def action_close(self) -> None:
        """Nothing is fetched, or the download ends here."""
        self.workers.cancel_node(self)
        self.dismiss(False)
