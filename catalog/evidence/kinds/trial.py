"""Trials: a short fine-tune, what it promises, and the votes on its answers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from catalog.evidence.kinds.base import ALONE, SPAN, Key, Numbers, Span, Values
from catalog.evidence.kinds.form import optional
from catalog.evidence.kinds.shared import (
    BITS,
    COUNT,
    DEVICE,
    FLAG,
    HASH,
    POSITIVE,
    SHARE,
    VERSIONS,
    WORD,
    Part,
    Several,
    Shared,
)
from catalog.evidence.statistics import Interval, freedom_of, margin, or_nan


@dataclass(frozen=True)
class Point:
    """The holdout's score after `examples` seen and `seconds` of training; `freedom` of its error."""

    examples: int
    bits_per_byte: float
    se: float | None = None
    seconds: float | None = None
    freedom: int | None = optional()

    @property
    def margin(self) -> float:
        """Half of its 95 % interval."""
        return margin(or_nan(self.se), self.freedom)


@dataclass(frozen=True)
class Skipped:
    """Rows of a file that were no examples: how many, and the `first` few ({row, reason} each)."""

    count: int = 0
    first: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Cut:
    """`rows` that were longer than allowed lost `chars` characters in all; of `answers` of them the end."""

    rows: int = 0
    chars: int = 0
    answers: int = 0


@dataclass(frozen=True)
class DataSummary:
    """Of a dataset: lengths in characters ({median, ninth_tenth, longest} each), languages of the answers
    and reasons for skipped rows (counts by name), and a code for what so many examples are good for.
    `near_repeats` are rows that nearly repeat an earlier one.
    """

    rows: int = 0
    prompt_chars: Mapping[str, int] = field(default_factory=dict)
    target_chars: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    repeated_rows: int = 0
    repeated_answers: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    advice: str = ""
    near_repeats: int | None = optional()


@dataclass(frozen=True)
class TrialData:
    """What the data of a trial was read as, and what of it was left out.

    `columns` are the prompt's, the target's and, for questions to a database, the schema's. `unused` are
    columns, and keys of messages, that were not read; `rejected` answers of preference data were left out.
    `refused` are rows that the layout does not take, `unthought` answers whose thoughts it leaves out.
    `groups` of rows belong together and stay on one side; `near_held` held-out rows nearly repeat a trained
    one, and `unscored` answers of theirs, trained on after the same words, are only read.
    """

    format: str = ""
    columns: tuple[str, ...] | None = None
    layout: str | None = None
    examples: int = 0
    holdout: int = 0
    target_bytes: int = 0
    data_sha256: str = ""
    summary: DataSummary = DataSummary()
    holdout_sha256: str = ""
    duplicates: int = 0
    shared_prompts: int = 0
    leaked: int = 0
    too_long: int = 0
    longest_tokens: int = 2048
    skipped: Skipped = Skipped()
    unused: tuple[str, ...] | None = optional()
    rejected: int | None = optional()
    refused: Skipped | None = optional()  # noqa: RUF009  # makes a field
    unthought: int | None = optional()
    cut: Cut | None = optional()  # noqa: RUF009  # makes a field
    groups: int | None = optional()
    near_held: int | None = optional()
    unscored: int | None = optional()


@dataclass(frozen=True)
class Prediction:
    """For a run that sees `examples`, epochs included, of which `unique` are different. Bits per byte.

    `middle` is what to plan by and `low` to `high` its 90 % band, by the misses of recorded curves of so
    many `tasks`; None where an earlier version told none. `at_most` and `optimistic` bound it by the laws
    that such curves follow.
    `caveats`: `repeats-data` (epochs beyond the first are not counted on in `at_most`, nor those beyond the
    fourth in `middle` and `high`),
    `few-points` (less than three sizes), `not-falling` (the last sizes gained nothing), `beyond-recorded`
    (over 8 times the longest seen, which the band was not calibrated on), `far` (over 32 times). `hours`
    and `tokens_per_epoch` are at the trial's own rate.
    """

    examples: int = 0
    unique: int = 0
    at_most: float = math.nan
    optimistic: float = math.nan
    measured: float | None = None
    measured_examples: int = 0
    slope: float = 0.0
    points_used: int = 0
    caveats: tuple[str, ...] = ()
    hours: float | None = None
    tokens_per_epoch: int | None = None
    middle: float | None = optional()
    low: float | None = optional()
    high: float | None = optional()
    tasks: int | None = optional()


@dataclass(frozen=True)
class Answered:
    """The scores of generated answers, without and with the adapter."""

    before: Interval
    after: Interval


@dataclass(frozen=True)
class Sample:
    """A held-out question with the wanted answer, and the model's own without and with its adapter."""

    prompt: str = ""
    target: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class TrialRow:
    """A trial's line in the answer: its curve, its speed and memory, how it ended, what it promises.

    `computed_in` is torch's name of the type of its products, None where nothing says. `reason` is why it
    failed; `retried` whether its rate was cut. `metric` scores answers by `metric_name`.
    """

    model: str = ""
    level: str = ""
    method: str = ""
    points: tuple[Point, ...] = ()
    tokens_per_second: float | None = None
    training_seconds: float | None = None
    peak_memory_bytes: int | None = None
    status: str = ""
    reason: str | None = None
    retried: bool = False
    rate: float = 2e-4
    batch: int = 8
    micro_batch: int = 8
    gradient_checkpointing: bool | None = None
    computed_in: str | None = None
    adapter: str | None = None
    metric: Answered | None = None
    metric_name: str | None = None
    prediction: Prediction | None = None


@dataclass(frozen=True)
class Trial(TrialRow, Values):
    """A short fine-tune: bits per byte of the held-out answers before and after it.

    `spans` are the holdout's examples, in the order of `holdout_ids`; `answers` is what was asked of the
    generated ones, `samples` some of them. `target` and `data_path` are where model and data lay.
    """

    NUMBERS: ClassVar[Numbers] = (
        ("before", "before_se"),
        ("bits_per_byte", "bits_per_byte_se"),
        ("tokens_per_second", ALONE),
        ("peak_memory_bytes", ALONE),
    )
    SHARED: ClassVar[Shared] = {
        "method": WORD,
        "points": Several(
            Part(
                {
                    "examples": COUNT,
                    "bits_per_byte": BITS,
                    "se": POSITIVE,
                    "seconds": POSITIVE,
                    "freedom": COUNT,
                },
                needed=("examples", "bits_per_byte"),
            )
        ),
        "tokens_per_second": POSITIVE,
        "training_seconds": POSITIVE,
        "peak_memory_bytes": COUNT,
        "status": WORD,
        "retried": FLAG,
        "rate": POSITIVE,
        "batch": COUNT,
        "micro_batch": COUNT,
        "gradient_checkpointing": FLAG,
        "bits_per_byte": BITS,
        "bits_per_byte_se": POSITIVE,
        "spans": Several(SPAN),
        "before": BITS,
        "before_se": POSITIVE,
        "before_spans": Several(SPAN),
    }
    WITH_SCORE: ClassVar = ("bits_per_byte_se", "before", "spans")

    target: str = ""
    data_path: str = ""
    data: TrialData | None = None
    bits_per_byte: float | None = None
    bits_per_byte_se: float | None = None
    spans: tuple[Span, ...] = ()
    before: float | None = None
    before_se: float | None = None
    before_spans: tuple[Span, ...] = ()
    samples: tuple[Sample, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    holdout_ids: tuple[str, ...] = ()

    @property
    def beyond_spans(self) -> bool:
        return False

    @property
    def freedom(self) -> int | None:
        """Of the error of every score of the holdout."""
        return freedom_of(self.spans)

    def freedom_of(self, name: str) -> int | None:
        return self.freedom

    @property
    def margin(self) -> float:
        """Half of the 95 % interval of bits per byte."""
        return margin(or_nan(self.bits_per_byte_se), self.freedom)

    @property
    def before_margin(self) -> float:
        return margin(or_nan(self.before_se), self.freedom)


@dataclass(frozen=True)
class TrialKey(Key):
    """What was asked of a trial (see probes.trial.job) and the versions that ran it."""

    SAME: ClassVar = ("data_sha256", "holdout_sha256")
    SHARED: ClassVar[Shared] = {
        "data_sha256": HASH,
        "holdout_sha256": HASH,
        "holdout_file": HASH,
        "format": WORD,
        "encoding": WORD,
        "layout": WORD,
        "holdout": COUNT,
        "method": WORD,
        "rank": COUNT,
        "alpha": COUNT,
        "dropout": SHARE,
        "targets": Several(WORD),
        "virtual_tokens": COUNT,
        "context_factor": POSITIVE,
        "batch": COUNT,
        "examples": COUNT,
        "minutes": POSITIVE,
        "max_chars": COUNT,
        "rate": POSITIVE,
        "seed": COUNT,
        "device": DEVICE,
        "versions": VERSIONS,
    }
    """Without the columns' names: a trial that was told them stays."""

    format: str | None = None
    encoding: str | None = None
    columns: Sequence[str] | None = None
    holdout: int | None = None
    holdout_file: str | None = None
    method: str | None = None
    rank: int = 0
    alpha: int = 0
    dropout: float = 0.0
    targets: Sequence[str] = ()
    virtual_tokens: int | None = None
    context_factor: float | None = None
    batch: int | None = None
    examples: int | None = None
    minutes: float | None = None
    max_chars: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    holdout_sha256: str | None = None
    rate: float | None = None
    layout: str = "alpaca"

    @property
    def seen_and_held(self) -> tuple[object, ...]:
        """What two trials must share to be judged together: what was seen, and what was held out."""
        return (
            self.examples,
            self.minutes,
            self.method,
            self.format,
            self.columns,
            self.holdout,
            self.holdout_file,
            self.max_chars,
            self.seed,
        )


@dataclass(frozen=True)
class Vote(Values):
    """Blind votes on a trial's answers, and the win rate of the tuned model with its 95 % interval."""

    votes: tuple[str, ...] = ()
    win_rate: float | None = None
    low: float | None = None
    high: float | None = None
    count: int = 0
