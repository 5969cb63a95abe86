"""What somebody looks after, in words: as a consequence and a refusal say it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from followups.belongings import Belongings

WORDS = {
    "customers": _("customers as consultant: %(n)s"),
    "joined": _("customers as product manager: %(n)s"),
    "tickets": _("open tickets: %(n)s"),
    "promises": _("promises in them: %(n)s"),
    "rescues": _("rescues: %(n)s"),
    "callbacks": _("callbacks by phone: %(n)s"),
    "visits": _("visits: %(n)s"),
    "reports": _("service reports: %(n)s"),
    "to_dos": _("to-dos: %(n)s"),
    "stages": _("stages of customers: %(n)s"),
    "asks": _("asks of departments: %(n)s"),
    "problems": _("problems: %(n)s"),
    "departments": _("departments: %(n)s"),
    "duty": _("duty for low scores: %(n)s"),
    "teams": _("teams as lead: %(n)s"),
    "absent": _("deputy of colleagues: %(n)s"),
}
"""Name in `Belongings` → its words; one of a newer version says itself."""


def in_words(found: Belongings) -> str:
    """Each kind that there is some of; empty for somebody who looks after nothing."""
    return ", ".join(
        str(WORDS.get(name, f"{name}: %(n)s")) % {"n": count} for name, count in found if count
    )
