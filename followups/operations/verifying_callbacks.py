"""What `manage.py verify` compares of callbacks, scores and rescues, and what they point to.

What never moves once somebody was asked, the ticket's words as they stood then, is not compared. As
of notices, what became of a mail is told by its row in the outbox, and kept when that is pruned; so
is what the score of a rescue meant where its question is not here.
"""

# ruff: noqa: S608  the names in these statements are our own tables'

from tickets.operations.verifying_items import Items

_NUMBER_OF_A_CALLBACK = (
    "(SELECT t.number FROM tickets_ticket t JOIN followups_callback c ON c.ticket_id = t.id"
    " WHERE c.id = lone.callback_id)"
)

CALLBACK_COLUMNS = (
    "plan_id, questionnaire_id, period, contact_id, contact_name, role, language, time_zone, phone,"
    ' ticket_id, number, agent_id, team_id, customer_plan_id, rescue_id, "by", asked_at,'
    " expires_at, delivered_at, dead_at, left_out, reminded_at, voided_at, void_reason,"
    " answered_at, said_by, words, is_low, is_machine, confirmed_at, call_at, outcome,"
    " caller_id, talking_at"
)
SCORE_COLUMNS = (
    "kind, value, is_low, is_about_product, answered_at, plan_id, agent_id, team_id,"
    " customer_plan_id, ticket_kind, channel"
)
RESCUE_COLUMNS = (
    "ticket_id, number, contact_name, score, top, joined, state, consultant_id, opened_at,"
    " named_at, due_at, contacted_at, asked_at, closed_at, cause_id"
)

_SNAPSHOT = """
    (SELECT u.id FROM public.accounts_user u WHERE u.id = k.agent_id) AS agent_id,
    (SELECT u.id FROM public.accounts_team u WHERE u.id = k.team_id) AS team_id,
    (SELECT u.id FROM public.customers_plan u WHERE u.id = k.customer_plan_id) AS customer_plan_id
"""

CALLBACKS = Items(
    "callback",
    "desk_callbackitem",
    "callback_id",
    CALLBACK_COLUMNS,
    f"""
  SELECT c.id AS callback_id,
    (SELECT u.id FROM public.desk_callbackplan u WHERE u.id = c.plan_id) AS plan_id,
    (SELECT u.id FROM public.desk_questionnaire u WHERE u.id = c.questionnaire_id)
      AS questionnaire_id,
    c.period, c.contact_id, p.name AS contact_name, p.role, p.language, p.time_zone, p.phone,
    c.ticket_id, t.number, coalesce(t.subject, '') AS subject, coalesce(t.kind, '') AS ticket_kind,
    coalesce(t.channel, '') AS channel, {_SNAPSHOT},
    k.rescue_id, c.by, c.asked_at, c.expires_at,
    CASE WHEN o.state = 'sent' AND o.last_error NOT LIKE 'not sent: %%' THEN o.sent_at
      WHEN o.id IS NOT NULL THEN NULL WHEN c.by = 'portal' OR s.id IS NULL AND c.by = 'phone'
      THEN c.asked_at ELSE s.delivered_at END AS delivered_at,
    CASE WHEN o.id IS NULL THEN s.dead_at
      WHEN o.state = 'dead' THEN coalesce(s.dead_at, o.sent_at, c.asked_at) END AS dead_at,
    CASE WHEN o.id IS NULL THEN coalesce(s.left_out, '')
      ELSE coalesce(left(substring(o.last_error FROM '^not sent: (.*)$'), 200), '') END AS left_out,
    k.reminded_at, c.voided_at, k.void_reason, c.answered_at, k.said_by, c.words, k.is_low,
    k.is_machine, k.confirmed_at, k.call_at, k.outcome, k.caller_id,
    (k.draft->>'at')::timestamptz AS talking_at
  FROM followups_callback c JOIN followups_calling k ON k.callback_id = c.id
  JOIN tickets_contact p ON p.id = c.contact_id
  LEFT JOIN tickets_ticket t ON t.id = c.ticket_id
  LEFT JOIN public.desk_callbackitem s ON s.customer_id = %(customer)s AND s.callback_id = c.id
  LEFT JOIN public.desk_outboxitem o ON o.key = 'c' || %(customer)s || ':callback:' || c.id
""",
    number=_NUMBER_OF_A_CALLBACK,
    more=(("subject", "subject"), ("ticket_kind", "ticket_kind"), ("channel", "channel")),
)

SCORES = Items(
    "score",
    "desk_scoreitem",
    "callback_id, key",
    SCORE_COLUMNS,
    f"""
  SELECT c.id AS callback_id, s.key, coalesce(q.kind, j.kind, '') AS kind, s.value::int AS value,
    coalesce(s.value::int <= q.low_at, false) AS is_low,
    coalesce(q.is_about_product, false) AS is_about_product, c.answered_at,
    (SELECT u.id FROM public.desk_callbackplan u WHERE u.id = c.plan_id) AS plan_id, {_SNAPSHOT},
    coalesce(i.ticket_kind, t.kind, '') AS ticket_kind, coalesce(i.channel, t.channel, '')
      AS channel
  FROM followups_callback c JOIN followups_calling k ON k.callback_id = c.id
  CROSS JOIN jsonb_each_text(c.scores) s
  LEFT JOIN tickets_ticket t ON t.id = c.ticket_id
  LEFT JOIN public.desk_callbackitem i ON i.customer_id = %(customer)s AND i.callback_id = c.id
  LEFT JOIN public.desk_question q ON q.questionnaire_id = c.questionnaire_id AND q.key = s.key
  LEFT JOIN LATERAL (SELECT r.kind FROM jsonb_to_recordset(c.questions) r (key text, kind text)
    WHERE r.key = s.key) j ON true
  WHERE c.answered_at IS NOT NULL
""",
    number=_NUMBER_OF_A_CALLBACK,
)

RESCUES = Items(
    "rescue",
    "desk_rescueitem",
    "rescue_id",
    RESCUE_COLUMNS,
    """
  SELECT r.id AS rescue_id, r.ticket_id, t.number, coalesce(t.subject, '') AS subject,
    coalesce(f.name, '') AS contact_name,
    CASE WHEN f.is_known OR i.id IS NULL THEN f.score ELSE i.score END AS score,
    CASE WHEN f.is_known OR i.id IS NULL THEN f.top ELSE i.top END AS top,
    (SELECT count(*) FROM followups_rescueanswer a WHERE a.rescue_id = r.id) AS joined, r.state,
    r.consultant_id, r.opened_at, r.named_at, r.due_at, r.contacted_at, r.asked_at, r.closed_at,
    r.cause_id
  FROM followups_rescue r LEFT JOIN tickets_ticket t ON t.id = r.ticket_id
  LEFT JOIN public.desk_rescueitem i ON i.customer_id = %(customer)s AND i.rescue_id = r.id
  LEFT JOIN LATERAL (
    SELECT p.name, s.value::int AS score, q.highest AS top, q.id IS NOT NULL AS is_known
    FROM followups_rescueanswer a JOIN followups_answer w ON w.id = a.answer_id
    JOIN followups_callback c ON c.id = a.callback_id
    JOIN tickets_contact p ON p.id = c.contact_id
    LEFT JOIN jsonb_each_text(w.scores) s ON true
    LEFT JOIN public.desk_question q ON q.questionnaire_id = c.questionnaire_id AND q.key = s.key
    WHERE a.rescue_id = r.id
    ORDER BY a.id, s.value::int > q.low_at, q.position LIMIT 1) f ON true
""",
    number="(SELECT t.number FROM tickets_ticket t JOIN followups_rescue r ON r.ticket_id = t.id"
    " WHERE r.id = lone.rescue_id)",
    more=(("subject", "subject"),),
)


ITEMS = (CALLBACKS, SCORES, RESCUES)
"""In the order in which they are mended: a score copies its callback's ticket as it stood."""


def _lost(what: str, table: str, column: str, noun: str, to: str) -> str:
    """A SELECT of the tickets of rows whose `column` names a row of `to` that is not there."""
    whose = {
        "followups_callback": "t.id = x.ticket_id",
        "followups_rescue": "t.id = x.ticket_id",
        "followups_event": "t.id = coalesce("
        "(SELECT r.ticket_id FROM followups_rescue r WHERE r.id = x.rescue_id),"
        " (SELECT c.ticket_id FROM followups_callback c WHERE c.id = x.callback_id))",
    }.get(table, "t.id = (SELECT c.ticket_id FROM followups_callback c WHERE c.id = x.callback_id)")
    number = "callback_id" if table == "followups_calling" else "id"
    return f"""
SELECT coalesce(t.number, 0),
  '{what} ' || x.{number} || ' names {noun} ' || x.{column} || ', not there'
FROM {table} x LEFT JOIN tickets_ticket t ON {whose} LEFT JOIN public.{to} u ON u.id = x.{column}
WHERE x.{column} IS NOT NULL AND u.id IS NULL
"""


ORPHANS = "UNION ALL".join(
    _lost(*facts)
    for facts in (
        ("callback", "followups_callback", "plan_id", "callback plan", "desk_callbackplan"),
        ("callback", "followups_callback", "questionnaire_id", "questionnaire",
         "desk_questionnaire"),
        ("callback", "followups_calling", "agent_id", "agent", "accounts_user"),
        ("callback", "followups_calling", "team_id", "team", "accounts_team"),
        ("callback", "followups_calling", "customer_plan_id", "plan", "customers_plan"),
        ("callback", "followups_calling", "caller_id", "caller", "accounts_user"),
        ("callback", "followups_calling", "confirmed_by_id", "staff", "accounts_user"),
        ("answer", "followups_answer", "staff_id", "staff", "accounts_user"),
        ("rescue", "followups_rescue", "consultant_id", "consultant", "accounts_user"),
        ("rescue", "followups_rescue", "closed_by_id", "staff", "accounts_user"),
        ("rescue", "followups_rescue", "cause_id", "cause", "desk_rescuecause"),
        ("event", "followups_event", "staff_id", "staff", "accounts_user"),
    )
)  # fmt: skip
