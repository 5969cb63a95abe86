"""What triggers of customers' schemas run for callbacks: answers judged, rescues opened, all shown.

Functions are versioned and never changed in place; `followups.0005_callback_triggers` points
triggers at them.
"""

from django.db import migrations

IS_CUSTOMER = "session_user::text ~ '_c[0-9]+$'"

HEADER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

HOME = "SELECT id INTO home FROM public.customers_customer WHERE schema_name = TG_TABLE_SCHEMA"

DUE = """
  INSERT INTO public.desk_due AS d (customer_id, kind, row_id, due_at, tries, last_error, asked)
  VALUES (home, {kind}, {row}, clock_timestamp(), 0, '', 1)
  ON CONFLICT (customer_id, kind, row_id) DO UPDATE
    SET asked = d.asked + 1, due_at = least(d.due_at, excluded.due_at), tries = 0;
"""

# Whose a ticket is when it is resolved stays with its score; and somebody is to be asked, or, when
# it is opened again, no longer.
RESOLVED = f"""
CREATE FUNCTION sd.resolved_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
  looks_after bigint;
BEGIN
  SELECT id, team_id INTO home, looks_after FROM public.customers_customer
    WHERE schema_name = TG_TABLE_SCHEMA;
  IF NEW.state = 'resolved' THEN
    EXECUTE format('UPDATE %I.tickets_handling SET resolved_owner_id = owner_id,
      resolved_team_id = $2 WHERE ticket_id = $1', TG_TABLE_SCHEMA) USING NEW.id, looks_after;
  END IF;
  {DUE.format(kind="'callback'", row="NEW.id")}
  RETURN NULL;
END $$
"""

# Only what was asked may be said, by whom it was asked, on the scale, in time; what came from a
# mailed link within ten seconds of a mail is a machine's until a person says otherwise. Our own
# people write down what they heard later, too.
ANSWER_BEFORE = f"""
CREATE FUNCTION sd.answer_before_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
  asked record;
  since timestamptz;
  is_bad boolean;
BEGIN
  {HOME};
  EXECUTE format('SELECT contact_id, questionnaire_id, questions, expires_at, voided_at
    FROM %I.followups_callback WHERE id = $1 FOR NO KEY UPDATE', TG_TABLE_SCHEMA)
    INTO asked USING NEW.callback_id;
  IF {IS_CUSTOMER} AND (NEW.staff_id IS NOT NULL OR NEW.is_complaint
      OR NEW.contact_id IS DISTINCT FROM asked.contact_id
      OR NEW.via NOT IN ('mail', 'portal', 'api')) THEN
    RAISE EXCEPTION 'a customer''s login answers for who was asked only'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.contact_id IS NOT NULL THEN
    EXECUTE format('SELECT min(given_at) FROM %I.followups_answer
      WHERE callback_id = $1 AND NOT is_machine', TG_TABLE_SCHEMA) INTO since USING NEW.callback_id;
    IF asked.voided_at IS NOT NULL OR (since IS NULL AND asked.expires_at <= NEW.given_at)
        OR since < NEW.given_at - interval '1 hour' THEN
      RAISE EXCEPTION 'callback % takes no answer any more', NEW.callback_id
        USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  SELECT bool_or(q.key IS NULL OR s.value::text !~ '^-?[0-9]{{1,4}}$'
      OR CASE WHEN s.value::text ~ '^-?[0-9]{{1,4}}$' THEN s.value::text::int END
        NOT BETWEEN q.min AND q.max)
    INTO is_bad FROM jsonb_each(NEW.scores) s
    LEFT JOIN jsonb_to_recordset(asked.questions) q (key text, min int, max int) ON q.key = s.key;
  IF is_bad OR (NEW.scores = '{{}}' AND NEW.words = '') THEN
    RAISE EXCEPTION 'answer to callback % is none to its questions', NEW.callback_id
      USING ERRCODE = 'check_violation';
  END IF;
  NEW.is_machine := NEW.via = 'mail' AND NEW.staff_id IS NULL AND EXISTS (
    SELECT FROM public.desk_outboxitem o
    WHERE o.key IN (format('c%s:callback:%s', home, NEW.callback_id),
        format('c%s:callback:%s:again', home, NEW.callback_id))
      AND (o.state = 'sending'
        OR o.sent_at BETWEEN NEW.given_at - interval '10 seconds' AND NEW.given_at + interval '10 seconds'));
  SELECT NEW.is_complaint OR coalesce(bool_or(s.value::int <= q.low_at), false)
    INTO NEW.is_low FROM jsonb_each_text(NEW.scores) s
    JOIN public.desk_question q ON q.questionnaire_id = asked.questionnaire_id AND q.key = s.key;
  RETURN NEW;
END $$
"""

# A low answer opens the customer's rescue, or joins the one that is open; one that waited for the
# new score is open again. A machine's answer is only noted. What was imported is history: whoever
# imports shows it (`followups.operations.importing_answers`), nobody is told and nothing opened.
ANSWER_AFTER = f"""
CREATE FUNCTION sd.answer_after_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
  before record;
  rescue record;
  said text := left(NEW.scores::text, 200);
BEGIN
  IF NEW.via = 'import' THEN
    RETURN NULL;
  END IF;
  {HOME};
  IF NEW.is_machine THEN
    EXECUTE format('UPDATE %I.followups_calling k SET is_machine = true
      FROM %1$I.followups_callback c WHERE c.id = k.callback_id AND c.id = $1
        AND c.answered_at IS NULL', TG_TABLE_SCHEMA) USING NEW.callback_id;
    EXECUTE format('INSERT INTO %I.followups_event (callback_id, field, old, new, body, author_name,
      at) VALUES ($1, ''machine'', '''', $2, '''', '''', $3)', TG_TABLE_SCHEMA)
      USING NEW.callback_id, said, NEW.given_at;
    RETURN NULL;
  END IF;
  EXECUTE format('SELECT answered_at, scores::text AS scores, ticket_id
    FROM %I.followups_callback WHERE id = $1', TG_TABLE_SCHEMA) INTO before USING NEW.callback_id;
  EXECUTE format('UPDATE %I.followups_calling SET is_low = $2, is_machine = false, said_by = $3,
      confirmed_at = CASE WHEN is_machine AND $4 IS NOT NULL THEN $5 ELSE confirmed_at END,
      confirmed_by_id = CASE WHEN is_machine AND $4 IS NOT NULL THEN $4 ELSE confirmed_by_id END
    WHERE callback_id = $1', TG_TABLE_SCHEMA)
    USING NEW.callback_id, NEW.is_low,
      CASE WHEN NEW.via = 'phone' THEN 'staff' ELSE 'contact' END, NEW.staff_id, NEW.given_at;
  EXECUTE format('UPDATE %I.followups_callback SET answered_at = coalesce(answered_at, $2),
    scores = $3, words = $4 WHERE id = $1', TG_TABLE_SCHEMA)
    USING NEW.callback_id, NEW.given_at, NEW.scores, NEW.words;
  EXECUTE format('INSERT INTO %I.followups_event (callback_id, field, old, new, body, staff_id,
    author_name, at) VALUES ($1, ''answered'', $2, $3, '''', $4, '''', $5)', TG_TABLE_SCHEMA)
    USING NEW.callback_id, CASE WHEN before.answered_at IS NULL THEN '' ELSE left(before.scores, 200)
      END, said, NEW.staff_id, NEW.given_at;
  IF NEW.is_low THEN
    EXECUTE format('INSERT INTO %I.followups_rescue AS r (ticket_id, state, opened_at)
      VALUES ($1, ''open'', $2)
      ON CONFLICT ((closed_at IS NULL)) WHERE closed_at IS NULL DO UPDATE SET
        state = CASE WHEN r.state = ''asked'' THEN ''open'' ELSE r.state END,
        named_at = CASE WHEN r.state = ''asked'' THEN NULL ELSE r.named_at END,
        due_at = CASE WHEN r.state = ''asked'' THEN NULL ELSE r.due_at END,
        contacted_at = CASE WHEN r.state = ''asked'' THEN NULL ELSE r.contacted_at END
      RETURNING r.id, r.xmax = 0 AS is_new', TG_TABLE_SCHEMA)
      INTO rescue USING before.ticket_id, NEW.given_at;
    EXECUTE format('INSERT INTO %I.followups_rescueanswer AS a (rescue_id, callback_id, answer_id,
      joined_at) VALUES ($1, $2, $3, $4)
      ON CONFLICT (rescue_id, callback_id) DO UPDATE SET answer_id = excluded.answer_id',
      TG_TABLE_SCHEMA) USING rescue.id, NEW.callback_id, NEW.id, NEW.given_at;
    EXECUTE format('INSERT INTO %I.followups_event (callback_id, rescue_id, field, old, new, body,
      staff_id, author_name, at) VALUES ($1, $2, $3, '''', $4, '''', $5, '''', $6)', TG_TABLE_SCHEMA)
      USING NEW.callback_id, rescue.id, CASE WHEN rescue.is_new THEN 'rescued' ELSE 'joined' END,
        said, NEW.staff_id, NEW.given_at;
    IF before.ticket_id IS NOT NULL THEN
      EXECUTE format('INSERT INTO %I.tickets_note (ticket_id, kind, author_name, body, field, old,
        new, written_at) VALUES ($1, ''event'', '''', '''', ''rescued'', '''', $2, $3)',
        TG_TABLE_SCHEMA) USING before.ticket_id, rescue.id::text, NEW.given_at;
    END IF;
    {DUE.format(kind="'rescue'", row="rescue.id")}
  END IF;
  {DUE.format(kind="'score'", row="NEW.id")}
  RETURN NULL;
END $$
"""

_ITEM = {
    "plan_id": "(SELECT p.id FROM public.desk_callbackplan p WHERE p.id = c.plan_id)",
    "questionnaire_id": "(SELECT q.id FROM public.desk_questionnaire q"
    " WHERE q.id = c.questionnaire_id)",
    "period": "c.period",
    "contact_id": "c.contact_id",
    "contact_name": "p.name",
    "role": "p.role",
    "language": "p.language",
    "time_zone": "p.time_zone",
    "phone": "p.phone",
    "ticket_id": "c.ticket_id",
    "number": "t.number",
    "subject": "coalesce(t.subject, '''')",
    "ticket_kind": "coalesce(t.kind, '''')",
    "channel": "coalesce(t.channel, '''')",
    "agent_id": "k.agent_id",
    "team_id": "k.team_id",
    "customer_plan_id": "k.customer_plan_id",
    "rescue_id": "k.rescue_id",
    "asked_at": "c.asked_at",
    "delivered_at": "CASE WHEN c.by <> ''mail'' THEN c.asked_at END",
}
"""What an item is given when somebody is asked, and keeps."""

_MOVES = {
    '"by"': "c.by",
    "expires_at": "c.expires_at",
    "reminded_at": "k.reminded_at",
    "voided_at": "c.voided_at",
    "void_reason": "k.void_reason",
    "answered_at": "c.answered_at",
    "said_by": "k.said_by",
    "words": "c.words",
    "is_low": "k.is_low",
    "is_machine": "k.is_machine",
    "confirmed_at": "k.confirmed_at",
    "call_at": "k.call_at",
    "outcome": "k.outcome",
    "caller_id": "k.caller_id",
    "talking_at": "(k.draft->>''at'')::timestamptz",
}
"""What follows the rows."""

_NAMES = ", ".join([*_ITEM, *_MOVES])
_VALUES = ", ".join([*_ITEM.values(), *_MOVES.values()])
_SET = ", ".join(f"{name} = excluded.{name}" for name in _MOVES)

# For INSERT and UPDATE of both tables; a callback without its calling is not shown yet. Scores are
# written anew where the answer is another.
ITEMS = f"""
CREATE FUNCTION sd.callback_items_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
  ids bigint[];
BEGIN
  {HOME};
  IF TG_TABLE_NAME = 'followups_callback' THEN
    SELECT array_agg(id) INTO ids FROM changed;
  ELSE
    SELECT array_agg(callback_id) INTO ids FROM changed;
  END IF;
  EXECUTE format('
    INSERT INTO public.desk_callbackitem AS i (customer_id, callback_id, {_NAMES})
    SELECT $1, c.id, {_VALUES}
    FROM %1$I.followups_callback c JOIN %1$I.followups_calling k ON k.callback_id = c.id
    JOIN %1$I.tickets_contact p ON p.id = c.contact_id
    LEFT JOIN %1$I.tickets_ticket t ON t.id = c.ticket_id
    WHERE c.id = ANY ($2)
    ON CONFLICT (customer_id, callback_id) DO UPDATE SET {_SET}', TG_TABLE_SCHEMA) USING home, ids;
  IF TG_TABLE_NAME <> 'followups_callback' THEN
    RETURN NULL;
  END IF;
  DELETE FROM public.desk_scoreitem s WHERE s.customer_id = home AND s.callback_id = ANY (ids);
  EXECUTE format('
    INSERT INTO public.desk_scoreitem (customer_id, callback_id, key, kind, value, is_low,
      is_about_product, answered_at, plan_id, agent_id, team_id, customer_plan_id, ticket_kind,
      channel)
    SELECT $1, c.id, s.key, coalesce(q.kind, j.kind, ''''), s.value::int,
      coalesce(s.value::int <= q.low_at, false), coalesce(q.is_about_product, false), c.answered_at,
      i.plan_id, i.agent_id, i.team_id, i.customer_plan_id, i.ticket_kind, i.channel
    FROM %1$I.followups_callback c
    JOIN public.desk_callbackitem i ON i.customer_id = $1 AND i.callback_id = c.id
    CROSS JOIN jsonb_each_text(c.scores) s
    LEFT JOIN public.desk_question q ON q.questionnaire_id = c.questionnaire_id AND q.key = s.key
    LEFT JOIN LATERAL (SELECT r.kind FROM jsonb_to_recordset(c.questions) r (key text, kind text)
      WHERE r.key = s.key) j ON true
    WHERE c.id = ANY ($2) AND c.answered_at IS NOT NULL', TG_TABLE_SCHEMA) USING home, ids;
  RETURN NULL;
END $$
"""

CONTACT = f"""
CREATE FUNCTION sd.callback_contact_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
BEGIN
  {HOME};
  UPDATE public.desk_callbackitem i SET contact_name = NEW.name, role = NEW.role,
    language = NEW.language, time_zone = NEW.time_zone, phone = NEW.phone
  WHERE i.customer_id = home AND i.contact_id = NEW.id;
  EXECUTE format('
    UPDATE public.desk_rescueitem i SET contact_name = $2
    FROM (SELECT DISTINCT ON (a.rescue_id) a.rescue_id, c.contact_id
      FROM %1$I.followups_rescueanswer a JOIN %1$I.followups_callback c ON c.id = a.callback_id
      ORDER BY a.rescue_id, a.id) f
    WHERE i.customer_id = $3 AND i.rescue_id = f.rescue_id AND f.contact_id = $1',
    TG_TABLE_SCHEMA) USING NEW.id, NEW.name, home;
  RETURN NULL;
END $$
"""

# For INSERT and UPDATE of rescues and of their answers. The first low answer gives the score.
RESCUES = f"""
CREATE FUNCTION sd.rescue_items_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
  ids bigint[];
BEGIN
  {HOME};
  IF TG_TABLE_NAME = 'followups_rescue' THEN
    SELECT array_agg(id) INTO ids FROM changed;
  ELSE
    SELECT array_agg(rescue_id) INTO ids FROM changed;
  END IF;
  EXECUTE format('
    INSERT INTO public.desk_rescueitem AS i (customer_id, rescue_id, ticket_id, number, subject,
      contact_name, score, top, joined, state, consultant_id, opened_at, named_at, due_at,
      contacted_at, asked_at, closed_at, cause_id)
    SELECT $1, r.id, r.ticket_id, t.number, coalesce(t.subject, ''''), coalesce(f.name, ''''),
      f.score, f.top, (SELECT count(*) FROM %1$I.followups_rescueanswer a WHERE a.rescue_id = r.id),
      r.state, r.consultant_id, r.opened_at, r.named_at, r.due_at, r.contacted_at, r.asked_at,
      r.closed_at, r.cause_id
    FROM %1$I.followups_rescue r LEFT JOIN %1$I.tickets_ticket t ON t.id = r.ticket_id
    LEFT JOIN LATERAL (
      SELECT p.name, s.value::int AS score, q.highest AS top
      FROM %1$I.followups_rescueanswer a JOIN %1$I.followups_answer w ON w.id = a.answer_id
      JOIN %1$I.followups_callback c ON c.id = a.callback_id
      JOIN %1$I.tickets_contact p ON p.id = c.contact_id
      LEFT JOIN jsonb_each_text(w.scores) s ON true
      LEFT JOIN public.desk_question q ON q.questionnaire_id = c.questionnaire_id AND q.key = s.key
      WHERE a.rescue_id = r.id
      ORDER BY a.id, s.value::int > q.low_at, q.position LIMIT 1) f ON true
    WHERE r.id = ANY ($2)
    ON CONFLICT (customer_id, rescue_id) DO UPDATE SET contact_name = excluded.contact_name,
      score = excluded.score, top = excluded.top, joined = excluded.joined, state = excluded.state,
      consultant_id = excluded.consultant_id, named_at = excluded.named_at,
      due_at = excluded.due_at, contacted_at = excluded.contacted_at, asked_at = excluded.asked_at,
      closed_at = excluded.closed_at, cause_id = excluded.cause_id', TG_TABLE_SCHEMA)
    USING home, ids;
  RETURN NULL;
END $$
"""

# What became of a callback's mail.
RECEIPT = f"""
CREATE FUNCTION sd.callback_receipt_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  said text := substring(NEW.last_error FROM '^not sent: (.*)$');
BEGIN
  UPDATE public.desk_callbackitem i SET
    delivered_at = CASE WHEN NEW.state = 'sent' AND said IS NULL THEN NEW.sent_at END,
    left_out = coalesce(left(said, 200), ''),
    dead_at = CASE WHEN NEW.state = 'dead' THEN clock_timestamp() END
  WHERE i.customer_id = NEW.customer_id AND i.callback_id = NEW.row::bigint;
  RETURN NULL;
END $$
"""
RECEIPTS = """
CREATE TRIGGER c_callback_receipt AFTER UPDATE OF state ON public.desk_outboxitem FOR EACH ROW
WHEN (NEW.kind = 'callback' AND NEW.state <> OLD.state AND NEW.state <> 'sending')
EXECUTE FUNCTION sd.callback_receipt_1()
"""

# As version 3; who was asked how a ticket went may say so, at a closed one as well.
ENTRY_BEFORE = f"""
CREATE FUNCTION sd.entry_before_4() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  ticket record;
  is_told boolean := false;
BEGIN
  IF {IS_CUSTOMER} AND (NEW.author_kind <> 'contact' OR NEW.staff_id IS NOT NULL
      OR NEW.kind NOT IN
        ('question', 'message', 'confirmed', 'withdrawn', 'works', 'fails', 'rated')) THEN
    RAISE EXCEPTION 'a customer''s login writes as its own people only'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE format('SELECT state, requester_id FROM %I.tickets_ticket WHERE id = $1 FOR NO KEY UPDATE',
    TG_TABLE_SCHEMA) INTO ticket USING NEW.ticket_id;
  IF NEW.kind IN ('works', 'fails') THEN
    EXECUTE format(
      'SELECT EXISTS (SELECT FROM %1$I.followups_noticeticket t JOIN %1$I.followups_notice n
         ON n.id = t.notice_id WHERE t.ticket_id = $1 AND n.contact_id = $2)', TG_TABLE_SCHEMA)
      INTO is_told USING NEW.ticket_id, NEW.contact_id;
  ELSIF NEW.kind = 'rated' THEN
    EXECUTE format(
      'SELECT EXISTS (SELECT FROM %I.followups_callback WHERE ticket_id = $1 AND contact_id = $2
         AND voided_at IS NULL)', TG_TABLE_SCHEMA)
      INTO is_told USING NEW.ticket_id, NEW.contact_id;
  END IF;
  IF NEW.author_kind = 'contact' AND ((ticket.state = 'closed' AND NOT is_told)
      OR (NEW.kind IN ('works', 'fails', 'rated') AND NOT is_told)
      OR (NEW.kind = 'confirmed' AND ticket.state <> 'resolved')
      OR (NEW.kind = 'withdrawn' AND ticket.requester_id <> NEW.contact_id)) THEN
    RAISE EXCEPTION 'a % ticket takes no % of this contact', ticket.state, NEW.kind
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""

# As version 4; who spoke last is neither the product itself nor who said how it went. What was
# withdrawn or dismissed stays closed, whatever somebody says of a release.
ENTRY_AFTER = f"""
CREATE FUNCTION sd.entry_after_5() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  ticket record;
  after text;
  is_dismissed boolean := false;
  side text := CASE WHEN NEW.author_kind = 'contact' THEN 'customer' ELSE 'us' END;
BEGIN
  EXECUTE format(
    'SELECT t.state, t.updated_at, h.last_side FROM %1$I.tickets_ticket t
     JOIN %1$I.tickets_handling h ON h.ticket_id = t.id WHERE t.id = $1', TG_TABLE_SCHEMA)
    INTO ticket USING NEW.ticket_id;
  after := ticket.state;
  IF NEW.kind = 'fails' AND ticket.state = 'closed' THEN
    EXECUTE format(
      'SELECT EXISTS (SELECT FROM %1$I.tickets_note d
         WHERE d.ticket_id = $1 AND d.field = ''dismissed'' AND NOT EXISTS (
           SELECT FROM %1$I.tickets_note s WHERE s.ticket_id = $1 AND s.seq > d.seq
             AND s.field = ''state'' AND s.new <> ''closed''))', TG_TABLE_SCHEMA)
      INTO is_dismissed USING NEW.ticket_id;
  END IF;
  IF NEW.author_kind = 'contact' THEN
    IF NEW.kind IN ('confirmed', 'withdrawn')
        OR (NEW.kind = 'works' AND ticket.state = 'resolved') THEN
      after := 'closed';
    ELSIF (NEW.kind = 'message' AND ticket.state IN ('waiting', 'resolved'))
        OR (NEW.kind = 'fails' AND ticket.state <> 'new' AND NOT is_dismissed) THEN
      after := 'open';
    END IF;
  END IF;
  IF after <> ticket.state OR ticket.updated_at < NEW.written_at THEN
    EXECUTE format(
      'UPDATE %I.tickets_ticket SET state = $2, updated_at = greatest(updated_at, $3),
         settled_at = CASE WHEN $2 = ''open'' AND $2 <> state THEN NULL
           WHEN $2 = ''closed'' THEN coalesce(settled_at, $3) ELSE settled_at END
       WHERE id = $1', TG_TABLE_SCHEMA) USING NEW.ticket_id, after, NEW.written_at;
  END IF;
  IF NEW.author_kind = 'contact' AND NEW.kind = 'withdrawn' THEN
    EXECUTE format(
      'INSERT INTO %I.tickets_note (ticket_id, kind, author_name, body, field, old, new, written_at)
       VALUES ($1, ''event'', $2, '''', ''dismissed'', '''', ''withdrawn'', $3)', TG_TABLE_SCHEMA)
      USING NEW.ticket_id, NEW.author_name, NEW.written_at;
  END IF;
  IF after <> ticket.state THEN
    EXECUTE format(
      'INSERT INTO %I.tickets_note (ticket_id, kind, author_name, body, field, old, new, written_at)
       VALUES ($1, ''event'', $2, '''', ''state'', $3, $4, $5)', TG_TABLE_SCHEMA)
      USING NEW.ticket_id, NEW.author_name, ticket.state, after, NEW.written_at;
  END IF;
  IF ticket.last_side <> side AND NEW.author_kind <> 'system' AND NEW.kind <> 'rated' THEN
    EXECUTE format('UPDATE %I.tickets_handling SET last_side = $2 WHERE ticket_id = $1',
      TG_TABLE_SCHEMA) USING NEW.ticket_id, side;
  END IF;
  PERFORM sd.ask_judge_1(TG_TABLE_SCHEMA, NEW.ticket_id);
  RETURN NULL;
END $$
"""

FUNCTIONS = {
    "resolved_1": RESOLVED,
    "answer_before_1": ANSWER_BEFORE,
    "answer_after_1": ANSWER_AFTER,
    "callback_items_1": ITEMS,
    "callback_contact_1": CONTACT,
    "rescue_items_1": RESCUES,
    "callback_receipt_1": RECEIPT,
    "entry_before_4": ENTRY_BEFORE,
    "entry_after_5": ENTRY_AFTER,
}


class Migration(migrations.Migration):
    dependencies = [("desk", "0020_callbacks"), ("product", "0006_staged_releases")]

    operations = [
        *(
            migrations.RunSQL([made], [f"DROP FUNCTION sd.{name}()"])
            for name, made in FUNCTIONS.items()
        ),
        migrations.RunSQL(
            [RECEIPTS], ["DROP TRIGGER c_callback_receipt ON public.desk_outboxitem"]
        ),
    ]
