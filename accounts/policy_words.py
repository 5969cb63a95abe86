"""Roles and permissions in words: what the table of roles and a change of somebody's role say."""

from __future__ import annotations

from typing import Any

from accounts.policy import Permission
from accounts.token_forms import OTHER_RIGHTS, STAFF_SCOPES

PERMISSIONS: dict[str, Any] = {str(one): said for one, said in STAFF_SCOPES.items()} | {
    str(one): said for one, said in OTHER_RIGHTS.items()
}
"""Each permission, as the page of tokens calls it."""


def permission(of: Permission) -> str:
    """A permission in the reader's language."""
    return str(PERMISSIONS[of])
