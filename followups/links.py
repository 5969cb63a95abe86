"""What opens a notice, a callback, a feed or a shared report without signing in.

It is derived for one customer, one purpose, one row, and nothing of it is stored. A link that was
mailed before the key was changed works as long as the old key is still good.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from uuid import UUID

from django.conf import settings

from tickets.codes import derived

NOTICE = "notice"
FEED = "feed"
CALLBACK = "callback"
REPORT = "report"


def token(*, schema: str, purpose: str, row: UUID, key: str | None = None) -> str:
    """All 32 bytes, as an address can hold them."""
    said = derived(schema=schema, purpose=purpose, row=row, key=key)
    return urlsafe_b64encode(said).rstrip(b"=").decode()


def opens(typed: str, *, schema: str, purpose: str, row: UUID) -> bool:
    """Whether it is the row's, by the secret key of today or one still good; takes the same time
    for every wrong one.
    """
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    right = [token(schema=schema, purpose=purpose, row=row, key=key) for key in keys]
    said = typed.encode(errors="replace")
    return sum(hmac.compare_digest(one.encode(), said) for one in right) > 0
