"""At the desk a report is put into words, looked through, and published to people named before."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from followups.models import ReportDraft, ServiceReport, Story
from followups.operations import reporting
from followups.report_months import last_month, written
from tests.cast import hours, make_ticket, say
from tests.doors import DeskClient, Inside
from tickets.models import Contact
from tickets.operations.resolving import resolve


@pytest.fixture
def page(acme: Customer, uma: Contact, ada: User, inside_acme: Inside) -> str:
    """Acme's report of last month, drafted, with two stories to pick from."""
    now = timezone.now()
    month = last_month(zone="UTC", now=now)
    then = now.replace(year=month.year, month=month.month, day=15)
    with inside_acme():
        for subject in ("The export is slow", "The import is slower"):
            ticket = make_ticket(now=then, requester=uma, subject=subject)
            say(ticket, by=ada, body="<p>Faster now.</p>", now=then + hours(1))
            resolve(ticket=ticket, by=ada, now=then + hours(2), rationale="an index was missing")
        reporting.draft(customer=acme, month=month, now=now)
    return f"/at/acme/reports/{written(month)}/"


def _form(inside_acme: Inside, **other: Any) -> dict[str, Any]:
    """What the page sends as it stands, and what is typed into it."""
    with inside_acme():
        held = ReportDraft.objects.get()
        sent = {"version": held.version, "words": held.words, "outlook": held.outlook}
        for one in Story.objects.all():
            facts = {"who": one.who, "what": one.what, "value": one.value, "position": one.position}
            sent |= {f"story-{one.pk}-{name}": value for name, value in facts.items()}
            if one.is_picked:
                sent[f"story-{one.pk}-is_picked"] = "on"
    return sent | other


def _ids(inside_acme: Inside) -> list[int]:
    with inside_acme():
        return list(Story.objects.order_by("position", "pk").values_list("pk", flat=True))


def test_stories_are_picked_put_into_words_and_moved(
    desk_client: DeskClient, carl: User, page: str, inside_acme: Inside
) -> None:
    client, (first, second) = desk_client(carl), _ids(inside_acme)
    assert b"an index was missing" in client.get(page).content

    kept = client.post(page, _form(
        inside_acme,
        **{"words": "Good.", f"story-{second}-is_picked": "on", f"story-{second}-value": "Hours.",
           "move": f"{second}:up", "story-new-who": "All", "story-new-what": "Training",
           "story-new-value": "Done", "story-new-is_picked": "on"},
    ))  # fmt: skip

    assert kept.status_code == 302
    with inside_acme():
        told = list(Story.objects.order_by("position").values_list("what", "is_picked"))
        assert ReportDraft.objects.get().words == "Good."
    assert told == [
        ("The import is slower", True), ("The export is slow", False), ("Training", True)
    ]  # fmt: skip
    with inside_acme():
        assert Story.objects.get(pk=second).value == "Hours."
        assert Story.objects.get(pk=first).position == 2


def test_a_refusal_keeps_every_word(
    desk_client: DeskClient, carl: User, page: str, inside_acme: Inside
) -> None:
    client, (first, _second) = desk_client(carl), _ids(inside_acme)
    typed = {"words": "Long thought of", f"story-{first}-is_picked": "on",
             f"story-{first}-value": ""}  # fmt: skip

    refused = client.post(page, _form(inside_acme, **typed))
    meanwhile = client.post(page, _form(inside_acme, version="77", words="Long thought of"))

    assert (refused.status_code, meanwhile.status_code) == (422, 409)
    for answer in (refused, meanwhile):
        assert b"Long thought of" in answer.content
    assert b"Say this, or leave the story out." in refused.content
    version = _form(inside_acme)["version"]
    assert f'name="version" value="{version}"' in meanwhile.content.decode()
    with inside_acme():
        assert ReportDraft.objects.get().words == ""


def test_it_is_looked_through_then_published_to_people_named_before(
    desk_client: DeskClient, carl: User, page: str, inside_acme: Inside
) -> None:
    client = desk_client(carl)
    form = {"version": _form(inside_acme)["version"]}
    early = client.post(f"{page}publication/", form)
    assert (early.status_code, _published(inside_acme)) == (302, 0)
    client.post(f"{page}review/", form)

    named = client.get(f"{page}publication/").content.decode()
    client.post(f"{page}publication/", {"version": _form(inside_acme)["version"]})

    assert "Olga Orlova" in named
    assert "Dan Davis" in named
    assert "Uma Usman" not in named
    assert _published(inside_acme) == 1
    after = client.get(page).content
    assert b"story-new-what" not in after
    for language, words in (("en", "Service report"), ("zh-hans", 'lang="zh-hans"')):
        seen = client.get(f"{page}preview/?language={language}").content.decode()
        assert words in seen
        assert "The export is slow" in seen
        assert "an index was missing" not in seen


def _published(inside_acme: Inside) -> int:
    with inside_acme():
        return ServiceReport.objects.count()


def test_the_list_shows_what_waits_at_customers_one_serves(
    desk_client: DeskClient, carl: User, ada: User, page: str
) -> None:
    client: Client = desk_client(carl)
    assert page.encode() in client.get("/reports/").content
    assert page.encode() not in client.get("/reports/?state=published").content
    assert page.encode() not in client.get("/reports/?whose=mine").content
    assert client.get("/reports/?customer=globex&state=nonsense&page=x").status_code == 200
    assert desk_client(ada).get("/reports/").status_code == 403
    assert client.get("/at/acme/reports/2026-13/").status_code == 404
    assert client.get("/at/globex/reports/2026-01/").status_code == 200
    assert client.get("/at/globex/reports/2099-01/").status_code == 404
