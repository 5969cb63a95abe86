"""Signing in, bells, customers and one's own settings."""

from accounts.models import Team, User
from customers.models import Customer
from customers.operations import suspend
from customers.roles import DESK
from desk.models import Bell
from servicedesk import zones
from tests.cast import NINE, PASSWORD, make_staff, make_ticket
from tests.doors import DeskClient, Inside


def ring(user: User, customer: Customer, number: int = 1) -> Bell:
    return Bell.objects.create(
        user=user,
        key=f"{user.pk}:{number}",
        kind=Bell.Kind.ANSWERED,
        customer=customer,
        number=number,
        subject="The printer smokes",
        by_name="Uma Usman",
        rung_at=NINE,
    )


def test_ada_signs_in_and_goes_on_to_where_she_wanted(desk_client: DeskClient, ada: User) -> None:
    stranger = desk_client()
    form = stranger.get("/sign-in/?next=/customers/").content.decode()

    answer = stranger.post(
        "/sign-in/", {"login": ada.email, "password": PASSWORD, "next": "/customers/"}
    )

    assert 'name="next"' in form
    assert form.count("<h1") == form.count("<main") == 1
    assert answer["Location"] == "/customers/"
    assert stranger.get("/customers/").status_code == 200


def test_a_wrong_password_says_no_more_than_that(desk_client: DeskClient, ada: User) -> None:
    stranger = desk_client()

    wrong = stranger.post("/sign-in/", {"login": ada.email, "password": "wrong"})
    unknown = stranger.post("/sign-in/", {"login": "x@desk.test", "password": "wrong"})

    for answer in (wrong, unknown):
        assert answer.status_code == 200
        assert 'role="alert"' in answer.content.decode()


def test_nobody_is_sent_elsewhere_after_signing_in(desk_client: DeskClient, ada: User) -> None:
    answer = desk_client().post(
        "/sign-in/", {"login": ada.email, "password": PASSWORD, "next": "https://evil.test/"}
    )

    assert answer["Location"] == "/"


def test_signing_out_is_a_post(desk_client: DeskClient, ada: User) -> None:
    client = desk_client(ada)

    assert client.get("/sign-out/").status_code == 200
    assert client.get("/customers/").status_code == 200
    client.post("/sign-out/")
    assert client.get("/customers/").status_code == 302


def test_bells_are_counted_and_cleared_one_by_one_or_all(
    desk_client: DeskClient, ada: User, mei: User, acme: Customer
) -> None:
    first, _second, hers = ring(ada, acme), ring(ada, acme, 2), ring(mei, acme)
    client = desk_client(ada)

    page = client.get("/bells/").content.decode()
    client.post(f"/bells/{hers.pk}/clear/")
    client.post(f"/bells/{first.pk}/clear/")
    left = list(Bell.objects.unread().order_by("pk"))
    client.post("/bells/clear/")

    assert "2 notifications" in page
    assert "/at/acme/tickets/2/" in page
    assert [bell.user for bell in left] == [ada, mei]
    assert list(Bell.objects.unread()) == [hers]
    assert "Quiet." in client.get("/bells/").content.decode()


def test_bells_of_customers_one_does_not_serve_any_more_are_silent(
    desk_client: DeskClient, acme: Customer, globex: Customer
) -> None:
    north = Team.objects.create(name="North")
    nia = make_staff(name="Nia", email="nia@desk.test", serves_all=False, teams=[north])
    ring(nia, acme)
    ring(nia, globex, 2)
    client = desk_client(nia)
    both = client.get("/bells/").content.decode()
    Customer.objects.filter(pk=globex.pk).update(team=Team.objects.create(name="South"))
    one = client.get("/bells/").content.decode()
    suspend(customer=acme, reason="has not paid", now=NINE)
    none = client.get("/bells/").content.decode()

    assert "2 notifications" in both
    assert "1 notification" in one
    assert "/at/globex/" not in one
    assert "Quiet." in none
    assert "1 notification" not in none


def test_customers_show_what_is_open_and_link_to_it(
    desk_client: DeskClient, ada: User, acme: Customer, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket()
        make_ticket()
    zones.use(DESK)

    page = desk_client(ada).get("/customers/?q=acm").content.decode()

    assert 'href="/?view=all&amp;customer=acme">2<' in page
    assert "Globex" not in page
    assert "No customer matches." in desk_client(ada).get("/customers/?q=zzz").content.decode()


def test_a_customers_page_has_its_tickets_and_people(
    desk_client: DeskClient, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket()
    client = desk_client(ada)

    page = client.get("/at/acme/").content.decode()

    assert "ACME-1 The printer smokes" in page
    assert "Olga Orlova" in page
    assert "Nothing has been resolved yet." in client.get("/at/acme/?show=settled").content.decode()


def test_ada_wants_chinese_dark_pages_and_no_single_keys(
    desk_client: DeskClient, ada: User
) -> None:
    client = desk_client(ada)

    answer = client.post(
        "/me/", {"language": "zh-hans", "theme": "dark", "time_zone": "Asia/Shanghai"}
    )
    page = client.get("/").content.decode()

    assert answer["Location"] == "/me/"
    assert '<html lang="zh-hans" data-theme="dark">' in page
    assert 'data-keys="off"' in page
    ada.refresh_from_db()
    assert (ada.time_zone, ada.has_keys) == ("Asia/Shanghai", False)


def test_a_zone_that_is_none_is_refused(desk_client: DeskClient, ada: User) -> None:
    answer = desk_client(ada).post("/me/", {"language": "en", "time_zone": "Mars/Olympus"})

    assert answer.status_code == 422
