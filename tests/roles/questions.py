"""What a request asked of the policy about who sent it: who gets the same answers gets the page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.template.backends.django import Template

from accounts.models import User
from accounts.operations.second_step import is_required
from accounts.policy import ROLE_PERMISSIONS, Role, may
from servicedesk.admin_site import Console


@dataclass
class Questions:
    """Who was told from whom: the roles of which the answer was yes, question by question."""

    yes: set[frozenset[str]] = field(default_factory=set)
    looked_at_the_role: bool = False
    """By somebody else than those who are to be asked; nothing is known of what came of it."""
    is_drawing: int = 0
    """What is only drawn by it decides no answer."""

    def would_be_answered_the_same(self, one: str, other: str) -> bool:
        """Whether nothing that was asked tells these two roles from each other."""
        is_known = {one, other} <= set(Role) and not self.looked_at_the_role
        return is_known and all((one in roles) == (other in roles) for roles in self.yes)


def _who_may(words: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(role for role in Role if words["permission"] in ROLE_PERMISSIONS[role])


READERS: dict[CodeType, Callable[[Mapping[str, Any]], frozenset[str]]] = {
    may.__code__: _who_may,
    is_required.__code__: lambda _words: frozenset(settings.REQUIRE_TOTP),
}
"""Who is to be asked, and which roles they say yes to, by what they were asked."""


@contextmanager
def listening() -> Iterator[Questions]:
    """Hear every look at the role of somebody on staff: most are questions of the policy's."""
    heard = Questions()
    with (
        patch.object(User, "role", _Role(heard)),
        patch.object(Template, "render", _drawing(heard, Template.render)),
        patch.object(Console, "each_context", _drawing(heard, Console.each_context)),
    ):
        yield heard


class _Role:
    """The field of that name, which tells who reads it."""

    def __init__(self, heard: Questions) -> None:
        self._heard = heard

    def __get__(self, user: Any, _of: type | None = None) -> Any:
        if user is None:
            return self
        reader = sys._getframe(1)
        while reader.f_globals["__name__"] == "django.utils.functional":  # request.user is lazy
            assert reader.f_back
            reader = reader.f_back
        if not self._heard.is_drawing:
            self._hear(reader)
        return user.__dict__["role"]

    def _hear(self, reader: FrameType) -> None:
        if answer := READERS.get(reader.f_code):
            self._heard.yes.add(answer(reader.f_locals))
        else:
            self._heard.looked_at_the_role = True

    def __set__(self, user: Any, role: str) -> None:
        user.__dict__["role"] = role


def _drawing(heard: Questions, draw: Any) -> Any:
    def drawn(*words: Any, **more: Any) -> Any:
        heard.is_drawing += 1
        try:
            return draw(*words, **more)
        finally:
            heard.is_drawing -= 1

    return drawn
