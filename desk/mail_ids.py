"""The left of our own Message-IDs: an answer or a bounce that names one says which mail it means.

It is derived from what the mail tells, so the same message has the same one however often it is
tried; nobody without our key can make one up.
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings


def mail_id(key: str) -> str:
    """40 hex digits for an outbox key, by the secret key of today.

    `OutboxItem.mail_id` keeps the one a mail left with: the key may change after it.
    """
    said = f"mail:id:{key}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).hexdigest()[:40]
