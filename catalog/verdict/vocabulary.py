"""What extending a vocabulary costs and saves, and whether to. Arithmetic only; FACTS.md, section 4.

Saved: each character served afterwards takes 2 N Δ FLOPs less, Δ being the tokens per character saved.
Paid: training T tokens takes 4 N T (only the new parts and adapters learn) to 6 N T (all learn).
So the training is paid back after (2 to 3) T / Δ characters. Derived, not quoted.
"""

from dataclasses import dataclass

from catalog.models.spec import ModelSpec
from catalog.verdict.request import Reason

TRAIN_BYTES_PER_PARAMETER = 12
"""Float32 master copy and two Adam moments: what an unquantized, trained embedding takes."""
INFER_BYTES_PER_PARAMETER = 2
HARMFUL_TOKENS = 500_000_000
"""Below this an extended vocabulary has been worse than the original (LLaMA Beyond English,
arXiv:2401.01055: extended with 30B tokens did worse than the original with .5B)."""
NEEDED_TOKENS = 2_000_000_000
"""From here worth a try where inference is what costs (EEVE 2B, arXiv:2402.14714; Chinese-LLaMA 1.6B to
4.7B, arXiv:2304.08177)."""
SURE_TOKENS = 50_000_000_000
"""From here it pays (Dagan et al. 2024, arXiv:2402.01035, on code)."""
LEAST_SAVING = 0.10
"""A tenth of the tokens: below it no training is worth the trouble. Our own line."""
AS_GOOD = 1.10
"""A base within a tenth of what extending would reach already has the vocabulary. Our own line."""
VERDICTS = ("no", "maybe", "yes")


@dataclass(frozen=True)
class ExtensionCost:
    """What new rows cost: parameters, bytes in inference, bytes while embedding and head are trained."""

    new_parameters: int
    extra_bytes_infer: int
    extra_bytes_train: int


@dataclass(frozen=True)
class Situation:
    """Who asks: `use` is one of `wishes.USES`; `corpus_tokens` are those at hand to train on.

    `stated` says whether the person gave that number or it is only the size of the file they showed.
    `served_chars` is how many characters are to be served afterwards, None where not known;
    `inference_bound` None where not known. `others`: (base model, its tokens per character) of the same
    text, for bases that could be taken instead.
    """

    before: float
    after: float
    corpus_tokens: float
    stated: bool = True
    use: str = "infer"
    served_chars: float | None = None
    inference_bound: bool | None = None
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Advice:
    """`verdict` is `no`, `maybe` or `yes`; the first reason is the one that decided."""

    verdict: str
    reasons: tuple[Reason, ...]


def extension_cost(spec: ModelSpec, added: int) -> ExtensionCost:
    """Of `added` pieces: a row in the embedding, and one in the head unless it is tied.

    While training, the whole embedding and head are unquantized and learn, old rows too.
    """
    copies = 1 if spec.tied else 2
    new = added * spec.hidden * copies
    trained = (spec.vocabulary + added) * spec.hidden * copies
    return ExtensionCost(new, new * INFER_BYTES_PER_PARAMETER, trained * TRAIN_BYTES_PER_PARAMETER)


def saving(before: float, after: float) -> float:
    """Share of the tokens, and so of the compute per character, that is saved."""
    return 1 - after / before


def break_even_chars(training_tokens: float, before: float, after: float) -> tuple[float, float] | None:
    """Characters served until the training is paid back, low and high; None where nothing is saved."""
    saved = before - after
    if saved <= 0:
        return None
    return 2 * training_tokens / saved, 3 * training_tokens / saved


def flops_saved_per_char(spec: ModelSpec, before: float, after: float) -> float:
    """2 N Δ, N being the parameters multiplied per token."""
    return 2 * spec.multiplied_parameters * (before - after)


def training_tokens(corpus_tokens: float) -> float:
    """Tokens the plan is reckoned with: those at hand, or the least that would do."""
    return max(corpus_tokens, NEEDED_TOKENS)


def advise(situation: Situation) -> Advice:
    """No, maybe or yes. More text, or more to serve, never makes it worse."""
    s = situation
    saved = {"saving": saving(s.before, s.after), "before": s.before, "after": s.after}
    if s.use != "infer":
        return _no(Reason("vocabulary-qlora"), *_instead(s), Reason("vocabulary-saving", saved))
    if instead := _instead(s):
        return _no(*instead, Reason("vocabulary-saving", saved))
    if saved["saving"] < LEAST_SAVING:
        return _no(Reason("vocabulary-little-saving", saved))
    if s.inference_bound is False:
        return _no(Reason("vocabulary-not-served"), Reason("vocabulary-saving", saved))
    text, allowed = _text(s)
    paid, payable = _payback(s)
    verdict = VERDICTS[min(allowed, payable)]
    order = (text, paid) if allowed <= payable else (paid, text)
    return Advice(verdict, (*order, Reason("vocabulary-saving", saved)))


def _no(*reasons: Reason) -> Advice:
    return Advice("no", reasons)


def _instead(s: Situation) -> tuple[Reason, ...]:
    """The best base that needs no extension, if there is one."""
    fitting = [(cost, name) for name, cost in s.others if cost <= s.after * AS_GOOD]
    if not fitting:
        return ()
    cost, name = min(fitting)
    values = {"candidate": name, "tokens_per_char": cost, "after": s.after}
    return (Reason("vocabulary-change-base", values),)


def _text(s: Situation) -> tuple[Reason, int]:
    values = {"corpus_tokens": s.corpus_tokens, "needed": NEEDED_TOKENS, "sure": SURE_TOKENS}
    if s.corpus_tokens >= SURE_TOKENS:
        return Reason("vocabulary-enough-text", values), 2
    if s.corpus_tokens >= NEEDED_TOKENS:
        return Reason("vocabulary-some-text", values), 1
    code = "vocabulary-too-little-text" if s.stated else "vocabulary-corpus-unknown"
    return Reason(code, values | {"harmful": HARMFUL_TOKENS}), 0


def _payback(s: Situation) -> tuple[Reason, int]:
    low, high = break_even_chars(training_tokens(s.corpus_tokens), s.before, s.after) or (0.0, 0.0)
    if s.served_chars is not None and s.served_chars < low:
        return Reason("vocabulary-served-too-few", {"served": s.served_chars, "low": low, "high": high}), 0
    return Reason("vocabulary-break-even", {"low": low, "high": high}), 2
