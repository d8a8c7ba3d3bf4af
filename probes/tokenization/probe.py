"""The probe behind `basefit tokenizers`: what a text costs each of several tokenizers.

Job: see probes.tokenization.job.TokenizersJob.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from catalog.evidence.kinds import Tokenizer, write
from catalog.problem import Problem
from probes.jobs.events import Emit
from probes.jobs.record import reads
from probes.text import Block, Corpus, Sampling, open_corpus
from probes.tokenization.base import TextTokenizer
from probes.tokenization.cut import cut_row, example_sentence
from probes.tokenization.job import Target, TokenizersJob
from probes.tokenization.load import load_tokenizer
from probes.tokenization.measure import TextCounts, TokenCounts, by_file, figures

BATCH_BLOCKS = 32
"""Blocks encoded at once: 2 MiB, enough work for every core and little to hold."""
MOST = 12

Progress = Callable[[int, int], None]


@reads(TokenizersJob)
def run(job: TokenizersJob, emit: Emit) -> dict[str, Any]:
    """Measure and tell; the result has `text`, `tokenizers`, `cuts`, `sentence` and `notes`."""
    targets = _checked(job.targets)
    tokenizers = [load_tokenizer(target.path, target.name) for target in targets]
    corpus = open_corpus(job.text, _sampling(job), job.encoding)

    def progress(done: int, total: int) -> None:
        emit.progress("tokenize", done, total, "B")

    result, rows = compare(tokenizers, corpus, progress)
    if job.parallel:
        english = open_corpus([job.parallel], _sampling(job))
        result["parallel"], rows = with_premium(rows, tokenizers, english)
    rows = relative([cost(row, target, job.price) for row, target in zip(rows, targets, strict=True)])
    result["tokenizers"] = [write(row) for row in rows]
    sentence = job.sentence or example_sentence(next(corpus.blocks()).text)
    result["sentence"] = sentence
    result["cuts"] = [cut_row(tokenizer, sentence) for tokenizer in tokenizers]
    key = {"text_sha256": result["text"]["sha256"]}
    for row, target in zip(rows, targets, strict=True):
        emit.metric(kind="tokenizer", model=row.name, revision=target.revision, key=key, values=write(row))
    return result


def compare(
    tokenizers: Sequence[TextTokenizer], corpus: Corpus, progress: Progress = lambda done, total: None
) -> tuple[dict[str, Any], list[Tokenizer]]:
    """Read the corpus once and count for each tokenizer: the result without its rows, and the rows."""
    text = TextCounts()
    counts = [TokenCounts.of(tokenizer) for tokenizer in tokenizers]
    expected = corpus.expected_bytes
    for batch in batches(corpus.blocks()):
        texts, files = [block.text for block in batch], [block.file for block in batch]
        text.add(texts)
        for count in counts:
            count.add(texts, files)
        progress(min(text.bytes, expected), expected)
    progress(expected, expected)
    if not text.chars:
        raise Problem("text-empty", path=str(corpus.paths[0]))
    rows = [figures(count, text, corpus.sampled) for count in counts]
    if len(corpus.paths) > 1:
        names = [str(path) for path in corpus.paths]
        rows = [replace(row, files=by_file(count, names)) for row, count in zip(rows, counts, strict=True)]
    notes = [] if text.han_chars else [{"code": "text-no-han", "path": str(corpus.paths[0])}]
    return {"text": text_row(corpus, text), "tokenizers": [], "notes": notes}, rows


def batches(blocks: Iterator[Block]) -> Iterator[Sequence[Block]]:
    """Blocks in batches of BATCH_BLOCKS; the reader is never far ahead of the tokenizer."""
    held: list[Block] = []
    for block in blocks:
        held.append(block)
        if len(held) == BATCH_BLOCKS:
            yield held
            held = []
    if held:
        yield held


def text_row(corpus: Corpus, text: TextCounts) -> dict[str, Any]:
    """What was read: `bytes`, `chars` and `han_chars` are of what was read, `total_bytes` of the files."""
    return {
        "paths": [str(path) for path in corpus.paths],
        "sha256": corpus.sha256(),
        "bytes": text.bytes,
        "chars": text.chars,
        "han_chars": text.han_chars,
        "total_bytes": corpus.total_bytes,
        "sampled": corpus.sampled,
        "seed": corpus.sampling.seed if corpus.sampled else None,
    }


def with_premium(
    rows: Sequence[Tokenizer], tokenizers: Sequence[TextTokenizer], english: Corpus
) -> tuple[dict[str, Any], list[Tokenizer]]:
    """The English text, and `premium` of each row: tokens over tokens of the same text in English."""
    other, owns = compare(tokenizers, english)
    found = [
        replace(
            row,
            parallel_tokens=own.tokens,
            parallel_tokens_per_char=own.tokens_per_char,
            premium=row.tokens / own.tokens,
        )
        for row, own in zip(rows, owns, strict=True)
    ]
    return other["text"], found


def cost(row: Tokenizer, target: Target, price: float | None) -> Tokenizer:
    """What the tokens mean: context in characters, KV memory and price of 1,000 characters."""
    per_char = row.tokens_per_char
    context, kv = target.context_tokens, target.kv_bytes_per_token
    return replace(
        row,
        context_tokens=context,
        context_chars=None if context is None else round(context / per_char),
        kv_bytes_per_1000_chars=None if kv is None else kv * per_char * 1000,
        price_per_1000_chars=None if price is None else price * per_char / 1000,
    )


def relative(rows: Sequence[Tokenizer]) -> list[Tokenizer]:
    """`relative_compute`: tokens over the fewest tokens of all; a forward pass costs in proportion."""
    fewest = min(row.tokens for row in rows)
    return [replace(row, relative_compute=row.tokens / fewest) for row in rows]


def _checked(targets: Sequence[Target]) -> Sequence[Target]:
    if not targets:
        raise Problem("tokenizer-no-target")
    if len(targets) > MOST:
        raise Problem("tokenizer-too-many", given=len(targets), most=MOST)
    return targets


def _sampling(job: TokenizersJob) -> Sampling:
    given = {name: getattr(job, name) for name in ("whole_limit", "sample_bytes", "seed")}
    return Sampling(**{name: value for name, value in given.items() if value is not None})
