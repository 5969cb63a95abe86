"""Forms of the admin as a browser would send them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from accounts.models import AuditEvent
from customers.roles import OWNER
from servicedesk import zones


class _Form(HTMLParser):
    """What a page's forms would send: the values of inputs, areas and choices."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, Any] = {}
        self._area = self._choice = ""
        self._takes_one = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name = str(said.get("name") or "")
        if tag == "input" and name and said.get("type") not in ("submit", "button", "file"):
            if said.get("type") in ("checkbox", "radio") and "checked" not in said:
                return
            self.sent[name] = said.get("value") or ("on" if said.get("type") == "checkbox" else "")
        elif tag == "textarea":
            self._area, self.sent[name] = name, ""
        elif tag == "select":
            self._choice, self._takes_one = name, "multiple" not in said
        elif tag == "option" and self._choice:
            self._option(str(said.get("value") or ""), is_chosen="selected" in said)

    def _option(self, value: str, *, is_chosen: bool) -> None:
        """A list that takes one sends its first option where none is chosen."""
        chosen = self.sent.setdefault(self._choice, []) if is_chosen or self._takes_one else []
        if self._takes_one and (is_chosen or not chosen):
            chosen[:] = [value]
        elif is_chosen:
            chosen.append(value)

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        self._area = "" if tag == "textarea" else self._area
        self._choice = "" if tag == "select" else self._choice


def form_of(response: Any) -> dict[str, Any]:
    """What the page's form would send if nothing were typed."""
    form = _Form()
    form.feed(response.content.decode())
    return {name: value for name, value in form.sent.items() if name not in ("q", "s")}


def shown(client: Client, path: str) -> dict[str, Any]:
    """The same of the page at an address."""
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    return form_of(response)


def send(client: Client, path: str, **typed: Any) -> Any:
    """Open the form, type these, send it; None takes a field out."""
    sent = shown(client, path) | typed
    return client.post(path, {name: value for name, value in sent.items() if value is not None})


def agree(client: Client, path: str, **typed: Any) -> Any:
    """Send the form; where it comes back with what would follow, send that as it came."""
    first = send(client, path, **typed)
    if first.status_code != 200 or "_agreed" not in form_of(first):
        return first
    again = {name: value for name, value in form_of(first).items() if value is not None}
    return client.post(path, again)


def will(response: Any) -> str:
    """What the form that came back says would follow; empty when nothing would."""
    context = response.context or {}
    return " ".join(str(one.what) for one in context.get("consequences", []))


def problems(response: Any) -> list[str]:
    """What the form that came back says is wrong."""
    context = response.context or {}
    return [str(words) for words in context.get("errors", [])]


def said(response: Any) -> str:
    """The page's text, for looking at what it says."""
    return re.sub(r"\s+", " ", response.content.decode())


def events(**of: Any) -> list[AuditEvent]:
    """The log, oldest first, as the owner sees it."""
    zones.use(OWNER)
    return list(AuditEvent.objects.filter(**of).order_by("seq"))
