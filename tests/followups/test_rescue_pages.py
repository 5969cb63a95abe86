"""Low scores on the desk: on top of the queue, in their list, one with what is next."""

from typing import Any

import pytest

from accounts.models import Team, User
from accounts.policy import Role
from customers.models import Customer
from desk.models import Bell, RescueCause
from desk.ringing import Rung
from desk.words import RescueState
from followups.models import Callback, Rescue
from servicedesk import zones
from tests.cast import make_staff, make_ticket, say
from tests.doors import DeskClient, Inside
from tests.followups.rescues import rescued
from tickets.models import Contact

WORDS = "Nobody called."


@pytest.fixture
def rescue(inside_acme: Inside, uma: Contact, ada: User) -> Rescue:
    """Uma's low score for Ada at a ticket; Mei has it."""
    with inside_acme() as customer:
        ticket = make_ticket(requester=uma)
        say(ticket, by=uma, body="<p>It still smokes.</p>")
        return rescued(customer, uma, agent=ada, ticket=ticket)


def now_of(inside_acme: Inside) -> Rescue:
    with inside_acme():
        return Rescue.objects.select_related("consultant").get()


def test_it_stands_on_top_of_the_queue_until_it_waits_for_the_new_score(
    desk_client: DeskClient, ada: User, rescue: Rescue, inside_acme: Inside
) -> None:
    client = desk_client(ada)
    shown = client.get("/").content.decode()
    lane, rows = shown.index('class="lane"'), shown.index('data-key="acme-1"')
    assert lane < shown.index("1 of 5 · Uma Usman") < rows
    assert 'id="count-rescues">1<' in shown
    assert 'class="lane"' not in client.get("/?view=waiting").content.decode()
    assert "Uma Usman" not in client.get("/?view=mine").content.decode()
    seen = client.get("/queue/rows/").context["list"].seen
    assert client.get(f"/queue/rows/?seen={seen}").status_code == 204
    with inside_acme():
        Rescue.objects.update(state="asked", cause_id=1, action="Went there.", told="Uma")
    later = client.get(f"/queue/rows/?seen={seen}")
    assert later.status_code == 200
    assert 'class="lane"' not in later.content.decode()


def test_the_list_says_who_is_how_dissatisfied_and_whose_it_is(
    desk_client: DeskClient, ada: User, mei: User, rescue: Rescue
) -> None:
    shown = desk_client(ada).get("/rescues/").content.decode()
    for words in ("1 of 5", "Uma Usman", WORDS, "ACME-1", "Mei Tan", "/rescues/acme/"):
        assert words in shown, words
    assert "No low score matches." in desk_client(ada).get("/rescues/?who=mine").content.decode()
    assert WORDS in desk_client(mei).get("/rescues/?who=mine&sort=score").content.decode()
    for query in ("?state=closed", "?customer=globex", "?state=%00&sort=%00&customer=%00"):
        assert desk_client(ada).get(f"/rescues/{query}").status_code == 200


def test_without_any_it_says_so(desk_client: DeskClient, ada: User) -> None:
    assert "No low score waits for us." in desk_client(ada).get("/rescues/").content.decode()


def test_its_page_has_what_one_needs_before_a_call(
    desk_client: DeskClient, mei: User, rescue: Rescue
) -> None:
    shown = desk_client(mei).get(f"/rescues/acme/{rescue.pk}/").content.decode()
    for words in (WORDS, "How satisfied are you with how we helped?", "It still smokes.",
                  "/at/acme/tickets/1/", "We spoke with them", "Who is asked again",
                  "Uma Usman answered how we did: 1 of 5"):  # fmt: skip
        assert words in shown, words
    assert "Take it" not in shown


def test_another_teams_people_see_nothing_of_it(
    desk_client: DeskClient, rescue: Rescue, acme: Customer
) -> None:
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(team=Team.objects.create(name="North"))
    client = desk_client(make_staff(name="Nia", email="nia@desk.test", serves_all=False))
    assert client.get(f"/rescues/acme/{rescue.pk}/").status_code == 404
    assert WORDS not in client.get("/rescues/?state=all").content.decode()
    assert "Uma Usman" not in client.get("/").content.decode()


def test_it_is_worked_on_step_by_step_and_a_second_press_changes_nothing(
    desk_client: DeskClient, mei: User, rescue: Rescue, inside_acme: Inside
) -> None:
    client, here = desk_client(mei), f"/rescues/acme/{rescue.pk}/"
    said: dict[str, Any] = {"how": "visit", "note": "She waited."}
    for _twice in range(2):
        assert client.post(f"{here}contact/", said).status_code == 302
    assert client.post(f"{here}action/", {"note": " "}).status_code == 422
    for _twice in range(2):
        client.post(f"{here}action/", {"note": "A new printer."})
    assert now_of(inside_acme).state == RescueState.ACTING
    refused = client.post(f"{here}closing/", {"action": "A new printer.", "told": ""})
    page = refused.content.decode()
    assert refused.status_code == 422
    for words in (
        "Choose a cause from the list.",
        "Say who was told what we did.",
        "A new printer.",
    ):
        assert words in page, words
    closing = {
        "cause": RescueCause.objects.earliest("pk").pk,
        "action": "A new one.",
        "told": "Uma",
    }
    for _twice in range(2):
        assert client.post(f"{here}closing/", closing).status_code == 302
    with inside_acme():
        assert Rescue.objects.get().state == RescueState.ASKED
        assert Callback.objects.filter(calling__rescue=rescue.pk).count() == 1
    shown = client.get(here).content.decode()
    for words in (
        "Waiting for their new score",
        "has not answered yet",
        "Mei Tan went to see them",
    ):
        assert words in shown, words


def test_the_rated_agent_takes_it_but_does_not_close_it(
    desk_client: DeskClient, ada: User, rescue: Rescue, inside_acme: Inside
) -> None:
    client, here = desk_client(ada), f"/rescues/acme/{rescue.pk}/"
    shown = client.get(here).content.decode()
    assert "somebody else closes it" in shown
    assert "Take it" in shown
    assert client.post(f"{here}consultant/", {"to": ada.pk}).status_code == 302
    closing = {"cause": RescueCause.objects.earliest("pk").pk, "action": "Sorry.", "told": "Uma"}
    assert client.post(f"{here}closing/", closing).status_code == 302
    found = now_of(inside_acme)
    assert (found.state, found.consultant) == (RescueState.OPEN, ada)
    assert "somebody else closes it" in client.get(here).content.decode()


def test_whom_nobody_may_give_it_to_is_refused(
    desk_client: DeskClient, mei: User, rescue: Rescue, inside_acme: Inside
) -> None:
    zones.use(zones.OWNER)
    eli = make_staff(name="Eli", email="eli@desk.test", role=Role.ENGINEER)
    client, here = desk_client(mei), f"/rescues/acme/{rescue.pk}/"
    for to in (eli.pk, 10**9, "%00"):
        assert client.post(f"{here}consultant/", {"to": to}).status_code == 302
    assert now_of(inside_acme).consultant == mei


def test_bells_lead_to_it(desk_client: DeskClient, mei: User, rescue: Rescue) -> None:
    shown = desk_client(mei).get("/bells/").content.decode()
    assert "Low score: 1 of 5 · The printer smokes" in shown
    assert f'href="/rescues/acme/{rescue.pk}/"' in shown
    bell = Bell.objects.select_related("customer").get()
    bell.kind, bell.row_id, bell.number = Bell.Kind.RATED, None, 0
    assert Rung(bell).href == "/at/acme/"
