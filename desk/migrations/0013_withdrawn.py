"""What a contact withdraws: the ticket ends without an answer, and the clock is told why.

New versions of two functions; `tickets.0010_withdrawn` points the triggers at them.
"""

from django.db import migrations

IS_CUSTOMER = "session_user::text ~ '_c[0-9]+$'"

HEADER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

# Only who asked may withdraw it, whoever else of the company may read it.
ENTRY_BEFORE = f"""
CREATE FUNCTION sd.entry_before_2() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  ticket record;
BEGIN
  IF {IS_CUSTOMER} AND (NEW.author_kind <> 'contact' OR NEW.staff_id IS NOT NULL
      OR NEW.kind NOT IN ('question', 'message', 'confirmed', 'withdrawn')) THEN
    RAISE EXCEPTION 'a customer''s login writes as its own people only'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE format('SELECT state, requester_id FROM %I.tickets_ticket WHERE id = $1 FOR NO KEY UPDATE',
    TG_TABLE_SCHEMA) INTO ticket USING NEW.ticket_id;
  IF NEW.author_kind = 'contact' AND (ticket.state = 'closed'
      OR (NEW.kind = 'confirmed' AND ticket.state <> 'resolved')
      OR (NEW.kind = 'withdrawn' AND ticket.requester_id <> NEW.contact_id)) THEN
    RAISE EXCEPTION 'a % ticket takes no % of this contact', ticket.state, NEW.kind
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""

# What ends the clocks stands before the state it ends in, as where we dismiss a ticket ourselves.
ENTRY_AFTER = f"""
CREATE FUNCTION sd.entry_after_3() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
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
  IF NEW.author_kind = 'contact' AND NEW.kind IN ('confirmed', 'withdrawn') THEN
    after := 'closed';
  ELSIF NEW.author_kind = 'contact' AND NEW.kind = 'message'
      AND ticket.state IN ('waiting', 'resolved') THEN
    after := 'open';
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
    dependencies = [("desk", "0012_absence")]

    operations = [
        migrations.RunSQL([ENTRY_BEFORE], ["DROP FUNCTION sd.entry_before_2()"]),
        migrations.RunSQL([ENTRY_AFTER], ["DROP FUNCTION sd.entry_after_3()"]),
    ]
