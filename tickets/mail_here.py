"""What mail has to do with a ticket, as its page needs it: part of the page's one statement.

What came by mail, what waits for a person, where our replies went, who follows, and who was in
copy whom nobody here knows. The customer's schema is open.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from customers.models import Customer
from desk.at_once import Part
from tickets.models import Follower, Mail, Ticket

QUOTED = 4000
"""Letters of a quotation that a page shows; the whole stands on the mail's own page."""
OFFERED = 8
"""Addresses in copy that are offered at most."""

# Keys of the outbox begin with their entry's; ``~>=~`` compares by bytes, as its index does, and
# ``;`` is the byte behind ``:``.
_SENT = """to_jsonb(ARRAY(SELECT jsonb_build_object('entry_id', x.id, 'name', c.name,
  'email', c.email, 'state', o.state, 'sent_at', o.sent_at, 'attempts', o.attempts,
  'error', o.last_error, 'bounced_at', o.bounced_at, 'bounce', o.bounce, 'is_held', o.is_held)
FROM (SELECT e.id FROM tickets_entry e WHERE e.ticket_id = %(ticket)s
  AND e.author_kind <> 'contact' ORDER BY e.seq DESC LIMIT %(lines)s) x
JOIN public.desk_outboxitem o
  ON o.key ~>=~ ('c' || %(customer)s::text || ':entry:' || x.id || ':contact:')
  AND o.key ~<~ ('c' || %(customer)s::text || ':entry:' || x.id || ':contact;')
JOIN tickets_contact c ON c.id = o.contact_id
ORDER BY x.id, c.name, c.id))"""

_CAME = """to_jsonb(ARRAY(SELECT jsonb_build_object('incoming_id', m.incoming_id,
  'entry_id', m.entry_id, 'note_id', m.note_id, 'is_verified', m.is_verified, 'noted', m.noted,
  'left_out', jsonb_path_query_array(m.explained, '$[*] ? (@.code == "file_left_out").value'),
  'quoted', left(m.quoted, %(quoted)s), 'is_cut', length(m.quoted) > %(quoted)s,
  'split_into', t.number, 'accepted_by', u.name)
FROM tickets_mail m LEFT JOIN tickets_ticket t ON t.id = m.split_into_id
LEFT JOIN public.desk_incomingmail i ON i.id = m.incoming_id
LEFT JOIN public.accounts_user u ON u.id = i.settled_by_id
WHERE m.ticket_id = %(ticket)s AND (
  m.entry_id IN (SELECT e.id FROM tickets_entry e WHERE e.ticket_id = %(ticket)s
    ORDER BY e.seq DESC LIMIT %(lines)s)
  OR m.note_id IN (SELECT n.id FROM tickets_note n WHERE n.ticket_id = %(ticket)s
    ORDER BY n.seq DESC LIMIT %(lines)s))))"""

_WAITS = """to_jsonb(ARRAY(SELECT jsonb_build_object('incoming_id', i.id, 'sender', i.sender,
  'sender_name', i.sender_name, 'subject', i.subject, 'reason', i.reason)
FROM tickets_mail m JOIN public.desk_incomingmail i ON i.id = m.incoming_id
WHERE m.ticket_id = %(ticket)s AND i.outcome = 'held' AND i.settled_at IS NULL
ORDER BY i.received_at, i.id))"""

_FOLLOWERS = """to_jsonb(ARRAY(SELECT jsonb_build_object('pk', c.id, 'name', c.name,
  'email', c.email, 'is_active', c.is_active, 'bounced_at', c.bounced_at)
FROM tickets_follower f JOIN tickets_contact c ON c.id = f.contact_id
WHERE f.ticket_id = %(ticket)s AND f.ended_at IS NULL ORDER BY c.name, c.id))"""

_UNKNOWN = """to_jsonb(ARRAY(SELECT DISTINCT x.value ->> 'value'
FROM tickets_mail m CROSS JOIN jsonb_array_elements(m.explained) x
WHERE m.ticket_id = %(ticket)s AND m.entry_id IS NOT NULL AND x.value ->> 'code' = 'cc_unknown'
  AND NOT EXISTS (SELECT FROM tickets_contact c WHERE lower(c.email) = lower(x.value ->> 'value'))
ORDER BY 1 LIMIT %(offered)s))"""


class Sent(NamedTuple):
    """Where the mail of one entry to one reader stands, as the outbox has it.

    `error` of one that was sent says why it was not needed; `bounced_at`: it came back.
    """

    entry_id: int
    name: str
    email: str
    state: str
    sent_at: datetime | None
    attempts: int
    error: str
    bounced_at: datetime | None
    bounce: str
    is_held: bool


class Came(NamedTuple):
    """A mail that became an entry, or a note of ours. `quoted` is plain text, cut to QUOTED."""

    incoming_id: int
    entry_id: int | None
    note_id: int | None
    is_verified: bool | None
    noted: list[str]
    left_out: list[str]
    quoted: str
    is_cut: bool
    split_into: int | None
    accepted_by: str | None


class Waits(NamedTuple):
    """A mail that names this ticket and waits for a person to decide about it."""

    incoming_id: int
    sender: str
    sender_name: str
    subject: str
    reason: str


class Follows(NamedTuple):
    """Somebody who gets the mails about this ticket's replies."""

    pk: int
    name: str
    email: str
    is_active: bool
    bounced_at: datetime | None


class MailHere(NamedTuple):
    """All of it. `unknown` are addresses in copy that are nobody's here."""

    sent: list[Sent]
    came: list[Came]
    waits: list[Waits]
    followers: list[Follows]
    unknown: list[str]


def with_mail(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """These with `has_mail`: whether anything but our own replies is to be asked for."""
    mails = Mail.objects.filter(ticket=OuterRef("pk"))
    followers = Follower.objects.filter(ticket=OuterRef("pk"), ended_at__isnull=True)
    return tickets.annotate(has_mail=Exists(mails) | Exists(followers))


def mail_here(customer: Customer, ticket: Ticket, *, lines: int | None) -> Part[MailHere]:
    """What is asked for at once, of the last so many entries and notes; of all for None.

    Of a ticket that says it has no mail only where ours went: to plan the rest takes 0.6 ms.
    """
    asked: dict[str, Any] = {
        "customer": customer.pk,
        "ticket": ticket.pk,
        "lines": lines,
        "quoted": QUOTED,
        "offered": OFFERED,
    }
    columns = (_SENT, _CAME, _WAITS, _FOLLOWERS, _UNKNOWN)
    return Part(columns if getattr(ticket, "has_mail", True) else columns[:1], asked, _read)


def _read(row: Sequence[Any]) -> MailHere:
    sent, *others = map(json.loads, row)
    came, waits, followers, unknown = others or ([], [], [], [])
    return MailHere(
        sent=[Sent(**_with_times(one)) for one in sent],
        came=[Came(**one) for one in came],
        waits=[Waits(**one) for one in waits],
        followers=[Follows(**_with_times(one)) for one in followers],
        unknown=unknown,
    )


def _with_times(facts: dict[str, Any]) -> dict[str, Any]:
    """JSON has no times."""
    return {
        name: datetime.fromisoformat(value) if value and name.endswith("_at") else value
        for name, value in facts.items()
    }
