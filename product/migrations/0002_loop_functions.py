"""What triggers of customers' schemas run to show reports and notices over all customers.

Besides: entries that answer a notice, receipts of the outbox, and what a portal may read of
releases. Functions are versioned and never changed in place; `tickets.0011_reports` and
`followups.0002_triggers` point triggers at them.
"""

from django.db import migrations

IS_CUSTOMER = "session_user::text ~ '_c[0-9]+$'"

HEADER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

APPEND_ONLY = [
    "CREATE TRIGGER a_append_only BEFORE UPDATE OR DELETE ON public.product_event"
    " FOR EACH ROW EXECUTE FUNCTION sd.append_only_1()",
    "CREATE TRIGGER a_append_only_all BEFORE TRUNCATE ON public.product_event"
    " FOR EACH STATEMENT EXECUTE FUNCTION sd.append_only_1()",
]

# Customers see the name and notes of what reaches them: no problem, no other customer, no count.
PORTAL = """
CREATE VIEW public.releases_portal WITH (security_barrier) AS
SELECT r.id, r.key, r.name, r.version, r.notes_en, r.notes_zh, r.live_at
FROM public.product_release r,
  (SELECT substring(session_user::text FROM '_c([0-9]+)$')::bigint AS id) me
WHERE r.live_at IS NOT NULL AND me.id IS NOT NULL
  AND (NOT EXISTS (SELECT FROM public.product_releasecustomer c WHERE c.release_id = r.id)
    OR EXISTS (SELECT FROM public.product_releasecustomer c
      WHERE c.release_id = r.id AND c.customer_id = me.id))
  AND NOT EXISTS (SELECT FROM public.product_exclusion e
    WHERE e.release_id = r.id AND e.customer_id = me.id AND e.contact_id IS NULL)
"""

ASKER = """customer_id, contact_id, name, role, language, time_zone, is_active, news_by_mail,
      quiet_from, quiet_until"""
ASKED = """c.name, c.role, c.language, c.time_zone, c.is_active, c.news_by_mail, c.quiet_from,
      c.quiet_until"""
_MUTABLE = [name.strip() for name in ASKER.split(",")][2:]
ASKER_SET = ", ".join(f"{name} = excluded.{name}" for name in _MUTABLE)

# For INSERT and DELETE; a report of a merged problem counts for the one that stands.
REPORTS = f"""
CREATE FUNCTION sd.report_items_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
BEGIN
  SELECT id INTO home FROM public.customers_customer WHERE schema_name = TG_TABLE_SCHEMA;
  IF TG_OP = 'DELETE' THEN
    EXECUTE format('
      DELETE FROM public.product_reportitem r USING changed w, public.product_problem p
      WHERE p.id = w.problem_id AND r.customer_id = $1 AND r.ticket_id = w.ticket_id
        AND r.problem_id = coalesce(p.merged_into_id, p.id) AND NOT EXISTS (
          SELECT FROM %I.tickets_report o JOIN public.product_problem q ON q.id = o.problem_id
          WHERE o.ticket_id = w.ticket_id
            AND coalesce(q.merged_into_id, q.id) = r.problem_id)', TG_TABLE_SCHEMA) USING home;
    RETURN NULL;
  END IF;
  EXECUTE format('
    INSERT INTO public.product_reportitem (customer_id, ticket_id, number, problem_id, contact_id,
      linked_at)
    SELECT $1, t.id, t.number, coalesce(p.merged_into_id, p.id), t.requester_id, w.linked_at
    FROM changed w JOIN %1$I.tickets_ticket t ON t.id = w.ticket_id
    JOIN public.product_problem p ON p.id = w.problem_id
    ON CONFLICT (customer_id, ticket_id, problem_id) DO NOTHING', TG_TABLE_SCHEMA) USING home;
  EXECUTE format('
    INSERT INTO public.product_asker ({ASKER})
    SELECT DISTINCT ON (c.id) $1, c.id, {ASKED}
    FROM changed w JOIN %1$I.tickets_ticket t ON t.id = w.ticket_id
    JOIN %1$I.tickets_contact c ON c.id = t.requester_id
    ORDER BY c.id
    ON CONFLICT (customer_id, contact_id) DO UPDATE SET {ASKER_SET}', TG_TABLE_SCHEMA) USING home;
  RETURN NULL;
END $$
"""

CONTACT = f"""
CREATE FUNCTION sd.asker_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
BEGIN
  UPDATE public.product_asker a SET name = NEW.name, role = NEW.role, language = NEW.language,
    time_zone = NEW.time_zone, is_active = NEW.is_active, news_by_mail = NEW.news_by_mail,
    quiet_from = NEW.quiet_from, quiet_until = NEW.quiet_until
  WHERE a.contact_id = NEW.id AND a.customer_id =
    (SELECT id FROM public.customers_customer WHERE schema_name = TG_TABLE_SCHEMA);
  RETURN NULL;
END $$
"""

# For INSERT and UPDATE. An answer that is new leaves a due row: the desk follows it.
NOTICES = f"""
CREATE FUNCTION sd.notice_items_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
BEGIN
  SELECT id INTO home FROM public.customers_customer WHERE schema_name = TG_TABLE_SCHEMA;
  INSERT INTO public.desk_due AS d (customer_id, kind, row_id, due_at, tries, last_error, asked)
  SELECT home, 'answer', w.id, clock_timestamp(), 0, '', 1
  FROM changed w JOIN public.product_noticeitem n ON n.customer_id = home AND n.notice_id = w.id
  WHERE w.answer <> '' AND n.answer <> w.answer
  ON CONFLICT (customer_id, kind, row_id) DO UPDATE
    SET asked = d.asked + 1, due_at = least(d.due_at, excluded.due_at), tries = 0;
  INSERT INTO public.product_noticeitem (release_id, customer_id, contact_id, notice_id, told_at,
    delivered_at, read_at, answer, answered_at, reminded_at, closed_at, is_bounced, left_out)
  SELECT w.release_id, home, w.contact_id, w.id, w.told_at,
    CASE WHEN NOT w.by_mail THEN w.told_at END, w.read_at, w.answer, w.answered_at, w.reminded_at,
    w.closed_at, false, ''
  FROM changed w
  ON CONFLICT (customer_id, notice_id) DO UPDATE SET read_at = excluded.read_at,
    answer = excluded.answer, answered_at = excluded.answered_at,
    reminded_at = excluded.reminded_at, closed_at = excluded.closed_at;
  RETURN NULL;
END $$
"""

# What became of a notice's mail. A refusal of the address itself is a bounce.
RECEIPT = f"""
CREATE FUNCTION sd.receipt_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  said text := substring(NEW.last_error FROM '^not sent: (.*)$');
BEGIN
  UPDATE public.product_noticeitem n SET
    delivered_at = CASE WHEN NEW.state = 'sent' AND said IS NULL THEN NEW.sent_at END,
    left_out = coalesce(left(said, 200), ''),
    dead_at = CASE WHEN NEW.state = 'dead' THEN clock_timestamp() END,
    is_bounced = NEW.state = 'dead' AND NEW.last_error ~ '^SMTPRecipientsRefused'
  WHERE n.customer_id = NEW.customer_id AND n.notice_id = NEW.row::bigint;
  RETURN NULL;
END $$
"""
RECEIPTS = """
CREATE TRIGGER c_receipt AFTER UPDATE OF state ON public.desk_outboxitem FOR EACH ROW
WHEN (NEW.kind = 'notice' AND NEW.state <> OLD.state AND NEW.state <> 'sending')
EXECUTE FUNCTION sd.receipt_1()
"""

# Who was told may say whether it works, at a closed ticket as well.
ENTRY_BEFORE = f"""
CREATE FUNCTION sd.entry_before_3() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  ticket record;
  is_told boolean := false;
BEGIN
  IF {IS_CUSTOMER} AND (NEW.author_kind <> 'contact' OR NEW.staff_id IS NOT NULL
      OR NEW.kind NOT IN ('question', 'message', 'confirmed', 'withdrawn', 'works', 'fails')) THEN
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
  END IF;
  IF NEW.author_kind = 'contact' AND ((ticket.state = 'closed' AND NOT is_told)
      OR (NEW.kind IN ('works', 'fails') AND NOT is_told)
      OR (NEW.kind = 'confirmed' AND ticket.state <> 'resolved')
      OR (NEW.kind = 'withdrawn' AND ticket.requester_id <> NEW.contact_id)) THEN
    RAISE EXCEPTION 'a % ticket takes no % of this contact', ticket.state, NEW.kind
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""

ENTRY_AFTER = f"""
CREATE FUNCTION sd.entry_after_4() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  ticket record;
  after text;
  side text := CASE WHEN NEW.author_kind = 'contact' THEN 'customer' ELSE 'us' END;
BEGIN
  EXECUTE format(
    'SELECT t.state, t.updated_at, h.last_side FROM %1$I.tickets_ticket t
     JOIN %1$I.tickets_handling h ON h.ticket_id = t.id WHERE t.id = $1', TG_TABLE_SCHEMA)
    INTO ticket USING NEW.ticket_id;
  after := ticket.state;
  IF NEW.author_kind = 'contact' THEN
    IF NEW.kind IN ('confirmed', 'withdrawn')
        OR (NEW.kind = 'works' AND ticket.state = 'resolved') THEN
      after := 'closed';
    ELSIF (NEW.kind = 'message' AND ticket.state IN ('waiting', 'resolved'))
        OR (NEW.kind = 'fails' AND ticket.state <> 'new') THEN
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
  IF ticket.last_side <> side THEN
    EXECUTE format('UPDATE %I.tickets_handling SET last_side = $2 WHERE ticket_id = $1',
      TG_TABLE_SCHEMA) USING NEW.ticket_id, side;
  END IF;
  PERFORM sd.ask_judge_1(TG_TABLE_SCHEMA, NEW.ticket_id);
  RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("product", "0001_initial"), ("desk", "0016_release_loop")]

    operations = [
        migrations.RunSQL([*APPEND_ONLY], migrations.RunSQL.noop),
        migrations.RunSQL([PORTAL], ["DROP VIEW public.releases_portal"]),
        migrations.RunSQL([REPORTS], ["DROP FUNCTION sd.report_items_1()"]),
        migrations.RunSQL([CONTACT], ["DROP FUNCTION sd.asker_1()"]),
        migrations.RunSQL([NOTICES], ["DROP FUNCTION sd.notice_items_1()"]),
        migrations.RunSQL([RECEIPT], ["DROP FUNCTION sd.receipt_1()"]),
        migrations.RunSQL([RECEIPTS], ["DROP TRIGGER c_receipt ON public.desk_outboxitem"]),
        migrations.RunSQL([ENTRY_BEFORE], ["DROP FUNCTION sd.entry_before_3()"]),
        migrations.RunSQL([ENTRY_AFTER], ["DROP FUNCTION sd.entry_after_4()"]),
    ]
