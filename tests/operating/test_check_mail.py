"""`manage.py check_mail`: one mail by the configured server, and in words what became of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.management import CommandError, call_command

from tests.driving import spare_port

SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Keeper:
    """A mail server that keeps what it gets, and refuses one recipient."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.mails.append(envelope.content.decode())
        return "250 OK"


@pytest.fixture
def keeper(settings: Any) -> Iterator[Keeper]:
    kept = Keeper()
    server = Controller(kept, hostname="127.0.0.1", port=spare_port())
    server.start()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
    settings.EMAIL_PORT, settings.EMAIL_USE_TLS = server.port, False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield kept
    server.stop()


def _check(to: str = "ada@desk.test") -> str:
    said = io.StringIO()
    call_command("check_mail", "--to", to, stdout=said)
    return said.getvalue()


def test_a_mail_leaves_and_its_id_is_said(keeper: Keeper, settings: Any) -> None:
    said = _check()

    (mail,) = keeper.mails
    message_id = said.partition("Accepted: ")[2].partition(" ")[0]
    assert f"Message-ID: {message_id}" in mail
    assert "Auto-Submitted: auto-generated" in mail
    assert f"127.0.0.1:{settings.EMAIL_PORT} without TLS, without sign-in" in said


def test_who_is_refused_is_told(keeper: Keeper) -> None:
    with pytest.raises(CommandError, match=r"refuses the recipient.*no such person"):
        _check("nobody@desk.test")
    assert keeper.mails == []


def test_a_server_without_tls_or_sign_in_is_told(keeper: Keeper, settings: Any) -> None:
    settings.EMAIL_USE_TLS = True
    with pytest.raises(CommandError, match=r"no TLS or no sign-in"):
        _check()


def test_nobody_there_is_told_without_a_password(settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", 1
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "desk", "s3cretword"
    with pytest.raises(CommandError, match="nobody listens there") as problem:
        _check()
    assert "s3cretword" not in str(problem.value)


def test_without_a_server_it_goes_to_the_demos_mailbox(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND, settings.MAILBOX_ROOT = "desk.mailbox.MailboxBackend", tmp_path
    assert "mailbox page" in _check()
    assert len(list(tmp_path.glob("*.eml"))) == 1
