"""What triggers of customers' schemas run for time spent, visits and service reports: all shown.

Functions are versioned and never changed in place; `tickets.0015_time_triggers` and
`followups.0008_visit_triggers` point triggers at them.
"""

from django.db import migrations

IS_CUSTOMER = "session_user::text ~ '_c[0-9]+$'"

HEADER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

HOME = "SELECT id INTO home FROM public.customers_customer WHERE schema_name = TG_TABLE_SCHEMA"

# For INSERT and UPDATE; what was removed is shown no more.
TIMES = f"""
CREATE FUNCTION sd.time_items_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
BEGIN
  {HOME};
  INSERT INTO public.desk_timeitem AS i (customer_id, time_id, ticket_id, staff_id, role, minutes,
    spent_at, is_suggested)
  SELECT home, n.id, n.ticket_id, n.staff_id, n.role, n.minutes, n.spent_at, n.is_suggested
  FROM changed n WHERE n.removed_at IS NULL
  ON CONFLICT (customer_id, time_id) DO UPDATE SET staff_id = excluded.staff_id,
    role = excluded.role, minutes = excluded.minutes, spent_at = excluded.spent_at,
    is_suggested = excluded.is_suggested;
  DELETE FROM public.desk_timeitem i USING changed n
  WHERE i.customer_id = home AND i.time_id = n.id AND n.removed_at IS NOT NULL;
  RETURN NULL;
END $$
"""

VISITS = f"""
CREATE FUNCTION sd.visit_items_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
BEGIN
  {HOME};
  INSERT INTO public.desk_visititem AS i (customer_id, visit_id, kind, consultant_id, rhythm_id,
    due_on, held_at, called_off_at)
  SELECT home, n.id, n.kind, n.consultant_id, n.rhythm_id, n.due_on, n.held_at, n.called_off_at
  FROM changed n
  ON CONFLICT (customer_id, visit_id) DO UPDATE SET kind = excluded.kind,
    consultant_id = excluded.consultant_id, rhythm_id = excluded.rhythm_id,
    due_on = excluded.due_on, held_at = excluded.held_at, called_off_at = excluded.called_off_at;
  RETURN NULL;
END $$
"""

REPORTS = f"""
CREATE FUNCTION sd.report_drafts_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  home bigint;
BEGIN
  {HOME};
  INSERT INTO public.desk_servicereportitem AS i (customer_id, month, drafted_at, reviewed_at,
    published_at)
  SELECT home, n.month, n.drafted_at, n.reviewed_at, n.published_at FROM changed n
  ON CONFLICT (customer_id, month) DO UPDATE SET drafted_at = excluded.drafted_at,
    reviewed_at = excluded.reviewed_at, published_at = excluded.published_at;
  RETURN NULL;
END $$
"""

# A customer's login shares in the name of one of its people who is an owner or decides; and what
# was revoked stays so, for every login.
SHARES = f"""
CREATE FUNCTION sd.report_share_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
DECLARE
  may_share boolean := true;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
      RAISE EXCEPTION 'share % was revoked', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF {IS_CUSTOMER} THEN
    IF NEW.staff_id IS NOT NULL OR NEW.contact_id IS NULL THEN
      may_share := false;
    ELSE
      EXECUTE format('SELECT EXISTS (SELECT FROM %I.tickets_contact WHERE id = $1 AND is_active
        AND role IN (''owner'', ''decision_maker''))', TG_TABLE_SCHEMA)
        INTO may_share USING NEW.contact_id;
    END IF;
    IF NOT may_share THEN
      RAISE EXCEPTION 'a report is shared by an owner or decision maker'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  RETURN NEW;
END $$
"""

# Whoever was looked at may end it; a crossing is used once, and nothing comes back to life.
VIEWINGS = f"""
CREATE FUNCTION sd.viewing_1() RETURNS trigger LANGUAGE plpgsql {HEADER} AS $$
BEGIN
  IF OLD.used_at IS NOT NULL AND NEW.used_at IS DISTINCT FROM OLD.used_at
      OR OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at
      OR (NEW.contact_id, NEW.staff_id, NEW.staff_name, NEW.reason, NEW.began_at, NEW.expires_at)
        IS DISTINCT FROM (OLD.contact_id, OLD.staff_id, OLD.staff_name, OLD.reason, OLD.began_at,
          OLD.expires_at) THEN
    RAISE EXCEPTION 'a viewing is used and ended once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""

FUNCTIONS = {
    "time_items_1": TIMES,
    "visit_items_1": VISITS,
    "report_drafts_1": REPORTS,
    "report_share_1": SHARES,
    "viewing_1": VIEWINGS,
}


class Migration(migrations.Migration):
    dependencies = [("desk", "0026_work")]

    operations = [
        migrations.RunSQL(
            list(FUNCTIONS.values()), [f"DROP FUNCTION sd.{name}()" for name in FUNCTIONS]
        ),
    ]
