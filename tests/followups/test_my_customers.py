"""A consultant's day: what needs them by time, how their customers stand, one with everything."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Team, User
from customers.models import Customer, ToDo
from desk.models import (
    CallbackItem,
    ClockItem,
    QueueItem,
    RescueItem,
    ServiceReportItem,
    VisitItem,
)
from desk.my_customers import Asked, mine
from desk.needs_me import needs
from followups.models import Story, Visit, VisitPicture
from product.models import Problem
from servicedesk import zones
from tests.cast import NINE, days, hours, make_ticket
from tests.doors import DeskClient, Inside, PortalClient
from tests.followups.visiting import held, picture, planned
from tickets.models import Contact

NOW = NINE + hours(3)


@pytest.fixture
def carls(acme: Customer, carl: User) -> Customer:
    """Acme as a customer of Carl's."""
    Customer.objects.filter(pk=acme.pk).update(consultant=carl, is_vip=True)
    return Customer.objects.get(pk=acme.pk)


def busy(customer: Customer, carl: User, number: int = 1) -> None:
    """One thing of each kind that needs Carl, by its time: rescue first, then the others."""
    QueueItem.objects.create(
        customer=customer, ticket_id=number, number=number, subject="Ledger", kind="question",
        state="open", priority="normal", last_side="customer", version=1, opened_at=NINE,
        updated_at=NINE, owner=carl, next_due_at=NOW - hours(1), next_due_kind="promise",
    )  # fmt: skip
    ClockItem.objects.create(
        customer=customer, ticket_id=number, kind="promise", seq=1, started_at=NINE, target=0,
        due_at=NOW - hours(1), stands="running", spans=[],
    )  # fmt: skip
    RescueItem.objects.create(
        customer=customer, rescue_id=number, subject="", contact_name="Uma", joined=1,
        state="open", consultant=carl, opened_at=NINE - days(4), due_at=NOW - days(3),
    )  # fmt: skip
    ToDo.objects.create(
        customer=customer, stage="live", since=NINE, name="Greet them", name_zh="问候",
        due_on=NINE.date() - timedelta(days=2), owner=carl,
    )  # fmt: skip
    VisitItem.objects.create(
        customer=customer, visit_id=number, kind="call", consultant=carl,
        due_on=NINE.date() - timedelta(days=1),
    )  # fmt: skip
    CallbackItem.objects.create(
        customer=customer, callback_id=number, contact_id=number, contact_name="Dan",
        period="2026", by="phone", asked_at=NINE, expires_at=NINE + days(9), call_at=NOW - hours(2),
        is_low=False, is_machine=False,
    )  # fmt: skip
    ServiceReportItem.objects.create(
        customer=customer, month=NINE.date().replace(day=1), drafted_at=NOW - timedelta(minutes=5)
    )


def test_what_needs_one_stands_by_time_each_one_click_from_its_place(
    carls: Customer, carl: User
) -> None:
    busy(carls, carl)
    found = needs(reader=carl, whose=carl, is_chinese=False, now=NOW)
    assert [(one.kind, one.words, one.href, one.is_late(NOW)) for one in found] == [
        ("rescue", "Uma", "/rescues/acme/1/", True),
        ("to_do", "Greet them", "/at/acme/?show=work", True),
        ("call", "", "/at/acme/visits/1/", True),
        ("callback", "Dan", "/callbacks/acme/1/", False),
        ("promise", "Ledger", "/at/acme/tickets/1/", True),
        ("report", "", "/at/acme/reports/2026-03/", False),
    ]
    assert found[1].day == NINE.date() - timedelta(days=2)
    zh = needs(reader=carl, whose=carl, is_chinese=True, now=NOW)
    assert zh[1].words == "问候"


def test_what_is_done_later_or_anothers_stands_not_there(
    carls: Customer, carl: User, ada: User
) -> None:
    busy(carls, carl)
    RescueItem.objects.update(state="asked")
    ToDo.objects.update(due_on=NINE.date() + timedelta(days=8))
    VisitItem.objects.update(held_at=NINE)
    CallbackItem.objects.update(call_at=NOW + days(1))
    ClockItem.objects.update(due_at=NOW + days(1))
    ServiceReportItem.objects.update(published_at=NINE)
    assert needs(reader=carl, whose=carl, is_chinese=False, now=NOW) == []
    ToDo.objects.update(due_on=NINE.date(), owner=None)
    (one,) = needs(reader=carl, whose=carl, is_chinese=False, now=NOW)
    assert one.kind == "to_do"
    ToDo.objects.update(owner=ada)
    assert needs(reader=carl, whose=carl, is_chinese=False, now=NOW) == []


def test_a_customer_one_does_not_serve_any_more_is_not_shown(carls: Customer, carl: User) -> None:
    busy(carls, carl)
    Customer.objects.filter(pk=carls.pk).update(team=Team.objects.create(name="North"))
    User.objects.filter(pk=carl.pk).update(serves_all=False)
    carl = User.objects.get(pk=carl.pk)
    assert needs(reader=carl, whose=carl, is_chinese=False, now=NOW) == []
    found = mine(reader=carl, asked=Asked(carl), page=None, now=NOW, today=NINE.date())
    assert found.lines == []


def test_each_customer_says_how_it_stands_the_most_pressing_first(
    carls: Customer, globex: Customer, carl: User
) -> None:
    Customer.objects.filter(pk=globex.pk).update(consultant=carl, laid_at=None)
    busy(carls, carl)
    found = mine(reader=carl, asked=Asked(carl), page=None, now=NOW, today=NINE.date())
    first, other = found.lines
    stands = first.standing
    assert (first.customer.code, other.customer.code) == ("acme", "globex")
    assert (stands.open, stands.overdue, stands.promises, stands.broken) == (1, 1, 1, 1)
    assert (stands.waiting, stands.calls, stands.to_dos, stands.late) == (1, 1, 1, 1)
    assert (stands.rescue_id, stands.is_rescue_late, stands.visit_id) == (1, True, 1)
    assert first.is_visit_late
    assert stands.month == NINE.date().replace(day=1)
    assert first.health is not None
    assert first.health.score < 100
    assert (other.health, other.is_open) == (None, False)
    by_name = mine(
        reader=carl, asked=Asked(carl, sort="health"), page=None, now=NOW, today=NINE.date()
    )
    assert [line.customer.code for line in by_name.lines] == ["acme", "globex"]
    sought = Asked(carl, sought="glob")
    assert len(mine(reader=carl, asked=sought, page=None, now=NOW, today=NINE.date()).lines) == 1


def test_its_page_is_for_who_configures_customers_and_managers_choose_whose(
    desk_client: DeskClient, carls: Customer, carl: User, ada: User, mei: User
) -> None:
    assert desk_client(ada).get("/my-customers/").status_code == 403
    assert "My customers" not in desk_client(ada).get("/").content.decode()
    shown = desk_client(carl).get("/my-customers/").content.decode()
    assert "Nothing needs you now." in shown
    assert 'href="/at/acme/"' in shown
    assert "Whose customers" not in shown
    empty = desk_client(mei).get("/my-customers/").content.decode()
    assert "No customer is looked after here yet." in empty
    theirs = desk_client(mei).get(f"/my-customers/?whose={carl.pk}&sort=name").content.decode()
    assert "Customers of Carl Moser" in theirs
    other = desk_client(carl).get(f"/my-customers/?whose={mei.pk}&sort=%00&q=%00&page=x")
    assert other.context["asked"].whose == carl


def test_who_is_somebodys_deputy_sees_theirs_while_they_are_away(
    desk_client: DeskClient, carls: Customer, carl: User, mei: User
) -> None:
    User.objects.filter(pk=mei.pk).update(deputy=carl, away_from=timezone.now() - days(1))
    shown = desk_client(carl).get(f"/my-customers/?whose={mei.pk}").content.decode()
    assert "Customers of Mei Tan" in shown


def asked_of(client: object, address: str) -> int:
    """Statements of one request, after one that warms what is kept."""
    client.get(address)  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200  # type: ignore[attr-defined]
    return len(caught)


def test_as_many_statements_for_one_customer_as_for_many(
    desk_client: DeskClient, carls: Customer, globex: Customer, carl: User
) -> None:
    client = desk_client(carl)
    few = asked_of(client, "/my-customers/")
    Customer.objects.filter(pk=globex.pk).update(consultant=carl)
    for customer in (carls, globex):
        busy(customer, carl)
    zones.use(zones.OWNER)
    assert asked_of(client, "/my-customers/") == few
    assert few <= 25


# --- One customer -------------------------------------------------------------------------------


def test_a_customers_page_shows_everything_a_part_at_a_time(
    desk_client: DeskClient, carls: Customer, inside_acme: Inside, carl: User, uma: Contact
) -> None:
    with inside_acme() as acme:
        make_ticket(requester=uma)
        visit = held(acme, carl, people=[uma], pictures=[picture()])
        Visit.objects.update(problem=Problem.objects.create(
            key="P-9", title="Scan orders", kind="request", created_at=NINE, state_at=NINE,
        ))  # fmt: skip
        ToDo.objects.create(customer=acme, stage="live", since=NINE, name="Greet them")
    client = desk_client(carl)
    for address, words in {
        "": ("The printer smokes", "Portrait", "Standard", "They print by hand.", "Health"),
        "?show=settled": ("Nothing has been resolved yet.",),
        "?show=people": ("Uma Usman", "uma@acme.test"),
        "?show=work": ("Greet them", "Nobody was dissatisfied."),
        "?show=product": ("Scan orders", "heard at a visit"),
        "visits/": ("They print by hand.", "Uma Usman", f"visits/{visit.pk}/pictures/"),
        "?show=%00": ("Portrait",),
    }.items():
        shown = client.get(f"/at/acme/{address}").content.decode()
        for word in words:
            assert word in shown, (address, word)


def test_each_part_takes_as_many_statements_whatever_there_is(
    desk_client: DeskClient, carls: Customer, inside_acme: Inside, carl: User, uma: Contact
) -> None:
    client = desk_client(carl)
    parts = ("", "?show=work", "?show=product", "visits/")
    with inside_acme() as acme:
        _one_of_each(acme, carl, uma)
    few = [asked_of(client, f"/at/acme/{part}") for part in parts]
    with inside_acme() as acme:
        for _more in range(3):
            _one_of_each(acme, carl, uma)
    assert [asked_of(client, f"/at/acme/{part}") for part in parts] == few
    assert max(few) <= 35


def _one_of_each(acme: Customer, carl: User, uma: Contact) -> None:
    make_ticket(requester=uma)
    held(acme, carl, people=[uma], pictures=[picture()])
    planned(acme, carl)
    name = f"Greet them {ToDo.objects.count()}"
    ToDo.objects.create(customer=acme, stage="live", since=NINE, name=name, owner=carl)


def test_a_to_do_is_ticked_on_the_desk_by_who_configures(
    desk_client: DeskClient, carls: Customer, carl: User, ada: User, globex: Customer
) -> None:
    row = ToDo.objects.create(customer=carls, stage="live", since=NINE, name="Greet them")
    other = ToDo.objects.create(customer=globex, stage="live", since=NINE, name="Theirs")
    assert desk_client(ada).post(f"/at/acme/to-dos/{row.pk}/done/").status_code == 403
    client = desk_client(carl)
    assert client.post(f"/at/acme/to-dos/{other.pk}/done/").status_code == 404
    done = client.post(f"/at/acme/to-dos/{row.pk}/done/", follow=True).content.decode()
    assert "Done: Greet them" in done
    row.refresh_from_db()
    assert row.done_by == carl


# --- Visits -------------------------------------------------------------------------------------


def test_a_visit_is_planned_held_and_made_a_request_and_a_story_on_its_pages(
    desk_client: DeskClient, carls: Customer, inside_acme: Inside, carl: User, uma: Contact
) -> None:
    client, upload = desk_client(carl), picture()
    assert client.get("/at/acme/visits/new/").context["form"]["consultant"].value() == carl.pk
    plan = {"kind": "visit", "due_on": "2026-03-04", "consultant": carl.pk}
    address = client.post("/at/acme/visits/new/", plan)["Location"]
    assert "Write down what you found" in client.get(address).content.decode()
    early = client.post(f"{address}request/", follow=True).content.decode()
    assert "Write down first what you found." in early

    notes = {"held_at": "2026-03-04T10:00", "words": "They print by hand.", "people": [uma.pk],
             "next_step": "Scan orders", "files": _file("shop.png", upload.content)}  # fmt: skip
    assert client.post(f"{address}notes/", notes)["Location"] == address
    shown = client.get(address).content.decode()
    for words in ("They print by hand.", "Uma Usman", "Make it a request", "shop.png"):
        assert words in shown, words
    made = client.post(f"{address}request/")
    assert made["Location"] == f"/problems/{Problem.objects.get().key}/"
    trail = client.get(made["Location"]).content.decode()
    assert "heard of it at a visit: ACME-V" in trail
    told = client.post(f"{address}story/", follow=True).content.decode()
    assert "It is among the stories for the report of" in told
    with inside_acme():
        assert Story.objects.count() == 1


def _file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/png")


def test_a_refusal_keeps_every_word_and_says_what_to_do(
    desk_client: DeskClient, carls: Customer, inside_acme: Inside, carl: User, uma: Contact
) -> None:
    with inside_acme() as acme:
        visit = planned(acme, carl)
    client, address = desk_client(carl), f"/at/acme/visits/{visit.pk}/"
    notes = {"held_at": "2126-03-04T10:00", "words": "They print by hand.", "people": [uma.pk],
             "next_step": "Scan orders", "files": _file("shop.png", b"no picture")}  # fmt: skip
    for held_at, word in (("2126-03-04T10:00", "That is in the future. Say when it was."),
                          ("2026-03-04T10:00", "shop.png is no picture")):  # fmt: skip
        notes |= {"held_at": held_at, "files": _file("shop.png", b"no picture")}
        refused = client.post(f"{address}notes/", notes)
        shown = refused.content.decode()
        assert refused.status_code == 422
        for words in (word, "They print by hand.", "Scan orders", "Choose your files again"):
            assert words in shown, words
        assert refused.context["form"]["people"].value() == [str(uma.pk)]
    empty = client.post(f"{address}calling-off/", {"why": " "})
    assert "Say why" in empty.content.decode()
    moved = client.post(f"{address}day/", {"kind": "call", "due_on": "12345-01-01"})
    assert moved.status_code == 422
    assert client.post(f"{address}calling-off/", {"why": "Ill"}).status_code == 302
    late = client.post(f"{address}calling-off/", {"why": "Ill"}, follow=True).content.decode()
    assert "It was held or called off by now." in late


def test_pictures_are_for_who_serves_the_customer_and_never_for_the_customer(
    desk_client: DeskClient, portal_client: PortalClient, carls: Customer, inside_acme: Inside,
    carl: User, ada: User, uma: Contact,
) -> None:  # fmt: skip
    with inside_acme() as acme:
        visit = held(acme, carl, pictures=[picture()])
        name = VisitPicture.objects.get().name
    address = f"/at/acme/visits/{visit.pk}/pictures/{name}/"
    small, whole = desk_client(ada).get(f"{address}?thumb"), desk_client(ada).get(address)
    assert (small["Content-Type"], small.getvalue()[8:12]) == ("image/webp", b"WEBP")
    assert whole["Content-Disposition"].startswith("attachment")
    assert whole.getvalue() != picture().content
    elsewhere = f"/at/globex/visits/{visit.pk}/pictures/{name}/"
    assert desk_client(ada).get(elsewhere).status_code == 404
    wrong = f"/at/acme/visits/{visit.pk}/pictures/{'0' * 32}/"
    assert desk_client(ada).get(wrong).status_code == 404
    assert portal_client(uma).get(address).status_code == 404
    Customer.objects.filter(pk=carls.pk).update(team=Team.objects.create(name="North"))
    User.objects.filter(pk=ada.pk).update(serves_all=False)
    assert desk_client(User.objects.get(pk=ada.pk)).get(address).status_code == 404


def test_the_time_a_visit_was_is_on_the_readers_wall(
    desk_client: DeskClient, carls: Customer, inside_acme: Inside, carl: User
) -> None:
    User.objects.filter(pk=carl.pk).update(time_zone="Asia/Shanghai")
    with inside_acme() as acme:
        visit = planned(acme, carl)
    notes = {"held_at": "2026-03-04T10:00", "words": "Met"}
    desk_client(User.objects.get(pk=carl.pk)).post(f"/at/acme/visits/{visit.pk}/notes/", notes)
    with inside_acme():
        found = Visit.objects.get().held_at
    assert found == datetime(2026, 3, 4, 2, tzinfo=NINE.tzinfo)
