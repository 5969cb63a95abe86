"""How long somebody was at a ticket, told from when they did something on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from tickets.models.time_spent import MOST_MINUTES

ONE_SITTING = timedelta(minutes=15)
"""What somebody does within so long of what they did before belongs to one sitting."""

BEFORE = timedelta(minutes=5)
"""What a sitting takes before its first trace: reading, and finding out."""


def suggested_minutes(moments: Sequence[datetime]) -> int:
    """Whole minutes, rounded up, that somebody spent who did something at these moments.

    Their sittings added up: each takes from its first moment to its last, and BEFORE. The order of
    the moments says nothing; one more never makes it less; none is 0, and a day is the most.
    """
    spent = timedelta()
    ended: datetime | None = None
    for moment in sorted(moments):
        goes_on = ended is not None and moment - ended <= ONE_SITTING
        spent += moment - ended if goes_on and ended is not None else BEFORE
        ended = moment
    return min(math.ceil(spent / timedelta(minutes=1)), MOST_MINUTES)
