-- Rows as the product would have written them, whole customers at a time.
--
-- Laid beside the product's tables in a schema of its own by tests/bench/laying.py, which fills the
-- pools and calls bench.fill() for each customer as a superuser with triggers off. Everything is
-- drawn by a hash of (customer, ticket, question), so every run lays the same.

CREATE SCHEMA bench;
CREATE TABLE bench.story (story text PRIMARY KEY, fate text, state text, last_side text,
  minute int, responded int, clock text, since int, judged int);
CREATE TABLE bench.fate (fate text PRIMARY KEY, stories text[]);
CREATE TABLE bench.line (story text, place int, minute int, is_entry bool, kind text, author text,
  says text, field text, old text, new text, PRIMARY KEY (story, place));
CREATE TABLE bench.body (language text, says text, i int, body text, lexemes text,
  vector tsvector, PRIMARY KEY (language, says, i));
CREATE TABLE bench.subject (language text, i int, subject text, lexemes text,
  PRIMARY KEY (language, i));
CREATE TABLE bench.person (i int PRIMARY KEY, name text, lexemes text);
CREATE TABLE bench.staff (i int PRIMARY KEY, id bigint, name text);
CREATE TABLE bench.clock (story text, kind text, seq int, start int, till int, till_seq int,
  stands text, target int, ends_its_span bool, PRIMARY KEY (story, kind, seq));
CREATE TABLE bench.lasts (clock text, slot int, due interval, soon interval, PRIMARY KEY (clock, slot));
CREATE TABLE bench.laid (fingerprint text, at timestamptz);

CREATE AGGREGATE bench.joined (tsvector) (sfunc = tsvector_concat, stype = tsvector, initcond = '');

CREATE FUNCTION bench.draw(k int, n int, question int, most int) RETURNS int
LANGUAGE sql IMMUTABLE AS
$$ SELECT ((hashint8extended(k * 1000000::bigint + n, question) & 2147483647) % most)::int $$;

-- The five minutes of the week, from Monday, in UTC: by them due times repeat.
CREATE FUNCTION bench.slot(at timestamptz) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT ((extract(epoch FROM at)::bigint - 345600) % 604800 / 300)::int
$$;

-- As Python's isoformat writes a moment of whole minutes.
CREATE FUNCTION bench.iso(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')
$$;

-- How a ticket of that age ends. Of 200 about 11 are live and 40 were settled in the last month.
CREATE FUNCTION bench.fate_of(age float8, chance int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN age < 0.15 THEN 'fresh'
    WHEN age < 3 AND chance < 100 THEN 'fresh'
    WHEN age < 3 AND chance < 600 THEN 'live'
    WHEN age < 3 THEN 'resolved'
    WHEN age < 30 AND chance < 30 THEN 'live'
    WHEN age < 30 AND chance < 330 THEN 'resolved'
    WHEN chance < 30 THEN 'resolved'
    ELSE 'closed' END
$$;

-- One customer: `k` counts customers from 1, `at` is when everything was laid, on the five minutes.
CREATE FUNCTION bench.fill(k int, customer bigint, code text, is_vip bool, zh bool, tickets int,
  policy bigint, terms bigint, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  home text := 'c_' || customer;
  spoken text := CASE WHEN zh THEN 'zh' ELSE 'en' END;
  agents int := (SELECT count(*) FROM bench.staff);
  people int := (SELECT count(*) FROM bench.person);
  titles int := (SELECT count(*) FROM bench.subject WHERE language = spoken);
BEGIN
  PERFORM set_config('search_path', home || ', public, bench', true);

  INSERT INTO tickets_contact (email, name, role, phone, language, time_zone, theme, is_active,
    created_at)
  SELECT 'person' || w || '@' || code || '.test', p.name,
    (ARRAY['owner', 'decision_maker', 'executor', 'executor', 'user', 'user', 'user', 'user'])[w],
    '', CASE WHEN zh THEN 'zh-hans' ELSE 'en' END, 'UTC', '', true, at - interval '500 days'
  FROM generate_series(1, 8) w JOIN bench.person p ON p.i = (k * 7 + w * 5) % people ORDER BY w;

  CREATE TEMP TABLE t ON COMMIT DROP AS
  SELECT drawn.*, s.*, h.subject, h.lexemes,
    1 + bench.draw(k, n, 4, 8) AS requester, a.id AS owner, a.name AS owner_name
  FROM (
    SELECT n, at - make_interval(mins => 5 * round(288 * 400 *
        ((tickets - n + 0.5 + bench.draw(k, n, 1, 100) / 250.0) / tickets) ^ 2)::int) AS opened,
      400 * ((tickets - n + 0.5) / tickets) ^ 2 AS age
    FROM generate_series(1, tickets) n) drawn
  CROSS JOIN LATERAL (SELECT CASE WHEN n = tickets - 30 THEN 'long' WHEN n = tickets - 31 THEN 'five'
    ELSE bench.fate_of(drawn.age, bench.draw(k, n, 2, 1000)) END AS chosen) c
  JOIN bench.fate f ON f.fate = c.chosen
  JOIN bench.story s
    ON s.story = f.stories[1 + bench.draw(k, n, 3, array_length(f.stories, 1))]
  JOIN bench.subject h ON h.language = spoken AND h.i = bench.draw(k, n, 5, titles)
  JOIN bench.staff a ON a.i = bench.draw(k, n, 6, agents);

  INSERT INTO tickets_ticket (id, number, subject, kind, state, channel, requester_id, opened_at,
    updated_at, settled_at)
  SELECT n, n, subject, (ARRAY['question', 'fault', 'request', 'complaint'])
      [1 + bench.draw(k, n, 7, 4)], state,
    (ARRAY['portal', 'portal', 'mail', 'api'])[1 + bench.draw(k, n, 8, 4)], requester, opened,
    opened + make_interval(mins => minute), CASE WHEN state IN ('resolved', 'closed') THEN
      opened + make_interval(mins => minute) END
  FROM t ORDER BY n;

  INSERT INTO tickets_handling (ticket_id, owner_id, policy_id, terms_id, first_terms_id, priority,
    last_side, first_due_at, first_responded_at, next_due_at, next_due_kind, due_since, judged_at,
    judged_seq)
  SELECT n, owner, policy, terms, terms,
    (ARRAY['low', 'normal', 'normal', 'normal', 'high', 'urgent'])[1 + bench.draw(k, n, 9, 6)],
    last_side, opened + f.due, opened + make_interval(mins => responded), w.since + d.due,
    coalesce(d.clock, ''), CASE WHEN d.clock IS NOT NULL THEN w.since END,
    opened + interval '1 second', judged
  FROM t x
  CROSS JOIN LATERAL (SELECT x.opened + make_interval(mins => x.since) AS since) w
  JOIN bench.lasts f ON f.clock = 'first_response' AND f.slot = bench.slot(x.opened)
  LEFT JOIN bench.lasts d ON d.clock = x.clock AND d.slot = bench.slot(w.since);

  INSERT INTO tickets_clock (ticket_id, kind, seq, started_at, target, due_at, soon_at, stands,
    ended_at, reason, is_provisional, spans, log, staff_id)
  SELECT x.n, c.kind, c.seq, w.since, c.target, w.since + d.due, w.since + d.soon, c.stands, w.till,
    '', false,
    jsonb_build_array(jsonb_build_array(bench.iso(w.since),
      CASE WHEN c.ends_its_span THEN bench.iso(w.till) END)),
    jsonb_build_array(jsonb_build_array(bench.iso(w.since), 'started', c.seq,
        bench.iso(w.since + d.due)))
      || CASE WHEN w.till IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(
        jsonb_build_array(bench.iso(w.till), 'met', c.till_seq, NULL)) END,
    CASE WHEN w.till IS NOT NULL THEN x.owner END
  FROM t x JOIN bench.clock c USING (story)
  CROSS JOIN LATERAL (SELECT x.opened + make_interval(mins => c.start) AS since,
    x.opened + make_interval(mins => c.till) AS till) w
  JOIN bench.lasts d ON d.clock = c.kind AND d.slot = bench.slot(w.since)
  ORDER BY x.n, c.seq;
  INSERT INTO public.desk_clockitem (customer_id, ticket_id, kind, seq, started_at, target, due_at,
    soon_at, stands, ended_at, reason, is_provisional, spans, staff_id)
  SELECT customer, ticket_id, kind, seq, started_at, target, due_at, soon_at, stands, ended_at,
    reason, is_provisional, spans, staff_id
  FROM tickets_clock ORDER BY id;

  CREATE TEMP TABLE x ON COMMIT DROP AS
  SELECT t.n, l.place, l.is_entry, l.kind, l.says, l.field, l.old,
    CASE WHEN l.new = 'owner' THEN t.owner_name ELSE l.new END AS new,
    CASE l.author WHEN 'contact' THEN p.name WHEN 'staff' THEN t.owner_name ELSE '' END AS author,
    l.author AS author_kind, CASE WHEN l.author = 'contact' THEN t.requester END AS contact,
    CASE WHEN l.author = 'staff' THEN t.owner END AS staff,
    t.opened + make_interval(mins => l.minute) AS at, coalesce(b.body, '') AS body, b.vector,
    uuid_send(gen_random_uuid()) AS salt,
    row_number() OVER (PARTITION BY l.is_entry ORDER BY t.opened + make_interval(mins => l.minute),
      t.n, l.place) AS id
  FROM t JOIN bench.line l USING (story) JOIN tickets_contact p ON p.id = t.requester
  LEFT JOIN bench.body b ON b.language = spoken AND b.says = CASE
      WHEN l.says = 'question' AND k <= 3 AND t.n = 40 + 10 * k THEN 'rare' ELSE l.says END
    AND b.i = CASE WHEN l.says IN ('holding') OR k <= 3 AND t.n = 40 + 10 * k
      AND l.says = 'question' THEN 0 ELSE bench.draw(k, t.n, 100 + l.place, 40) END;
  ANALYZE x;

  CREATE TEMP TABLE chain ON COMMIT DROP AS
  WITH RECURSIVE linked AS (
    SELECT n, 0 AS place, ''::bytea AS digest, '\x00'::bytea AS link FROM t
    UNION ALL
    SELECT x.n, x.place, x.digest, sd.link_1(linked.link,
      CASE WHEN is_entry THEN 'tickets_entry' ELSE 'tickets_note' END,
      CASE WHEN is_entry THEN jsonb_build_object('ticket_id', x.n, 'seq', x.place, 'kind', kind,
          'author_kind', author_kind, 'author_name', author, 'contact_id', contact,
          'staff_id', staff, 'corrects_id', NULL)
        ELSE jsonb_build_object('ticket_id', x.n, 'seq', x.place, 'kind', kind, 'author_name',
          author, 'staff_id', staff, 'field', field, 'old', old, 'new', new) END,
      x.at, x.digest)
    FROM linked JOIN (SELECT *, sha256(salt || convert_to(body, 'UTF8')) AS digest FROM x) x ON x.n = linked.n AND x.place = linked.place + 1)
  SELECT * FROM linked WHERE place > 0;

  INSERT INTO tickets_entry (id, seq, salt, digest, link, kind, author_kind, author_name, body,
    written_at, contact_id, staff_id, ticket_id)
  SELECT id, place, salt, digest, link, kind, author_kind, author, body, x.at, contact, staff, n
  FROM x JOIN chain USING (n, place) WHERE is_entry ORDER BY id;
  INSERT INTO tickets_note (id, seq, salt, digest, link, kind, author_name, body, field, old, new,
    written_at, staff_id, ticket_id)
  SELECT id, place, salt, digest, link, kind, author, body, field, old, new, x.at, staff, n
  FROM x JOIN chain USING (n, place) WHERE NOT is_entry ORDER BY id;
  INSERT INTO tickets_pending (kind, author_id, author_name, body, then_state, written_at, send_at,
    sent_at, entry_id, ticket_id)
  SELECT kind, staff, author, body, 'waiting', x.at - interval '10 seconds', x.at, x.at, id, n
  FROM x WHERE is_entry AND kind IN ('reply', 'holding') ORDER BY id;
  INSERT INTO tickets_head (ticket_id, seq, head)
  SELECT DISTINCT ON (n) n, place, link FROM chain ORDER BY n, place DESC;
  INSERT INTO tickets_counter (id, last_number) VALUES (1, tickets);

  INSERT INTO public.desk_queueitem (customer_id, ticket_id, number, subject, kind, state, priority,
    is_vip, requester_name, owner_id, next_due_at, next_due_kind, due_since, is_judged, last_side,
    version, opened_at, updated_at, settled_at)
  SELECT customer, t.id, t.number, t.subject, t.kind, t.state, h.priority, fill.is_vip, p.name,
    h.owner_id, h.next_due_at, h.next_due_kind, h.due_since, true, h.last_side, h.judged_seq,
    t.opened_at, t.updated_at, t.settled_at
  FROM tickets_ticket t JOIN tickets_handling h ON h.ticket_id = t.id
  JOIN tickets_contact p ON p.id = t.requester_id
  WHERE t.settled_at IS NULL OR t.settled_at >= at - interval '30 days';

  INSERT INTO public.desk_searchdocument (customer_id, ticket_id, number, subject, kind, state,
    lexemes, version, updated_at)
  SELECT customer, q.id, q.number, q.subject, q.kind, q.state,
    to_tsvector('simple', concat_ws(' ', t.lexemes, p.lexemes, code || q.number, code, q.number))
      || said.vector, 1, q.updated_at
  FROM tickets_ticket q JOIN t ON t.n = q.id JOIN tickets_contact c ON c.id = q.requester_id
  JOIN bench.person p ON p.name = c.name
  JOIN (SELECT n, bench.joined(vector ORDER BY is_entry DESC, place) AS vector
    FROM x WHERE vector IS NOT NULL GROUP BY n) said ON said.n = q.id
  ORDER BY q.id;

  PERFORM setval(pg_get_serial_sequence(format('%I.%I', home, name), 'id'), most, true)
  FROM (VALUES ('tickets_ticket', tickets::bigint),
    ('tickets_entry', (SELECT max(id) FROM x WHERE is_entry)),
    ('tickets_note', (SELECT max(id) FROM x WHERE NOT is_entry))) last (name, most);
  DROP TABLE t, x, chain;
END $$;
