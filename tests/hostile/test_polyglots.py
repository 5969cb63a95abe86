"""Files that are not what they say come back for download only, or are refused by name."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from customers.models import Customer
from tests.cast import make_ticket
from tests.doors import DeskClient, Inside, PortalClient
from tests.hostile.polyglots import Trick, tricks
from tickets import serving
from tickets.models import Attachment, Contact

TAKEN = [trick for trick in tricks() if not trick.refused]
REFUSED = [trick for trick in tricks() if trick.refused]
TYPES = {  # what no browser runs, whatever stands in it
    "application/gzip", "application/octet-stream", "application/pdf", "application/zip",
    "image/gif", "image/jpeg", "image/png", "image/webp", "text/csv", "text/plain", "audio/x-wav",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip


def check_it_is_for_download_only(answer: Any) -> None:
    """The check of this guard; sabotages prove that it can fail."""
    content = b"".join(answer.streaming_content)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert not set(answer["Content-Disposition"]) & set("\r\n<>\u202e")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] in TYPES
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "allow" not in policy
    if answer["Content-Type"].startswith("image/"):
        assert b"alert" not in content


def send(portal_client: PortalClient, uma: Contact, batch: list[Trick]) -> Any:
    files = [SimpleUploadedFile(trick.name, trick.content, "text/html") for trick in batch]
    return portal_client(uma).post("/tickets/1/messages/", {"body": "Look", "files": files})


@pytest.fixture
def asked(uma: Contact, inside_acme: Inside) -> None:
    with inside_acme():
        make_ticket(requester=uma)


def test_there_are_sixty() -> None:
    assert len(tricks()) == 60


def test_each_comes_back_for_download_only_to_whom_it_belongs(
    asked: None, portal_client: PortalClient, desk_client: DeskClient, inside_acme: Inside,
    acme: Customer, uma: Contact, ed: Contact, eve: Contact, ada: User,
) -> None:  # fmt: skip
    for start in range(0, len(TAKEN), 10):
        assert send(portal_client, uma, TAKEN[start : start + 10]).status_code == 302
    with inside_acme():
        stored = list(Attachment.objects.order_by("pk").values_list("name", flat=True))
    assert len(stored) == len(TAKEN)
    theirs, ours = portal_client(uma), desk_client(ada)
    others = [portal_client(ed), portal_client(eve), portal_client(at=acme)]

    for name in stored:
        check_it_is_for_download_only(theirs.get(f"/files/{name}/"))
        check_it_is_for_download_only(ours.get(f"/at/acme/tickets/1/files/{name}/"))
        assert [client.get(f"/files/{name}/").status_code for client in others] == [404, 404, 302]


@pytest.mark.parametrize("trick", REFUSED, ids=lambda trick: trick.name)
def test_a_refusal_names_the_file_or_what_to_do(
    asked: None, portal_client: PortalClient, inside_acme: Inside, uma: Contact, trick: Trick
) -> None:
    answer = send(portal_client, uma, [trick])

    assert answer.status_code == 422
    page = html.unescape(answer.content.decode())
    assert trick.refused in page
    assert trick.name in page
    with inside_acme():
        assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content-Disposition", "inline"),
        ("Content-Type", "text/html"),
        ("Content-Security-Policy", "sandbox allow-scripts"),
        ("X-Content-Type-Options", ""),
    ],
)
def test_the_check_goes_red_when_a_file_is_shown_instead(
    asked: None, portal_client: PortalClient, inside_acme: Inside, uma: Contact,
    monkeypatch: pytest.MonkeyPatch, header: str, value: str,
) -> None:  # fmt: skip
    """Sabotage: one header is another."""
    from tickets.views.portal import files as door

    send(portal_client, uma, TAKEN[:1])
    with inside_acme():
        name = Attachment.objects.get().name
    check_it_is_for_download_only(portal_client(uma).get(f"/files/{name}/"))

    def broken(stored: Attachment, *, thumbnail: bool) -> Any:
        answer = serving.serve(stored, thumbnail=thumbnail)
        answer[header] = value
        return answer

    monkeypatch.setattr(door, "serve", broken)
    with pytest.raises(AssertionError):
        check_it_is_for_download_only(portal_client(uma).get(f"/files/{name}/"))
