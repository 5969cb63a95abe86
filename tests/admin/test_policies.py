"""Policies in the admin: conditions, ladders and targets in words; a default that stays; the order;
what a change would do to open tickets, and that they are judged by it."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from customers.models import Customer, Plan
from customers.roles import DESK, OWNER
from desk import policy_words
from desk.models import Calendar, CustomerHours, Due, Policy, QueueItem, Retargeting, Step, Terms
from desk.operations import keeping_policies
from desk.policy_forms import PolicyForm
from servicedesk import zones
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import agree, events, form_of, problems, said, send, shown
from tests.cast import NINE, hours, make_staff, make_ticket, minutes
from tests.doors import Inside
from tickets.operations import judge

PREVIEW = "/policies/preview/"
LIST = "/desk/policy/"


@pytest.fixture
def carls(console: ConsoleClient, carl: User) -> Client:
    return console(carl)


@pytest.fixture
def everybody(db: None) -> Policy:
    return Policy.objects.get(name="Everybody")


@pytest.fixture
def page(everybody: Policy) -> str:
    Policy.objects.exclude(pk=everybody.pk).delete()
    return f"{LIST}{everybody.pk}/change/"


def make_policy(name: str, position: int, **facts: Any) -> Policy:
    facts = {"first_response": 1800, "next_response": 3600, "real_answer": 7200} | facts
    calendar = Calendar.objects.get(name="Weekdays")
    return Policy.objects.create(name=name, position=position, calendar=calendar, **facts)


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return {name: list(words) for name, words in response.context["adminform"].form.errors.items()}


def ladder_errors(response: Any) -> list[Any]:
    assert response.status_code == 200
    (inline,) = response.context["inline_admin_formsets"]
    return [*inline.formset.non_form_errors(), *(form.errors for form in inline.formset.forms)]


def steps(*lines: tuple[str, str, str, str], first: int = 0) -> dict[str, str]:
    """Lines of a ladder as typed: clock, level, percent, delay."""
    typed = {"steps-TOTAL_FORMS": str(first + len(lines))}
    for at, line in enumerate(lines, first):
        names = ("clock", "level", "percent", "delay")
        typed |= {f"steps-{at}-{name}": said for name, said in zip(names, line, strict=True)}
    return typed


# --- The form ------------------------------------------------------------------------------------


def test_a_new_policy_has_the_usual_ladder_and_one_event_tells_all_of_it(
    carls: Client, page: str, acme: Customer
) -> None:
    typed = {
        "name": "Acme, urgent", "customer": str(acme.pk), "with_branches": "on",
        "priority": "urgent", "calendar": str(Calendar.objects.get(name="Weekdays").pk),
        "first_response": "15 min", "next_response": "30 min", "real_answer": "2 h",
        "resolution": "8 h", "total_resolution": "12 h", "soon": "70", "returns_after": "1 h",
    }  # fmt: skip
    sent = send(carls, f"{LIST}add/", **typed)
    assert sent.status_code == 302, problems(sent)
    (event,) = events(model="desk.policy")
    assert event.changes["ladder"] == [
        None,
        ["owner at 50 %", "owner at 80 %", "owner at 100 %", "lead at 100 % + 30 min",
         "manager at 100 % + 2 h"],
    ]  # fmt: skip
    assert event.changes["resolution"] == [None, "8 h"]
    assert event.changes["returns_after"] == [None, "1 h"]
    assert event.customer_code == "acme"
    policy = Policy.objects.get(name="Acme, urgent")
    assert (policy.position, policy.soon, policy.total_resolution) == (110, 70, 43_200)
    assert policy_words.conditions(policy) == "Acme with its branches · Urgent"


def test_a_changed_ladder_is_told_old_and_new_and_makes_a_version(
    carls: Client, page: str, everybody: Policy
) -> None:
    everybody.steps.all().delete()
    Step.objects.create(policy=everybody, level="owner", percent=80)
    everybody.refresh_from_db()
    typed = steps(("next_response", "manager", "100", "1 h 30 min"), first=1)
    assert send(carls, page, **typed).status_code == 302
    (event,) = events(model="desk.policy")
    assert event.changes == {
        "ladder": [
            ["owner at 80 %"],
            ["owner at 80 %", "manager at 100 % + 1 h 30 min, next_response"],
        ]
    }
    assert Policy.objects.get(pk=everybody.pk).version == everybody.version + 1
    assert send(carls, page).status_code == 302
    assert len(events(model="desk.policy")) == 1, "sent as it was shown"


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"first_response": "0 min"}, "first_response", "Between one minute"),
        ({"real_answer": "soon"}, "real_answer", "such as 30 min"),
        ({"resolution": "8 h", "total_resolution": "4 h"}, "total_resolution", "write 8 h or more"),
        ({"soon": "0"}, "soon", "Between 1 and 100"),
        ({"soon": "101"}, "soon", "Between 1 and 100"),
        ({"with_branches": "on"}, "customer", "whose branches"),
        ({"returns_after": "never"}, "returns_after", "such as 30 min"),
        ({"position": "7"}, "position", "That is the place of “Taken”. 8 is free."),
        ({"for_vip": "on"}, "for_vip", "another active policy without any condition"),
        ({"is_active": None}, "is_active", "another active policy without any condition"),
        ({"channel": "mail"}, "channel", "another active policy without any condition"),
    ],
)
def test_what_is_wrong_names_its_field_and_a_remedy_and_nothing_typed_is_lost(
    carls: Client, page: str, everybody: Policy, typed: dict[str, Any], field: str, says: str
) -> None:
    make_policy("Taken", 7, for_vip=True)
    refused = send(carls, page, name="A name typed meanwhile", **typed)
    found = errors(refused)
    assert list(found) == [field]
    assert says in found[field][0]
    assert form_of(refused)["name"] == "A name typed meanwhile"
    zones.use(OWNER)
    assert Policy.objects.get(pk=everybody.pk).name == "Everybody"
    assert events(model="desk.policy") == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (("", "owner", "80", ""), "both tell “Owner: at 80 %”"),
        (("first_response", "owner", "80", ""), "both tell “Owner: at 80 % (First response)”"),
        (("", "lead", "0", ""), "Between 1 and 100 percent"),
        (("", "lead", "120", ""), "Between 1 and 100 percent"),
        (("", "lead", "50", "30 min"), "write 100 %, or leave it empty"),
        (("", "lead", "100", "later"), "such as 30 min"),
        (("", "", "70", ""), "required"),
    ],
)
def test_a_ladder_says_no_step_twice_and_none_that_cannot_be(
    carls: Client, page: str, everybody: Policy, line: tuple[str, str, str, str], says: str
) -> None:
    everybody.steps.all().delete()
    Step.objects.create(policy=everybody, level="owner", percent=80)
    refused = send(carls, page, **steps(line, first=1))
    assert says in " ".join(str(one) for one in ladder_errors(refused))
    assert form_of(refused)["steps-1-percent"] == line[2]
    zones.use(OWNER)
    assert everybody.steps.count() == 1


def test_the_database_refuses_to_be_without_a_default_in_the_same_words(
    carls: Client, page: str, everybody: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when two people each switch off one of two defaults at the same time."""
    monkeypatch.setattr("desk.policy_forms.is_last_default", lambda policy: False)
    refused = send(carls, page, plan="", for_vip="on", first_response="7 min")
    assert "another active policy without any condition" in errors(refused)["for_vip"][0]
    assert form_of(refused)["first_response"] == "7 min"
    zones.use(OWNER)
    assert Policy.objects.get(pk=everybody.pk).is_default
    assert events(model="desk.policy") == []


def test_policies_about_a_customer_are_for_who_serves_it(
    console: ConsoleClient, acme: Customer, page: str
) -> None:
    policy = make_policy("Acme's", 5, customer=acme)
    cleo = make_staff(name="Cleo", email="cleo@desk.test", role="consultant", serves_all=False)
    team = cleo.teams.create(name="Elsewhere")
    cleo.teams.clear()
    Customer.objects.filter(pk=acme.pk).update(team=team)
    hers = console(cleo)
    assert "Acme&#x27;s" not in said(hers.get(LIST))
    assert hers.get(f"{LIST}{policy.pk}/change/").status_code == 302
    refused = send(hers, f"{LIST}add/", customer=str(acme.pk))
    assert "customer" in errors(refused)


# --- The list and its order ----------------------------------------------------------------------


def test_the_list_says_whom_each_fits_and_which_is_never_asked(
    carls: Client, page: str, acme: Customer
) -> None:
    make_policy("Faults", 10, kind="fault")
    make_policy("Urgent faults", 20, for_vip=True, kind="fault", priority="urgent")
    make_policy("Old", 30, is_active=False)
    make_policy("Late", 200, channel="mail")
    words = said(carls.get(LIST))
    assert "VIP · Fault · Urgent" in words
    assert "“Faults” comes first and fits all that this fits." in words
    assert "“Everybody” comes first and fits all that this fits." in words
    assert words.count("never asked") == 2
    assert "switched off" in words
    assert ">default<" in words


@pytest.mark.parametrize(
    ("wide", "narrow", "is_covered"),
    [
        ({}, {"kind": "fault"}, True),
        ({"kind": "fault"}, {}, False),
        ({"kind": "fault"}, {"kind": "fault", "priority": "urgent"}, True),
        ({"for_vip": True}, {"kind": "fault"}, False),
        ({"customer": "acme"}, {"customer": "acme", "kind": "fault"}, True),
        ({"customer": "acme"}, {"customer": "acme", "with_branches": True}, False),
        ({"customer": "acme", "with_branches": True}, {"customer": "globex"}, True),
        ({"customer": "globex"}, {"customer": "acme"}, False),
        ({"plan": True}, {"customer": "acme"}, True),
        ({"plan": True}, {"customer": "acme", "with_branches": True}, False),
        ({"for_vip": True}, {"customer": "acme"}, False),
        ({"for_vip": True}, {"customer": "globex"}, True),
    ],
)
def test_one_policy_leaves_another_nothing_when_it_fits_all_of_it(
    acme: Customer, globex: Customer, wide: dict[str, Any], narrow: dict[str, Any],
    is_covered: bool,
) -> None:  # fmt: skip
    globex.parent, globex.is_vip = acme, True
    named = {"acme": acme, "globex": globex}
    pair = []
    for facts in (wide, narrow):
        rows: dict[str, Any] = {}
        if "customer" in facts:
            rows["customer"] = named[facts["customer"]]
        if "plan" in facts:
            rows["plan"] = acme.plan
        pair.append(Policy(**(facts | rows)))
    assert policy_words.covers(*pair) is is_covered


def test_a_policy_changes_places_with_its_neighbour_and_both_are_written_down(
    carls: Client, page: str
) -> None:
    faults = make_policy("Faults", 10, kind="fault")
    move = f"{LIST}{faults.pk}/move/"
    assert carls.get(f"{move}down/").status_code == 405
    assert carls.post(f"{move}down/").status_code == 302
    zones.use(OWNER)
    order = list(Policy.objects.order_by("position").values_list("name", "position"))
    assert order == [("Everybody", 10), ("Faults", 100)]
    told = [(event.name, event.changes) for event in events(model="desk.policy")]
    assert told == [
        ("Everybody", {"position": [100, 10]}),
        ("Faults", {"position": [10, 100]}),
    ]
    again = carls.post(f"{move}down/", follow=True)
    assert "stands there already" in said(again)
    assert 'formaction="/desk/policy/' in said(again)


def test_who_may_not_configure_moves_nothing(
    console: ConsoleClient, ada: User, page: str, everybody: Policy
) -> None:
    for path in (f"{LIST}{everybody.pk}/move/up/", PREVIEW):
        assert "login" in console(ada).post(path).headers.get("Location", "login")
    assert "login" in console(ada).get("/desk/retargeting/progress/").headers["Location"]


# --- What it would do, and does ------------------------------------------------------------------


@pytest.fixture
def open_tickets(inside_acme: Inside, inside_globex: Inside, page: str) -> None:
    """At Acme one of nine o'clock and one of eleven, by mail; at Globex one of nine; all wait."""
    for room, at, channel in (
        (inside_acme, NINE, "portal"),
        (inside_acme, NINE + hours(2), "mail"),
        (inside_globex, NINE, "portal"),
    ):
        with room() as customer:
            ticket = make_ticket(now=at, channel=channel)
            judge(customer=customer, ticket_id=ticket.pk, now=at, quiet=True)
    zones.use(OWNER)
    Due.objects.all().delete()


def figures(response: Any) -> dict[str, int]:
    return dict(vars(response.context["found"].effect))


def test_nothing_typed_changes_nothing(carls: Client, page: str, open_tickets: None) -> None:
    with time_machine.travel(NINE + minutes(5), tick=False):
        asked = carls.post(PREVIEW, shown(carls, page))
    assert figures(asked) == {
        "tickets": 3, "overdue": 0, "relieved": 0, "earlier": 0, "later": 0, "ended": 0,
    }  # fmt: skip


def test_the_preview_counts_by_what_is_typed_and_saves_nothing(
    carls: Client, page: str, everybody: Policy, open_tickets: None
) -> None:
    """An hour is promised; at 11:05 those of nine are overdue, the one of eleven is not."""
    with time_machine.travel(NINE + hours(2) + minutes(5), tick=False):
        sent = shown(carls, page)
        shorter = carls.post(PREVIEW, sent | {"first_response": "4 min"})
        assert figures(shorter) | {"ended": 0} == {
            "tickets": 3, "overdue": 1, "relieved": 0, "earlier": 3, "later": 0, "ended": 0,
        }  # fmt: skip
        words = said(shorter)
        assert "<strong>3 open tickets</strong> are concerned." in words
        assert words.index(">Acme<") < words.index(">Globex<"), "most is overdue there"
        assert 'href="http://desk.localhost' in words
        longer = figures(carls.post(PREVIEW, sent | {"first_response": "3 h"}))
        assert (longer["relieved"], longer["later"], longer["overdue"]) == (2, 3, 0)
        urgent = figures(carls.post(PREVIEW, sent | {"resolution": "", "total_resolution": ""}))
        assert urgent["ended"] == (3 if everybody.resolution else 0)
    zones.use(OWNER)
    assert Policy.objects.get(pk=everybody.pk).first_response == 3600
    assert not Due.objects.exists()


def test_the_preview_of_a_new_policy_counts_those_that_would_go_to_it(
    carls: Client, open_tickets: None, globex: Customer
) -> None:
    typed = {
        "name": "", "position": "5", "calendar": str(Calendar.objects.get(name="Weekdays").pk),
        "first_response": "30 min", "next_response": "1 h", "real_answer": "2 h", "soon": "80",
        "is_active": "on",
    }  # fmt: skip
    with time_machine.travel(NINE + minutes(40), tick=False):
        at_globex = carls.post(PREVIEW, typed | {"customer": str(globex.pk)})
        assert (figures(at_globex)["tickets"], figures(at_globex)["overdue"]) == (1, 1)
        by_mail = figures(carls.post(PREVIEW, typed | {"channel": "mail"}))
        assert by_mail["tickets"] == 1, "the channel stands in the customer's schema"
        behind = figures(carls.post(PREVIEW, typed | {"position": "500"}))
        assert behind["tickets"] == 0, "everybody's comes first"
        off = {name: said for name, said in typed.items() if name != "is_active"}
        assert figures(carls.post(PREVIEW, off))["tickets"] == 0


def test_the_preview_says_what_is_wrong_and_never_breaks(
    carls: Client, page: str, everybody: Policy
) -> None:
    sent = shown(carls, page)
    wrong = said(carls.post(PREVIEW, sent | {"first_response": "x"}))
    assert "such as 30 min" in wrong
    assert "without any condition" in said(carls.post(PREVIEW, sent | {"for_vip": "on"}))
    for odd in ({}, {"preview_of": "9" * 30}, {"preview_of": "x", "customer": "x"}):
        assert carls.post(PREVIEW, odd).status_code == 200
    part = said(carls.post(PREVIEW, sent, headers={"HX-Request": "true"}))
    assert "<title>" not in part
    assert "<title>" in said(carls.post(PREVIEW, sent))


def test_more_than_is_looked_at_is_said_to_be_the_least(
    carls: Client, page: str, open_tickets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.policy_preview.MOST", 2)
    assert "At least 2 open tickets" in said(carls.post(PREVIEW, shown(carls, page)))


def test_saving_has_open_tickets_judged_anew_and_the_list_says_how_far_that_is(
    carls: Client, page: str, everybody: Policy, open_tickets: None, carl: User
) -> None:
    saved = send(carls, page, first_response="30 min")
    assert saved.status_code == 302
    zones.use(OWNER)
    assert Due.objects.filter(kind="retarget").count() == 3
    (row,) = Retargeting.objects.all()
    assert (row.reason, row.total, row.asked_by) == ("policy: Everybody", 3, carl)
    Due.objects.filter(kind="retarget").order_by("pk")[:1].get().delete()
    words = said(carls.get(LIST))
    assert "Judging 3 tickets by the new terms" in words
    assert "1 done" in words
    assert "3 open tickets are judged by the new terms" in words
    line = carls.get("/desk/retargeting/progress/")
    assert "Policy “Everybody”" in said(line)
    zones.use(OWNER)
    Due.objects.all().delete()
    assert "1 of 3" not in said(carls.get("/desk/retargeting/"))


@pytest.mark.parametrize(
    ("typed", "asked"),
    [({"name": "All"}, 0), ({}, 0), ({"soon": "75"}, 3), ({"position": "3"}, 3)],
)
def test_only_what_changes_terms_has_tickets_judged(
    carls: Client, page: str, open_tickets: None, typed: dict[str, str], asked: int
) -> None:
    assert send(carls, page, **typed).status_code == 302
    zones.use(OWNER)
    assert Due.objects.filter(kind="retarget").count() == asked


def test_what_is_agreed_with_a_customer_has_its_tickets_judged(
    carls: Client, open_tickets: None, acme: Customer, globex: Customer
) -> None:
    of_acme = f"/customers/customer/{acme.pk}/change/"
    zones.use(OWNER)
    gold = Plan.objects.create(code="gold", name="Gold")
    assert send(carls, of_acme, name="Acme Ltd").status_code == 302
    zones.use(OWNER)
    assert not Retargeting.objects.exists()
    for typed in ({"is_vip": "on"}, {"plan": str(gold.pk)}):
        assert agree(carls, of_acme, **typed).status_code == 302
    zones.use(OWNER)
    assert [row.reason for row in Retargeting.objects.order_by("pk")] == ["customer: Acme Ltd"] * 2
    assert set(Due.objects.values_list("customer__code", flat=True)) == {"acme"}
    weekdays = str(Calendar.objects.get(name="Weekdays").pk)
    own = send(carls, "/desk/customerhours/add/", customer=str(acme.pk), calendar=weekdays)
    assert own.status_code == 302
    zones.use(OWNER)
    hours_page = f"/desk/customerhours/{CustomerHours.objects.get().pk}/change/"
    assert send(carls, hours_page, customer=str(globex.pk)).status_code == 302
    zones.use(OWNER)
    reasons = [row.reason for row in Retargeting.objects.order_by("pk")][2:]
    assert reasons == ["hours: Acme Ltd", "hours: Acme Ltd", "hours: Globex"]


def test_terms_are_read_with_their_ladder_days_and_tickets(
    carls: Client, open_tickets: None, everybody: Policy
) -> None:
    terms = Terms.objects.get(policy=everybody)
    page = f"/desk/terms/{terms.pk}/change/"
    words = said(carls.get(page))
    assert f"Everybody, version {terms.version}" in words
    assert "First response: 1 h" in words
    assert "Team lead: 30 min after it is due" in words or not terms.steps
    assert carls.post(page, {"policy_name": "x"}).status_code == 403
    assert "Everybody, version" in said(carls.get("/desk/terms/"))
    assert carls.get("/desk/terms/add/").status_code == 403


def test_two_tickets_of_acme_and_one_of_globex_keep_the_terms(open_tickets: None) -> None:
    from tickets.terms_held import held_by

    zones.use(DESK)
    assert held_by(terms_id=Terms.objects.get().pk) == 3
    assert held_by(terms_id=0) == 0


def test_a_default_may_take_the_place_of_another(page: str, everybody: Policy) -> None:
    keeping_policies.lock()
    Policy.objects.filter(pk=everybody.pk).update(is_active=False)
    make_policy("The new one", 300)
    keeping_policies.check_default()
    assert not PolicyForm(instance=everybody).is_bound
    assert QueueItem.objects.live().count() == 0
