"""Mailboxes are read from a real IMAP server (dovecot): stored here first, then marked there."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from accounts.sealing import is_current, seal, unseal
from desk.mailbox_secrets import opened as secret_of
from desk.mailbox_secrets import sealed
from desk.models import IncomingMail, Mailbox
from servicedesk import zones
from tests.cast import NINE, minutes
from tests.doors import Kicks
from tests.inbound.dovecot import PASSWORD, Dovecot, dovecot
from tests.inbound.letters import mail
from tickets import tasks
from tickets.inbound import imap, imap_folder, oauth
from tickets.inbound.imap import probe
from tickets.inbound.imap_folder import Folder
from tickets.operations import polling, receiving

REFRESH = {"client_id": "us", "client_secret": "hush-hush", "refresh_token": "first-refresh"}


class Provider(BaseHTTPRequestHandler):
    """Gives tokens for refresh tokens, as Microsoft does; tells dovecot whose a token is."""

    asked: list[dict[str, str]] = []
    refusal = ""

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        words = {name: value[0] for name, value in parse_qs(self.rfile.read(length)).items()}
        self.asked.append({name.decode(): value.decode() for name, value in words.items()})
        if self.refusal:
            self._say(400, {"error": self.refusal, "error_description": "hush-hush"})
            return
        self._say(
            200, {"access_token": "good", "expires_in": 3600, "refresh_token": "second-refresh"}
        )

    def do_GET(self) -> None:
        is_good = self.path.endswith("token=good")
        self._say(200 if is_good else 401, {"login": "token"} if is_good else {})

    def _say(self, status: int, told: dict[str, Any]) -> None:
        self.send_response(status)
        body = json.dumps(told).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: Any) -> None:
        """Not a line for each."""


@contextmanager
def _serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with _serving() as port, dovecot(tokeninfo=f"http://127.0.0.1:{port}/?token=") as ready:
        yield ready


@pytest.fixture
def box(server: Dovecot, db: None, settings: Any, monkeypatch: Any) -> Mailbox:
    """A mailbox on that server, by TLS; its folder is empty and a new one."""
    settings.MAIL_CA, settings.MAIL_DOMAIN = str(server.authority), "mail.localhost"
    monkeypatch.setattr(imap, "_tokens", {})
    monkeypatch.setattr(Provider, "refusal", "")
    Provider.asked.clear()
    with server.folder() as client:
        for name in ("Box", "Done"):
            client.delete(name)
            client.create(name)
    zones.use(zones.DESK)
    return Mailbox.objects.create(
        name="Support", host="localhost", port=server.tls_port, login="box", folder="Box",
        secret=seal(PASSWORD), address="support@vendor.test", authserv_id="mx.vendor.test",
        created_at=NINE,
    )  # fmt: skip


def _mails(count: int, *, first: int = 0, **headers: str) -> list[bytes]:
    return [
        mail(f"Mail {number}.\r\n", Message_ID=f"<{number}@acme.test>", **headers)
        for number in range(first, first + count)
    ]


def _poll(box: Mailbox) -> int:
    return polling.poll(mailbox_id=box.pk, clock=timezone.now)


def _set(box: Mailbox, **told: Any) -> None:
    Mailbox.objects.filter(pk=box.pk).update(**told)
    box.refresh_from_db()


# --- Reading --------------------------------------------------------------------------------------


def test_new_mails_are_stored_as_they_came_in_their_order_and_marked(
    box: Mailbox, server: Dovecot, kicks: Kicks, django_capture_on_commit_callbacks: Any
) -> None:
    sent = [*_mails(22), mail("To us.\r\n", To="acme@mail.localhost, globex@mail.localhost")]
    server.put(*sent, folder="Box")
    before = timezone.now()

    with django_capture_on_commit_callbacks(execute=True):
        assert _poll(box) == 23

    rows = IncomingMail.objects.order_by("received_at", "pk")
    assert [bytes(row.raw or b"") for row in rows[:22]] == sent[:22]
    assert {(row.way, row.mailbox_id, row.authserv_id) for row in rows} == {
        ("imap", box.pk, "mx.vendor.test")
    }
    assert {row.recipient for row in rows[:22]} == {box.address}
    assert {row.recipient for row in rows[22:]} == {"acme@mail.localhost", "globex@mail.localhost"}
    assert server.flags("Box") == [r"\Seen"] * 23
    assert ("tickets.tasks.work_mails", {}) in kicks
    box.refresh_from_db()
    assert (box.lease_until, box.failed_since, box.last_error) == (None, None, "")
    assert box.checked_at is not None
    assert box.last_mail_at is not None
    assert box.checked_at >= box.last_mail_at >= before


def test_only_what_is_beyond_the_last_is_read_again_and_marks_of_people_stay(
    box: Mailbox, server: Dovecot
) -> None:
    server.put(*_mails(2), folder="Box")
    assert _poll(box) == 2
    assert _poll(box) == 0
    with server.folder("Box") as client:
        client.store("1", "-FLAGS", r"\Seen")
    server.put(*_mails(1, first=2), folder="Box", flags=r"(\Seen)")

    assert _poll(box) == 1
    assert server.flags("Box") == ["", r"\Seen", r"\Seen"]


def test_a_folder_laid_anew_is_read_from_its_beginning_and_nothing_doubles(
    box: Mailbox, server: Dovecot
) -> None:
    server.put(*_mails(3), folder="Box")
    assert _poll(box) == 3
    with server.folder() as client:
        client.rename("Box", "Old")
        client.create("Box")
        client.delete("Old")
    server.put(*_mails(4), folder="Box")

    assert _poll(box) == 1
    assert IncomingMail.objects.count() == 4


@pytest.mark.parametrize(("afterwards", "done"), [("move", 3), ("delete", 0)])
def test_stored_mails_are_moved_or_deleted_and_no_other(
    box: Mailbox, server: Dovecot, afterwards: str, done: int
) -> None:
    _set(box, afterwards=afterwards, done_folder="Done")
    server.put(*_mails(3), folder="Box")
    with server.folder("Box") as person:  # who deletes one that we have not read yet, unexpunged
        server.put(*_mails(1, first=3), folder="Box")
        person.noop()
        person.uid("STORE", "4", "+FLAGS", r"(\Deleted)")
        whole = polling._Reading._new
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(polling._Reading, "_new", lambda one: whole(one)[:3])
            assert _poll(box) == 3

    assert server.flags("Box") == [r"\Deleted"]
    assert len(server.flags("Done")) == done


# --- Dying ----------------------------------------------------------------------------------------


class _KilledError(BaseException):
    """SIGKILL, as far as the code can tell: nothing after it runs."""


@pytest.mark.parametrize("afterwards", ["seen", "move", "delete"])
@pytest.mark.parametrize("dies", ["before", "after"])
def test_dying_between_storing_and_marking_loses_and_doubles_nothing(
    box: Mailbox, server: Dovecot, monkeypatch: Any, dies: str, afterwards: str
) -> None:
    _set(box, afterwards=afterwards, done_folder="Done")
    server.put(*_mails(3), folder="Box")
    mark = polling._Reading._mark

    def killed(reading: Any, uids: list[int]) -> None:
        if dies == "after":
            mark(reading, uids)
        raise _KilledError

    with monkeypatch.context() as patch:
        patch.setattr(polling._Reading, "_mark", killed)
        with pytest.raises(_KilledError):
            _poll(box)
    assert IncomingMail.objects.count() == 3
    assert _poll(box) == 0, "its lease still runs"
    _set(box, lease_until=Now() - timedelta(seconds=1))
    server.put(*_mails(1, first=3), folder="Box")

    assert _poll(box) == 1
    assert IncomingMail.objects.count() == 4
    marked = [r"\Seen"] * 4 if afterwards == "seen" else []
    assert server.flags("Box") == marked


def test_nothing_is_marked_that_could_not_be_stored(
    box: Mailbox, server: Dovecot, monkeypatch: Any
) -> None:
    _set(box, afterwards="delete")
    server.put(*_mails(3), folder="Box")
    store = receiving.store_all
    stored: list[int] = []

    def breaking(**given: Any) -> Any:
        if len(stored) == 2:
            raise _KilledError
        stored.append(1)
        return store(**given)

    with monkeypatch.context() as patch:
        patch.setattr(receiving, "store_all", breaking)
        with pytest.raises(_KilledError):
            _poll(box)

    assert server.flags("Box") == ["", "", ""]


def test_who_has_lost_the_mailbox_to_another_marks_nothing(
    box: Mailbox, server: Dovecot, monkeypatch: Any
) -> None:
    server.put(*_mails(3), folder="Box")
    monkeypatch.setattr(polling, "_RENEWED_AFTER", 0.0)
    raw = Folder.raw

    def slow(folder: Folder, uid: int, **how: Any) -> Any:
        _set(box, lease_until=Now() - timedelta(seconds=1))
        return raw(folder, uid, **how)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "raw", slow)
        assert _poll(box) == 1

    box.refresh_from_db()
    assert (server.flags("Box"), box.last_uid) == (["", "", ""], 0)
    assert _poll(box) == 2


def test_what_could_not_be_marked_is_said_and_marked_later(box: Mailbox, server: Dovecot) -> None:
    _set(box, afterwards="move", done_folder="Missing")
    server.put(*_mails(2), folder="Box")

    assert _poll(box) == 2
    box.refresh_from_db()
    assert box.last_error.startswith("localhost refused MOVE: ")
    assert box.failed_since is not None
    server.put(*_mails(1, first=2), folder="Box")
    assert _poll(box) == 1, "new mail comes in all the same"

    _set(box, done_folder="Done")
    assert _poll(box) == 0
    assert server.flags("Box") == []
    assert Mailbox.objects.filter(failed_since=None, last_error="").exists()
    assert len(server.flags("Done")) == 3


def test_a_mail_that_is_too_large_stays_there_and_is_shown_by_its_headers(
    box: Mailbox, server: Dovecot, monkeypatch: Any
) -> None:
    monkeypatch.setattr(polling, "MAX_BYTES", 2000)
    _set(box, afterwards="delete")
    server.put(mail("x" * 3000, Subject="Huge"), *_mails(1), folder="Box")

    assert _poll(box) == 1
    assert _poll(box) == 0

    left = IncomingMail.objects.get(reason="too_large")
    assert (left.outcome, left.sender, left.subject) == ("unrouted", "uma@acme.test", "Huge")
    assert b"xxx" not in bytes(left.raw or b"")
    assert server.flags("Box") == [""]


# --- Signing in -----------------------------------------------------------------------------------


def test_by_starttls_and_with_any_letters_in_the_password(box: Mailbox, server: Dovecot) -> None:
    _set(box, port=server.port, security="starttls")
    assert probe(box).is_fine
    _set(box, secret=seal("päss\u5bc6wort"))
    assert probe(box).words == "localhost refused the sign-in of box"


def test_trying_a_mailbox_tells_how_many_mails_lie_there_and_changes_nothing(
    box: Mailbox, server: Dovecot
) -> None:
    server.put(*_mails(2), folder="Box")

    assert probe(box) == imap.Probed(True, "It works.", 2)
    assert server.flags("Box") == ["", ""]
    assert IncomingMail.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"secret": "password"}, "localhost refused the sign-in of box"),
        ({"folder": "Nowhere"}, "There is no folder Nowhere to be opened"),
        ({"host": "127.0.0.1"}, "The certificate of 127.0.0.1 is not trusted: "),
        ({"port": 1}, "localhost:1 cannot be reached: Connection refused"),
        ({"host": "nowhere.invalid"}, "nowhere.invalid:"),
        ({"security": "none", "host": "192.0.2.1"}, "Without TLS only a server on this machine"),
        ({"secret": "unsealed"}, "Its password was sealed with a lost key"),
        ({"login": "box\r\nA1 DELETE INBOX"}, "Login and folder are one line each"),
    ],
)
def test_what_is_wrong_is_said_in_words_without_the_secret(
    box: Mailbox, server: Dovecot, wrong: dict[str, Any], words: str
) -> None:
    if wrong.get("secret") == "password":
        wrong = {"secret": seal("not-the-secret-word")}
    _set(box, **wrong)

    told = probe(box)
    assert told.words.startswith(words), told.words
    assert (told.is_fine, told.mails) == (False, None)
    assert _poll(box) == 0
    box.refresh_from_db()
    assert box.last_error == told.words
    assert "not-the-secret-word" not in box.last_error
    since = box.failed_since
    assert since is not None
    _poll(box)
    box.refresh_from_db()
    assert box.failed_since == since


def test_a_certificate_of_nobody_is_not_trusted(box: Mailbox, settings: Any) -> None:
    settings.MAIL_CA = ""

    assert probe(box).words.startswith("The certificate of localhost is not trusted: ")


def test_a_server_that_says_nothing_or_too_little_is_left(box: Mailbox, monkeypatch: Any) -> None:
    monkeypatch.setattr(imap_folder, "SECONDS", 0.2)
    with _silent() as port:
        _set(box, port=port)
        assert probe(box).words == "localhost did not answer within 0 s"
    monkeypatch.setattr(imap_folder, "SECONDS", 20.0)
    monkeypatch.setattr(imap, "PROBE_SECONDS", 0.2)
    with _silent(b"* OK ready\r\n") as port:
        _set(box, port=port, security="none")
        assert "ended the connection" in probe(box).words


@contextmanager
def _silent(greeting: bytes = b"") -> Iterator[int]:
    """A server that takes a connection and says nothing more."""
    import socket

    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            try:
                caller, _address = server.accept()
            except OSError:
                return
            held.append(caller)
            caller.sendall(greeting)
            if greeting:  # capabilities are told, then nothing any more
                tag = caller.recv(100).split()[0]
                caller.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK\r\n")

        threading.Thread(target=take, daemon=True).start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for one in held:
                one.close()


# --- OAuth2 ---------------------------------------------------------------------------------------


@pytest.fixture
def office(box: Mailbox, server: Dovecot, settings: Any) -> Iterator[Mailbox]:
    """The mailbox, signed in to as at Microsoft."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.place / "server.pem", server.place / "server.key")
    with server.folder(login="token") as client:
        client.create("Box")
    with _serving(context) as port:
        settings.OAUTH_TOKEN_ADDRESSES = {
            "microsoft": f"https://localhost:{port}/{{tenant}}/token",
            "google": "http://localhost:1/",
        }
        _set(
            box,
            sign_in="microsoft",
            login="token",
            secret=sealed(REFRESH | {"tenant": "acme.example"}, sign_in="microsoft"),
        )
        yield box


def test_a_refresh_token_becomes_an_access_token_and_its_successor_is_kept(
    office: Mailbox, server: Dovecot
) -> None:
    server.put(*_mails(1), folder="Box", login="token")

    assert _poll(office) == 1, Mailbox.objects.get().last_error
    assert Provider.asked == [
        {
            "grant_type": "refresh_token",
            "client_id": "us",
            "client_secret": "hush-hush",
            "refresh_token": "first-refresh",
            "scope": oauth.SCOPES["microsoft"],
        }
    ]
    office.refresh_from_db()
    assert secret_of(office)["refresh_token"] == "second-refresh"

    assert [_poll(office) for _ in range(3)] == [0, 0, 0]
    assert len(Provider.asked) == 2, "a token is good for an hour"


def test_a_refused_token_is_said_by_its_code_alone(office: Mailbox, monkeypatch: Any) -> None:
    monkeypatch.setattr(Provider, "refusal", "invalid_grant")

    assert probe(office).words == "No sign-in by OAuth2: localhost refused: invalid_grant"
    _poll(office)
    office.refresh_from_db()
    assert "hush" not in office.last_error


@pytest.mark.parametrize(
    ("sign_in", "tenant", "words"),
    [
        ("google", "", "the provider is asked by https alone"),
        ("microsoft", "x/../../y?", "the tenant is no name or number of a directory"),
    ],
)
def test_tokens_are_asked_for_where_they_should_be(
    office: Mailbox, sign_in: str, tenant: str, words: str
) -> None:
    _set(office, sign_in=sign_in, secret=sealed(REFRESH | {"tenant": tenant}, sign_in=sign_in))

    assert probe(office).words == f"No sign-in by OAuth2: {words}"
    assert Provider.asked == []


# --- Whose turn it is -----------------------------------------------------------------------------


def test_each_mailbox_is_asked_beside_us_and_by_one_alone(box: Mailbox, monkeypatch: Any) -> None:
    others: list[dict[str, Any]] = [
        {"is_active": False}, {"lease_until": Now() + minutes(1)}, {"checked_at": NINE},
    ]  # fmt: skip
    for number, told in enumerate(others):
        Mailbox.objects.create(
            name=f"{number}", host="localhost", login="x", address="x@x.test", created_at=NINE,
            **told,
        )  # fmt: skip
    assert polling.due() == [box.pk, Mailbox.objects.get(name="2").pk]

    go_on, asked = threading.Event(), []

    def slow(*, mailbox_id: int, clock: Any) -> int:
        asked.append(mailbox_id)
        go_on.wait(5)
        raise RuntimeError("it broke")

    monkeypatch.setattr(polling, "poll", slow)
    tasks.poll_mailboxes()
    tasks.poll_mailboxes()
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "mailbox":
            thread.join(5)

    assert sorted(asked) == sorted(polling.due())
    assert polling._asked == set()


def test_a_worker_with_a_key_of_its_own_opens_and_keeps_what_the_desk_seals(
    box: Mailbox, settings: Any
) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS, settings.SEALING_KEY = "portals", [], ""
    assert probe(box).words.startswith("Its password was sealed with a lost key")
    settings.SECRET_KEY = "desk"
    _set(box, secret=seal(PASSWORD))

    settings.SECRET_KEY, settings.SEALING_KEY = "portals", "desk"

    assert probe(box).is_fine
    assert is_current(box.secret)
    settings.SECRET_KEY, settings.SEALING_KEY, kept = "desk", "", seal("from the worker")
    assert unseal(kept) == "from the worker"
