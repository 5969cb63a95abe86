"""Language, theme and colour of a portal."""

import pytest

from customers.models import Customer
from tests.doors import Inside, PortalClient
from tickets.models import Contact


def test_uma_chooses_chinese_and_a_dark_page(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    client = portal_client(uma)

    client.post("/me/", {"language": "zh-hans", "theme": "dark"})

    page = client.get("/").content.decode()
    assert '<html lang="zh-hans" data-theme="dark">' in page
    with inside_acme():
        kept = Contact.objects.get(pk=uma.pk)
    assert (kept.language, kept.theme) == ("zh-hans", "dark")


def test_uma_can_go_back_to_the_devices_own_theme(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    client = portal_client(uma)
    client.post("/me/", {"language": "en", "theme": "dark"})

    client.post("/me/", {"language": "en", "theme": ""})

    assert "data-theme" not in client.get("/").content.decode()


def test_only_languages_and_themes_there_are_can_be_chosen(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    client = portal_client(uma)

    for wrong in ({"language": "xx"}, {"language": "en", "theme": "pink"}, {}):
        assert client.post("/me/", {"theme": "", **wrong}).status_code == 422
    with inside_acme():
        assert Contact.objects.get(pk=uma.pk).language == uma.language


def test_a_strangers_choice_is_kept_in_a_cookie(
    portal_client: PortalClient, acme: Customer
) -> None:
    client = portal_client(at=acme)

    client.post("/me/", {"language": "zh-hans"})

    assert 'lang="zh-hans"' in client.get("/sign-in/").content.decode()
    assert client.get("/me/").headers["Location"] == "/sign-in/"


def test_a_stranger_without_a_wish_reads_the_customers_language(
    portal_client: PortalClient, acme: Customer
) -> None:
    Customer.objects.filter(pk=acme.pk).update(language="zh-hans")

    assert '<html lang="zh-hans">' in portal_client(at=acme).get("/sign-in/").content.decode()


def test_the_brand_is_the_customers_colour_made_legible(
    portal_client: PortalClient, acme: Customer, globex: Customer
) -> None:
    Customer.objects.filter(pk=acme.pk).update(brand_colour="#00a389")

    answer = portal_client(at=acme).get("/brand.css")

    assert answer["Content-Type"] == "text/css; charset=utf-8"
    assert "light-dark(#007966" in answer.content.decode()
    assert answer.content != portal_client(at=globex).get("/brand.css").content


def test_the_brand_is_sent_again_only_when_it_changed(
    portal_client: PortalClient, acme: Customer
) -> None:
    client = portal_client(at=acme)
    first = client.get("/brand.css")

    again = client.get("/brand.css", headers={"If-None-Match": first["ETag"]})
    Customer.objects.filter(pk=acme.pk).update(brand_colour="#e8a317")
    changed = client.get("/brand.css", headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, changed.status_code) == (304, 200)
    assert "max-age" in first["Cache-Control"]


@pytest.mark.parametrize("path", ["/", "/tickets/new/", "/me/"])
def test_pages_are_kept_by_no_cache(portal_client: PortalClient, uma: Contact, path: str) -> None:
    assert portal_client(uma).get(path)["Cache-Control"] == "no-store, private"
