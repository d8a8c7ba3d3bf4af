"""Which of the known layouts a file's rows have."""

from catalog.problem import Problem
from probes.dataset.forms.form import Form, Inner
from probes.dataset.forms.table import FORMS

_SHOWN = 12
"""Columns that a sentence names at most."""


def recognise(path: str, columns: tuple[str, ...], inner: Inner) -> Form:
    """The only form that reads these columns.

    Problems: data-format-ambiguous (several do), data-columns-unnamed (none does).
    """
    usual = [form for form in FORMS.values() if not form.last]
    found = (
        [form for form in usual if form.reads(columns, inner)]
        or [form for form in usual if form.reads(columns, inner, chosen=True)]
        or [form for form in FORMS.values() if form.last and form.reads(columns, inner)][:1]
    )
    over = {name for form in found for name in form.over}
    found = [form for form in found if form.name not in over]
    if len(found) == 1:
        return found[0]
    if found:
        readings = ", ".join(form.name for form in found)
        raise Problem("data-format-ambiguous", path=path, readings=readings, first=found[0].name)
    raise Problem("data-columns-unnamed", path=path, columns=", ".join(columns[:_SHOWN]))


def choose(
    path: str, columns: tuple[str, ...], name: str | None, pair: tuple[str, str] | None, inner: Inner
) -> Form:
    """The form by name, by two named columns, or recognised.

    Problems: data-format-unknown, data-format-not-here, data-column-missing, and those of `recognise`.
    """
    if pair is not None:
        for column in pair:
            if column not in columns:
                shown = ", ".join(columns[:_SHOWN])
                raise Problem("data-column-missing", path=path, column=column, columns=shown)
        return Form("columns", question=pair[:1], answer=pair[1:])
    if name is None:
        return recognise(path, columns, inner)
    if name not in FORMS:
        raise Problem("data-format-unknown", format=name, known=", ".join(FORMS))
    form = FORMS[name]
    if not form.reads(columns, inner) and not form.reads(columns, inner, chosen=True):
        needs = ", ".join(" / ".join(alternatives) for alternatives in form.needs)
        raise Problem("data-format-not-here", path=path, format=name, needs=needs)
    return form
