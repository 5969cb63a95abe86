"""What a customer's schema points to in public and does not find there."""

from __future__ import annotations

_ORPHANS = """
SELECT t.number, 'owner ' || h.owner_id || ' is no member of staff'
FROM tickets_handling h JOIN tickets_ticket t ON t.id = h.ticket_id
LEFT JOIN public.accounts_user u ON u.id = h.owner_id
WHERE h.owner_id IS NOT NULL AND u.id IS NULL
UNION ALL
SELECT t.number, 'entry ' || e.seq || ' names staff ' || e.staff_id || ' who is not there'
FROM tickets_entry e JOIN tickets_ticket t ON t.id = e.ticket_id
LEFT JOIN public.accounts_user u ON u.id = e.staff_id
WHERE e.staff_id IS NOT NULL AND u.id IS NULL
UNION ALL
SELECT t.number, 'note ' || n.seq || ' names staff ' || n.staff_id || ' who is not there'
FROM tickets_note n JOIN tickets_ticket t ON t.id = n.ticket_id
LEFT JOIN public.accounts_user u ON u.id = n.staff_id
WHERE n.staff_id IS NOT NULL AND u.id IS NULL
UNION ALL
SELECT t.number, 'waiting reply ' || p.id || ' names staff ' || p.author_id || ' who is not there'
FROM tickets_pending p JOIN tickets_ticket t ON t.id = p.ticket_id
LEFT JOIN public.accounts_user u ON u.id = p.author_id
WHERE u.id IS NULL
UNION ALL
SELECT t.number, 'policy ' || h.policy_id || ' is not there'
FROM tickets_handling h JOIN tickets_ticket t ON t.id = h.ticket_id
LEFT JOIN public.desk_policy p ON p.id = h.policy_id
WHERE h.policy_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT t.number, 'terms ' || n.id || ' are not there'
FROM tickets_handling h JOIN tickets_ticket t ON t.id = h.ticket_id
CROSS JOIN LATERAL (VALUES (h.terms_id), (h.first_terms_id)) n (id)
LEFT JOIN public.desk_terms d ON d.id = n.id
WHERE n.id IS NOT NULL AND d.id IS NULL GROUP BY t.number, n.id
UNION ALL
SELECT t.number, 'promise ' || p.id || ' names staff ' || p.given_by_id || ' who is not there'
FROM tickets_promise p JOIN tickets_ticket t ON t.id = p.ticket_id
LEFT JOIN public.accounts_user u ON u.id = p.given_by_id
WHERE p.given_by_id IS NOT NULL AND u.id IS NULL
UNION ALL
SELECT t.number, 'ask ' || a.id || ' names staff ' || n.id || ' who is not there'
FROM tickets_ask a JOIN tickets_ticket t ON t.id = a.ticket_id
CROSS JOIN LATERAL (VALUES (a.asked_by_id), (a.owner_id)) n (id)
LEFT JOIN public.accounts_user u ON u.id = n.id
WHERE n.id IS NOT NULL AND u.id IS NULL
UNION ALL
SELECT t.number, 'ask ' || a.id || ' names department ' || a.department_id || ', not there'
FROM tickets_ask a JOIN tickets_ticket t ON t.id = a.ticket_id
LEFT JOIN public.desk_department d ON d.id = a.department_id
WHERE a.department_id IS NOT NULL AND d.id IS NULL
UNION ALL
SELECT 0, 'change ' || c.id || ' of a person names staff ' || c.staff_id || ' who is not there'
FROM tickets_contactchange c
LEFT JOIN public.accounts_user u ON u.id = c.staff_id
WHERE c.staff_id IS NOT NULL AND u.id IS NULL
UNION ALL
SELECT t.number, 'report ' || r.id || ' names staff ' || r.linked_by_id || ' who is not there'
FROM tickets_report r JOIN tickets_ticket t ON t.id = r.ticket_id
LEFT JOIN public.accounts_user u ON u.id = r.linked_by_id
WHERE r.linked_by_id IS NOT NULL AND u.id IS NULL
UNION ALL
SELECT t.number, 'report ' || r.id || ' names problem ' || r.problem_id || ', not there'
FROM tickets_report r JOIN tickets_ticket t ON t.id = r.ticket_id
LEFT JOIN public.product_problem p ON p.id = r.problem_id
WHERE r.problem_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT t.number, 'report ' || r.id || ' names agreed reply ' || r.told_id || ', not there'
FROM tickets_report r JOIN tickets_ticket t ON t.id = r.ticket_id
LEFT JOIN public.product_agreedreply a ON a.id = r.told_id
WHERE r.told_id IS NOT NULL AND a.id IS NULL
UNION ALL
SELECT t.number, 'follower ' || f.id || ' names staff ' || f.added_by_id || ' who is not there'
FROM tickets_follower f JOIN tickets_ticket t ON t.id = f.ticket_id
LEFT JOIN public.accounts_user u ON u.id = f.added_by_id
WHERE f.added_by_id IS NOT NULL AND u.id IS NULL
UNION ALL
SELECT coalesce(i.number, 0), 'mail ' || m.incoming_id || ' is not among what came in'
FROM tickets_mail m LEFT JOIN public.desk_incomingmail i ON i.id = m.incoming_id
WHERE i.id IS NULL
UNION ALL
SELECT t.number, 'has no question' FROM tickets_ticket t
WHERE NOT EXISTS (SELECT 1 FROM tickets_entry e WHERE e.ticket_id = t.id)
"""

_more: list[str] = []


def look_also(sql: str) -> None:
    """Have a SELECT of an app above, of numbers and words, looked at too; told once, at start."""
    if sql not in _more:
        _more.append(sql)


def orphans() -> str:
    """The SELECT of all of them, by the ticket's number."""
    return "\nUNION ALL\n".join([_ORPHANS, *_more]) + "ORDER BY 1"
