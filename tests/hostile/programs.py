"""What programs send: JSON to the API of both hosts, and rows of an import."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from django.utils import timezone

from servicedesk import zones
from tests.api.conftest import contact_token, staff_token
from tests.hostile import eyes
from tests.hostile.legs import Scene, storable
from tests.hostile.payloads import Payload
from tests.hostile.visiting import Visitor, repeated
from tests.tickets.test_import_reading import EVENTS, TICKETS, mapping
from tickets.importing.badrows import BadRowFile
from tickets.importing.errors import FileDoesNotFit, MappingDoesNotFit
from tickets.importing.rows import read_tickets
from tickets.importing.words import BadRow, ImportedTicket
from tickets.operations.importing import NotImportable, People, import_ticket

# --- The API -------------------------------------------------------------------------------------


class Program:
    """A visitor that sends JSON with a token, and looks at the JSON that comes back."""

    def __init__(self, visitor: Visitor, token: str) -> None:
        self._visitor, self._token = visitor, token
        self.name = f"{visitor.name} API"

    def get(self, path: str, *pairs: tuple[str, str]) -> Any:
        """Ask; the parameters that are payloads are cases."""
        for name, value in pairs:
            self._visitor.ledger.count(f"{self.name}: ?{name}", value)
        plain = [(name, str.__str__(value)) for name, value in pairs]
        return self._look(self._visitor.get(path, plain, **self._headers()))

    def post(self, path: str, fields: dict[str, Any], **more: str) -> Any:
        """Send fields as JSON, half characters as JSON spells them."""
        for name, value in fields.items():
            self._visitor.ledger.count(f"{self.name}: {name}", value)
        return self.send(path, json.dumps(fields).encode(), **more)

    def send(self, path: str, body: bytes, **more: str) -> Any:
        """Send anything as JSON."""
        headers = self._headers() | {"content_type": "application/json"} | more
        return self._look(self._visitor.send("POST", path, body, **headers))

    def _headers(self) -> dict[str, Any]:
        return {"HTTP_AUTHORIZATION": f"Bearer {self._token}"}

    def _look(self, answer: Any) -> Any:
        kind = answer["Content-Type"]
        assert kind.startswith(("application/json", "application/problem+json")), kind
        assert answer["X-Content-Type-Options"] == "nosniff"
        if answer.status_code >= 400:
            assert {"title", "status"} <= answer.json().keys(), answer.content[:300]
        for body in bodies_in(answer.json()):
            assert eyes.dangers(f'<div class="prose">{body}</div>') == [], body[:300]
            assert eyes.overrides(body) == [], body[:300]
        return answer


def bodies_in(told: Any) -> Iterator[str]:
    """Everything in the JSON that is HTML to be shown."""
    for entry in [*told.get("entries", ()), *told.get("notes", ())] if type(told) is dict else ():
        yield entry["body"]


def api(scene: Scene, wanted: int) -> None:
    """Every field of every address of the API, and JSON that is none."""
    texts = repeated(scene.ledger.payloads(wanted))
    numbers = [scene.ticket()]
    while scene.ledger.total < wanted:
        # Each token may ask 600 times a minute, which a quick machine does.
        portal = Program(scene.portal, contact_token(scene.olga))
        desk = Program(scene.desk, staff_token(scene.ada))
        for kind in ("html", "text"):
            numbers += _created(scene, portal, texts, kind)
            _at_a_ticket(portal, desk, numbers[-1], texts, kind)
        _asked(portal, desk, texts)
        if len(numbers) % 3 == 1:
            _no_json(portal, desk, numbers[-1], texts)
        if len(numbers) > 3:
            learned = {name: next(texts) for name in ("cause", "rationale", "prevention")}
            desk.post(f"/api/v1/customers/acme/tickets/{numbers.pop(0)}/resolution/", learned)
    scene.look_around()
    for number in numbers:
        scene.portal.page(f"/tickets/{number}/")
        scene.desk.page(f"/at/acme/tickets/{number}/?all=1")


def _created(scene: Scene, portal: Program, texts: Iterator[Payload], kind: str) -> Iterator[int]:
    asked = {"subject": next(texts).cut(200), "body": next(texts), "body_format": kind}
    key = _key(next(texts), scene.ledger.requests)
    made = portal.post("/api/v1/tickets/", asked, HTTP_IDEMPOTENCY_KEY=key)
    assert made.status_code in (201, 400), made.content[:300]
    if made.status_code == 201:
        yield made.json()["number"]


def _key(text: str, place: int) -> str:
    return f"{place}{''.join(sign for sign in text if ' ' < sign < chr(127))}"[:255]


def _at_a_ticket(
    portal: Program, desk: Program, number: int, texts: Iterator[Payload], kind: str
) -> None:
    theirs, ours = f"/api/v1/tickets/{number}/", f"/api/v1/customers/acme/tickets/{number}/"
    for where, name in (
        (portal, f"{theirs}replies/"),
        (desk, f"{ours}replies/"),
        (desk, f"{ours}notes/"),
    ):
        where.post(name, {"body": next(texts), "body_format": kind})
    desk.post(f"{ours}replies/", {"body": "x", "then_state": next(texts), "seen_seq": next(texts)})
    desk.post(f"{ours}replies/", {"body": "x", "holding": next(texts)})
    assert portal.get(theirs).status_code == desk.get(ours).status_code == 200


def _asked(portal: Program, desk: Program, texts: Iterator[Payload]) -> None:
    for name in ("customer", "owner", "state", "kind", "due", "cursor", "limit"):
        desk.get("/api/v1/queue/", (name, next(texts)))
    for name in ("cursor", "limit"):
        portal.get("/api/v1/tickets/", (name, next(texts)))
    desk.get("/api/v1/queue/", (next(texts).cut(100), "x"))


def _no_json(portal: Program, desk: Program, number: int, texts: Iterator[Payload]) -> None:
    text = next(texts)
    spelled = json.dumps(str(text)).encode()
    for body in (
        text.encode(errors="surrogatepass"),
        b'{"body": ' + spelled + b', "body": ' + spelled + b"}",
        b'{"body": [' + spelled + b"]}",
        b'{"body": {"x": ' + spelled + b"}}",
        b'["' + b"x" * 10 + b'"]',
        b'{"body": ' + b"9" * 5000 + b', "seen_seq": 1e999, "x": NaN}',
        b"[" * 100_000,
        b'{"body":' * 50_000,
        b'{"body": "' + b"A" * 2_200_000 + b'"}',
        b"\xff\xfe" + spelled,
        b"",
    ):
        desk.send(f"/api/v1/customers/acme/tickets/{number}/notes/", body)
        portal.send("/api/v1/tickets/", body)
    portal._visitor.ledger.count("API: broken JSON", text)


# --- Imports -------------------------------------------------------------------------------------

COLUMNS = ["id", "company", "type", "who", "title", "text", "asked", "answer", "answered"]
GOOD = [
    "1",
    "Acme",
    "Bug",
    "Ed",
    "No total",
    "Gone",
    "2026/11/02 09:00:00",
    "Found it",
    "2026/11/02",
]


def imports(scene: Scene, wanted: int, folder: Path) -> None:
    """Cells of CSV and XES, mappings, and files that are neither; what is taken is then shown."""
    texts = repeated(scene.ledger.payloads(wanted))
    while scene.ledger.total < wanted:
        taken = [*_from_csv(scene, folder, texts), *_from_xes(scene, folder, texts)]
        _no_files(scene, folder, texts)
        _mappings(scene, folder, texts)
        for number in _imported(scene, taken):
            scene.desk.page(f"/at/acme/tickets/{number}/?all=1")
            scene.portal.page(f"/tickets/{number}/")
    scene.look_around()


def _read(scene: Scene, path: Path, rules: str, folder: Path) -> list[ImportedTicket]:
    began, taken = scene.ledger.cpu(), []
    try:
        with BadRowFile(folder / "bad.csv") as bad:
            for found in read_tickets(path, mapping=mapping(folder, rules)):
                if isinstance(found, BadRow):
                    bad.put(found)
                else:
                    taken.append(found)
    except FileDoesNotFit:
        pass
    scene.ledger.time(scene.ledger.cpu() - began, f"reading {path.name}")
    return taken


def _from_csv(scene: Scene, folder: Path, texts: Iterator[Payload]) -> list[ImportedTicket]:
    rows = [COLUMNS]
    for place in range(2 * len(COLUMNS)):
        row, at = [f"{place}", *GOOD[1:]], place % len(COLUMNS)
        text = next(texts)
        row[at] = str(text)
        row[4 if place % 2 else 5] += str(text)[:300]
        rows.append(row)
        scene.ledger.count(f"import, CSV: {COLUMNS[at]}", text)
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    path = folder / "export.csv"
    path.write_bytes(written.getvalue().encode(errors="surrogatepass"))
    return _read(scene, path, TICKETS, folder)


def _from_xes(scene: Scene, folder: Path, texts: Iterator[Payload]) -> list[ImportedTicket]:
    keys = ("customer", "level", "what", "who", "done")
    good = {"customer": "1", "level": "1", "what": "Printer", "who": "Ada", "done": "Take"}
    events = []
    for place in range(len(keys)):
        text = next(texts)
        cells = good | {keys[place]: _xml(text), "case": f"c{place}", "at": "2026-11-02 09:00"}
        values = "".join(f'<string key="{key}" value="{value}"/>' for key, value in cells.items())
        events.append(f"<trace><event>{values}</event></trace>")
        scene.ledger.count(f"import, XES: {keys[place]}", text)
    path = folder / "export.xes"
    path.write_text(f"<log>{''.join(events)}</log>", encoding="utf-8")
    return _read(scene, path, EVENTS, folder)


def _xml(text: str) -> str:
    return escape("".join(sign for sign in storable(text) if sign >= " " or sign in "\t\n"))


def _no_files(scene: Scene, folder: Path, texts: Iterator[Payload]) -> None:
    text = next(texts)
    raw = text.encode(errors="surrogatepass")
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><log>&b;</log>'
    for name, content in (
        ("junk.csv", raw), ("junk.csv.gz", raw), ("junk.xes", raw), ("junk.xes", bomb.encode()),
        ("head.csv", ",".join(COLUMNS).encode() + b"\n" + raw),
        ("deep.xes", b"<log>" + b"<trace><event>" * 20_000),
        ("bomb.csv.gz", gzip.compress(b"A" * 8_000_000)),
        ("quote.csv", b'"' + raw * 50),
        ("bom.csv", b"\xff\xfe" + raw),
    ):  # fmt: skip
        path = folder / name
        path.write_bytes(content)
        _read(scene, path, EVENTS if ".xes" in name else TICKETS, folder)
    scene.ledger.count("import: no such file format", text)


def _mappings(scene: Scene, folder: Path, texts: Iterator[Payload]) -> None:
    for old in ('"{title}"', '"%Y/%m/%d"', '"old-desk"', '"Asia/Shanghai"', '"{company|slug}"'):
        text = next(texts)
        spelled = json.dumps(storable(text)).replace("\x7f", "")
        path = folder / "export.csv"
        began = scene.ledger.cpu()
        try:
            rules = mapping(folder, TICKETS.replace(old, spelled))
            list(read_tickets(path, mapping=rules))
        except (MappingDoesNotFit, FileDoesNotFit):
            pass
        scene.ledger.time(scene.ledger.cpu() - began, f"a mapping: {spelled[:100]}")
        scene.ledger.count("import: mapping", text)


def _imported(scene: Scene, taken: list[ImportedTicket]) -> list[int]:
    numbers = []
    with scene.inside():
        people = People(customer=scene.acme, source="hostile", colleagues={})
        for place, one in enumerate(taken):
            known = f"{scene.ledger.requests}:{place}"
            object.__setattr__(one, "key", known)
            began = scene.ledger.cpu()
            try:
                ticket = import_ticket(imported=one, people=people, now=timezone.now())
                numbers.append(ticket.number)
            except NotImportable:
                pass
            scene.ledger.time(scene.ledger.cpu() - began, f"importing {one.subject[:100]!r}")
    zones.use(zones.OWNER)
    return numbers
