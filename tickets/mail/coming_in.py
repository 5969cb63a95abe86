"""What letters say that let somebody in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Code:
    """A one-time code to sign in with."""

    digits: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class Invitation:
    """What somebody is told who may come to the portal from now on."""

    role: str
    consultant: str
