"""What `manage.py verify` compares of notices: what public rows show, and what they point to.

What became of a mail is told by its row in the outbox; when that is pruned, what was seen stays.
"""

from tickets.operations.verifying_items import Items

NOTICE_COLUMNS = (
    "release_id, contact_id, told_at, delivered_at, read_at, answer, answered_at, reminded_at,"
    " closed_at, dead_at, is_bounced, left_out"
)

NOTICES = Items(
    "notice",
    "product_noticeitem",
    "notice_id",
    NOTICE_COLUMNS,
    """
  SELECT n.id AS notice_id, n.release_id, n.contact_id, n.told_at,
    CASE WHEN NOT n.by_mail THEN n.told_at WHEN o.id IS NULL THEN s.delivered_at
      WHEN o.state = 'sent' AND o.last_error NOT LIKE 'not sent: %%' THEN o.sent_at END
      AS delivered_at,
    n.read_at, n.answer, n.answered_at, n.reminded_at, n.closed_at,
    CASE WHEN o.id IS NULL THEN s.dead_at
      WHEN o.state = 'dead' THEN coalesce(s.dead_at, o.sent_at, n.told_at) END AS dead_at,
    CASE WHEN o.id IS NULL THEN coalesce(s.is_bounced, false)
      ELSE o.state = 'dead' AND o.last_error LIKE 'SMTPRecipientsRefused%%' END AS is_bounced,
    CASE WHEN o.id IS NULL THEN coalesce(s.left_out, '')
      ELSE coalesce(left(substring(o.last_error FROM '^not sent: (.*)$'), 200), '') END AS left_out
  FROM followups_notice n
  JOIN public.product_release r ON r.id = n.release_id
  LEFT JOIN public.product_noticeitem s ON s.customer_id = %(customer)s AND s.notice_id = n.id
  LEFT JOIN public.desk_outboxitem o ON o.customer_id = %(customer)s AND o.kind = 'notice'
    AND o.row = n.id::text
""",
    number="(SELECT min(t.number) FROM tickets_ticket t JOIN followups_noticeticket n"
    " ON n.ticket_id = t.id WHERE n.notice_id = lone.notice_id)",
)

ORPHANS = """
SELECT coalesce((SELECT min(t.number) FROM tickets_ticket t JOIN followups_noticeticket m
    ON m.ticket_id = t.id WHERE m.notice_id = n.id), 0),
  'notice ' || n.id || ' names release ' || n.release_id || ', not there'
FROM followups_notice n LEFT JOIN public.product_release r ON r.id = n.release_id
WHERE n.release_id IS NOT NULL AND r.id IS NULL
"""
