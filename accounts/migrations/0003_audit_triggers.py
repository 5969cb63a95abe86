"""The audit log is one gapless hash chain, and nobody changes it: the database sees to both.

The functions are versioned and never changed in place. `sd` is made here too, since this app's
migrations stand before those of the customers'.
"""

from django.db import migrations

SCHEMA = "CREATE SCHEMA IF NOT EXISTS sd"

LINK = """
CREATE FUNCTION sd.audit_link_1(head bytea, said jsonb, at timestamptz)
RETURNS bytea LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT sha256(head || convert_to(jsonb_build_array(
    said->'seq', said->'actor_id', said->'actor_name', said->'from_address', said->'action',
    said->'model', said->'row', said->'name', said->'customer_code', said->'changes',
    (extract(epoch FROM at) * 1000000)::bigint)::text, 'UTF8'))
$$
"""

# One writer at a time until its transaction ends (the lock's number is "audit" in ASCII): two
# events never take the same place, and none is ever seen before its predecessor.
CHAIN = """
CREATE FUNCTION sd.audit_chain_1() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  before public.accounts_auditevent;
BEGIN
  PERFORM pg_advisory_xact_lock(418447190388);
  SELECT * INTO before FROM public.accounts_auditevent ORDER BY seq DESC LIMIT 1;
  NEW.seq := coalesce(before.seq, 0) + 1;
  NEW.link := sd.audit_link_1(coalesce(before.link, ''), to_jsonb(NEW), NEW.at);
  RETURN NEW;
END $$
"""

GUARD = """
CREATE FUNCTION sd.audit_guard_1() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only: % refused', TG_OP
    USING ERRCODE = 'insufficient_privilege';
END $$
"""

TRIGGERS = """
CREATE TRIGGER a_append_only BEFORE UPDATE OR DELETE ON public.accounts_auditevent
FOR EACH ROW EXECUTE FUNCTION sd.audit_guard_1();
CREATE TRIGGER a_append_only_all BEFORE TRUNCATE ON public.accounts_auditevent
FOR EACH STATEMENT EXECUTE FUNCTION sd.audit_guard_1();
CREATE TRIGGER b_chain BEFORE INSERT ON public.accounts_auditevent
FOR EACH ROW EXECUTE FUNCTION sd.audit_chain_1();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_api_and_audit")]

    operations = [
        migrations.RunSQL([sql], migrations.RunSQL.noop)
        for sql in (SCHEMA, LINK, CHAIN, GUARD, TRIGGERS)
    ]
