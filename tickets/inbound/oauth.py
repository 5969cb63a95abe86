"""Access tokens of Microsoft 365 and Google for a mailbox, from its refresh token (RFC 6749, 6)."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from django.conf import settings
from django.utils.translation import gettext as _

SECONDS = 20
MOST_BYTES = 100_000
SPARE = 120.0
"""Seconds before its end from which a token is not used any more."""

SCOPES = {
    "microsoft": "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
    "google": "",  # those of the refresh token
}
_TENANT = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,200}")
_CODE = re.compile(r"[a-z_]{1,60}")


class NoToken(Exception):
    """There is no access token; the words say why, without any secret."""


@dataclass(frozen=True)
class Token:
    """An access token, until when it is good by `time.monotonic`, and the refresh token in its
    turn: "" the one we have stays.
    """

    access: str
    good_until: float
    refresh: str = ""


def access_token(secret: Mapping[str, str], *, provider: str, context: ssl.SSLContext) -> Token:
    """Ask the provider (microsoft, google) for an access token. Raises NoToken."""
    asked = {
        "grant_type": "refresh_token",
        "client_id": secret.get("client_id", ""),
        "refresh_token": secret.get("refresh_token", ""),
        "client_secret": secret.get("client_secret", ""),
        "scope": SCOPES[provider],
    }
    body = urlencode({name: value for name, value in asked.items() if value}).encode()
    told = _ask(_address(provider, secret.get("tenant", "")), body, context)
    access, seconds = told.get("access_token"), told.get("expires_in")
    if not isinstance(access, str) or not access.isascii() or not access:
        raise NoToken(_("the provider's answer holds no token"))
    good_for = float(seconds) if isinstance(seconds, int | float) else 0.0
    return Token(access, time.monotonic() + good_for - SPARE, str(told.get("refresh_token") or ""))


def _address(provider: str, tenant: str) -> str:
    tenant = tenant or "common"
    if not _TENANT.fullmatch(tenant):
        raise NoToken(_("the tenant is no name or number of a directory"))
    address: str = settings.OAUTH_TOKEN_ADDRESSES[provider].format(tenant=tenant)
    if urlsplit(address).scheme != "https":
        raise NoToken(_("the provider is asked by https alone"))
    return address


class _NoRedirect(HTTPRedirectHandler):
    """A token is given where it is asked for, or not at all."""

    def redirect_request(self, *_asked: object) -> None:
        return None


def _ask(address: str, body: bytes, context: ssl.SSLContext) -> dict[str, object]:
    opener = build_opener(HTTPSHandler(context=context), _NoRedirect)
    host = urlsplit(address).hostname
    request = Request(address, body, {"Accept": "application/json"})  # noqa: S310  https, see above
    try:
        with opener.open(request, timeout=SECONDS) as response:
            return _read(response.read(MOST_BYTES))
    except HTTPError as refused:
        with refused:
            raise NoToken(
                _("%(host)s refused: %(why)s") % {"host": host, "why": _why(refused)}
            ) from None
    except (OSError, HTTPException) as problem:
        raise NoToken(
            _("%(host)s cannot be asked: %(why)s") % {"host": host, "why": _reason(problem)}
        ) from None


def _why(refused: HTTPError) -> str:
    """The error's code, as RFC 6749 calls it: their words may hold more than is good for a log."""
    try:
        code = str(_read(refused.read(MOST_BYTES)).get("error", ""))
    except (NoToken, OSError, HTTPException):
        code = ""
    return code if _CODE.fullmatch(code) else f"status {refused.code}"


def _reason(problem: Exception) -> str:
    return str(getattr(problem, "reason", "") or type(problem).__name__)[:120]


def _read(said: bytes) -> dict[str, object]:
    try:
        told = json.loads(said)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise NoToken(_("the provider's answer cannot be read"))
    return told
