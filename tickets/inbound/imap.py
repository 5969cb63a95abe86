"""A mailbox as it was set up: its folder opened, with a password or with OAuth2, and tried."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils.translation import gettext as _
from imap_tools import BaseMailBox

from accounts.sealing import Unreadable
from desk.mailbox_secrets import OAUTH
from desk.mailbox_secrets import opened as secret_of
from desk.models import Mailbox
from tickets.inbound import imap_folder, oauth
from tickets.inbound.imap_folder import Folder, Trouble, Way
from tickets.inbound.oauth import NoToken, Token

log = logging.getLogger(__name__)

PROBE_SECONDS = 20.0

Keep = Callable[[str], None]
"""Keeps a secret that the provider has replaced, as JSON."""


@dataclass(frozen=True)
class Probed:
    """What came of trying a mailbox: `words` for who set it up, and how many mails lie there."""

    is_fine: bool
    words: str
    mails: int | None = None


@contextmanager
def opened(
    mailbox: Mailbox, *, seconds: float, keep: Keep, is_read_only: bool = False
) -> Iterator[Folder]:
    """The mailbox's folder while the block lasts, for so many seconds at most. Raises Trouble."""
    way = Way(mailbox.host, mailbox.port, mailbox.security, mailbox.login, mailbox.folder)
    sign_in = _sign_in(mailbox, way, keep)
    with imap_folder.opened(
        way, sign_in=sign_in, seconds=seconds, is_read_only=is_read_only
    ) as folder:
        yield folder


def probe(mailbox: Mailbox) -> Probed:
    """Sign in, open the folder, count its mails; nothing is changed there or here. Never raises."""
    try:
        with opened(mailbox, seconds=PROBE_SECONDS, keep=_forget, is_read_only=True) as folder:
            return Probed(True, _("It works."), folder.mails)
    except Trouble as trouble:
        return Probed(False, str(trouble))
    except Exception as problem:
        log.exception("mailbox %s could not be tried", mailbox.pk)
        return Probed(False, type(problem).__name__)


def _forget(_secret: str) -> None:
    """A probe keeps nothing: the refresh token of before stays good."""


def _sign_in(mailbox: Mailbox, way: Way, keep: Keep) -> Callable[[BaseMailBox], None]:
    try:
        secret = secret_of(mailbox)
    except Unreadable as problem:
        raise Trouble(_("Its password was sealed with a lost key: type it again")) from problem
    if mailbox.sign_in == Mailbox.SignIn.PASSWORD:
        return imap_folder.with_password(way, secret)
    return imap_folder.with_token(way, _token(mailbox, secret, keep))


_tokens: dict[tuple[int | None, str], Token] = {}
"""By mailbox and sealed secret: a token is good for an hour; a mailbox is asked all the time."""


def _token(mailbox: Mailbox, secret: Mapping[str, str], keep: Keep) -> str:
    at = (mailbox.pk, mailbox.secret)
    known = _tokens.get(at)
    if known and known.good_until > time.monotonic():
        return known.access
    try:
        token = oauth.access_token(secret, provider=mailbox.sign_in, context=imap_folder.trusted())
    except NoToken as problem:
        raise Trouble(_("No sign-in by OAuth2: %(why)s") % {"why": problem}) from problem
    if token.refresh and token.refresh != secret.get("refresh_token"):
        words = {name: secret[name] for name in OAUTH if secret.get(name)}
        keep(json.dumps(words | {"refresh_token": token.refresh}))
    else:
        _tokens[at] = token
    return token.access
