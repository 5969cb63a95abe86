"""Nothing stored ever runs in Chromium: pages, mails and files, with everything watched."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.operations import outbox
from servicedesk import zones
from tests.cast import make_contact, make_ticket
from tests.driving import Site
from tests.hostile.legs import storable
from tests.hostile.payloads import SCRIPTS, Payload, generated, sampled
from tests.hostile.polyglots import tricks
from tickets import operations
from tickets.models import Attachment, Contact, Entry, Ticket

pytestmark = [pytest.mark.real_logins, pytest.mark.browser, pytest.mark.timeout(600)]

A_TICKET = 60
AMOUNTS = [(120, 8), pytest.param(300, 24, marks=pytest.mark.drill)]
"""Payloads in rows, and in letters; a drill more of both."""

TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", event => {
  console.error(`CSP ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});
"""
# Chromium's own parser as the witness: what stands in a message, and what would run anywhere.
LOOK = """
() => {
  const found = [];
  const allowed = new Set(["A", "BLOCKQUOTE", "BR", "CODE", "EM", "H3", "H4", "HR", "IMG", "LI",
    "OL", "P", "PRE", "S", "STRONG", "TABLE", "TBODY", "TD", "TH", "THEAD", "TR", "U", "UL"]);
  for (const element of document.querySelectorAll(".prose *")) {
    if (!allowed.has(element.tagName)) found.push(`<${element.tagName}> in a message`);
  }
  for (const element of document.querySelectorAll("*")) {
    for (const {name, value} of element.attributes) {
      const address = value.replace(/[\\u0000-\\u0020]/g, "").toLowerCase();
      if (name.startsWith("on")) found.push(`${element.tagName} ${name}`);
      if (/^(javascript|vbscript|data):/.test(address)) found.push(`${element.tagName} ${value}`);
    }
  }
  if (window.__pwned) found.push("executed");
  return found;
}
"""


@dataclass
class Watch:
    """A window in which nothing may happen: no dialog, no message, no violation, no code run."""

    page: Any
    told: list[str] = field(default_factory=list)

    @classmethod
    def opened(cls, browser: Any) -> Watch:
        watch = cls(browser.new_context().new_page())
        page = watch.page
        page.add_init_script(TELL_VIOLATIONS)
        page.on("console", lambda said: watch.told.append(f"console: {said.text}"))
        page.on("pageerror", lambda error: watch.told.append(f"error: {error}"))
        page.on("dialog", watch._dialog)
        return watch

    def _dialog(self, dialog: Any) -> None:
        self.told.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def look(self, address: str) -> None:
        """Open a page, touch what a hand would touch, and have Chromium's DOM looked at."""
        self.page.goto(address)
        self.page.mouse.move(400, 300)
        self.page.keyboard.press("Tab")
        found = self.page.evaluate(LOOK)
        self.told += [f"{what} on {address}" for what in found]


def store(acme: Customer, ada: User, payloads: int, letters: int) -> list[int]:
    """Payloads as rows that passed no form, and letters of ours with such bodies on their way."""
    with schema_of(acme):
        uma = Contact.objects.get(email="uma@acme.test")
        now = timezone.now()
        texts = [storable(text) for text in _texts(payloads)]
        numbers = []
        for start in range(0, len(texts), A_TICKET):
            batch = texts[start : start + A_TICKET]
            subject = batch[0][:200].strip() or "x"
            ticket = make_ticket(requester=uma, subject=subject, body=batch[0], now=now)
            for text in batch[1:]:
                Entry.objects.create(
                    ticket=ticket, kind="message", author_kind="contact", author_name=uma.name,
                    contact=uma, body=text, written_at=now,
                )  # fmt: skip
            numbers.append(ticket.number)
        for place, text in enumerate(texts[:letters]):
            _write_letter(acme, ada, Ticket.objects.get(number=numbers[0]), text, place)
    return numbers


def _texts(payloads: int) -> list[Payload]:
    samples = list(sampled()[:: max(1, len(sampled()) // 150)])[:150]
    scripts = [Payload("script", text) for text in SCRIPTS]
    made = [*scripts, *samples, *generated(300, seed=11)]
    fitting = [text for text in made if len(text) < 4000][:300]
    return fitting[:: 300 // payloads][:payloads]


def _write_letter(acme: Customer, ada: User, ticket: Ticket, text: str, place: int) -> None:
    person = make_contact(name=text[:120].strip() or "x", email=f"h{place}@acme.test")
    entry = Entry.objects.create(
        ticket=ticket, kind="reply", author_kind="staff", author_name=ada.name, staff=ada,
        body=text, written_at=timezone.now(),
    )  # fmt: skip
    outbox.put(
        customer_id=acme.pk, key=f"hostile:{entry.pk}", kind="entry", row=str(entry.pk),
        contact_id=person.pk, now=timezone.now(),
    )  # fmt: skip


@pytest.mark.parametrize(("payloads", "letters"), AMOUNTS)
def test_nothing_stored_runs_in_a_browser(
    browser: Any, live_site: Site, payloads: int, letters: int
) -> None:
    ada = User.objects.get(email="ada@desk.test")
    numbers = store(Customer.objects.get(code="acme"), ada, payloads, letters)
    at_desk, at_portal = Watch.opened(browser), Watch.opened(browser)
    live_site.sign_in_staff(at_desk.page, ada.email)
    live_site.sign_in_contact(at_portal.page, "olga@acme.test")
    desk, portal = live_site.desk, live_site.portal("acme")

    for number in numbers:
        at_desk.look(f"{desk}/at/acme/tickets/{number}/?all=1")
        at_portal.look(f"{portal}/tickets/{number}/?last=120")
    for path in (
        "/?view=all",
        "/at/acme/",
        "/search/?q=window",
        "/search/?q=script",
        "/customers/",
    ):
        at_desk.look(f"{desk}{path}")
    for path in ("/", "/?q=window", "/?q=%3Cscript", "/tickets/new/?refers=1"):
        at_portal.look(f"{portal}{path}")
    _read_mails(at_desk, live_site, letters)

    assert at_desk.told == []
    assert at_portal.told == []
    check_the_watch_sees(at_portal)


def check_the_watch_sees(watch: Watch) -> None:
    """Sabotage: had one such thing stood in a page, each way of looking would have told."""
    watch.page.evaluate(
        "document.querySelector('main').innerHTML ="
        " '<div class=prose><x onclick=a()></x><img src=x onerror=a()></div>'"
    )
    watch.page.wait_for_timeout(200)

    assert {"<X> in a message", "X onclick", "IMG onerror"} <= set(watch.page.evaluate(LOOK))
    assert any("CSP" in told or "Content Security Policy" in told for told in watch.told)


def _read_mails(watch: Watch, site: Site, letters: int) -> None:
    until = time.monotonic() + 60
    while len(site.mails(to="@acme.test")) < letters and time.monotonic() < until:
        time.sleep(0.2)
    watch.look(f"{site.desk}/mailbox/")
    names = [path.stem for path in (site.live.var / "mail").glob("*.eml")]
    assert len(names) >= letters
    for name in names:
        watch.look(f"{site.desk}/mailbox/{name}/")


def test_no_file_runs_in_a_browser(browser: Any, live_site: Site, settings: Any) -> None:
    settings.MEDIA_ROOT = Path(live_site.live.var) / "media"
    names = _attach(Customer.objects.get(code="acme"))
    watch = Watch.opened(browser)
    live_site.sign_in_contact(watch.page, "uma@acme.test")
    portal = live_site.portal("acme")

    for name in names:
        for query in ("", "?thumb=1"):
            with suppress(Exception):  # a download ends the navigation with an error of its own
                watch.page.goto(f"{portal}/files/{name}/{query}", timeout=5_000)
            assert not watch.page.evaluate("window.__pwned")
    watch.page.goto(f"{portal}/")
    ran = watch.page.evaluate(LOAD_AS_SCRIPTS, names)

    assert ran == []
    assert [said for said in watch.told if said.startswith(("dialog", "error"))] == []


LOAD_AS_SCRIPTS = """
async names => {
  const ran = [];
  for (const name of names) {
    for (const type of ["", "module"]) {
      const script = document.createElement("script");
      if (type) script.type = type;
      const done = new Promise(resolve => {
        script.onload = () => resolve(true);
        script.onerror = () => resolve(false);
      });
      script.src = `/files/${name}/`;
      document.head.append(script);
      if (await done) ran.push(name);
    }
    if (window.__pwned) ran.push(`${name} executed`);
  }
  return ran;
}
"""


def _attach(acme: Customer) -> list[str]:
    taken = [trick for trick in tricks() if not trick.refused]
    zones.use("desk")
    with schema_of(acme):
        uma = Contact.objects.get(email="uma@acme.test")
        for start in range(0, len(taken), 10):
            batch = taken[start : start + 10]
            operations.open_ticket(
                requester=uma,
                subject="Files",
                body="<p>Look</p>",
                kind="fault",
                now=timezone.now(),
                uploads=[operations.Upload(trick.name, trick.content) for trick in batch],
            )
        found = list(Attachment.objects.order_by("pk").values_list("name", flat=True))
    zones.use("owner")
    return found
