"""The rows of a ticket's trail as its page reads them, by SQL written by hand.

As querysets with their people and files they cost more to put together than to fetch: a tenth of
the page.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from accounts.models import User
from tickets.models import Contact, Entry, Note


def _read(model: Any, *unread: str) -> tuple[str, ...]:
    """The model's columns in their order, but these and what only the chain asks for."""
    left_out = {"salt", "digest", "link", *unread}
    return tuple(one.attname for one in model._meta.concrete_fields if one.name not in left_out)


_ENTRY, _NOTE = _read(Entry), _read(Note)

_KEPT = """to_jsonb(ARRAY(SELECT jsonb_build_object('name', f.name, 'filename', f.filename,
  'size', f.size, 'width', f.width) FROM {table} f WHERE f.{home} = e.id ORDER BY f.id))"""
_NONE = "'[]'"

_ENTRIES = """
SELECT {columns}, c.role, u.role, {kept}
FROM tickets_entry e LEFT JOIN tickets_contact c ON c.id = e.contact_id
LEFT JOIN public.accounts_user u ON u.id = e.staff_id
WHERE e.ticket_id = %(ticket)s ORDER BY e.seq DESC LIMIT %(most)s
"""
_NOTES = """
SELECT {columns}, {kept} FROM tickets_note e
WHERE e.ticket_id = %(ticket)s ORDER BY e.seq DESC LIMIT %(most)s
"""


def newest_entries(ticket_id: int, *, most: int | None, with_files: bool) -> list[Entry]:
    """The last entries with the roles of who wrote them, newest first; all without `most`.

    Each has its files in `kept`, as mappings. The customer's schema is open.
    """
    kept = _KEPT.format(table="tickets_attachment", home="entry_id") if with_files else _NONE
    found = []
    for *values, role, staff_role, files in _rows(_ENTRIES, _ENTRY, kept, ticket_id, most):
        entry: Any = Entry.from_db("default", _ENTRY, values)
        # Set past the descriptors: nothing of these people is asked for but their roles.
        entry._state.fields_cache["contact"] = role and Contact.from_db(
            "default", ("id", "role"), (entry.contact_id, role)
        )
        entry._state.fields_cache["staff"] = staff_role and User.from_db(
            "default", ("id", "role"), (entry.staff_id, staff_role)
        )
        entry.kept = json.loads(files)
        found.append(entry)
    return found


def newest_notes(ticket_id: int, *, most: int | None, with_files: bool) -> list[Note]:
    """The last notes and events, newest first; all without `most`. Files as of entries."""
    kept = _KEPT.format(table="tickets_internalfile", home="note_id") if with_files else _NONE
    found = []
    for *values, files in _rows(_NOTES, _NOTE, kept, ticket_id, most):
        note: Any = Note.from_db("default", _NOTE, values)
        note.kept = json.loads(files)
        found.append(note)
    return found


def _rows(
    sql: str, names: tuple[str, ...], kept: str, ticket_id: int, most: int | None
) -> list[tuple[Any, ...]]:
    columns = ", ".join(f"e.{name}" for name in names)
    with connection.cursor() as cursor:
        asked = {"ticket": ticket_id, "most": most}
        cursor.execute(sql.format(columns=columns, kept=kept), asked)
        return list(cursor.fetchall())
