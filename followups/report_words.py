"""Why something was not done to a service report, in words that say what to do instead."""

from __future__ import annotations

from django.utils.translation import gettext as _

from followups.operations import reporting
from followups.operations.reporting import PICKED, ReportRefused


def refusal(problem: ReportRefused) -> str:
    """The words for who asked for it."""
    words = {
        reporting.NoDraft: _("There is no draft of this month."),
        reporting.AlreadyPublished: _("This month's report is published: it stays as it is."),
        reporting.DraftMoved: _(
            "A colleague has changed this report meanwhile. What you typed is below: look, and"
            " save it again."
        ),
        reporting.NotReviewed: _("Look it through first: the preview shows what they will read."),
        reporting.MonthNotOver: _("The month is not over at the customer: its figures still move."),
        reporting.TooManyStories: _("A report tells %(most)s stories at most.") % {"most": PICKED},
        reporting.StoryWithoutValue: _("A story that is told says what was asked, and its value."),
    }
    return words[type(problem)]
