"""Names and counts as a consequence says them: some of them, and how many more there are."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SHOWN = 8


def some(names: Iterable[object]) -> str:
    """The first names, and how many more; a dash for none."""
    known = [str(name) for name in names]
    if not known:
        return "–"
    told = ", ".join(known[:SHOWN])
    more = len(known) - SHOWN
    if more <= 0:
        return told
    return ngettext("%(told)s and %(n)s more", "%(told)s and %(n)s more", more) % {
        "told": told,
        "n": more,
    }


def tickets(count: int) -> str:
    """How many tickets."""
    return ngettext("%(n)s open ticket", "%(n)s open tickets", count) % {"n": count}


def work(*, rescues: int, visits: int, to_dos: int) -> str:
    """What is open for a customer beside its tickets, without what there is none of."""
    parts = (
        (rescues, ngettext("%(n)s rescue", "%(n)s rescues", rescues)),
        (visits, ngettext("%(n)s visit", "%(n)s visits", visits)),
        (to_dos, ngettext("%(n)s to-do", "%(n)s to-dos", to_dos)),
    )
    return ", ".join(words % {"n": count} for count, words in parts if count)


def listed(model: str, query: str = "") -> str:
    """The list of the console that shows the rows."""
    return reverse(f"admin:{model.replace('.', '_')}_changelist") + query


def nobody() -> str:
    """In place of a name."""
    return _("nobody")
