"""The commands' names and options. What each does is in the module it imports when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from catalog.problem import Problem

app = typer.Typer(
    add_completion=False, no_args_is_help=False, rich_markup_mode=None, pretty_exceptions_enable=False
)

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, progress on stderr.")]
Budget = Annotated[str | None, typer.Option(help="Memory to plan for: 24GiB, 2x24GiB, a card's name.")]
Gpu = Annotated[str | None, typer.Option(help="A card by name, such as rtx-4090.")]
Use = Annotated[str, typer.Option(help="infer, qlora or lora.")]
Context = Annotated[int, typer.Option(min=1, help="Tokens of context.")]
Batch = Annotated[int, typer.Option(min=1, help="Sequences at a time.")]
Targets = Annotated[list[str], typer.Argument(help="Directories, Hub ids or catalog ids.")]
TextFile = Annotated[Path | None, typer.Option(help="Your text, UTF-8 (default: the bundled sample).")]
Device = Annotated[str | None, typer.Option(help="cpu or cuda (default: cuda where there is one).")]
Yes = Annotated[bool, typer.Option("--yes", help="Agree to download what is not on this disk.")]
Levels = Annotated[str, typer.Option(help="Quantization levels, separated by commas.")]


def _memory(budget: str | None, gpu: str | None) -> str | None:
    """What to plan for; Problem("budget-twice") where both say it."""
    if budget and gpu and budget != gpu:
        raise Problem("budget-twice", budget=budget, gpu=gpu)
    return gpu or budget


@app.callback()
def basefit() -> None:
    """Which base model, at which quantization, for this GPU, this language and this data."""


@app.command()
def profile(
    quick: Annotated[bool, typer.Option(help="Read the machine only; measure nothing.")] = False,
    as_json: Json = False,
) -> None:
    """What this machine has: memory, bandwidth, matrix rate, and the budget that leaves."""
    from tui.cli.profile import profile

    profile(quick, as_json)


@app.command()
def models(
    budget: Budget = None,
    gpu: Gpu = None,
    use: Use = "infer",
    context: Context = 2048,
    batch: Batch = 1,
    language: Annotated[str | None, typer.Option(help="Only models for a language, such as zh.")] = None,
    folder: Annotated[Path | None, typer.Option(help="A folder with checkpoints of your own.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what does not fit.")] = False,
    as_json: Json = False,
) -> int:
    """Which models fit the budget, at which level: an estimate with its range."""
    from tui.cli.models import models

    return models(_memory(budget, gpu), use, context, batch, language, folder, everything, as_json)


@app.command()
def plan(
    target: Annotated[str, typer.Argument(help="A directory, Hub id or catalog id.")],
    level: Annotated[str, typer.Option(help="Quantization level.")] = "nf4",
    use: Use = "infer",
    context: Context = 2048,
    batch: Batch = 1,
    budget: Budget = None,
    gpu: Gpu = None,
    rank: Annotated[int, typer.Option(min=1, help="LoRA rank.")] = 16,
    targets: Annotated[str, typer.Option(help="Linear layers with an adapter.")] = "all-linear",
    optimizer: Annotated[str, typer.Option(help="adamw, adamw-8bit or paged-adamw-8bit.")] = "adamw",
    checkpointing: Annotated[bool, typer.Option(help="Recompute activations.")] = True,
    kv_bytes: Annotated[float, typer.Option(min=0.25, help="Bytes of a cached key or value.")] = 2,
    as_json: Json = False,
) -> int:
    """One model's memory, item by item."""
    from tui.cli.plan import plan

    settings = {
        "rank": rank,
        "targets": targets if targets == "all-linear" else tuple(targets.split(",")),
        "optimizer": optimizer,
        "checkpointing": checkpointing,
        "kv_bytes": kv_bytes,
    }
    return plan(target, level, use, context, batch, _memory(budget, gpu), settings, as_json)


@app.command()
def tokenizers(
    targets: Targets,
    text: Annotated[
        list[Path] | None, typer.Option(help="Your text; again for several (default: the sample).")
    ] = None,
    parallel: Annotated[
        Path | None, typer.Option(help="The same text in English: gives the premium.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="If not UTF-8, such as gb18030.")] = None,
    price: Annotated[
        float | None, typer.Option(min=0, help="Of a million tokens: gives that of 1,000 characters.")
    ] = None,
    export: Annotated[Path | None, typer.Option(help="Write a .md, .svg or .json as well.")] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """What each tokenizer costs on a text."""
    from tui.cli.tokenizers import tokenizers

    tokenizers(targets, text or [], parallel, encoding, price, export, yes, as_json)


@app.command()
def perplexity(
    targets: Targets,
    levels: Levels = "bf16,int8,nf4,fp4",
    text: Annotated[
        list[Path] | None, typer.Option(help="Your text; again for several (default: the sample).")
    ] = None,
    frame: Annotated[str, typer.Option(help="probe, gptq or llama.cpp.")] = "probe",
    windows: Annotated[int | None, typer.Option(min=2, help="How many windows to score.")] = None,
    spend: Annotated[str, typer.Option(help="all, or decide: no more than the words need.")] = "all",
    reference: Annotated[str | None, typer.Option(help="What levels are compared with (bf16).")] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="Text for GPTQ levels (default: what is not scored).")
    ] = None,
    sequential: Annotated[
        bool, typer.Option(help="GPTQ on each level's own states, as the GPTQ tools do.")
    ] = False,
    device: Device = None,
    again: Annotated[bool, typer.Option(help="Measure again what is already known.")] = False,
    yes: Yes = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="The table as CSV.")] = False,
    as_json: Json = False,
) -> None:
    """Score every quantization level of a model from one reading of its weights."""
    from tui.cli.perplexity import perplexity

    perplexity(
        targets,
        levels,
        text or [],
        frame,
        windows,
        spend,
        reference,
        calibration,
        sequential,
        device,
        again,
        yes,
        as_csv,
        as_json,
    )


@app.command()
def trial(
    targets: Targets,
    data: Annotated[Path, typer.Option(help="Rows: JSONL, JSON, CSV, ..., or a dataset's Hub id.")],
    data_config: Annotated[str | None, typer.Option(help="A named dataset's configuration.")] = None,
    data_split: Annotated[str, typer.Option(help="A named dataset's split.")] = "train",
    levels: Annotated[
        str | None,
        typer.Option("--levels", "--level", help="nf4 (default), nf4-dq, int8, bf16; several race."),
    ] = None,
    holdout: Annotated[
        Path | None, typer.Option(help="A file of held-out rows (default: a part of the data).")
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="qlora (default), lora, adalora, prefix, prompt, p-tuning.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="lora-land, codellama-sql, longqlora or ptuning-adgen.")
    ] = None,
    examples: Annotated[
        int | None, typer.Option(min=1, help="Examples for a model (256; in a race all, up to 3200).")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Minutes of training for a model, at most.")
    ] = None,
    rank: Annotated[int | None, typer.Option(min=1, help="Rank of the adapter (default 16).")] = None,
    rate: Annotated[float | None, typer.Option(help="Learning rate (default 2e-4 x 4096/width).")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Effective batch (default 8).")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the order, the split and the adapter.")] = None,
    max_chars: Annotated[
        int | None, typer.Option(min=16, help="Characters of an example at most (default 4000).")
    ] = None,
    data_format: Annotated[str | None, typer.Option("--format", help="If it is not recognised.")] = None,
    prompt_column: Annotated[str | None, typer.Option(help="Column that asks.")] = None,
    target_column: Annotated[str | None, typer.Option(help="Column that answers.")] = None,
    layout: Annotated[str | None, typer.Option(help="chat, alpaca, wenda or plain.")] = None,
    metric: Annotated[str | None, typer.Option(help="exact-match, rouge-l or sqlite.")] = None,
    databases: Annotated[Path | None, typer.Option(help="Folder of databases for sqlite.")] = None,
    samples: Annotated[int | None, typer.Option(min=0, help="Answers to show, before and after.")] = None,
    full_examples: Annotated[int | None, typer.Option(help="Size of the long run to predict.")] = None,
    full_epochs: Annotated[float | None, typer.Option(help="Epochs of the long run to predict.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the adapters.")] = None,
    device: Device = None,
    yes: Yes = False,
    as_json: Json = False,
) -> int:
    """Short QLoRA runs on your data: bits per byte of the answers, before and after.

    Several models or levels race: all on a sixteenth of the examples, the better half on a quarter, two to
    the end. Stop it when you like: the same command goes on from there.
    """
    from tui.cli.trial import pair, trial

    settings = {
        "preset": preset,
        "holdout_file": str(holdout) if holdout else None,
        "rank": rank,
        "rate": rate,
        "batch": batch,
        "seed": seed,
        "max_chars": max_chars,
        "method": method,
        "examples": examples,
        "minutes": minutes,
        "format": data_format,
        "columns": pair(prompt_column, target_column),
        "layout": layout,
        "metric": metric,
        "databases": str(databases) if databases else None,
        "samples": samples,
        "full_examples": full_examples,
        "full_epochs": full_epochs,
    }
    asked = [level.strip() for level in (levels or "").split(",") if level.strip()]
    return trial(targets, asked, data, (data_config, data_split), settings, out, device, yes, as_json)


@app.command()
def export(
    model: Annotated[str | None, typer.Argument(help="Of whose trial (default: the latest).")] = None,
    to: Annotated[
        str, typer.Option(help="llama-factory, axolotl, unsloth, trl, ollama or serving.")
    ] = "trl",
    level: Annotated[str | None, typer.Option(help="The trial's quantization level.")] = None,
    trial: Annotated[str | None, typer.Option(help="A trial's evidence id (default: the latest).")] = None,
    data: Annotated[Path | None, typer.Option(help="Other data (default: the trial's).")] = None,
    epochs: Annotated[float | None, typer.Option(help="Of the full run (default 3).")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the files.")] = None,
    as_json: Json = False,
) -> None:
    """Files that start the full run in another tool, with what a trial measured."""
    from tui.cli.export import export

    export(model, to, level, trial, data, epochs, out, as_json)


@app.command()
def vocab(
    target: Annotated[str, typer.Argument(help="The model, or its tokenizer file, to extend.")],
    text: Annotated[
        list[Path] | None, typer.Option(help="Your text; again for several (default: the sample).")
    ] = None,
    held_out: Annotated[
        list[Path] | None, typer.Option(help="Text to measure on (default: a tenth of yours).")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="If not UTF-8, such as gb18030.")] = None,
    add: Annotated[
        int | None, typer.Option(help="Pieces to learn (default: 20000, or what the text supports).")
    ] = None,
    corpus_tokens: Annotated[
        str | None, typer.Option(help="Tokens you can train on, such as 2B (default: those of the text).")
    ] = None,
    use: Use = "infer",
    model: Annotated[
        str | None, typer.Option(help="Catalog id, for the shapes behind a tokenizer.")
    ] = None,
    others: Annotated[
        str | None, typer.Option(help="Bases you could take instead, separated by commas.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the extended tokenizer.")] = None,
    try_: Annotated[bool, typer.Option("--try", help="Train briefly with and without it.")] = False,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of that training (default 200).")] = None,
    export: Annotated[Path | None, typer.Option(help="Write a .md, .svg or .json as well.")] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Whether to extend the vocabulary: measured on held-out text, with costs and advice."""
    from tui.cli.vocab import vocab

    settings = {
        "held_out": [str(path) for path in held_out or ()] or None,
        "encoding": encoding,
        "add": add,
        "corpus_tokens": corpus_tokens,
        "use": use,
        "model": model,
        "others": others,
        "out": str(out) if out else None,
        "try": ({} if steps is None else {"steps": steps}) if try_ else None,
    }
    vocab(target, text or [], settings, export, yes, as_json)


@app.command()
def deploy(
    target: Annotated[str, typer.Argument(help="A directory, Hub id or catalog id.")],
    level: Annotated[str, typer.Option(help="Quantization level.")] = "nf4",
    context: Context = 2048,
    batch: Batch = 1,
    new_tokens: Annotated[int, typer.Option(min=0, help="Tokens to decode.")] = 64,
    random_weights: Annotated[bool, typer.Option(help="Build the shapes only; nothing is read.")] = False,
    device: Device = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Load a model at a level for real: peak memory and speed, beside the estimate."""
    from tui.cli.deploy import deploy

    deploy(target, level, context, batch, new_tokens, random_weights, device, yes, as_json)


@app.command()
def quantize(
    target: Annotated[str, typer.Argument(help="A directory or Hub id.")],
    level: Annotated[str, typer.Option(help="gptq-4-g128, gptq-8-g128, gptq-4-col, ...")],
    out: Annotated[Path, typer.Option(help="A new folder.")],
    text: Annotated[Path | None, typer.Option(help="Calibration text (default: the sample).")] = None,
    device: Device = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Write a GPTQ checkpoint that GPTQModel and transformers load."""
    from tui.cli.quantize import quantize

    quantize(target, level, out, text, device, yes, as_json)


@app.command()
def convert(
    directory: Annotated[Path, typer.Argument(help="A published ChatGLM directory.")],
    out: Annotated[Path, typer.Argument(help="A new folder.")],
    as_json: Json = False,
) -> None:
    """Write a ChatGLM checkpoint as safetensors that need none of its code."""
    from tui.cli.convert import convert

    convert(directory, out, as_json)


@app.command()
def cost(
    tokens: Annotated[str | None, typer.Option(help="Tokens to train on, such as 118689950 or 2M.")] = None,
    epochs: Annotated[float, typer.Option(help="How often they are read.")] = 1.0,
    hosted: Annotated[str | None, typer.Option(help="A hosted model of the price table.")] = None,
    card: Annotated[str | None, typer.Option(help="A rented card of the price table.")] = None,
    gpu_hour: Annotated[float | None, typer.Option(help="US dollars per hour of your card.")] = None,
    tokens_per_second: Annotated[float | None, typer.Option(help="Measured training speed.")] = None,
    hours: Annotated[
        float | None, typer.Option(help="Hours of the card, where no speed was measured.")
    ] = None,
    currency: Annotated[str, typer.Option(help="Shown currency, such as CNY.")] = "USD",
    rate: Annotated[float, typer.Option(help="How many of it a US dollar buys.")] = 1.0,
    private: Annotated[bool, typer.Option(help="The data may not leave the house.")] = False,
    as_json: Json = False,
) -> None:
    """What a long fine-tune costs: hosted by the token, or on a card by the hour."""
    from catalog.hardware.cost import Currency
    from tui.cli.cost import cost

    speed = {"tokens_per_second": tokens_per_second, "hours": hours}
    cost(tokens, epochs, hosted, card, gpu_hour, speed, Currency(currency.upper(), rate), private, as_json)


@app.command()
def recommend(
    budget: Budget = None,
    gpu: Gpu = None,
    use: Annotated[str | None, typer.Option(help="infer (default), qlora, lora or both.")] = None,
    context: Annotated[int | None, typer.Option(min=1, help="Tokens of context (default 2048).")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Sequences at a time (default 1).")] = None,
    language: Annotated[
        str | None, typer.Option(help="Of the work: zh (default), or a mix such as zh:70,en:30.")
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="extraction, classification, summary, chat, code, maths, writing.")
    ] = None,
    commercial: Annotated[
        bool | None, typer.Option("--commercial/--any-licence", help="Only licences that allow it.")
    ] = None,
    min_speed: Annotated[float | None, typer.Option(help="Tokens per second at least.")] = None,
    hours: Annotated[float | None, typer.Option(help="Hours that tuning may take.")] = None,
    money: Annotated[float | None, typer.Option(help="US dollars that tuning may cost.")] = None,
    gpu_hour: Annotated[float | None, typer.Option(help="US dollars an hour of the card costs.")] = None,
    text: TextFile = None,
    data: Annotated[Path | None, typer.Option(help="Instruction rows for a trial.")] = None,
    candidates: Annotated[str | None, typer.Option(help="Models, separated by commas.")] = None,
    levels: Annotated[
        str | None, typer.Option(help="Quantization levels (default bf16,int8,nf4,fp4).")
    ] = None,
    windows: Annotated[int | None, typer.Option(min=2, help="How many windows to score.")] = None,
    examples: Annotated[int | None, typer.Option(min=1, help="Examples in a trial (default 256).")] = None,
    measure: Annotated[bool, typer.Option(help="Measure what could still change the verdict.")] = False,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Stop measuring after this long; implies --measure.")
    ] = None,
    request: Annotated[str | None, typer.Option(help="A saved request to start from.")] = None,
    save: Annotated[str | None, typer.Option(help="Save what is asked under this name.")] = None,
    device: Device = None,
    yes: Yes = False,
    as_json: Json = False,
) -> int:
    """Which base model at which level, with the reasons."""
    from tui.cli.recommend import recommend

    options = {
        "budget": _memory(budget, gpu),
        "use": use,
        "context": context,
        "batch": batch,
        "language": language,
        "task": task,
        "commercial": commercial,
        "min_speed": min_speed,
        "hours": hours,
        "money": money,
        "gpu_hour": gpu_hour,
        "text": str(text) if text else None,
        "data": str(data) if data else None,
        "candidates": candidates,
        "levels": levels,
        "windows": windows,
        "examples": examples,
    }
    return recommend(options, measure or minutes is not None, minutes, request, save, device, yes, as_json)


@app.command()
def demo(
    fresh: Annotated[bool, typer.Option(help="Measure again what is already known.")] = False,
    as_json: Json = False,
) -> int:
    """Measure the bundled family against its simulated card and give the verdict."""
    from tui.cli.recommend import demo

    return demo(fresh, as_json)


@app.command()
def runs(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20, as_json: Json = False
) -> None:
    """What was run before, and how it ended."""
    from tui.cli.runs import runs

    runs(limit, as_json)


@app.command()
def report(
    run: Annotated[
        int | None, typer.Argument(help="A number of `basefit runs` (default: the latest).")
    ] = None,
    form: Annotated[str | None, typer.Option("--format", help="md (default), html or json.")] = None,
    against: Annotated[int | None, typer.Option(help="An earlier run: also what changed since.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write to a file; its ending names the format.")] = None,
    language: Annotated[
        str | None, typer.Option(help="en or zh (default: yours); HTML holds both.")
    ] = None,
    as_json: Json = False,
) -> None:
    """A run as a document: verdict, evidence, pictures, and the command behind every number."""
    from tui.cli.report import report

    report(run, form, against, out, language, as_json)
