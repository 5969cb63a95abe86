"""What one of us looks after, counted over all customers: the preview of handing it over.

One statement over public rows, whatever the number of customers. Nothing of it is a person's whose
work is done; whoever hands over keeps what they did (`HISTORY` of tests/followups).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import connection

from accounts.models import User

_COUNTED = {
    "customers": "FROM public.customers_customer WHERE consultant_id = %(user)s",
    "joined": "FROM public.customers_customer WHERE product_manager_id = %(user)s",
    "tickets": "FROM public.desk_queueitem WHERE owner_id = %(user)s"
    " AND NOT (state IN ('resolved', 'closed'))",
    "promises": "FROM public.desk_clockitem c JOIN public.desk_queueitem q"
    " USING (customer_id, ticket_id) WHERE q.owner_id = %(user)s AND c.kind = 'promise'"
    " AND c.ended_at IS NULL AND NOT (q.state IN ('resolved', 'closed'))",
    "rescues": "FROM public.desk_rescueitem WHERE consultant_id = %(user)s AND closed_at IS NULL",
    "callbacks": "FROM public.desk_callbackitem i JOIN public.customers_customer c"
    " ON c.id = i.customer_id WHERE c.consultant_id = %(user)s AND i.by = 'phone'"
    " AND i.answered_at IS NULL AND i.voided_at IS NULL AND i.expires_at > %(now)s"
    " AND i.outcome <> 'declined'",
    "visits": "FROM public.desk_visititem WHERE consultant_id = %(user)s"
    " AND held_at IS NULL AND called_off_at IS NULL",
    "reports": "FROM public.desk_servicereportitem r JOIN public.customers_customer c"
    " ON c.id = r.customer_id WHERE c.consultant_id = %(user)s AND r.published_at IS NULL",
    "to_dos": "FROM public.customers_todo WHERE owner_id = %(user)s"
    " AND done_at IS NULL AND skipped_at IS NULL",
    "stages": "FROM public.customers_stay WHERE owner_id = %(user)s AND ended_at IS NULL",
    "asks": "FROM public.desk_askitem WHERE owner_id = %(user)s AND ended_at IS NULL",
    "problems": "FROM public.product_problem WHERE owner_id = %(user)s AND state <> 'merged'",
    "departments": "FROM public.desk_department_people WHERE user_id = %(user)s",
    "duty": "FROM public.desk_duty WHERE user_id = %(user)s",
    "teams": "FROM public.accounts_team WHERE lead_id = %(user)s",
    "absent": "FROM public.accounts_user WHERE deputy_id = %(user)s",
}

_ALL = "SELECT " + ", ".join(f"(SELECT count(*) {rows})" for rows in _COUNTED.values())

_WHERE = """
SELECT id FROM public.customers_customer WHERE consultant_id = %(user)s AND laid_at IS NOT NULL
UNION SELECT customer_id FROM public.desk_queueitem
  WHERE owner_id = %(user)s AND NOT (state IN ('resolved', 'closed'))
UNION SELECT customer_id FROM public.desk_rescueitem
  WHERE consultant_id = %(user)s AND closed_at IS NULL
UNION SELECT customer_id FROM public.desk_visititem
  WHERE consultant_id = %(user)s AND held_at IS NULL AND called_off_at IS NULL
UNION SELECT customer_id FROM public.desk_askitem WHERE owner_id = %(user)s AND ended_at IS NULL
ORDER BY 1
"""


@dataclass(frozen=True)
class Belongings:
    """How much of each kind somebody looks after.

    `joined` are customers they join as product manager; `promises` the open ones of their tickets;
    `callbacks` and `reports` those that wait at their customers; `absent` colleagues whose deputy
    they are.
    """

    customers: int
    joined: int
    tickets: int
    promises: int
    rescues: int
    callbacks: int
    visits: int
    reports: int
    to_dos: int
    stages: int
    asks: int
    problems: int
    departments: int
    duty: int
    teams: int
    absent: int

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self.counts().items())

    def counts(self) -> dict[str, int]:
        """Name → how many, in the order of the preview."""
        return asdict(self)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to hand over."""
        return not any(self.counts().values())

    @property
    def seen(self) -> str:
        """A short word that differs when any count does: what was previewed is what happens."""
        said = json.dumps(self.counts(), sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def belongings_of(user: User, *, now: datetime) -> Belongings:
    """What this person looks after at `now`."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL, {"user": user.pk, "now": now})
        return Belongings(**dict(zip(_COUNTED, cursor.fetchone(), strict=True)))


def customers_of(user: User) -> list[int]:
    """Ids of laid customers where something of theirs stands, or whose consultant they are."""
    with connection.cursor() as cursor:
        cursor.execute(_WHERE, {"user": user.pk})
        return [pk for (pk,) in cursor.fetchall()]
