"""The legs of the run: each takes payloads through some doors and looks where they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from itertools import islice
from typing import Any
from zlib import crc32

from django.core import mail as post
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, OWNER, customer_zone
from desk.models import Due
from desk.operations import outbox
from servicedesk import zones
from tests.cast import NINE, make_contact, make_ticket
from tests.hostile import eyes
from tests.hostile.payloads import Payload, file_names
from tests.hostile.visiting import Ledger, Pairs, Visitor, marked, repeated
from tickets import tasks
from tickets.models import Contact, Entry, Ticket
from tickets.operations import delivering

A_TICKET = 25  # entries with a payload each


@dataclass
class Scene:
    """Who is there, and how they visit."""

    acme: Customer
    ada: User
    olga: Contact
    uma: Contact
    desk: Visitor
    portal: Visitor
    stranger: Visitor
    staff_stranger: Visitor
    ledger: Ledger

    def inside(self, zone: str = DESK) -> Any:
        """Work at Acme with that login."""
        zones.use(zone)
        return schema_of(self.acme)

    def ticket(self, **facts: Any) -> int:
        """A harmless ticket of Uma's to write at: its number."""
        with self.inside():
            return make_ticket(requester=self.uma, **facts).number

    def look_around(self) -> None:
        """Judge all, as the worker does, and open the lists that show subjects and excerpts."""
        with self.inside():
            while tasks._work(self.acme):
                pass
            assert not Due.objects.exclude(last_error="").exists()
        for page in (1, 2):
            self.desk.page(f"/?view=all&page={page}")
            self.desk.page(f"/at/acme/?page={page}")
            self.portal.page(f"/?page={page}")
        for word in ("window", "script", "zq1zq", "x"):
            self.desk.page(f"/search/?q={word}")
            self.portal.page(f"/?q={word}")


# --- Rows that passed no form --------------------------------------------------------------------


def storable(text: str) -> str:
    """What PostgreSQL can hold of it: a customer's own login may write anything else."""
    return text.replace("\x00", "").encode(errors="ignore").decode()


def rows(scene: Scene, wanted: int) -> None:
    """Rows as a customer's own database login may write them, past every form and operation."""
    payloads = list(scene.ledger.payloads(wanted))
    for start in range(0, len(payloads), A_TICKET):
        batch = payloads[start : start + A_TICKET]
        number, places = _raw_ticket(scene, batch)
        desk = scene.desk.get(f"/at/acme/tickets/{number}/", [("all", "1")]).content.decode()
        portal = scene.portal.get(f"/tickets/{number}/", [("last", "120")]).content.decode()
        for pk, seq in places:
            assert f'id="entry-{pk}"' in desk
            assert f'id="entry-{seq}"' in portal
        scene.ledger.count("row of a trail", *batch)
    scene.look_around()


def _raw_ticket(scene: Scene, batch: list[Payload]) -> tuple[int, list[tuple[int, int]]]:
    with scene.inside(customer_zone(scene.acme.pk)):
        subject = storable(batch[0])[:200].strip() or "empty"
        ticket = make_ticket(requester=scene.uma, subject=subject, body=storable(batch[0]))
        made = Entry.objects.bulk_create(
            Entry(
                ticket=ticket,
                kind=Entry.Kind.MESSAGE,
                author_kind="contact",
                author_name=scene.uma.name,
                contact=scene.uma,
                body=storable(payload),
                written_at=NINE,
            )
            for payload in batch
        )
        places = Entry.objects.filter(pk__in=[entry.pk for entry in made])
        return ticket.number, list(places.values_list("pk", "seq"))


# --- Forms ---------------------------------------------------------------------------------------


def portal(scene: Scene, wanted: int) -> None:
    """Questions and messages as the portal's forms take them, with files of any name."""
    texts = repeated(scene.ledger.payloads(wanted))
    while scene.ledger.total < wanted:
        subject, in_subject = marked(next(texts), room=200)
        body, in_body = marked(next(texts), room=90_000)
        pairs = [("subject", subject), ("body", body), ("kind", "fault")]
        answer = scene.portal.upload("/tickets/new/", pairs, _files(texts, 6))
        scene.portal.post("/tickets/new/", [*pairs[:2], ("kind", next(texts))])
        scene.portal.post("/tickets/new/", [*pairs[:2], ("refers", next(texts))])
        scene.portal.post("/me/", [("language", next(texts)), ("theme", next(texts))])
        if answer.status_code != 302:
            continue
        here = answer["Location"]
        word = _written(scene.portal, f"{here}messages/", next(texts))
        scene.portal.upload(f"{here}messages/", [("body", "")], _files(texts, 6))
        for page in (scene.portal.page(here), scene.desk.page(f"/at/acme{here}")):
            for sent in (in_subject, in_body, word):
                assert sent in page, f"{sent} is not on {here}"
    scene.look_around()


def _written(visitor: Visitor, address: str, text: Payload, *more: tuple[str, str]) -> str:
    """Post a body; its word when it was taken, else nothing (which is in every page)."""
    body, word = marked(text, room=90_000)
    answer = visitor.post(address, [("body", body), *more])
    return word if answer.status_code == 302 else ""


def _files(texts: Iterator[Payload], count: int) -> list[tuple[str, str, str]]:
    names = repeated(Payload("file name", name) for name in file_names())
    seen = next(texts).encode(errors="surrogatepass")
    start = crc32(seen) % len(file_names())  # the same for a seed in every process
    chosen = islice(names, start, start + count)
    return [
        ("files", name if place % 2 else next(texts).cut(250), next(texts))
        for place, name in enumerate(chosen)
    ]


def strangers(scene: Scene, wanted: int) -> None:
    """What somebody who has not signed in can fill in, at both doors."""
    texts = repeated(scene.ledger.payloads(wanted))
    portal, desk = scene.stranger, scene.staff_stranger
    while scene.ledger.total < wanted:
        email = next(texts).cut(200, end="@acme.test")
        portal.post("/sign-in/", [("email", email), ("next", next(texts))])
        portal.post("/sign-in/", [("email", "uma@acme.test"), ("next", next(texts))])
        portal.get("/sign-in/", [("next", next(texts))])
        portal.get("/sign-in/code/", [("id", next(texts)), ("code", next(texts))])
        portal.post("/sign-in/code/", [("id", next(texts)), ("code", next(texts))])
        portal.post("/me/", [("language", next(texts)), ("theme", next(texts))])
        sign_in = [("login", next(texts)), ("password", next(texts)), ("next", next(texts))]
        desk.post("/sign-in/", sign_in)
        desk.get("/sign-in/", [("next", next(texts))])


def desk(scene: Scene, wanted: int) -> None:
    """Every form about one ticket, and the one for a new ticket."""
    texts = repeated(scene.ledger.payloads(wanted))
    number, rounds = scene.ticket(), 0
    while scene.ledger.total < wanted:
        rounds += 1
        here = f"/at/acme/tickets/{number}/"
        words = [
            _written(scene.desk, f"{here}notes/", next(texts)),
            _written(scene.desk, f"{here}replies/", next(texts), ("then_state", next(texts))),
            _written(scene.desk, f"{here}replies/", next(texts), ("then_state", "open")),
        ]
        _handled(scene.desk, here, texts)
        _taken(scene.desk, f"p{rounds}@acme.test", texts)
        page = scene.desk.page(here)
        assert [word for word in words if word not in page] == []
        if rounds % 3 == 0:
            learned = [(name, next(texts).cut(4900)) for name in LEARNED]
            scene.desk.post(f"{here}resolution/", learned)
            scene.desk.page(here)
            _written(scene.desk, f"{here}reopening/", next(texts))
            number = scene.ticket()
    scene.look_around()


LEARNED = ("cause", "rationale", "prevention")


def _handled(desk: Visitor, here: str, texts: Iterator[Payload]) -> None:
    desk.upload(f"{here}notes/", [("body", "x")], _files(texts, 6))
    desk.post(f"{here}replies/", [("body", next(texts)), ("seen_seq", next(texts))])
    desk.post(f"{here}holding-replies/", [("seen_seq", next(texts))])
    desk.post(f"{here}properties/", [("subject", next(texts).cut(200))])
    wrong = [(name, next(texts)) for name in ("kind", "priority", "state", "subject")]
    desk.post(f"{here}properties/", wrong)
    desk.post(f"{here}owner/", [("owner", next(texts))])
    understood = [(name, next(texts).cut(5000)) for name in ("surface_request", "need")]
    desk.post(f"{here}understanding/", understood)
    wishes = [(name, next(texts)) for name in ("language", "theme", "time_zone")]
    desk.post("/me/", wishes)


def _taken(desk: Visitor, email: str, texts: Iterator[Payload]) -> None:
    good: list[tuple[str, str]] = [
        ("name", next(texts).cut(110)), ("phone", next(texts).cut(40)), ("email", email),
        ("subject", next(texts).cut(190)), ("body", next(texts)), ("kind", "fault"),
        ("channel", "phone"), ("role", "user"), ("holds", next(texts).cut(20)),
    ]  # fmt: skip
    taken = desk.post("/at/acme/tickets/new/", good)
    if taken.status_code == 302:
        desk.page(taken["Location"])
    wrong: Pairs = [(name, next(texts)) for name, _ in good]
    desk.upload("/at/acme/tickets/new/", [*wrong, ("contact", next(texts))], _files(texts, 4))


# --- Addresses, headers --------------------------------------------------------------------------


def addresses(scene: Scene, wanted: int) -> None:
    """Every parameter of every address, and parts of paths."""
    number = scene.ticket(subject="needle in the haystack")
    scene.look_around()
    scene.ledger.cases.clear()
    texts = repeated(scene.ledger.payloads(wanted))
    visitors = {"desk": scene.desk, "portal": scene.portal}
    asked = [
        ("desk", "/", "view customer page"),
        ("desk", "/queue/rows/", "seen page view customer"),
        ("desk", "/search/", "q"),
        ("portal", "/", "q show mine page"),
        ("desk", f"/at/acme/tickets/{number}/", "do entry again all"),
        ("portal", f"/tickets/{number}/", "last thumb"),
        ("desk", "/customers/", "q page"),
        ("desk", "/tickets/new/", "q"),
        ("desk", "/at/acme/", "show page"),
        ("desk", "/bells/", "page"),
        ("desk", "/mailbox/", "to page"),
        ("desk", "/at/acme/tickets/new/", "contact"),
        ("portal", "/tickets/new/", "refers"),
    ]
    while scene.ledger.total < wanted:
        for who, path, names in asked:
            visitors[who].get(path, [(name, next(texts)) for name in names.split()])
        for who in visitors:
            found = [("q", next(texts).cut(180, end=" needle"))]
            visitors[who].get("/search/" if who == "desk" else "/", found)
        _paths(scene, number, texts)


def _paths(scene: Scene, number: int, texts: Iterator[Payload]) -> None:
    for visitor, before, after in (
        (scene.desk, "/at/", "/tickets/1/"),
        (scene.desk, "/at/acme/tickets/", "/"),
        (scene.desk, f"/at/acme/tickets/{number}/files/", "/"),
        (scene.desk, "/mailbox/", "/html/"),
        (scene.portal, "/tickets/", "/"),
        (scene.portal, "/files/", "/"),
        (scene.stranger, "/", ""),
    ):
        text = next(texts).cut(300)
        raw = text.replace("/", "_" if after else "/").encode(errors="surrogatepass")
        scene.ledger.count(f"{visitor.name}: path", text)
        visitor.send("GET", f"{before}{quoted_path(raw)}{after}", b"")


def quoted_path(raw: bytes) -> str:
    """Bytes as a path spells them."""
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in raw)


_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")

COOKIES = ("__Host-session", "__Host-csrf", "language", "theme", "messages", "x")
FIELDS = (
    "HTTP_ACCEPT_LANGUAGE", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_REFERER",
    "HTTP_USER_AGENT", "HTTP_HX_REQUEST", "HTTP_HX_CURRENT_URL", "HTTP_HX_TARGET", "HTTP_ORIGIN",
    "HTTP_X_REQUEST_ID", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE",
    "HTTP_ACCEPT", "HTTP_AUTHORIZATION", "HTTP_X_FORWARDED_PROTO", "HTTP_IDEMPOTENCY_KEY",
    "HTTP_X_CSRFTOKEN", "HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_CONTENT_ENCODING",
)  # fmt: skip


def headers(scene: Scene, wanted: int) -> None:
    """Cookies and headers, as a server hands them on: bytes as latin-1, no line end, no NUL."""
    texts = repeated(scene.ledger.payloads(wanted))
    fields = repeated(Payload("", name) for name in FIELDS)
    while scene.ledger.total < wanted:
        for visitor in (scene.stranger, scene.staff_stranger):
            for spelled in (_octal, _in_a_header):
                jar = visitor.client.cookies
                visitor.client.cookies = type(jar)()
                sent = [next(texts) for _ in COOKIES]
                line = "; ".join(
                    f"{name}={spelled(text)}" for name, text in zip(COOKIES, sent, strict=True)
                )
                visitor.ledger.count(f"{visitor.name}: cookies", *sent)
                visitor.get("/sign-in/", HTTP_COOKIE=line)
                visitor.post("/sign-in/", [("email", "x@y.zz")], HTTP_COOKIE=line)
                visitor.client.cookies = jar
        for visitor in (scene.desk, scene.portal):
            chosen = [str(next(fields)) for _ in range(10)]
            sent = [next(texts) for _ in chosen]
            visitor.ledger.count(f"{visitor.name}: headers", *sent)
            spelled_out: dict[str, Any] = dict(zip(chosen, map(_in_a_header, sent), strict=True))
            visitor.get("/", **spelled_out)
        _odd_hosts(scene, texts)


def _odd_hosts(scene: Scene, texts: Iterator[Payload]) -> None:
    host, label, kind = next(texts), next(texts), next(texts)
    scene.ledger.count("host and content type", host, label, kind)
    scene.desk.get("/", HTTP_HOST=_in_a_header(host))
    scene.desk.get("/", HTTP_HOST=f"{_in_a_header(label)[:60]}.localhost")
    scene.portal.post("/me/", [("language", "en")], CONTENT_TYPE=_in_a_header(kind))


def _in_a_header(text: str) -> str:
    """At most 8,000 bytes of it, as the bytes a server reads and WSGI shows as latin-1."""
    raw = text.encode(errors="surrogatepass")[:8000].decode("latin-1")
    return "".join(sign for sign in raw if sign not in "\r\n\x00")


def _octal(text: str) -> str:
    """A quoted cookie may spell any byte, NUL too."""
    spelled = "".join(
        sign if " " < sign < "\x7f" and sign not in '";,\\' else f"\\{ord(sign) % 256:03o}"
        for sign in text[:400]
    )
    return f'"\\000{spelled}"'


# --- Letters -------------------------------------------------------------------------------------


def letters(scene: Scene, wanted: int) -> None:
    """Letters about raw rows of ours, to people with raw names: HTML, text and headers."""
    batch = list(scene.ledger.payloads(wanted))
    with scene.inside():
        _write_letters(scene, batch)
    zones.use(DESK)
    began = scene.ledger.cpu()
    with delivering.senders(now=timezone.now()) as senders:
        told = outbox.drain(senders=senders, by="test", limit=wanted + 10)
    scene.ledger.time((scene.ledger.cpu() - began) / len(batch), "a letter, on average")
    assert len(post.outbox) == len(batch), f"{told}: {len(post.outbox)} of {len(batch)} letters"
    for payload, message in zip(batch, post.outbox, strict=True):
        check_mail(message, payload)
        scene.ledger.count("letter: name, subject and body", payload)
    zones.use(OWNER)


def _write_letters(scene: Scene, batch: Iterable[Payload]) -> None:
    for place, payload in enumerate(batch):
        text = storable(payload)
        name = text[:120].strip() or "empty"
        person = make_contact(name=name, email=f"m{place}@acme.test")
        ticket = Ticket.objects.create(
            subject=text[:200].strip() or "empty", requester=person, channel="portal",
            opened_at=NINE, updated_at=NINE, state="new",
        )  # fmt: skip
        entry = Entry.objects.create(
            ticket=ticket, kind="reply", author_name=name, author_kind="staff",
            staff=scene.ada, body=text, written_at=NINE,
        )  # fmt: skip
        outbox.put(
            customer_id=scene.acme.pk, key=f"hostile:{entry.pk}", kind="entry",
            row=str(entry.pk), contact_id=person.pk, now=NINE,
        )  # fmt: skip


HEADERS_OF_A_MAIL = {
    "content-type", "mime-version", "subject", "from", "to", "reply-to", "message-id", "date",
    "content-language", "references", "in-reply-to", "auto-submitted", "x-auto-response-suppress",
    "x-servicedesk",
}  # fmt: skip


def check_mail(message: Any, payload: Payload) -> None:
    """As it arrives: our headers only, one recipient, nothing that runs, nothing backwards."""
    arrived: Any = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    assert {name.lower() for name in arrived} <= HEADERS_OF_A_MAIL, payload.short()
    (to,) = arrived["to"].addresses
    assert to.domain == "acme.test", payload.short()
    html, text = arrived.get_body(("html",)), arrived.get_body(("plain",)).get_content()
    assert html is not None, f"MJML refused {payload.short()}"
    page = html.get_content()
    assert eyes.dangers(page, is_mail=True) == [], payload.short()
    for shown in (page, text, arrived["subject"], to.display_name):
        assert eyes.overrides(str(shown)) == [], payload.short()
