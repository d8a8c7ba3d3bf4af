"""What published tuning runs let one expect of a model that has not been tuned yet."""

from catalog.evidence.published import load_lora_land
from catalog.models.registry import ModelEntry


def expected_after_tuning(facts: ModelEntry | None) -> float:
    """LoRA Land's mean score (0 to 1) over 31 tasks; the mean of all its models for one it does not list.

    A model that is itself tuned from a listed base counts as that base.
    """
    scores = {row.model: row.finetuned_average for row in load_lora_land()}
    found = {model: score for model, score in scores.items() if score is not None}
    names = (facts.name, facts.base_of) if facts is not None else ()
    return next((found[name] for name in names if name in found), sum(found.values()) / len(found))
