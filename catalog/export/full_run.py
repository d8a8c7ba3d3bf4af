"""What a full run is, whatever tool does it."""

from dataclasses import dataclass, field
from pathlib import Path

from catalog.evidence.kinds import TrialData, TrialKey, TrialRow
from catalog.export.rows import Written
from catalog.quantization.levels import QuantLevel, find_level
from catalog.quantization.precision import BFLOAT16, FLOAT16


@dataclass(frozen=True)
class FullRun:
    """`model` and `data` are paths or Hub ids. `length` is in tokens, the longest example measured.

    `format` and `columns` are what `data` was read as (the prompt's and the target's column, None for
    dialogues and plain text), `schema` the column before the prompt, for questions to a database; a tool
    reads the converted `rows` instead. `targets` empty means all linear layers. `layout` is `chat` for the
    model's own template. `half` is torch's name of the 16-bit type to load and compute in.
    """

    model: str
    data: str
    format: str
    layout: str = "alpaca"
    columns: tuple[str, str] | None = None
    schema: str | None = None
    level: str = "nf4"
    method: str = "qlora"
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    targets: tuple[str, ...] = ()
    rate: float = 2e-4
    batch: int = 8
    micro_batch: int = 8
    length: int = 2048
    epochs: float = 3.0
    seed: int = 0
    adapter: str | None = None
    half: str = BFLOAT16
    rows: Written = field(default_factory=Written)

    @property
    def accumulation(self) -> int:
        """Micro-batches to one step."""
        return max(1, self.batch // self.micro_batch)

    @property
    def bits(self) -> int | None:
        """Bits the frozen weights are loaded in; None for 16."""
        return self.about.bits if self.about.quantized else None

    @property
    def short(self) -> str:
        """`bf16` or `fp16`, as trainers call `half`."""
        return "fp16" if self.half == FLOAT16 else "bf16"

    @property
    def about(self) -> QuantLevel:
        """The level's record."""
        return find_level(self.level)

    @property
    def output(self) -> str:
        """A folder name for what is trained."""
        return f"{Path(self.model).name}-{self.level}-full"


def run_of(model: str, data: str, facts: TrialData, key: TrialKey, row: TrialRow) -> FullRun:
    """The full run that a trial stands for: its `data` answer, its evidence key and its row."""
    columns = facts.columns
    return FullRun(
        model=model,
        data=data,
        format=facts.format,
        layout=key.layout,
        columns=(columns[0], columns[1]) if columns else None,
        schema=columns[2] if columns and len(columns) > 2 else None,
        level=row.level,
        method=row.method,
        rank=key.rank,
        alpha=key.alpha,
        dropout=key.dropout,
        targets=tuple(key.targets),
        rate=row.rate,
        batch=row.batch,
        micro_batch=row.micro_batch,
        length=facts.longest_tokens,
        seed=key.seed or 0,
        adapter=row.adapter,
        half=FLOAT16 if FLOAT16 in (row.computed_in, find_level(row.level).dtype) else BFLOAT16,
    )
