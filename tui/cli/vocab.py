"""The command vocab: what an extended vocabulary would save and cost, and whether to."""

from pathlib import Path
from typing import Annotated, Any

import typer

from catalog.models.registry import find_model
from catalog.quantities import minutes_of, parse_count
from catalog.verdict.request import Reason
from catalog.verdict.wishes import check_use
from probes.measurement.question import tokenizer_identity
from probes.vocabulary.job import VARIANTS, Try, VocabularyJob, vocabulary_job
from tui.cli.fetching import fetch, fetch_tokenizers
from tui.cli.measuring import device_here, sample_text
from tui.cli.options import Device, Export, Json, Yes, from_hub, options_of
from tui.cli.output import print_json, print_line, print_table, tell, words
from tui.cli.session import Session
from tui.report.export import check_ending
from tui.report.export import export as write
from tui.strings import default_language
from tui.wording import knee_words, number, reason_words, vocabulary_cost_words


@from_hub
@options_of(VocabularyJob)
def vocab(
    target: Annotated[str, typer.Argument(help="The model, or its tokenizer file, to extend.")],
    corpus_tokens: Annotated[
        str | None, typer.Option(help="Tokens you can train on, such as 2B (default: those of the text).")
    ] = None,
    others: Annotated[
        str | None, typer.Option(help="Bases you could take instead, separated by commas.")
    ] = None,
    try_: Annotated[bool, typer.Option("--try", help="Train briefly with and without it.")] = False,
    steps: Annotated[
        int | None, typer.Option(min=1, help=f"Steps of that training (default {Try.steps}).")
    ] = None,
    minutes: Annotated[
        str | None, typer.Option(help="Minutes for each instead, distillation among them.")
    ] = None,
    variants: Annotated[
        str | None, typer.Option(help=f"What is compared (default {','.join(VARIANTS)}).")
    ] = None,
    device: Device = None,
    export: Export = None,
    yes: Yes = False,
    as_json: Json = False,
    **given: Any,
) -> None:
    """Whether to extend the vocabulary: measured on held-out text, with costs and advice."""
    check_use(given.get("use", VocabularyJob.use))
    if export is not None:
        check_ending(export)
    if corpus_tokens is not None:
        given["corpus_tokens"] = parse_count(corpus_tokens)
    if "model" in given:
        given["model"] = find_model(given["model"]).name
    if try_:
        compared = tuple(name.strip() for name in variants.split(",")) if variants else None
        given["try"] = {"steps": steps, "variants": compared, "minutes": minutes_of(minutes or "")}
    if try_ or given.get("write_model"):
        given["device"] = device_here(device)
    instead = [other.strip() for other in (others or "").split(",") if other.strip()]
    paths = tuple(map(Path, given.pop("text", None) or (sample_text(None),)))
    about = {"target": target, "text": [str(path) for path in paths], "add": given.get("add")}
    with Session(about) as session:
        if "device" in given and not Path(target).expanduser().exists():
            fetch(session, target, yes)
        fetch_tokenizers(session, [target, *instead], yes)
        found = [tokenizer_identity(other) for other in instead]
        given["others"] = [{"name": name, "path": path} for name, path, _ in found]
        job = vocabulary_job(tokenizer_identity(target), paths, given)
        (result,) = session.results([job])
        session.done({"verdict": result["verdict"]})
    if export is not None:
        write(result, export, default_language())
        tell(words("cli.written", path=export))
    if as_json:
        print_json("vocab", result)
        return
    columns = ("added", "per-char", "per-han", "saved")
    before = result["before"]["tokens_per_char"]
    print_table(
        [words(f"cli.column.{column}") for column in columns],
        [
            (
                f"{rung['added']:,}",
                number(rung["tokens_per_char"], 3),
                number(rung["tokens_per_han_char"], 3),
                f"{1 - rung['tokens_per_char'] / before:.1%}",
            )
            for rung in result["ladder"]
        ],
    )
    for note in result["notes"]:
        print_line(reason_words(Reason(note["code"], note)))
    print_line(knee_words(result, default_language()))
    if cost := vocabulary_cost_words(result, default_language()):
        print_line(cost)
    if result.get("trial"):
        for run in result["trial"]["variants"]:
            print_line(words("cli.vocab-trial", **_trial_row(run)))
            if found := run.get("distilled"):
                print_line(words("cli.vocab-distilled", **_distilled_row(found)))
    if result.get("written"):
        print_line(words("cli.written", path=result["written"]["path"]))
        if model := result["written"].get("model"):
            about = {"rows": f"{model['vocab_size']:,}", "embeddings": model["embeddings"]}
            print_line(words("cli.vocab-model", **about))
    print_line()
    print_line(words(f"cli.vocab-{result['verdict']}"))
    for reason in result["reasons"]:
        print_line("  - " + reason_words(Reason(reason["code"], reason["params"])))


def _trial_row(run: dict[str, Any]) -> dict[str, Any]:
    first, last = run["points"][0], run["points"][-1]
    return {
        "name": run["variant"],
        "before": number(first["bits_per_byte"], 3),
        "after": number(last["bits_per_byte"], 3),
        "tokens": f"{last['tokens']:,}",
        "seconds": f"{last['seconds']:,.0f}",
    }


def _distilled_row(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "snippets": f"{found['snippets']:,}",
        "tokens": f"{found['tokens']:,}",
        "seconds": f"{found['seconds']:,.0f}",
    }
