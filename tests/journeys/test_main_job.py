"""The main job in a real browser, over both hosts, mail included (issue: asked and answered).

Uma asks in Acme's portal; Ada sees it in the one queue, sends a holding reply, then the answer, and
resolves; Uma is mailed, reads it and says that it works. Eve at Globex sees nothing of it.
"""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from tests.cast import PASSWORD
from tests.driving import Site
from tests.journeys.watching import DESKTOP, PHONE, Look, Watched, plain_text, six_digits
from tickets.models import Contact, Ticket

pytestmark = [pytest.mark.real_logins, pytest.mark.browser]

SUBJECT = {"en": "The month-end report is empty", "zh-hans": "月结报表导出后金额列为空"}
ANSWER = {"en": "Please refresh the ledger first.", "zh-hans": "请先刷新总账，再导出一次。"}


@pytest.fixture
def acme(live_site: Site) -> Customer:
    return Customer.objects.get(code="acme")


def _prefer(acme: Customer, theirs: Look, ours: Look) -> None:
    User.objects.update(language=ours.language)
    with schema_of(acme):
        Contact.objects.update(language=theirs.language)


def _sign_in_at_portal(person: Watched, site: Site, email: str) -> None:
    before = len(site.mails(to=email))
    person.go(f"{site.portal('acme')}/")
    person.page.fill("input[name=email]", email)
    person.press("main button[type=submit]")
    mail = site.wait_for_mail(to=email, count=before + 1)
    person.page.fill("input[name=code]", six_digits(mail))
    person.press("main button[type=submit]")


def _sign_in_at_desk(person: Watched, site: Site, email: str) -> None:
    person.go(f"{site.desk}/")
    person.page.fill("input[name=login]", email)
    person.page.fill("input[name=password]", PASSWORD)
    person.press("main button[type=submit]")


def _ask(uma: Watched, site: Site, language: str) -> None:
    uma.go(f"{site.portal('acme')}/tickets/new/")
    uma.page.fill("input[name=subject]", SUBJECT[language])
    uma.page.fill("textarea[name=body]", "11 月的金额列全部是空的。 All amounts are blank.")
    uma.page.set_input_files(
        "input[type=file]",
        {"name": "报表.csv", "mimeType": "text/csv", "buffer": "科目,金额\n1001,\n".encode()},
    )
    uma.press("main form button[type=submit]")


def _open_from_queue(ada: Watched, site: Site, subject: str) -> None:
    ada.go(f"{site.desk}/")
    row = ada.page.locator("[data-rows] a", has_text=subject)
    row.first.wait_for()
    with ada.page.expect_navigation():
        row.first.click()
    ada.look()


def _hold_undo_and_hold(ada: Watched, site: Site) -> None:
    ada.press("[data-key=h]")
    ada.press("[data-key=u]")
    assert len(site.mails(to="uma@acme.test")) <= 2, "sign-in code and receipt, no holding reply"
    ada.press("[data-key=h]")


def _answer(ada: Watched, site: Site, words: str) -> None:
    ada.page.locator("#reply-body").click()
    ada.page.fill("#reply-body", words)
    ada.press("form[data-mode=reply] button.primary")


def _resolve(ada: Watched) -> None:
    ada.press("#ticket-head a[href*='do=resolve']:visible")
    ada.page.fill("textarea[name=cause]", "Ledger cache")
    ada.press("main form:has(textarea[name=cause]) button[type=submit]")


def _check_mails(site: Site, answer: str) -> None:
    """Code, receipt, holding reply, answer, and "does it work for you?": each once."""
    site.wait_for_mail(to="uma@acme.test", count=5)
    mails = site.mails(to="uma@acme.test")
    assert len({mail["Message-ID"] for mail in mails}) == len(mails) == 5
    assert sum("ACME-1" in str(mail["Subject"]) for mail in mails) == 4
    assert any(answer in plain_text(mail) for mail in mails)


def _read_and_confirm(uma: Watched, site: Site, answer: str) -> None:
    uma.go(f"{site.portal('acme')}/tickets/1/")
    assert answer in uma.text()
    assert "Ledger cache" not in uma.text()
    uma.press("#works form button[type=submit]")


LOOKS = [(PHONE, DESKTOP), pytest.param((DESKTOP, PHONE), marks=pytest.mark.drill)]
"""How customers look at the portal, and we at the desk; the other way round as a drill."""


@pytest.mark.parametrize("looks", LOOKS, ids=lambda looks: f"portal: {looks[0].name}")
def test_asked_and_answered(
    browser: Any, live_site: Site, acme: Customer, looks: tuple[Look, Look]
) -> None:
    theirs, ours = looks
    _prefer(acme, theirs, ours)
    subject, answer = SUBJECT[theirs.language], ANSWER[theirs.language]
    uma, ada, eve = (Watched.opened(browser, look) for look in (theirs, ours, theirs))

    _sign_in_at_portal(uma, live_site, "uma@acme.test")
    _ask(uma, live_site, theirs.language)
    _sign_in_at_desk(ada, live_site, "ada@desk.test")
    _open_from_queue(ada, live_site, subject)
    assert "报表.csv" in ada.text()
    _hold_undo_and_hold(ada, live_site)
    _answer(ada, live_site, answer)
    _resolve(ada)

    _check_mails(live_site, answer)
    _read_and_confirm(uma, live_site, answer)
    with schema_of(acme):
        assert Ticket.objects.get(number=1).state == "closed"

    live_site.sign_in_contact(eve.page, "eve@globex.test")
    assert subject not in eve.text()
    assert eve.page.goto(f"{live_site.portal('globex')}/tickets/1/").status == 404
    eve.problems = [line for line in eve.problems if "404" not in line]

    assert [*uma.problems, *ada.problems, *eve.problems] == []
