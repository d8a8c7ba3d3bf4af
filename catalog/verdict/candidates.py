"""Which models a question is about where it names none: one rule for every screen and command."""

from collections.abc import Mapping

from catalog.models.registry import ModelEntry
from catalog.problem import Problem


def candidates_for(models: Mapping[str, ModelEntry], language: str) -> dict[str, ModelEntry]:
    """Those that list the language the work is mostly in, or list none at all, or "multi".

    Whatever else is wanted (kind, licence, context, a second language) leaves nobody out here: it is a
    gate of the verdict, which says of each model why it is rejected. Problem language-unspoken where no
    model of `models` lists the language by its code.
    """
    spoken = {code for entry in models.values() for code in entry.languages} - {"multi"}
    if language not in spoken:
        raise Problem("language-unspoken", language=language, known=", ".join(sorted(spoken)))
    return {
        name: entry
        for name, entry in models.items()
        if not entry.languages or language in entry.languages or "multi" in entry.languages
    }
