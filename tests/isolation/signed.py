"""Every kind of value that the product signs, derives or makes up, and where it lets somebody in.

`KINDS` names the files that make them: a file that makes one and is not named fails the test.
"""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

APPS = ("accounts", "customers", "desk", "product", "tickets", "followups", "servicedesk")

KINDS = {
    "a session's cookie": ("tickets/sessions.py", "accounts/staff_sessions.py"),
    "a code to sign in, and its six digits": ("tickets/codes.py",),
    "a link to a notice, a callback and a shared report, an address of a feed": (
        "followups/links.py",
    ),
    "a token of the API": ("accounts/tokens.py", "tickets/operations/demo_tokens.py"),
    "the place of a page": ("accounts/api/paging.py",),
    "a crossing to the admin": ("accounts/operations/handing_over.py",),
    "a crossing to a portal": ("tickets/operations/looking_in.py",),
    "a link to set a password": ("accounts/admin.py", "accounts/views/passwords.py"),
    "an address that answers go to, a Message-ID of ours, the mark of our own mail": (
        "desk/mail_ids.py",
        "tickets/mail/tokens.py",
    ),
    "a file's name": ("tickets/operations/storing.py",),
    "a key of idempotency": ("accounts/operations/remembering.py",),
}
"""What comes from outside and is believed; each is replayed in test_signed.py."""

NEVER_ASKED_FOR = {
    "accounts/sealing.py": "seals secrets at rest",
    "accounts/totp.py": "the code of a second step: asked for after a password, for its person",
    "customers/roles.py": "passwords of logins to the database",
    "customers/store.py": "names of drafts of files",
    "desk/mailbox.py": "names of drafts of files",
    "product/views/agreeing.py": "which words a page showed: it opens nothing",
    "servicedesk/embedded/valkey.py": "the password of our own broker",
    "tickets/operations/furnishing.py": "the demo's password, hashed like any other",
}
"""What is made of secrets and is no value that a request could replay, with the reason."""

_MAKES = re.compile(
    r"\bhmac\.|\bsigning\.(?:dumps|Signer)|\bsecrets\.token|\bderived\(|token_generator\b|Signer\("
)


def makers() -> set[str]:
    """The files of the product that sign, derive or draw a secret."""
    return {
        str(path.relative_to(settings.BASE_DIR))
        for app in APPS
        for path in Path(settings.BASE_DIR, app).rglob("*.py")
        if "migrations" not in path.parts and _MAKES.search(path.read_text())
    }
