"""Learn, merge, measure on held-out text, reckon, advise; write or try the result if asked.

Job: see probes.vocabulary.job.VocabularyJob.
"""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from catalog.evidence.kinds import OtherBase, Rung, Vocabulary, write
from catalog.files import written_folder
from catalog.models.registry import find_model
from catalog.models.spec import ModelSpec
from catalog.problem import Problem
from catalog.verdict.vocabulary import (
    NEEDED_TOKENS,
    Situation,
    advise,
    break_even_chars,
    extension_cost,
    flops_saved_per_char,
    saving,
    training_tokens,
)
from probes.checkpoint.target import read_config
from probes.jobs.events import Emit
from probes.jobs.record import reads
from probes.shapes.spec import spec_of
from probes.text import Corpus, open_corpus
from probes.tokenization.base import TextTokenizer
from probes.tokenization.fast import FastTokenizer
from probes.tokenization.load import load_tokenizer
from probes.tokenization.measure import TokenCounts
from probes.tokenization.sentencepiece_file import SentencePieceTokenizer
from probes.tokenization.tiktoken_file import TiktokenTokenizer
from probes.vocabulary.contract import Contract, contract_of
from probes.vocabulary.corpus import Parts, split
from probes.vocabulary.extension import Extension, Merged
from probes.vocabulary.job import EMBEDDINGS, VARIANTS, Base, VocabularyJob
from probes.vocabulary.ladder import climb, knee, rungs_up_to
from probes.vocabulary.pipeline_extension import PipelineExtension
from probes.vocabulary.ranks import as_pipeline
from probes.vocabulary.sentencepiece_extension import SentencePieceExtension

LEAST, MOST = 100, 200_000
DEFAULT_ADD = 20_000


@reads(VocabularyJob)
def run(job: VocabularyJob, emit: Emit) -> dict[str, Any]:
    """The ladder, the costs, the advice; with `try`, the measured trial as well."""
    stated = job.add is not None
    add = job.add if job.add is not None else DEFAULT_ADD
    if not LEAST <= add <= MOST:
        raise Problem("vocabulary-add", add=add, least=LEAST, most=MOST)
    _check_settings(job)
    base = load_tokenizer(job.target, job.name)
    paths = list(job.text)
    parts = split(paths, list(job.held_out), job.encoding, job.seed)
    emit.progress("learn", 0, 1)
    contract = contract_of(job.target, base)
    extension = learn(base, parts.lines(), add, job.threads or os.cpu_count() or 1, contract)
    emit.progress("learn", 1, 1)
    if len(extension.learnt) < LEAST:
        raise Problem("vocabulary-text-poor", path=paths[0], most=len(extension.learnt), least=LEAST)
    if not stated:
        add = min(add, len(extension.learnt))
    if len(extension.learnt) < add:
        raise Problem("vocabulary-corpus-too-small", path=paths[0], add=add, most=len(extension.learnt))
    rungs = climb(
        extension,
        parts.held_out,
        rungs_up_to(add),
        lambda done, total: emit.progress("measure", done, total, "rungs"),
    )
    before, after = rungs[0], rungs[-1]
    reckoned = _costs(job, base, before, after) | _advice(job, parts, before, after)
    merged = extension.merged(add)
    written = _write(job, base, merged, parts, emit) if job.out else None
    trial = None
    if job.try_ is not None:
        # torch is needed for nothing else here
        from probes.vocabulary.trial import compare_trained

        trial = compare_trained(job, base, merged, parts, emit)
    no_han = before.tokens_per_han_char is None
    found = Vocabulary(
        tokenizer=base.name,
        before=before,
        after=after,
        saving=saving(before.tokens_per_char, after.tokens_per_char),
        ladder=tuple(rungs),
        knee=knee(rungs),
        train_chars=sum(map(len, parts.train)),
        held_out_chars=sum(map(len, parts.held_out)),
        sampled=parts.sampled,
        notes=({"code": "text-no-han", "path": paths[0]},) if no_han else (),
        written=written,
        trial=trial,
        **reckoned,
    )
    result = write(found)
    key = {"text_sha256": _corpus(job).sha256(), "add": add}
    name = job.name or base.name
    emit.metric(kind="vocabulary", model=name, revision=job.revision, key=key, values=result)
    return result


def learn(
    base: TextTokenizer,
    lines: Sequence[str],
    count: int,
    threads: int,
    contract: Contract,
) -> Extension:
    """Pieces for `base`, by the way that its kind is extended. Problem vocabulary-base-unsupported."""
    if isinstance(base, SentencePieceTokenizer):
        return SentencePieceExtension(base, contract, lines, count, threads)
    if isinstance(base, TiktokenTokenizer):
        base = as_pipeline(base)
    if isinstance(base, FastTokenizer) and base.algorithm in ("bpe", "byte-bpe"):
        return PipelineExtension(base, contract, lines, count)
    raise Problem("vocabulary-base-unsupported", path=base.name, algorithm=base.algorithm)


def write_files(merged: Merged, folder: Path) -> list[str]:
    """The files of the merged tokenizer, by name."""
    files = merged.files()
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    return sorted(files)


def _check_settings(job: VocabularyJob) -> None:
    """Problems: vocabulary-exists, vocabulary-choice, vocabulary-model-out, vocabulary-try-target."""
    out = Path(job.out) if job.out else None
    if out is not None and out.exists():
        raise Problem("vocabulary-exists", path=str(out))
    compared = job.try_.variants if job.try_ else ()
    for given, known in ((job.embeddings, EMBEDDINGS), *((variant, VARIANTS) for variant in compared)):
        if given not in known:
            raise Problem("vocabulary-choice", given=given, known=", ".join(known))
    if job.write_model and out is None:
        raise Problem("vocabulary-model-out", path=job.target)
    if (job.write_model or job.try_) and not (Path(job.target) / "config.json").is_file():
        raise Problem("vocabulary-try-target", path=job.target)


def _write(
    job: VocabularyJob, base: TextTokenizer, merged: Merged, parts: Parts, emit: Emit
) -> dict[str, Any]:
    """The tokenizer, and the model where it is asked for, in a new folder."""
    out = Path(job.out or "")
    with written_folder(out) as fresh:
        found: dict[str, Any] = {"path": str(out), "files": write_files(merged, fresh)}
        found["added"] = len(merged.added)
        if job.write_model:
            found["model"] = _write_model(job, base, merged, parts, fresh, emit)
    return found


def _write_model(
    job: VocabularyJob, base: TextTokenizer, merged: Merged, parts: Parts, folder: Path, emit: Emit
) -> dict[str, Any]:
    from probes.vocabulary.embeddings import LearntRows, NewRows, Rows
    from probes.vocabulary.resized import write_model
    from probes.vocabulary.trial import DISTILLED, begin, load_whole

    rows: NewRows = Rows(merged, job.embeddings, job.seed)
    if job.embeddings == DISTILLED:
        model = load_whole(Path(job.target), job.device)
        begin(model, base, merged, DISTILLED, parts.train, job, emit)
        rows = LearntRows(model, merged.first)
    written = write_model(Path(job.target), folder, rows, emit)
    return written | {"embeddings": job.embeddings}


def _costs(job: VocabularyJob, base: TextTokenizer, before: Rung, after: Rung) -> dict[str, Any]:
    spec = _spec(job, base)
    if spec is None:
        return {}
    cost = asdict(extension_cost(spec, after.added))
    flops = flops_saved_per_char(spec, before.tokens_per_char, after.tokens_per_char)
    return cost | {"flops_saved_per_char": flops}


def _advice(job: VocabularyJob, parts: Parts, before: Rung, after: Rung) -> dict[str, Any]:
    read = sum(map(len, parts.train)) + sum(map(len, parts.held_out))
    read_bytes = sum(len(text.encode()) for text in (*parts.train, *parts.held_out))
    in_file = parts.total_bytes * read / read_bytes * before.tokens_per_char
    stated = job.corpus_tokens
    tokens = float(stated) if stated is not None else round(in_file)
    others = _others(job.others, parts.held_out)
    advice = advise(
        Situation(
            before=before.tokens_per_char,
            after=after.tokens_per_char,
            corpus_tokens=tokens,
            stated=stated is not None,
            use=job.use,
            served_chars=job.served_chars,
            inference_bound=job.inference_bound,
            others=tuple((other.name, other.tokens_per_char) for other in others),
        )
    )
    paid = break_even_chars(training_tokens(tokens), before.tokens_per_char, after.tokens_per_char)
    return {
        "others": others,
        "corpus_tokens": tokens,
        "corpus_tokens_stated": stated is not None,
        "corpus_tokens_needed": NEEDED_TOKENS,
        "training_tokens": training_tokens(tokens),
        "break_even_chars": sum(paid) / 2 if paid else None,
        "break_even_chars_low": paid[0] if paid else None,
        "break_even_chars_high": paid[1] if paid else None,
        "verdict": advice.verdict,
        "reasons": tuple(asdict(reason) for reason in advice.reasons),
    }


def _others(bases: Sequence[Base], texts: Sequence[str]) -> tuple[OtherBase, ...]:
    found = []
    for entry in bases:
        counts = TokenCounts.of(load_tokenizer(entry.path, entry.name))
        counts.add(texts, [0] * len(texts))
        per_char = counts.tokens / counts.chars
        found.append(OtherBase(counts.tokenizer.name, per_char, counts.tokens_per_han_char))
    return tuple(found)


def _spec(job: VocabularyJob, base: TextTokenizer) -> ModelSpec | None:
    """The shapes: of the catalog's `model`, else of the config.json beside the tokenizer, else unknown."""
    if job.model:
        return find_model(job.model).spec
    target = Path(job.target)
    config = (target if target.is_dir() else target.parent) / "config.json"
    if not config.is_file():
        return None
    content = read_config(config.parent)
    # Folders of tokenizers alone often hold a config.json of a few keys.
    return spec_of(content, base.name) if "hidden_size" in content else None


def _corpus(job: VocabularyJob) -> Corpus:
    return open_corpus(job.text, encoding=job.encoding)
