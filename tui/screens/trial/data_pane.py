"""Data: what is to be raced, on which rows, and what the model will see of them."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.style import Style
from textual.widgets import Input, Static

from catalog.problem import Problem
from probes.jobs.events import Failed
from probes.jobs.runner import JobError, Runner
from probes.machine.device import id_of
from probes.race.entry import DATA, SAMPLES, Entry, Seen, default_targets, entry_of, read_data, template_job
from tui.foreign import clean
from tui.screens.encoding import EncodingDialog
from tui.screens.trial.pane import Pane
from tui.strings import say
from tui.wording import number, problem_words, skip_words

FIELDS = ("data", "format", "models", "levels", "until")
PREVIEW_CHARS = 700
"""Of a row's piece so many characters are shown."""
GROUP = "trial-data"


class DataPane(Pane):
    """Enter in a field reads the data and goes on to the next; the preview follows."""

    def compose(self) -> ComposeResult:
        app = self.basefit
        marked = (
            ", ".join(default_targets(app.marked, app.budget, app.state.asked.context))
            if app.marked
            else ""
        )
        self._filled = dict.fromkeys(FIELDS, "") | {"data": app.state.asked.data or "", "models": marked}
        for name in FIELDS:
            with Horizontal(classes="field"):
                yield Static(id=f"trial-{name}-label", markup=False)
                yield Input(self._filled[name], id=f"trial-{name}")
        with VerticalScroll(id="trial-seen"):
            yield Static(id="trial-facts", markup=False)
            yield Static(id="trial-preview", markup=False)

    def on_mount(self) -> None:
        self._seen: Seen | None = None
        self._problem: Problem | None = None
        self._further: Mapping[str, Any] = {"samples": SAMPLES}
        self._encodings: dict[str, str] = {}
        self._templated: tuple[str, list[list[dict[str, Any]]] | Failed] | None = None
        self.read()

    def show(self) -> None:
        for name in FIELDS:
            self.query_one(f"#trial-{name}-label", Static).update(self.say(f"trial.field-{name}"))
            box = self.query_one(f"#trial-{name}", Input)
            box.placeholder = self.say(f"trial.example-{name}", models=", ".join(self._defaults()))
        facts, preview = self.query_one("#trial-facts", Static), self.query_one("#trial-preview", Static)
        facts.set_class(self._problem is not None, "problem")
        if self._problem is not None:
            facts.update(problem_words(self._problem, self.basefit.language))
            preview.update("")
        elif self._seen is None:
            facts.update(self.say("trial.reading"))
            preview.update("")
        else:
            facts.update(Content("\n").join(self._facts(self._seen)))
            preview.update(self._rows(self._seen))

    def _defaults(self) -> tuple[str, ...]:
        app = self.basefit
        return default_targets(app.marked, app.budget, app.state.asked.context)

    def _fields(self) -> dict[str, str]:
        return {name: self.query_one(f"#trial-{name}", Input).value for name in FIELDS}

    @property
    def untouched(self) -> bool:
        """Whether nobody has asked for anything yet: no field was changed, no model marked."""
        return self._fields() == self._filled and not self.basefit.marked

    def fill(self, entry: Entry) -> None:
        """Put this into the fields, and read the data anew; settings without a field stay as they are."""
        self._filled = entry.fields()
        spoken = ("format", "columns", "examples", "minutes", "encoding")
        if encoding := entry.settings.get("encoding"):
            self._encodings[str(entry.data)] = encoding
        self._further = {name: value for name, value in entry.settings.items() if name not in spoken}
        for name, words in self._filled.items():
            self.query_one(f"#trial-{name}", Input).value = words
        self.read()

    def entry(self) -> Entry:
        """What the fields say now; Problem until-unreadable."""
        fields = self._fields()
        device = id_of(self.basefit.devices)
        found = entry_of(fields, self._defaults(), device, self._further)
        encoding = self._encodings.get(str(found.data))
        return replace(found, settings={**found.settings, "encoding": encoding}) if encoding else found

    def read(self) -> None:
        """Read the data off the event loop; what comes of it is shown when it is there."""
        self.run_worker(self._read(), group=GROUP, exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        self._problem = self._templated = None
        try:
            entry = self.entry()
            self._seen = await asyncio.to_thread(read_data, entry)
        except Problem as problem:
            self.tell(problem)
            if problem.code == "data-other-encoding":
                self._offer_encoding(str(problem.params["path"]), str(problem.params["guess"]))
            return
        if entry.data != DATA:
            self.basefit.ask(data=str(entry.data))
        self.show()
        await self._read_template(entry)

    def _offer_encoding(self, path: str, guess: str) -> None:
        """Data in another encoding: ask whether to read it so."""
        if len(self.app.screen_stack) > 1:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._encodings[path] = guess
                self.read()

        self.app.push_screen(EncodingDialog(path, guess), answered)

    async def _read_template(self, entry: Entry) -> None:
        """The rows as a model with a chat template sees them: by a job, for the template is a program."""
        job = await asyncio.to_thread(template_job, entry)
        if job is None:
            return
        try:
            result = await Runner(None, executor=self.basefit.executor).result(job)
            self._templated = job.subject, result["rows"]
        except JobError as error:
            self._templated = job.subject, error.failed
        self.show()

    def tell(self, problem: Problem) -> None:
        """Say what is wrong with what was entered."""
        self._seen, self._problem = None, problem
        self.show()

    def _facts(self, seen: Seen) -> Iterable[Content]:
        facts, split = seen.facts, seen.split
        named = bool(self.query_one("#trial-format", Input).value.strip())
        yield Content.styled(
            self.say(
                "trial.format-named" if named else "trial.format-recognised",
                format=seen.dataset.format,
                rows=facts.rows,
                train=len(split.train),
                holdout=len(split.holdout),
            ),
            "bold",
        )
        sides = {"prompt": facts.prompt_chars, "target": facts.target_chars}
        lengths = {f"{side}_{name}": value for side, of in sides.items() for name, value in of.items()}
        yield Content(self.say("trial.lengths", **lengths))
        yield Content(
            self.say(
                "trial.repeats",
                answers=facts.repeated_answers,
                shared=split.shared_prompts,
            )
        )
        language = self.basefit.language
        counts = {"groups": split.groups, "duplicates": split.duplicates}
        near = {"near": facts.near_repeats or 0, "near_held": seen.near_held}
        yield Content(say("data.groups", language, **counts, **near))
        if split.unscored:
            yield Content(say("data.unscored", language, count=split.unscored))
        if seen.cut.rows:
            yield Content(say("data.cut", language, **vars(seen.cut)))
        yield Content(self.say("trial.languages", mix=self._mix(facts.languages)))
        if facts.skipped:
            first = ", ".join(
                self.say("trial.row", row=row.number, reason=skip_words(row.reason, self.basefit.language))
                for row in seen.dataset.skipped[:3]
            )
            count = sum(facts.skipped.values())
            yield Content(self.say("trial.skipped", count=count, first=first))
        unused, rejected = seen.dataset.unused, seen.dataset.rejected
        if unused:
            yield Content(say("data.unused", self.basefit.language, columns=", ".join(unused)))
        if rejected:
            yield Content(say("data.rejected", self.basefit.language, count=rejected))
        yield Content(say(f"data.advice.{facts.advice}", self.basefit.language))

    def _mix(self, languages: Mapping[str, int]) -> str:
        total = sum(languages.values())
        order = sorted(languages.items(), key=lambda item: -item[1])
        return self.say("comma").join(
            f"{self.say(f'trial.language-{name}')} {count / total:.0%}" for name, count in order
        )

    def _rows(self, seen: Seen) -> Content:
        """The first rows in their layout; what is trained on is underlined, and said to be."""
        name, rows = self._templated or ("", seen.rows)
        if isinstance(rows, Failed):
            return Content.styled(f"\n{problem_words(rows, self.basefit.language)}", "bold")
        head = self.say("trial.preview-template", model=name) if name else self.say("trial.preview")
        lines = [Content(""), Content.styled(head, "bold")]
        for place, row in enumerate(rows, 1):
            lines.append(Content.styled(self.say("trial.preview-row", row=place), "dim"))
            lines.append(Content("").join(_piece(piece) for piece in row))
        return Content("\n").join(lines)

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        try:
            self.entry()
        except Problem as problem:  # the cursor stays where it can be mended
            self.tell(problem)
            return
        self.read()
        at = FIELDS.index((event.input.id or "").removeprefix("trial-"))
        if at + 1 < len(FIELDS):
            self.query_one(f"#trial-{FIELDS[at + 1]}", Input).focus()
        else:
            self.query_one("#trial-seen").focus()


def _piece(piece: dict[str, Any]) -> Content:
    text = clean(str(piece["text"]))
    if len(text) > PREVIEW_CHARS:
        text = f"{text[:PREVIEW_CHARS]} [+{number(len(text) - PREVIEW_CHARS, 0)}]"
    return Content.styled(text, Style(underline=True, bold=True)) if piece["trained"] else Content(text)
