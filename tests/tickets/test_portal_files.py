"""Files of the trail at the portal."""

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import User
from tests.cast import NINE, make_ticket
from tests.doors import Inside, PortalClient
from tickets.models import Attachment, Contact, InternalFile, Note


def picture() -> SimpleUploadedFile:
    drawn = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(drawn, "PNG")
    return SimpleUploadedFile("screen.png", drawn.getvalue(), "image/png")


def send(portal_client: PortalClient, uma: Contact, inside: Inside, file: Any) -> Attachment:
    """Uma asks with a file; the attachment it became."""
    portal_client(uma).post(
        "/tickets/new/", {"subject": "Look", "kind": "fault", "body": "Here", "files": file}
    )
    with inside():
        return Attachment.objects.get()


def test_a_file_is_handed_out_for_download_and_can_run_nothing(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    evil = SimpleUploadedFile("résumé.html", b"<script>alert(1)</script>", "text/html")
    sent = send(portal_client, uma, inside_acme, evil)

    answer = portal_client(uma).get(f"/files/{sent.name}/")

    assert answer.getvalue() == b"<script>alert(1)</script>"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]


def test_a_picture_shows_its_thumbnail_in_the_trail(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    sent = send(portal_client, uma, inside_acme, picture())
    client = portal_client(uma)

    page = client.get("/tickets/1/").content.decode()
    small = client.get(f"/files/{sent.name}/?thumb=1")

    assert f'src="/files/{sent.name}/?thumb=1"' in page
    assert small["Content-Type"] == "image/webp"
    assert small["Content-Disposition"].startswith("inline")
    assert Image.open(io.BytesIO(small.getvalue())).size == (480, 320)


def test_only_pictures_have_thumbnails(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    sent = send(portal_client, uma, inside_acme, SimpleUploadedFile("a.svg", b"<svg/>"))

    assert portal_client(uma).get(f"/files/{sent.name}/?thumb=1").status_code == 404


def test_a_file_opens_for_whoever_reads_its_ticket(
    portal_client: PortalClient,
    uma: Contact,
    olga: Contact,
    ed: Contact,
    eve: Contact,
    inside_acme: Inside,
) -> None:
    sent = send(portal_client, uma, inside_acme, picture())

    for person, status in ((uma, 200), (olga, 200), (ed, 404), (eve, 404)):
        for query in ("", "?thumb=1"):
            answer = portal_client(person).get(f"/files/{sent.name}/{query}")
            assert answer.status_code == status
            list(answer)


def test_a_file_of_a_note_is_not_there_even_for_the_owner(
    portal_client: PortalClient, uma: Contact, olga: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        note = Note.objects.create(
            ticket=make_ticket(requester=uma), kind="note", author_name="Ada", written_at=NINE
        )
        InternalFile.objects.create(
            note=note,
            name="f" * 32,
            filename="plan.txt",
            content_type="text/plain",
            size=1,
            stored_at=NINE,
        )

    assert portal_client(olga).get(f"/files/{'f' * 32}/").status_code == 404


def test_names_that_are_no_names_are_not_there(portal_client: PortalClient, uma: Contact) -> None:
    for name in ("..%2f..%2fsecrets.json", "x", "A" * 32, "%00"):
        assert portal_client(uma).get(f"/files/{name}/").status_code == 404
