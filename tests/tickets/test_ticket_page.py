"""The ticket beside its queue, and everything an agent does there."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from accounts.models import User
from accounts.policy import Role
from customers.models import Customer
from desk.models import QueueItem
from tests.cast import NINE, make_staff, make_ticket, minutes, say
from tests.doors import DeskClient, Inside
from tickets import operations
from tickets.models import Contact, Entry, Handling, Note, Pending, Ticket
from tickets.thread import LAST

HERE = "/at/acme/tickets/1/"


@pytest.fixture
def ticket(inside_acme: Inside, uma: Contact) -> Ticket:
    with inside_acme():
        return make_ticket(requester=uma)


def shown(client: Client, address: str = HERE) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def post(client: Client, what: str, **words: Any) -> Any:
    return client.post(f"{HERE}{what}", words)


def queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as counted:
        shown(client)
    return len([query for query in counted if not query["sql"].startswith(("SET", "RESET"))])


@pytest.mark.parametrize("long", ["9" * 18, "9" * 30, "9" * 5000])
def test_a_number_that_is_too_long_is_nobodys(
    desk_client: DeskClient, ada: User, ticket: Ticket, long: str
) -> None:
    client = desk_client(ada)

    for asked in (f"again={long}", f"do=correct&entry={long}"):
        assert "It smells of toast." in shown(client, f"{HERE}?{asked}")
    assert post(client, "replies/", body="", again=long).status_code == 422


# --- Reading ------------------------------------------------------------------------------------


def test_ada_reads_the_ticket_beside_its_queue(
    desk_client: DeskClient, ada: User, ticket: Ticket
) -> None:
    page = shown(desk_client(ada), f"{HERE}?view=mine")

    assert "It smells of toast." in page
    assert "Uma Usman" in page
    assert 'href="/?view=mine' in page
    assert page.count("<h1") == page.count("<main") == 1
    assert "<title>ACME-1 The printer smokes</title>" in page
    assert "style=" not in page
    assert "<script>" not in page


def test_a_stranger_signs_in_and_a_wrong_number_is_404(
    desk_client: DeskClient, ada: User, ticket: Ticket
) -> None:
    assert desk_client().get(HERE)["Location"].startswith("/sign-in/?next=/at/acme/")
    assert desk_client(ada).get("/at/acme/tickets/2/").status_code == 404
    assert desk_client(ada).get("/at/globex/tickets/1/").status_code == 404


def test_who_comes_back_from_signing_in_finds_the_ticket(
    desk_client: DeskClient, ada: User, ticket: Ticket
) -> None:
    client = desk_client(ada)

    assert client.get(f"{HERE}replies/?view=mine")["Location"] == f"{HERE}?view=mine"
    assert client.put(f"{HERE}replies/").status_code == 405


def test_an_engineer_reads_and_notes_but_does_not_answer(
    desk_client: DeskClient, db: None, ticket: Ticket, inside_acme: Inside
) -> None:
    client = desk_client(make_staff(name="Eli", email="eli@desk.test", role=Role.ENGINEER))

    page = shown(client)
    refused = post(client, "replies/", body="Hello")
    noted = post(client, "notes/", body="Known since 26.11")

    assert "replies/" not in page
    assert "notes/" in page
    assert refused.status_code == 403
    assert noted.status_code == 302
    with inside_acme():
        assert Note.objects.get(kind="note").author_name == "Eli"


def test_a_long_trail_opens_with_its_last_lines_and_as_many_queries(
    desk_client: DeskClient, ada: User, ticket: Ticket, uma: Contact, inside_acme: Inside
) -> None:
    client = desk_client(ada)
    few = queries(client)
    with inside_acme():
        for number in range(60):
            say(ticket, by=uma, body=f"<p>Message {number:02}</p>", now=NINE + minutes(number))

    page = shown(client)

    assert "Message 59" in page
    assert "Message 20" not in page
    assert f"{61 - LAST} earlier lines" in page
    assert "Message 00" in shown(client, f"{HERE}?all=1")
    assert queries(client) <= few + 1  # a correction is looked for once there are entries


def test_days_stand_between_the_lines_in_the_readers_zone(
    desk_client: DeskClient, ada: User, ticket: Ticket, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        say(ticket, by=uma, now=NINE + minutes(60 * 24))

    assert shown(desk_client(ada)).count('class="day"') == 2


def test_the_clock_opens_to_what_made_it(
    desk_client: DeskClient, ada: User, ticket: Ticket, acme: Customer, inside_acme: Inside
) -> None:
    with inside_acme():
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE, quiet=True)

    page = shown(desk_client(ada), f"{HERE}?why=first_response.0")

    assert "by 2 Mar 2026, 10:00" in page
    assert "Policy Everybody, version 1" in page
    assert "Business time, day by day: Weekdays" in page
    assert "#entry-" in page
    assert "Uma Usman wrote" in page


# --- Answering ----------------------------------------------------------------------------------


def test_a_reply_waits_in_the_thread_and_can_be_taken_back_into_the_composer(
    desk_client: DeskClient, ada: User, ticket: Ticket, inside_acme: Inside
) -> None:
    client = desk_client(ada)

    sent = post(client, "replies/?view=mine", body="Change <it>.\n\nThen call.", seen_seq="1")
    waiting = shown(client)
    with inside_acme():
        pending = Pending.objects.get()
    undone = post(client, f"pending/{pending.pk}/undo/?view=mine")
    back = shown(client, undone["Location"])

    assert sent["Location"] == f"{HERE}?view=mine"
    assert "Goes at" in waiting
    assert "<undo-toast" in waiting
    assert "Change &lt;it&gt;.\n\nThen call.</textarea>" in back
    with inside_acme():
        assert not Entry.objects.filter(kind="reply").exists()


def test_files_of_a_reply_taken_back_go_with_the_next_one(
    desk_client: DeskClient, ada: User, ticket: Ticket, inside_acme: Inside
) -> None:
    client = desk_client(ada)
    post(client, "replies/", body="See the file.", files=SimpleUploadedFile("log.txt", b"x"))
    with inside_acme():
        first = Pending.objects.get()
        name = first.files.get().name
    post(client, f"pending/{first.pk}/undo/")

    post(client, "replies/", body="See it now.", again=first.pk, keep=[name])

    with inside_acme():
        second = Pending.objects.waiting().get()
        assert [file.filename for file in second.files.all()] == ["log.txt"]


def test_what_came_in_between_stops_the_reply_and_keeps_its_words(
    desk_client: DeskClient, ada: User, ticket: Ticket, uma: Contact, inside_acme: Inside
) -> None:
    client = desk_client(ada)
    with inside_acme():
        say(ticket, by=uma, body="<p>It works again!</p>")

    answer = post(client, "replies/", body="Change the toner.", seen_seq="1")

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Change the toner.</textarea>" in page
    assert "Somebody wrote before you sent." in page
    assert page.count("You have not seen this") == 1
    assert 'name="seen_seq" value="2"' in page
    with inside_acme():
        assert not Pending.objects.exists()


def test_a_refusal_names_the_remedy_and_loses_nothing(
    desk_client: DeskClient, ada: User, ticket: Ticket
) -> None:
    client = desk_client(ada)

    empty = post(client, "replies/", body="   ")
    program = post(client, "replies/", body="Run this.", files=SimpleUploadedFile("fix.exe", b"MZ"))

    assert empty.status_code == program.status_code == 422
    assert "Write a sentence first." in empty.content.decode()
    page = program.content.decode()
    assert "“fix.exe” is a program. Put it into a .zip first." in page
    assert "Choose your files again" in page
    assert "Run this.</textarea>" in page


def test_the_holding_reply_is_one_press(
    desk_client: DeskClient, ada: User, ticket: Ticket, inside_acme: Inside
) -> None:
    answer = post(desk_client(ada), "holding-replies/", seen_seq="1")

    assert answer.status_code == 302
    with inside_acme():
        assert Pending.objects.get().kind == "holding"


def test_a_closed_ticket_takes_notes_and_reopening_only(
    desk_client: DeskClient, ada: User, ticket: Ticket, inside_acme: Inside
) -> None:
    with inside_acme():
        operations.resolve(ticket=ticket, by=ada, now=NINE, quiet=True)
        operations.close(ticket=ticket, by=ada, now=NINE)
    client = desk_client(ada)

    answer = post(client, "replies/", body="One more thing.")

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This ticket is closed. Reopen it first, or write a note." in page
    assert "One more thing.</textarea>" in page
    assert post(client, "reopening/", body="").status_code == 302
    with inside_acme():
        ticket.refresh_from_db()
        assert ticket.state == "open"


def test_a_correction_shows_at_both_places(
    desk_client: DeskClient, ada: User, ticket: Ticket, inside_acme: Inside
) -> None:
    with inside_acme():
        wrong = say(ticket, by=ada, body="<p>Use port 80.</p>")
    client = desk_client(ada)

    assert "do=correct" in shown(client)
    form = shown(client, f"{HERE}?do=correct&entry={wrong.pk}")
    answer = post(client, f"entries/{wrong.pk}/correction/", body="Use port 443.")

    assert "Correct your reply" in form
    assert answer.status_code == 302
    page = shown(client)
    assert "See the correction" in page
    assert "Corrects the reply of" in page


def test_only_ones_own_reply_can_be_corrected(
    desk_client: DeskClient, ada: User, mei: User, ticket: Ticket, inside_acme: Inside
) -> None:
    with inside_acme():
        meis = say(ticket, by=mei)

    answer = post(desk_client(ada), f"entries/{meis.pk}/correction/", body="No.")

    assert answer.status_code == 404


def test_a_note_is_amber_and_says_who_does_not_see_it(
    desk_client: DeskClient, ada: User, ticket: Ticket
) -> None:
    client = desk_client(ada)

    post(client, "notes/", body="Dan decides.")

    page = shown(client)
    assert "Dan decides." in page
    assert "Internal: the customer does not see this" in page


# --- Handling -----------------------------------------------------------------------------------


def test_ada_takes_it_and_gives_it_back(
    desk_client: DeskClient, ada: User, ticket: Ticket, inside_acme: Inside
) -> None:
    client = desk_client(ada)

    post(client, "owner/", owner=ada.pk)
    with inside_acme():
        taken = Handling.objects.get(ticket=ticket).owner
    post(client, "owner/", owner="")

    assert taken == ada
    with inside_acme():
        assert Handling.objects.get(ticket=ticket).owner is None


def test_nobody_of_another_team_can_own_it(
    desk_client: DeskClient, ada: User, ticket: Ticket
) -> None:
    eli = make_staff(name="Eli", email="eli@desk.test", role=Role.ENGINEER)

    answer = post(desk_client(ada), "owner/", owner=eli.pk)

    assert answer.status_code == 422
    assert "Choose another owner." in answer.content.decode()


def test_kind_priority_state_and_subject_change_one_by_one(
    desk_client: DeskClient, ada: User, ticket: Ticket, inside_acme: Inside
) -> None:
    client, now = desk_client(ada), timezone.now()
    with inside_acme():
        tomorrow = now + timedelta(days=1)
        operations.promise(ticket=ticket, by=ada, due_at=tomorrow, reason="A part", now=now)

    for words in ({"kind": "fault"}, {"priority": "high"}, {"state": "on_hold"}):
        assert post(client, "properties/", **words).status_code == 302
    for words in ({"kind": "nonsense"}, {"state": "new"}, {"state": "closed"}):
        assert post(client, "properties/", **words).status_code == 422
    with inside_acme():
        ticket = Ticket.objects.select_related("handling").get()
        facts = (ticket.kind, ticket.handling.priority, ticket.state, ticket.subject)
    assert facts == ("fault", "high", "on_hold", "The printer smokes")


def test_both_sides_of_what_they_need_make_it_clarified(
    desk_client: DeskClient, ada: User, ticket: Ticket
) -> None:
    client = desk_client(ada)

    post(client, "understanding/", surface_request="A new printer", need="Invoices by Friday")

    assert "Invoices by Friday" in shown(client)
    assert shown(client).count('class="done"') == 1


def test_resolving_keeps_what_we_learned_and_sends_what_waits(
    desk_client: DeskClient, ada: User, ticket: Ticket, inside_acme: Inside
) -> None:
    client = desk_client(ada)
    post(client, "replies/", body="Change the toner.")

    form = shown(client, f"{HERE}?do=resolve")
    answer = post(client, "resolution/", cause="Old toner", rationale="", prevention="Check it")

    assert "Why it happened" in form
    assert answer.status_code == 302
    with inside_acme():
        ticket = Ticket.objects.select_related("handling").get()
        kinds = list(ticket.entries.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["question", "reply", "resolved"]
    assert (ticket.state, ticket.handling.cause) == ("resolved", "Old toner")
    assert "customer is asked if it works" in shown(client)
    assert QueueItem.objects.get(customer__code="acme").state == "resolved"


# --- Files --------------------------------------------------------------------------------------


def test_a_file_is_served_for_download_only_and_a_picture_has_a_thumbnail(
    desk_client: DeskClient, ada: User, ticket: Ticket, uma: Contact, inside_acme: Inside
) -> None:
    drawn = BytesIO()
    Image.new("RGB", (9, 9)).save(drawn, "PNG")
    uploads = [
        operations.Upload("page.html", b"<script>alert(1)</script>"),
        operations.Upload("shot.png", drawn.getvalue()),
    ]
    with inside_acme():
        entry = operations.answer(
            ticket=ticket, contact=uma, body="<p>Look</p>", uploads=uploads, now=NINE
        )
        page, shot = (file.name for file in entry.attachments.order_by("pk"))
    client = desk_client(ada)

    served = client.get(f"{HERE}files/{page}/")
    small = client.get(f"{HERE}files/{shot}/?thumb=1")

    assert served["Content-Disposition"].startswith("attachment")
    assert served["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served["Content-Security-Policy"]
    assert served["Content-Type"] == "application/octet-stream"
    assert small["Content-Type"] == "image/webp"
    assert client.get(f"{HERE}files/{page}/?thumb=1").status_code == 404
    assert client.get(f"{HERE}files/{'0' * 32}/").status_code == 404
    assert desk_client().get(f"{HERE}files/{page}/").status_code == 302
    assert served.getvalue() == b"<script>alert(1)</script>"
    assert small.getvalue().startswith(b"RIFF")


def test_a_file_is_served_at_its_own_ticket_only(
    desk_client: DeskClient, ada: User, ticket: Ticket, inside_acme: Inside
) -> None:
    with inside_acme():
        other = make_ticket(subject="Another")
        note = operations.note(
            ticket=other,
            by=ada,
            body="<p>x</p>",
            uploads=[operations.Upload("a.txt", b"x")],
            now=NINE,
        )
        name = note.files.get().name
    client = desk_client(ada)

    served = client.get(f"/at/acme/tickets/2/files/{name}/")
    assert served.getvalue() == b"x"
    assert client.get(f"{HERE}files/{name}/").status_code == 404


def test_behind_a_proxy_the_file_is_only_named(
    desk_client: DeskClient, ada: User, ticket: Ticket, inside_acme: Inside, settings: Any
) -> None:
    with inside_acme() as acme:
        note = operations.note(
            ticket=ticket,
            by=ada,
            body="<p>x</p>",
            uploads=[operations.Upload("Überblick.txt", b"x")],
            now=NINE,
        )
        name = note.files.get().name
    settings.ACCEL_PREFIX = "/files-of/"

    served = desk_client(ada).get(f"{HERE}files/{name}/")

    assert served["X-Accel-Redirect"] == f"/files-of/{acme.schema_name}/{name}"
    assert served["Content-Disposition"].startswith("attachment; filename*=utf-8")
    assert served.content == b""
