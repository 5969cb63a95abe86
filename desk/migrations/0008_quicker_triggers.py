"""What a new ticket and its first words cost: the second versions of two trigger functions.

Statements put together for a schema are planned at each call, so they are kept few and small: a
new ticket's row of the queue needs one look at its contact, not a join of four tables; and what
would change nothing is not written, because a trigger of a statement fires even for no row.
"""

from django.db import migrations

HEADER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

# The handling was made by the row's own trigger just before, with its table's defaults.
QUEUE_INSERT = f"""
CREATE FUNCTION sd.queue_insert_2() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home record;
  ticket record;
  asker text;
BEGIN
  SELECT id, is_vip INTO home FROM public.customers_customer WHERE schema_name = TG_TABLE_SCHEMA;
  FOR ticket IN SELECT * FROM changed LOOP
    EXECUTE format('SELECT name FROM %I.tickets_contact WHERE id = $1', TG_TABLE_SCHEMA)
      INTO asker USING ticket.requester_id;
    INSERT INTO public.desk_queueitem (customer_id, ticket_id, number, subject, kind, state,
      priority, is_vip, requester_name, owner_id, next_due_at, next_due_kind, due_since, is_judged,
      last_side, version, opened_at, updated_at, settled_at)
    VALUES (home.id, ticket.id, ticket.number, ticket.subject, ticket.kind, ticket.state, 'normal',
      home.is_vip, asker, NULL, NULL, '', NULL, false, 'customer', 1, ticket.opened_at,
      ticket.updated_at, ticket.settled_at)
    ON CONFLICT (customer_id, ticket_id) DO NOTHING;
  END LOOP;
  RETURN NULL;
END $$
"""

# The ticket's row is locked since sd.entry_before_1, so what is read here stays so.
ENTRY_AFTER = f"""
CREATE FUNCTION sd.entry_after_2() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
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
  IF NEW.author_kind = 'contact' AND NEW.kind = 'confirmed' THEN
    after := 'closed';
  ELSIF NEW.author_kind = 'contact' AND NEW.kind = 'message'
      AND ticket.state IN ('waiting', 'resolved') THEN
    after := 'open';
  END IF;
  IF after <> ticket.state OR ticket.updated_at < NEW.written_at THEN
    EXECUTE format(
      'UPDATE %I.tickets_ticket SET state = $2, updated_at = greatest(updated_at, $3),
         settled_at = CASE WHEN $2 = ''open'' AND $2 <> state THEN NULL ELSE settled_at END
       WHERE id = $1', TG_TABLE_SCHEMA) USING NEW.ticket_id, after, NEW.written_at;
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
    dependencies = [("desk", "0007_search_by_recency")]

    operations = [
        migrations.RunSQL([QUEUE_INSERT], ["DROP FUNCTION sd.queue_insert_2()"]),
        migrations.RunSQL([ENTRY_AFTER], ["DROP FUNCTION sd.entry_after_2()"]),
    ]
