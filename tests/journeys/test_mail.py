"""Mail as customers know it: they write, are answered and answer, all from the inbox.

Then what waits for a person: a mail of nobody is routed by one key, one in Uma's name says that it
is unverified, is refused, and comes back by one key.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone, translation
from django.utils.translation import pgettext

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import IncomingMail
from tests.driving import Site
from tests.inbound.coming import come, written
from tests.journeys.watching import DESKTOP, Look, Watched, in_both, plain_text
from tickets.models import Contact, Pending

pytestmark = [pytest.mark.real_logins, pytest.mark.browser]

SUBJECT = {"en": "The export stops at line 40", "zh-hans": "导出到第 40 行就停止"}
ANSWER = {"en": "Please export again: it is mended.", "zh-hans": "已修复，请重新导出。"}
THANKS = {"en": "It works now, thank you.", "zh-hans": "现在可以了，谢谢。"}


@pytest.fixture
def acme(live_site: Site, look: Look) -> Customer:
    """Everybody reads the language of the look."""
    found = Customer.objects.get(code="acme")
    User.objects.update(language=look.language)
    with schema_of(found):
        Contact.objects.update(language=look.language)
    return found


def _comes(raw: bytes, to: str) -> IncomingMail:
    return come(raw, to=to, now=timezone.now())


def _key(person: Watched, key: str) -> None:
    """Press a single key that leads to a page, and look at that."""
    with person.page.expect_navigation():
        person.page.keyboard.press(key)
    person.look()


def _answer(ada: Watched, acme: Customer, words: str) -> None:
    """Write a reply at the open ticket; its ten seconds for taking it back are over at once."""
    ada.page.fill("#reply-body", words)
    ada.press("form[data-mode=reply] button.primary")
    with schema_of(acme):
        assert Pending.objects.filter(sent_at=None).update(send_at=timezone.now()) == 1


@in_both(DESKTOP)
def test_uma_writes_and_answers_from_her_inbox(
    browser: Any, live_site: Site, acme: Customer, look: Look
) -> None:
    subject, answer, thanks = (said[look.language] for said in (SUBJECT, ANSWER, THANKS))
    asked = _comes(written(subject=subject, body=f"{subject}.\n"), "acme")
    assert asked.outcome == "opened"

    ada = Watched.opened(browser, look)
    live_site.sign_in_staff(ada.page, "ada@desk.test")
    ada.go(f"{live_site.desk}/mail/?show=all")
    assert subject in ada.text()
    ada.press(f"a[href='/at/acme/tickets/{asked.number}/']")
    _answer(ada, acme, answer)

    receipt_and_answer = 2
    letter = live_site.wait_for_mail(to="uma@acme.test", count=receipt_and_answer)
    assert answer in plain_text(letter)
    back_to = str(letter["Reply-To"])
    assert f"acme+{asked.number}-" in back_to

    again = written(
        f"In-Reply-To: {letter['Message-ID']}", subject=f"Re: {subject}", body=f"{thanks}\n"
    )
    added = _comes(again, back_to.rpartition("<")[2].rstrip(">"))
    assert (added.outcome, added.number) == ("added", asked.number)
    ada.go(f"{live_site.desk}/at/acme/tickets/{asked.number}/")
    assert thanks in ada.page.locator(".trail").inner_text()
    assert ada.problems == []


@in_both(DESKTOP)
def test_ada_decides_about_mail_that_waits(
    browser: Any, live_site: Site, acme: Customer, look: Look
) -> None:
    subject = SUBJECT[look.language]
    nobodys = _comes(written(sender="Zoe <zoe@acme.example>", subject=subject), "help")
    spoof = _comes(written(proven=None, subject=subject), "acme")

    ada = Watched.opened(browser, look)
    live_site.sign_in_staff(ada.page, "ada@desk.test")
    ada.go(f"{live_site.desk}/mail/")
    ada.page.keyboard.press("j")
    _key(ada, "1")
    nobodys.refresh_from_db()
    assert (nobodys.customer, nobodys.reason) == (acme, "stranger")

    ada.go(f"{live_site.desk}/mail/?show=held")
    ada.press(f"#mail-{spoof.pk}")
    with translation.override(look.language):
        assert pgettext("a sender", "Unverified") in ada.page.locator(".letter").inner_text()
    assert ada.page.locator("[name=who]:checked").count() == 0
    ada.page.fill("[name=reason]", "x")
    ada.press("form[action$='/refusal/'] button")
    assert not IncomingMail.objects.waiting().filter(pk=spoof.pk).exists()
    _key(ada, "u")
    assert IncomingMail.objects.waiting().filter(pk=spoof.pk).exists()
    assert ada.problems == []
