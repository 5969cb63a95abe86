"""`Idempotency-Key`: a request that is sent again is answered again, and done once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door
from accounts.api.problems import Problem, wrong_field
from accounts.models import RememberedRequest
from accounts.operations.remembering import (
    AskedDifferently,
    StillRunning,
    keep_answer,
    remember,
)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"

_KEY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")

Work = Callable[[], int]
Show = Callable[[int], dict[str, Any]]


def once(door: Door, *, work: Work, show: Show, status: int = 201) -> Response:
    """Do the work, or say again what it came to when a request with the same key did it before.

    `work` gives the key of the row it made or changed, `show` the object of it. All is one
    transaction: what the work refuses leaves the key unused. Raises a 409 when the first request
    with the key takes too long, a 422 when the key was another request's.
    """
    key = _key(door.request)
    with transaction.atomic():
        if key is None:
            return Response(show(work()), status)
        held, is_new = _remembered(door, key)
        if not is_new:
            return Response(show(int(held.row)), held.status, headers={REPLAYED: "true"})
        made = work()
        keep_answer(held=held, status=status, row=str(made))
        return Response(show(made), status)


def _remembered(door: Door, key: str) -> tuple[RememberedRequest, bool]:
    try:
        return remember(
            model=door.memory,
            caller=str(door.person().pk),
            key=key,
            asked=_asked(door.request),
            now=door.now,
        )
    except StillRunning as problem:
        words = _("The first request with this key is still running. Ask again in a moment.")
        raise Problem(409, "still-running", words, headers={"Retry-After": "1"}) from problem
    except AskedDifferently as problem:
        words = _("This key was used for another request. Take a new one for a new request.")
        raise Problem(422, "key-used", words) from problem


def _key(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise wrong_field(HEADER, _("Send 1 to 255 printable ASCII characters."))
    return key


def _asked(request: Request) -> str:
    """SHA-256 over method, address and body: JSON that says the same is the same."""
    body = json.dumps(request.data, sort_keys=True)
    said = f"{request.method}\n{request.get_full_path()}\n{body}"
    return hashlib.sha256(said.encode()).hexdigest()
