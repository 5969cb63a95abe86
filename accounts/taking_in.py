"""Taking rows in from CSV: line by line what would be added, changed or refused; then all or none.

The trial is the thing itself, taken back: each line goes through the form of its page and is
written, so that what the trial says is what happens. What was read stays in the page's own field: a
wrong line is mended there, and no file is sent twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from accounts import csv_tables, words
from accounts.audited import AuditedAdmin
from accounts.audited_forms import SEEN
from accounts.cells import Pointers, sendable, value
from accounts.csv_tables import MOST_BYTES, BadTable, Cells
from accounts.foreseeing import Change
from accounts.listed import Row, page_action
from accounts.models import User
from accounts.operations.auditing import Changes, Facts, changes_between, fingerprint


@dataclass(frozen=True)
class Wrong:
    """Why a line is refused: in which column, and what to do."""

    column: str
    says: str


@dataclass(frozen=True)
class Line:
    """What becomes of one line of the file."""

    number: int
    key: str
    does: str
    changes: Changes
    wrong: tuple[Wrong, ...] = ()
    model: str = ""
    typed: tuple[tuple[str, str], ...] = ()
    """Column and cell, as the file has them."""
    will: tuple[str, ...] = ()
    """What else would follow, as the page of the row says before it is saved."""

    @property
    def said(self) -> list[tuple[str, str, str]]:
        """Field, old, new, in the reader's words."""
        return list(words.said(self.model, self.changes))


class Tried(Exception):
    """Taken back: it was a trial, or a line was refused."""


class TableForm(forms.Form):
    """A file, or its text; the text stays, whatever is wrong with it."""

    file = forms.FileField(
        label=gettext_lazy("File"), required=False, widget=UnfoldAdminFileFieldWidget
    )
    text = forms.CharField(
        label=gettext_lazy("Or its text"),
        required=False,
        max_length=MOST_BYTES,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "spellcheck": "false"}),
    )

    def read(self) -> str:
        """What was sent, the file before the text. Raises BadTable."""
        file = self.cleaned_data.get("file")
        if file is None:
            return str(self.cleaned_data.get("text") or "")
        if file.size > MOST_BYTES:
            raise BadTable(_("The file is larger than 1 MiB: send it in parts."))
        return csv_tables.text_of(file.read())


class TakingInAdmin(AuditedAdmin):
    """An audited list that can be filled and mended from a file."""

    columns: ClassVar[Sequence[str]] = ()
    key: ClassVar[str] = ""
    only_shown: ClassVar[frozenset[str]] = frozenset()
    """Columns that the file has to be read by people; they are changed elsewhere."""
    defaults: ClassVar[dict[str, Any]] = {}
    """What a new row gets where the file says nothing, beside the model's own."""
    actions_list: ClassVar[Sequence[str]] = ("as_csv", "take_in")

    def pointers(self, request: HttpRequest) -> Pointers:
        """What cells that name other rows may say."""
        raise NotImplementedError  # abstract: beside a ModelAdmin's metaclass there is no ABC

    def said_of(self, row: Any, column: str) -> str:
        """A column of a stored row as the file has it."""
        raise NotImplementedError  # abstract: beside a ModelAdmin's metaclass there is no ABC

    # --- Out -------------------------------------------------------------------------------------

    def csv_rows(self, request: HttpRequest, rows: Any) -> Iterator[Row]:
        """The file that can be taken in again."""
        yield tuple(self.columns)
        for row in rows:
            yield tuple(self.said_of(row, column) for column in self.columns)

    # --- In --------------------------------------------------------------------------------------

    @page_action(description=gettext_lazy("Import"), icon="upload", url_path="import")
    def take_in(self, request: HttpRequest) -> HttpResponse:
        """Read the file, say what each line would do, and do it when that was looked at."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        form, lines, problem = TableForm(request.POST or None, request.FILES or None), [], ""
        if request.method == "POST" and form.is_valid():
            try:
                text = form.read()
                form = TableForm(initial={"text": text})
                table = csv_tables.read(text, columns=self.columns, key=self.key)
                lines = self._lines(request, table)
            except BadTable as wrong:
                problem = str(wrong)
        done = [line for line in lines if line.does in ("added", "changed")]
        if getattr(request, "was_taken_in", False):
            self.message_user(request, _taken_in(done))
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return self._page(request, form=form, lines=lines, problem=problem)

    def _page(self, request: HttpRequest, *, lines: list[Line], **shown: Any) -> HttpResponse:
        counts = Counter(line.does for line in lines)
        context = {
            **self.admin_site.each_context(request),
            **shown,
            "title": _("Import: %(what)s") % {"what": self.opts.verbose_name_plural},
            "opts": self.opts,
            "columns": self.columns,
            "key": self.key,
            "lines": [line for line in lines if line.does != "same"][:500],
            "counts": {name: counts[name] for name in ("added", "changed", "same", "refused")},
            "was_read": bool(lines),
            "agreed": _agreed(lines),
            "may_go": bool(lines) and not counts["refused"] and counts["same"] < len(lines),
        }
        return TemplateResponse(request, "admin/take_in.html", context)

    def _lines(self, request: HttpRequest, table: Sequence[Cells]) -> list[Line]:
        """What each line does. Written when that was shown before, and nothing is refused."""
        lines: list[Line] = []
        try:
            with transaction.atomic():
                pointers, seen = self.pointers(request), set[str]()
                for cells in table:
                    lines.append(self._line(request, cells, pointers, seen))
                refused = any(line.does == "refused" for line in lines)
                if refused or request.POST.get("agreed") != _agreed(lines):
                    raise Tried
                self._write_down(request, lines)
        except Tried:
            return lines
        cast(Any, request).was_taken_in = True
        return lines

    def _write_down(self, request: HttpRequest, lines: Sequence[Line]) -> None:
        """One event for each row, last: from here on others wait for the log."""
        for line in lines:
            if line.does in ("added", "changed"):
                row = self.model._default_manager.get(**{self.key: line.key})
                self.note(request, row, line.does, line.changes)

    def _line(self, request: HttpRequest, cells: Cells, pointers: Pointers, seen: set[str]) -> Line:
        key = cells.said[self.key].lower()
        row = self.get_queryset(request).filter(**{self.key: key}).first()
        wrong = [*self._refused(cells, key, row, seen)]
        if not wrong:
            fields = [name for name in self.columns if name not in self.only_shown]
            made = self.get_form(request, row, change=row is not None, fields=fields)
            typed, wrong = self._typed(made, cells, row, pointers)
            form = made({**self._start(made, row), **typed}, instance=row or self.model())
            wrong += [] if wrong else _wrong_of(form)
        if wrong:
            return Line(cells.number, key, "refused", {}, tuple(wrong))
        will = self._foreseen(request, form, row)
        changes = self._written(request, form, row)
        does = "added" if row is None else "changed" if changes else "same"
        sent, label = tuple(cells.said.items()), self.opts.label_lower
        return Line(cells.number, key, does, changes, model=label, typed=sent, will=will)

    def _refused(self, cells: Cells, key: str, row: Any, seen: set[str]) -> Iterator[Wrong]:
        if not key:
            yield Wrong(self.key, _("Say which one: this is empty."))
        elif key in seen:
            yield Wrong(self.key, _("It stands there twice: leave one of the lines out."))
        elif row is None and self.model._default_manager.filter(**{self.key: key}).exists():
            yield Wrong(self.key, _("It is another team's, which you cannot see. Leave it out."))
        if "…" in cells.said:
            yield Wrong("…", _("There are more cells than columns: quote what holds a separator."))
        seen.add(key)

    def _start(self, made: Any, row: Any) -> dict[str, Any]:
        """What the form would send if nothing were typed: of a new row, the defaults."""
        if row is not None:
            now = sendable(model_to_dict(row, fields=list(made.base_fields)))
            return now | {SEEN: fingerprint(facts=self.facts(row))}
        return sendable(model_to_dict(self.model(), fields=list(made.base_fields))) | self.defaults

    def _typed(
        self, made: Any, cells: Cells, row: Any, pointers: Pointers
    ) -> tuple[dict[str, Any], list[Wrong]]:
        """The cells as the form of the page takes them, and what of them it cannot take."""
        typed: dict[str, Any] = {}
        wrong: list[Wrong] = []
        for column, cell in cells.said.items():
            field = made.base_fields.get(column)
            if field is None:
                if row is not None and self.said_of(row, column).lower() != cell.lower():
                    wrong.append(Wrong(column, _("This is changed on its own page, not here.")))
                continue
            try:
                typed[column] = value(field, cell, pointers.get(column, {}))
            except ValueError as said:
                wrong.append(Wrong(column, str(said)))
        return typed, wrong

    def _foreseen(self, request: HttpRequest, form: Any, row: Any) -> tuple[str, ...]:
        """What a line does to others; asked before it is written."""
        if not form.has_changed() or (row is None and not self.foresees_new):
            return ()
        was = self.model() if row is None else self._stored(row)
        by = cast(User, request.user)
        change = Change(was, form.save(commit=False), by, form.cleaned_data)
        found = cast(Any, self.admin_site).foresee(self.opts.label_lower, change)
        return tuple(str(one.what) for one in found)

    def _written(self, request: HttpRequest, form: Any, row: Any) -> Changes:
        """Write the row as its page does; says what differs."""
        if row is not None and not form.has_changed():
            return {}
        before: Facts = {} if row is None else self.facts(self._stored(row))
        new = form.save(commit=False)
        self.write(request, new, form, row is not None)
        form.save_m2m()
        return changes_between(before=before, after=self.facts(self._stored(new)))


def _wrong_of(form: Any) -> list[Wrong]:
    """What the form refuses, column by column."""
    return [
        Wrong("" if column == "__all__" else column, str(said))
        for column, problems in form.errors.items()
        for said in problems
    ]


def _agreed(lines: Sequence[Line]) -> str:
    """What was shown: each line as it was sent, and what a change would change of today's row."""
    told = {
        str(one.number): [one.typed, one.will, one.changes if one.does == "changed" else one.does]
        for one in lines
    }
    return fingerprint(facts=told)


def _taken_in(done: Sequence[Line]) -> str:
    said = ngettext("%(n)s row was taken in.", "%(n)s rows were taken in.", len(done))
    return said % {"n": len(done)}
