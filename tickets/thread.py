"""A ticket's trail as staff read it: entries and notes in one order, the last ones first loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, prefetch_related_objects
from django.db.models.functions import JSONObject
from django.utils import timezone

from accounts.models import User
from accounts.policy import ROLE_NAMES, Role
from desk.models import Terms
from desk.words import DueKind, State
from tickets import event_words, html
from tickets.mail_told import Told
from tickets.models import Attachment, Clock, Contact, Entry, InternalFile, Note, Pending, Ticket
from tickets.models.trail import AuthorKind
from tickets.surroundings import Surroundings
from tickets.trail_rows import newest_entries, newest_notes

LAST = 30
"""How many lines are loaded at first: a ticket of 2,000 messages opens as quickly as a new one."""

_SHOWN = ("name", "filename", "size", "width")
_CORRECTABLE = (Entry.Kind.REPLY, Entry.Kind.HOLDING)


@dataclass
class Line:
    """One line of the thread. `kind`: day, message, note, event or pending."""

    kind: str
    at: datetime
    seq: int = 0
    anchor: str = ""
    name: str = ""
    author_kind: str = ""
    role: Any = ""
    body: str = ""
    """HTML, made safe to show."""
    mark: Any = ""
    icon: str = ""
    words: str = ""
    files: Iterable[Any] = ()
    is_fresh: bool = False
    corrects: Entry | None = None
    corrected_by: Entry | None = None
    may_correct: bool = False
    after: Any = ""
    """Where the ticket stood after it, when that changed with it."""
    promised: datetime | None = None
    """The time that came with it, and the one that it replaces."""
    instead_of: datetime | None = None
    mail: Any = None
    """How it came by mail; `sent`: where the mails about it are."""
    sent: Any = None
    row: Any = None


@dataclass(frozen=True)
class Thread:
    """The lines shown, how many earlier ones there are, and the last place of the trail."""

    lines: list[Line] = field(default_factory=list)
    earlier: int = 0
    last_seq: int = 0
    entries: list[Entry] = field(default_factory=list)
    """What was said in these lines, in its order."""


def thread(
    *,
    ticket: Ticket,
    reader: User,
    whole: bool = False,
    seen_seq: int | None = None,
    around: Surroundings | None = None,
    mail: Told | None = None,
) -> Thread:
    """Read a ticket's trail: the last `LAST` lines, or all. Three queries, however long it is.

    `mail` tells which lines came by mail, and where the mails about them are. What came after
    `seen_seq` is marked as fresh. Replies waiting to go stand at the end; they and the files are
    not asked for when what is `around` the ticket says that there are none.
    """
    asked: dict[str, Any] = {
        "most": None if whole else LAST,
        "with_files": around is None or around.has_files,
    }
    rows: list[Entry | Note] = sorted(
        [*newest_entries(ticket.pk, **asked), *newest_notes(ticket.pk, **asked)],
        key=lambda row: row.seq,
    )
    if not whole:
        rows = rows[-LAST:]
    corrections: dict[int | None, Entry] = {
        row.corrects_id: row for row in rows if isinstance(row, Entry) and row.corrects_id
    }
    if corrections:
        prefetch_related_objects([*corrections.values()], "corrects")
    lines = [_line(row, reader, corrections, seen_seq) for row in rows]
    mail = mail or Told()
    for row, line in zip(rows, lines, strict=True):
        line.mail, line.sent = mail.mail(row), mail.delivery(row)
    _say_terms(rows, lines, around.clocks if around else ())
    lines = _folded(rows, lines)
    if around is None or around.waits:
        waiting = Pending.objects.waiting().filter(ticket=ticket).order_by("pk")
        kept = _files_of_pending()
        lines += [_pending(pending) for pending in waiting.annotate(kept=kept)]
    first = rows[0].seq if rows else 1
    return Thread(
        lines=list(_with_days(lines)),
        earlier=first - 1,
        last_seq=rows[-1].seq if rows else 0,
        entries=[row for row in rows if isinstance(row, Entry)],
    )


def _files_of_pending() -> ArraySubquery:
    """What a line shows of its files, together with it: most lines have none."""
    files = InternalFile.objects.filter(pending=OuterRef("pk")).order_by("pk")
    return ArraySubquery(files.values(shown=JSONObject(**{name: name for name in _SHOWN})))


def _kept(row: Any, model: type[Attachment | InternalFile]) -> list[Any]:
    return [model(**facts) for facts in getattr(row, "kept", ())]


def _line(
    row: Entry | Note, reader: User, corrections: dict[int | None, Entry], seen_seq: int | None
) -> Line:
    line = _of_note(row) if isinstance(row, Note) else _of_entry(row, reader, corrections)
    line.is_fresh = seen_seq is not None and row.seq > seen_seq
    return line


def _folded(rows: list[Entry | Note], lines: list[Line]) -> list[Line]:
    """Tell what came with an entry in its line: a change of state, a promise."""
    kept: list[Line] = []
    said: tuple[datetime, Line] | None = None
    for row, line in zip(rows, lines, strict=True):
        if isinstance(row, Entry):
            said = row.written_at, line
        elif said is None or said[0] != row.written_at:
            said = None
        elif _is_told(row, said[1]):
            continue
        kept.append(line)
    return kept


def _is_told(note: Note, line: Line) -> bool:
    """Put the event into the line of its entry; False when it must have a line of its own."""
    if note.kind != Note.Kind.EVENT:
        return False
    if note.field == "state" and note.new in State.values:
        line.after = State(note.new).label
        return True
    if note.field == "promise" and line.kind == "message":
        line.promised = event_words.time_of(note.new)
        line.instead_of = event_words.time_of(note.old)
    return line.promised is not None and note.field == "promise"


def _say_terms(rows: list[Entry | Note], lines: list[Line], clocks: Sequence[Clock]) -> None:
    """Put changes of terms into words, with when the clocks were due from then on."""
    changes = {row.seq: row for row in rows if isinstance(row, Note) and row.field == "terms"}
    if not changes:
        return
    asked = {int(pk) for row in changes.values() for pk in (row.old, row.new) if pk}
    book = Terms.objects.in_bulk(asked)
    for line in lines:
        if row := changes.get(line.seq):
            words = event_words.change_of_terms(
                *(book.get(int(pk or 0)) for pk in (row.old, row.new))
            )
            line.words = event_words.with_due(words, dict(_due_since(row.seq, clocks)))


def _due_since(seq: int, clocks: Sequence[Clock]) -> Iterator[tuple[Any, datetime]]:
    """When each clock that was given a new target at this place was due by it."""
    for clock in clocks:
        marks = [mark for mark in clock.log if mark[1] == "retargeted"]
        places = [place for place, mark in enumerate(marks) if mark[2] == seq]
        if not places:
            continue
        later = marks[places[-1] + 1 :]
        due_at = event_words.time_of(later[0][3] or "") if later else clock.due_at
        if due_at:
            yield DueKind(clock.kind).label, due_at


def _of_note(note: Note) -> Line:
    if note.kind == Note.Kind.EVENT:
        return Line(
            kind="event",
            at=note.written_at,
            seq=note.seq,
            icon=event_words.icon(note),
            words=event_words.sentence(note),
        )
    return Line(
        kind="note",
        at=note.written_at,
        seq=note.seq,
        anchor=f"note-{note.pk}",
        name=note.author_name,
        body=html.shown(note.body),
        files=_kept(note, InternalFile),
    )


def _of_entry(entry: Entry, reader: User, corrections: dict[int | None, Entry]) -> Line:
    if event_words.is_silent(entry):
        return Line(
            kind="event",
            at=entry.written_at,
            seq=entry.seq,
            icon=event_words.deed_icon(entry),
            words=event_words.deed(entry),
        )
    corrected_by = corrections.get(entry.pk)
    return Line(
        kind="message",
        at=entry.written_at,
        seq=entry.seq,
        anchor=f"entry-{entry.pk}",
        name=entry.author_name,
        author_kind=entry.author_kind,
        role=_role(entry),
        body=html.shown(entry.body),
        mark=_mark(entry),
        files=_kept(entry, Attachment),
        corrects=entry.corrects if entry.corrects_id else None,
        corrected_by=corrected_by,
        may_correct=_may_correct(entry, reader) and corrected_by is None,
        row=entry,
    )


def _role(entry: Entry) -> Any:
    if entry.contact is not None:
        return Contact.Role(entry.contact.role).label
    return ROLE_NAMES[Role(entry.staff.role)] if entry.staff else ""


def _mark(entry: Entry) -> Any:
    plain = (Entry.Kind.QUESTION, Entry.Kind.MESSAGE, Entry.Kind.REPLY)
    return "" if entry.kind in plain else entry.get_kind_display()


def _may_correct(entry: Entry, reader: User) -> bool:
    is_own = entry.author_kind == AuthorKind.STAFF and entry.staff_id == reader.pk
    return is_own and entry.kind in _CORRECTABLE


def _pending(pending: Pending) -> Line:
    return Line(
        kind="pending",
        at=pending.send_at,
        anchor=f"pending-{pending.pk}",
        name=pending.author_name,
        author_kind="staff",
        body=html.shown(pending.body),
        mark=pending.get_kind_display(),
        files=_kept(pending, InternalFile),
        row=pending,
    )


def _with_days(lines: Iterable[Line]) -> Iterable[Line]:
    """Put a line before the first of each day, by the reader's zone."""
    day: date | None = None
    for line in lines:
        its_day = timezone.localtime(line.at).date()
        if line.kind != "pending" and its_day != day:
            day = its_day
            yield Line(kind="day", at=line.at)
        yield line
