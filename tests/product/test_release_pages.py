"""Composing a release: what is in it, what it says, who will hear, and publishing it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.policy import Role
from customers.models import Customer
from desk.models import Due, OutboxItem
from followups.operations.telling import tell
from product.models import Asker, Event, Exclusion, NoticeItem, Problem, Release
from product.operations.audience import hearers
from product.operations.problems import make_problem
from product.operations.releases import change_release, make_release
from product.preview import Asked, preview, shown
from servicedesk import zones
from tests.cast import NINE, days, hours, make_staff, make_ticket, minutes
from tests.doors import DeskClient, Inside
from tickets import operations
from tickets.models import Contact
from tickets.operations.reporting import report

PAGE = "/releases/autumn/"


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def problem(db: None, pia: User) -> Problem:
    return make_problem(title="Exports lose their last line", key="EXPORT-1", by=pia, now=NINE)


@pytest.fixture
def release(pia: User, problem: Problem) -> Release:
    return make_release(
        key="autumn", version="4.2", notes_en="Exports are whole.", problems=[problem], by=pia,
        now=NINE,
    )  # fmt: skip


@pytest.fixture
def asked(
    acme: Customer, globex: Customer, inside_acme: Inside, inside_globex: Inside, ada: User,
    problem: Problem,
) -> None:  # fmt: skip
    """Uma has two tickets of it, one on hold; Ed one, whose mails wait at night; Eve of Globex."""
    with inside_acme():
        uma, ed = (Contact.objects.get(email=f"{one}@acme.test") for one in ("uma", "ed"))
        Contact.objects.filter(pk=uma.pk).update(language="zh-hans", news_by_mail=False)
        Contact.objects.filter(pk=ed.pk).update(quiet_from="08:00", quiet_until="10:00")
        held = make_ticket(requester=uma)
        operations.hold(ticket=held, by=ada, due_at=NINE + days(3), reason="Waits for it", now=NINE)
        for ticket in (held, make_ticket(requester=uma), make_ticket(requester=ed)):
            report(ticket=ticket, problem=problem, by=ada, now=NINE)
    with inside_globex():
        report(ticket=make_ticket(), problem=problem, by=ada, now=NINE)


@pytest.fixture
def pias(desk_client: DeskClient, pia: User) -> Client:
    return desk_client(pia)


def page(client: Client, address: str = PAGE, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def sent(client: Client, address: str, status: int = 302, **words: Any) -> str:
    response = client.post(address, words)
    assert response.status_code == status, response.content.decode()
    return " ".join(response.content.decode().split())


def last(release: Release) -> int:
    return Event.objects.filter(release=release).latest("pk").pk


def publish(client: Client, release: Release, people: int, status: int = 302, **more: Any) -> str:
    words = {"when": "now", "seen": last(release), "people": people} | more
    return sent(client, f"{PAGE}publication/", status, **words)


def test_without_a_release_the_list_says_what_is_next(pias: Client) -> None:
    assert "No release yet." in page(pias, "/releases/")


def test_a_release_is_planned_and_listed(pias: Client) -> None:
    sent(pias, "/releases/new/", key="v4.2", name="Autumn", version="4.2", notes_en="Whole.")

    shown = page(pias, "/releases/")
    assert 'href="/releases/v4.2/">Autumn</a>' in shown
    assert "Planned 1" in shown
    assert "No release matches." in page(pias, "/releases/?state=live")
    assert "Autumn" in page(pias, "/releases/?q=4.2")


@pytest.mark.parametrize("key", ["autumn", "told", "a b", "-x"])
def test_a_key_that_is_taken_or_cannot_be_one_is_refused_beside_it(
    pias: Client, release: Release, key: str
) -> None:
    shown = sent(pias, "/releases/new/", 422, key=key, name="Mine", notes_zh="导出完整")

    assert 'id="id_key_error"' in shown
    assert 'value="Mine"' in shown
    assert "导出完整" in shown


def test_the_composer_names_who_will_hear_and_how(
    pias: Client, release: Release, asked: None
) -> None:
    shown = page(pias)

    assert "2 customers</b>, <b>3 people</b>, <b>4 tickets</b>: 1 moves to resolved" in shown
    for words in ("Uma Usman", "Eve Evans", "简体中文 1", "portal only", "mail + portal"):
        assert words in shown
    assert "will get the mail at 10:00 their time" in shown
    assert "→ resolved" in shown
    assert "1 person who will hear reads 简体中文, and there are no notes in it" in shown
    assert "Publish: 3 people, 2 customers" in shown


def test_a_ticket_that_waits_for_another_problem_too_does_not_move(
    pias: Client, pia: User, ada: User, release: Release, asked: None, inside_acme: Inside
) -> None:
    other = make_problem(title="The header as well", by=pia, now=NINE)
    with inside_acme():
        held = Contact.objects.get(email="uma@acme.test").tickets.get(state="on_hold")
        report(ticket=held, problem=other, by=ada, now=NINE)

    shown = page(pias)

    assert "0 move to resolved" in shown
    assert "→ resolved" not in shown


def test_it_is_filtered_by_language_role_and_customer(
    pias: Client, release: Release, asked: None
) -> None:
    chinese, executors = page(pias, f"{PAGE}?language=zh-hans"), page(pias, f"{PAGE}?role=executor")
    globex = page(pias, f"{PAGE}?customer=globex")

    for text, (inside, outside) in {
        chinese: ("Uma Usman", "Ed Engel"),
        executors: ("Ed Engel", "Uma Usman"),
        globex: ("Eve Evans", "Ed Engel"),
    }.items():
        assert inside in text
        assert outside not in text


def test_customers_one_does_not_serve_are_counted_and_never_named(
    desk_client: DeskClient, release: Release, asked: None, acme: Customer, pia: User, pias: Client
) -> None:
    from accounts.models import Team

    north, south = (Team.objects.create(name=name) for name in ("North", "South"))
    Customer.objects.filter(code="acme").update(team=south)
    nia = make_staff(
        name="Nia", email="nia@desk.test", role=Role.PRODUCT_MANAGER, teams=[north],
        serves_all=False,
    )  # fmt: skip
    sent(pias, f"{PAGE}exclusions/", out=str(acme.pk), reason="They moved away")

    hers = desk_client(nia)
    every = page(hers) + page(hers, f"{PAGE}people/") + page(hers, "/releases/told/")
    every += page(hers, f"{PAGE}?who=excluded") + page(hers, f"{PAGE}publication/")

    assert "Acme" not in every
    assert "ACME" not in every
    assert "Uma" not in every
    assert "1 customer you do not serve" in every
    assert "Eve Evans" in every
    assert "left out a customer you do not serve" in every
    sent(hers, f"{PAGE}exclusions/", 404, out=str(acme.pk), reason="x")


def test_a_person_is_left_out_with_a_reason_and_taken_in_again(
    pias: Client, release: Release, asked: None, acme: Customer
) -> None:
    uma = Asker.objects.get(name="Uma Usman")
    out = f"{acme.pk}.{uma.contact_id}"
    assert "Leave one person of Acme out" in page(pias, f"{PAGE}?out={out}")

    refused = sent(pias, f"{PAGE}exclusions/", 422, out=out, reason="  ")
    assert "Write why" in refused

    sent(pias, f"{PAGE}exclusions/", out=out, reason="Told by phone")
    assert "2 people" in page(pias)
    left_out = page(pias, f"{PAGE}?who=excluded")
    assert "Told by phone" in left_out
    assert "Left out 1" in left_out

    row = Exclusion.objects.get()
    sent(pias, f"{PAGE}exclusions/{row.pk}/removal/")
    assert hearers(release).count() == 3


def test_a_whole_customer_is_left_out_and_taken_in_again(
    pias: Client, release: Release, asked: None, acme: Customer
) -> None:
    sent(pias, f"{PAGE}exclusions/", out=str(acme.pk), reason="Still on 4.1")

    assert "1 customer</b>, <b>1 person</b>" in page(pias)
    assert "Whole customer left out</b>: Still on 4.1" in page(pias, f"{PAGE}?who=excluded")
    row = Exclusion.objects.get()
    sent(pias, f"{PAGE}exclusions/{row.pk}/removal/")
    assert hearers(release).count() == 3


def test_staged_first_and_then_widened_each_hears_once(
    pias: Client, release: Release, asked: None, acme: Customer, globex: Customer,
    inside_acme: Inside, inside_globex: Inside,
) -> None:  # fmt: skip
    assert "Globex" in page(pias, f"{PAGE}?reach=glo")
    sent(pias, f"{PAGE}customers/", add=["acme", "globex"])
    sent(pias, f"{PAGE}customers/", remove="acme")
    publish(pias, release, 1)
    with inside_globex():
        tell(customer=globex, release_id=release.pk, now=NINE)

    sent(pias, f"{PAGE}customers/", remove="globex")
    assert "Name another customer first" in page(pias)
    untold = page(pias, "/releases/told/")
    assert "it does not reach their customer yet" in untold
    sent(pias, f"{PAGE}customers/", all="1")
    assert "Tell 2 more" in page(pias)

    publish(pias, release, 2)
    for inside, customer in ((inside_acme, acme), (inside_globex, globex)):
        with inside():
            tell(customer=customer, release_id=release.pk, now=NINE)

    assert NoticeItem.objects.filter(release=release).count() == 3
    assert "People are being told" in page(pias)
    OutboxItem.objects.filter(kind="notice").update(state="sent", sent_at=NINE)
    assert "Everyone has been told" in page(pias)


def test_where_it_is_live_it_stays(pias: Client, release: Release, asked: None) -> None:
    sent(pias, f"{PAGE}customers/", add=["acme", "globex"])
    publish(pias, release, 3)

    sent(pias, f"{PAGE}customers/", remove="globex")

    assert "none taken away" in page(pias)


def test_problems_are_looked_for_put_in_and_taken_out(
    pias: Client, pia: User, release: Release
) -> None:
    make_problem(title="导入月结凭证失败", key="IMPORT-7", by=pia, now=NINE)

    assert "IMPORT-7" in page(pias, f"{PAGE}?find=月结")
    sent(pias, f"{PAGE}items/", problem="IMPORT-7")
    assert release.problems.filter(key="IMPORT-7").exists()
    sent(pias, f"{PAGE}items/removal/", problem="IMPORT-7")
    assert not release.problems.filter(key="IMPORT-7").exists()
    sent(pias, f"{PAGE}items/", problem="NO-SUCH")
    assert "There is no such problem." in page(pias)


def test_what_is_live_keeps_its_items(
    pias: Client, release: Release, problem: Problem, asked: None
) -> None:
    publish(pias, release, 3)

    sent(pias, f"{PAGE}items/removal/", problem=problem.key)

    assert "nothing is taken out any more" in page(pias)
    assert release.problems.filter(pk=problem.pk).exists()


def test_two_who_change_the_words_do_not_overwrite_each_other(
    pias: Client, pia: User, mei: User, release: Release
) -> None:
    seen = last(release)
    change_release(release=release, notes_en="Mei's words.", by=mei, now=NINE + minutes(1))
    mine: dict[str, Any] = {"name": "Autumn", "notes_en": "Pia's words.", "seen": seen}

    shown = sent(pias, f"{PAGE}words/", 409, **mine)

    assert "Mei Tan changed the notes in English" in shown
    assert "Pia&#x27;s words." in shown
    release.refresh_from_db()
    assert release.notes_en == "Mei's words."
    assert f'name="seen" value="{last(release)}"' in shown

    sent(pias, f"{PAGE}words/", **mine | {"seen": last(release)})
    release.refresh_from_db()
    assert (release.name, release.notes_en) == ("Autumn", "Pia's words.")


def test_published_twice_nobody_is_told_twice(
    pias: Client, desk_client: DeskClient, mei: User, release: Release, asked: None,
    inside_acme: Inside, acme: Customer,
) -> None:  # fmt: skip
    seen = last(release)
    assert "Tell 3 people" in page(pias, f"{PAGE}publication/")
    publish(pias, release, 3)

    second = publish(desk_client(mei), release, 3, 409, seen=seen)
    assert "Pia Roth published it" in second
    for _again in range(2):
        with inside_acme():
            tell(customer=acme, release_id=release.pk, now=NINE)

    assert NoticeItem.objects.filter(release=release, customer=acme).count() == 2
    assert Due.objects.filter(kind=Due.Kind.RELEASE).count() == 2
    release.refresh_from_db()
    assert release.published_by is not None
    assert release.published_by.name == "Pia Roth"


def test_who_will_hear_changed_since_it_was_looked_at(
    pias: Client, release: Release, asked: None
) -> None:
    shown = publish(pias, release, 2, 409)

    assert "Who will hear has changed since you looked." in shown
    assert 'name="people" value="3"' in shown
    release.refresh_from_db()
    assert release.state == "planned"


def test_edited_after_publishing_only_who_has_not_heard_is_told(
    pias: Client, pia: User, ada: User, release: Release, asked: None, inside_acme: Inside,
    acme: Customer,
) -> None:  # fmt: skip
    publish(pias, release, 3)
    with inside_acme():
        tell(customer=acme, release_id=release.pk, now=NINE)
        other = make_problem(title="The header as well", key="HEAD-1", by=pia, now=NINE)
        for email in ("uma", "dan"):
            asker = Contact.objects.get(email=f"{email}@acme.test")
            report(ticket=make_ticket(requester=asker), problem=other, by=ada, now=NINE)
    sent(pias, f"{PAGE}words/", name="Autumn", notes_en="More.", seen=last(release))
    sent(pias, f"{PAGE}items/", problem="HEAD-1")

    publish(pias, release, 2)  # Dan, and Eve who waits for her worker
    with inside_acme():
        tell(customer=acme, release_id=release.pk, now=NINE)

    assert NoticeItem.objects.filter(release=release, customer=acme).count() == 3
    assert "Told already 3" in page(pias)


def test_it_is_published_at_a_time_on_the_operators_clock(
    pias: Client, pia: User, release: Release, asked: None
) -> None:
    User.objects.filter(pk=pia.pk).update(time_zone="Asia/Shanghai")
    refused = publish(pias, release, 3, 422, when="later", at="2026-03-02T16:00")
    assert "This time has passed." in refused
    assert "2026-03-02T16:00" in refused
    assert "Say at what time" in publish(pias, release, 3, 422, when="later")

    publish(pias, release, 3, when="later", at="2026-03-02T18:00")

    release.refresh_from_db()
    assert release.publish_at == NINE + hours(1)
    assert "Asia/Shanghai" in page(pias)
    sent(pias, f"{PAGE}schedule/removal/")
    assert Release.objects.get(state="planned", publish_at=None) == release


def test_reading_needs_less_than_changing(
    desk_client: DeskClient, ada: User, release: Release, asked: None
) -> None:
    adas = desk_client(ada)

    shown = page(adas)

    assert "Uma Usman" in shown
    assert "Publish" not in shown
    for part in ("words", "items", "customers", "exclusions", "tests", "publication", "pause"):
        assert adas.post(f"{PAGE}{part}/").status_code == 403
    assert adas.get("/releases/new/").status_code == 403


def test_the_preview_counts_as_the_audience_does(
    pia: User, release: Release, asked: None, acme: Customer
) -> None:
    Asker.objects.filter(name="Ed Engel").update(is_active=False)

    found = preview(release=release, user=pia)

    assert found.people("hears") == hearers(release).count() == 2
    assert found.people("off") == 1
    for who in ("hears", "off", "excluded", "told"):
        listed = shown(found=found, asked=Asked(who), now=NINE)
        assert listed.people == sum(len(firm.people) for firm in listed.firms)


def test_however_many_ask_it_sends_as_many_statements(
    pias: Client, release: Release, asked: None, problem: Problem, inside_acme: Inside, ada: User
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(pias)
        return len(captured)

    few = statements()
    with inside_acme():
        for person in Contact.objects.all():
            report(ticket=make_ticket(requester=person), problem=problem, by=ada, now=NINE)
    zones.use(zones.OWNER)

    assert statements() <= few


def test_without_notes_it_is_not_published_and_says_what_to_do(
    pias: Client, release: Release, asked: None
) -> None:
    Release.objects.filter(pk=release.pk).update(notes_en="")
    assert "It has no notes yet." in page(pias)

    refused = publish(pias, release, 3, 422)

    assert "Write them first, in one language at least." in refused
    assert "people get the other language" not in refused
    release.refresh_from_db()
    assert release.state == "planned"


def test_what_should_have_gone_live_and_did_not_says_so(
    pias: Client, pia: User, release: Release
) -> None:
    said = "Its time has passed and it is not live"
    Release.objects.filter(pk=release.pk).update(
        state="scheduled", publish_at=NINE, published_by=pia
    )
    assert said not in page(pias)

    with time_machine.travel(NINE + hours(1), tick=False):
        assert said in page(pias)


def test_the_trail_is_shown_to_its_beginning_when_asked(
    pias: Client, pia: User, release: Release
) -> None:
    for number in range(40):
        change_release(release=release, by=pia, now=NINE, version=f"5.{number}")
    began = "Pia Roth planned this release"
    shown = page(pias, f"{PAGE}?who=off")
    assert began not in shown
    assert "12 earlier lines" in shown

    whole = page(pias, f"{PAGE}?who=off&all=1")

    assert 'href="?who=off&amp;all=1#trail"' in shown
    assert began in whole
    assert "earlier line" not in whole
