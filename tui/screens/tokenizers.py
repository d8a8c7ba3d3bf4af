"""Tokenizers: what a text costs each of them, how each cuts it, what a larger vocabulary would save."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from catalog.problem import Problem
from catalog.quantities import parse_count
from catalog.verdict.request import Reason
from probes.checkpoint.target import DEMO
from probes.jobs.events import Failed, Finished, Progress
from probes.jobs.runner import Job, Runner
from probes.measurement.jobs import tokenizer_job
from probes.measurement.question import tokenizer_identity, tokenizer_target
from probes.vocabulary.job import vocabulary_job
from tui.screens.base import BasefitScreen
from tui.screens.tokenizer_words import advice_content, cut_content, ladder_of
from tui.widgets.ladder import LadderPlot
from tui.widgets.table import Table, cell
from tui.wording import (
    number,
    problem_words,
    reason_words,
)

DEFAULT = "demo-llama-s, demo-glm"
GROUP = "measure-text"


class TokenizersScreen(BasefitScreen):
    """Pick tokenizers and a text: `r` counts, `v` extends the vocabulary of the one under the cursor.

    The bundled two and the bundled text to begin with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "count", "app.key.count", id="tokenizers.run"),
        Binding("enter", "count", "app.key.count", show=False, id="tokenizers.enter"),
        Binding("v", "extend", "app.key.extend", id="tokenizers.extend"),
        Binding("slash", "pick", "app.key.pick", key_display="/", show=False, id="tokenizers.pick"),
        Binding("p", "plot", "app.key.plot", id="tokenizers.plot"),
        Binding("e", "export", "app.key.export", id="tokenizers.export"),
        Binding("escape", "done", "app.key.leave-fields", id="tokenizers.done"),
        Binding("x", "cancel", "app.key.cancel", id="tokenizers.cancel"),
    ]

    def body(self) -> Iterable[Widget]:
        for name, value in (("pick", DEFAULT), ("pick-text", ""), ("pick-add", "")):
            with Horizontal(classes="field"):
                yield Static(id=f"{name}-label", markup=False)
                yield Input(value, id=name)
        yield Static(id="tokenizers-state", markup=False)
        yield Table(id="counts")
        with VerticalScroll(id="cuts"):
            yield Static(id="cut", markup=False)
        with Vertical(id="ladder"):
            yield LadderPlot(id="ladder-plot")
            with VerticalScroll(id="ladder-words"):
                yield Static(id="advice", markup=False)

    def on_mount(self) -> None:
        self._result: Mapping[str, Any] | None = None
        self._ladder: Mapping[str, Any] | None = None
        self._state: tuple[str, dict[str, Any]] = ("tokenizers.ready", {})
        self._problem: Problem | Failed | None = None
        self._counted: list[str] = []
        self._encodings: dict[str, str] = {}
        self._act: Callable[[], Any] = self._count
        self.query_one(Table).focus()

    def refresh_words(self) -> None:
        self.query_one("#pick-label", Static).update(self.say("tokenizers.pick"))
        self.query_one("#pick-text-label", Static).update(self.say("tokenizers.text"))
        self.query_one("#pick-text", Input).placeholder = self.say("tokenizers.text-example")
        self.query_one("#pick-add-label", Static).update(self.say("tokenizers.add"))
        self.query_one("#pick-add", Input).placeholder = self.say("tokenizers.add-example")
        key, params = self._state
        if self._problem:
            words = problem_words(self._problem, self.basefit.language)
        else:
            words = self.say(key, **params)
        self.query_one("#tokenizers-state", Static).update(words)
        self._show_table()
        self.query_one("#cut", Static).update(self._cuts())
        self._show_ladder()
        self.refresh_bindings()

    def _show_table(self) -> None:
        heads = [self.say("column.tokenizer")]
        names = ("vocabulary", "tokens", "per-char", "per-han", "fallback", "relative")
        heads += [self.say(f"column.{name}") + "\t" for name in names]
        rows = []
        for row in self._result["tokenizers"] if self._result else ():
            figures = (
                f"{row['vocab_size']:,}",
                f"{row['tokens']:,}",
                number(row["tokens_per_char"], 3),
                number(row["tokens_per_han_char"], 3),
                f"{row['byte_fallback_share']:.1%}",
                number(row["relative_compute"], 2),
            )
            rows.append(
                (str(row["name"]), [cell(str(row["name"])), *(cell(f, right=True) for f in figures)])
            )
        self.query_one(Table).fill(heads, rows)

    def _cuts(self) -> Content:
        if self._result is None:
            return Content("")
        lines = []
        for note in self._result.get("notes", ()):
            words = reason_words(Reason(note["code"], note), self.basefit.language)
            lines += [Content.styled(words, "bold"), Content("")]
        for row in self._result["cuts"]:
            head = self.say("tokenizers.cut", name=row["name"], tokens=row["tokens"])
            lines += [Content.styled(head, "bold"), cut_content(row["segments"]), Content("")]
        return Content("\n").join(lines)

    def _show_ladder(self) -> None:
        plot, advice = self.query_one(LadderPlot), self.query_one("#advice", Static)
        result, language = self._ladder, self.basefit.language
        if result is None:
            plot.show(None, "", "")
            advice.update("")
            return
        ladder, per = ladder_of(result)
        y_label = self.say(f"ladder.{per}", name=result["tokenizer"])
        plot.show(ladder, self.say("ladder.added"), y_label)
        advice.update(advice_content(result, language))

    def _tell(self, key: str, problem: Problem | Failed | None = None, **params: Any) -> None:
        self._state, self._problem = (f"tokenizers.{key}", params), problem
        self.refresh_words()

    # What the fields say

    def _picked(self) -> list[str]:
        found = [name.strip() for name in self.query_one("#pick", Input).value.split(",") if name.strip()]
        if not found:
            raise Problem("tokenizer-no-target")
        return found

    def _text(self) -> Path:
        given = self.query_one("#pick-text", Input).value.strip()
        return Path(given).expanduser() if given else DEMO / "sample.txt"

    def _extension(self) -> dict[str, Any]:
        """Pieces to add and tokens to train on, as far as they were written."""
        written = self.query_one("#pick-add", Input).value.split("/")
        names = ("add", "corpus_tokens")
        found = {
            name: parse_count(part) for name, part in zip(names, written, strict=False) if part.strip()
        }
        return found | ({"add": int(found["add"])} if "add" in found else {})

    # Measuring

    @on(Input.Submitted, "#pick, #pick-text")
    def action_count(self) -> None:
        """Count each picked tokenizer on the text."""
        self._begin(self._count)

    @on(Input.Submitted, "#pick-add")
    def action_extend(self) -> None:
        """Learn pieces for the tokenizer under the cursor and measure what they would save."""
        self._begin(self._extend)

    def _begin(self, act: Callable[[], Any]) -> None:
        self._act = act
        self.query_one(Table).focus()
        self.run_worker(act(), exclusive=True, group=GROUP, exit_on_error=False)

    def on_worker_state_changed(self) -> None:
        self.refresh_bindings()

    async def _count(self) -> None:
        try:
            names, text = self._picked(), self._text()
            targets = await asyncio.to_thread(lambda: [tokenizer_target(name) for name in names])
        except Problem as problem:
            self._tell("ready", problem)
            return
        self._tell("counting", share="0%")
        settings = {"encoding": self._encodings.get(str(text.absolute()))}
        async with aclosing(self._events(tokenizer_job(targets, [text], settings))) as events:
            async for event in events:
                if isinstance(event, Progress):
                    self._tell("counting", share=f"{event.done / event.total:.0%}")
                else:
                    self._result, self._counted = event.result, names
                    size = event.result["text"]
                    counts: dict[str, Any] = {k: f"{size[k]:,}" for k in ("bytes", "chars", "han_chars")}
                    self.remove_class("-ladder")
                    self._tell("counted", **counts)

    async def _extend(self) -> None:
        try:
            names, text, given = self._picked(), self._text(), self._extension()
            # The rows are those that were picked, until something else is picked.
            row = self.query_one(Table).cursor_row if names == self._counted else 0
            base, *others = await asyncio.to_thread(
                lambda: [tokenizer_identity(name) for name in (names[row], *names[:row], *names[row + 1 :])]
            )
        except Problem as problem:
            self._tell("ready", problem)
            return
        self._tell("learning", name=base[0])
        settings = given | {
            "others": [{"name": name, "path": path} for name, path, _ in others],
            "use": self.basefit.state.asked.use,
            "encoding": self._encodings.get(str(text.absolute())),
        }
        async with aclosing(self._events(vocabulary_job(base, [text], settings))) as events:
            async for event in events:
                if isinstance(event, Progress):
                    if event.phase == "measure":
                        self._tell(
                            "climbing", name=base[0], done=f"{event.done:.0f}", total=f"{event.total:.0f}"
                        )
                else:
                    self._ladder = event.result
                    self.add_class("-ladder")
                    chars: dict[str, Any] = {
                        k: f"{event.result[f'{k}_chars']:,}" for k in ("train", "held_out")
                    }
                    self._tell("climbed", name=base[0], **chars)

    async def _events(self, job: Job) -> AsyncGenerator[Progress | Finished, None]:
        """How far the job is, and its end; what goes wrong is told."""
        runner = Runner(self.basefit.store, None, self.basefit.executor)
        async with aclosing(runner.events(job)) as events:
            async for event in events:
                if isinstance(event, Failed):
                    self._tell("ready", event)
                    self._offer_encoding(event)
                elif isinstance(event, Finished) or (isinstance(event, Progress) and event.total):
                    yield event

    def _offer_encoding(self, failed: Failed) -> None:
        """Text in another encoding: ask whether to read it so."""
        if failed.code != "text-not-utf8" or len(self.app.screen_stack) > 1:
            return
        from tui.screens.encoding import EncodingDialog

        path, guess = str(failed.params["path"]), str(failed.params["guess"])

        def answered(read: bool | None) -> None:
            if read:
                self._encodings[str(Path(path).absolute())] = guess
                self._begin(self._act)

        self.app.push_screen(EncodingDialog(path, guess), answered)

    # Other keys

    def action_plot(self) -> None:
        """The sentence as each cuts it, or the ladder."""
        self.toggle_class("-ladder")

    def action_export(self) -> None:
        """Write what is shown to a file."""
        from tui.screens.export import ExportDialog

        ladder = self.has_class("-ladder")
        shown = self._ladder if ladder else self._result
        if shown is not None:
            name = "vocabulary.svg" if ladder else "tokenizers.svg"
            self.app.push_screen(ExportDialog(shown, name), self._exported)

    def _exported(self, path: Path | None) -> None:
        if path is not None:
            self._tell("exported", path=path)

    def action_pick(self) -> None:
        """Name other tokenizers: directories, files or ids, separated by commas."""
        self.query_one("#pick", Input).focus()

    def action_done(self) -> None:
        """Back from the fields to the table."""
        self.query_one(Table).focus()

    def action_cancel(self) -> None:
        """Stop counting or learning."""
        self.workers.cancel_group(self, GROUP)
        self._tell("ready")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is possible now is shown."""
        if action in ("pick", "done"):
            return isinstance(self.focused, Input) == (action == "done")
        if action == "plot":
            return self._ladder is not None and self._result is not None
        if action == "export":
            return (self._ladder if self.has_class("-ladder") else self._result) is not None
        if action in ("cancel", "count", "extend"):
            running = any(worker.group == GROUP and worker.is_running for worker in self.workers)
            return running == (action == "cancel")
        return True
