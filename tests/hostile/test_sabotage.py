"""Break a guard on purpose: the run that is there for it goes red."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils.safestring import mark_safe

from servicedesk import middleware
from tests.hostile import legs
from tests.hostile.bodies import bodies
from tests.hostile.legs import Scene
from tickets import html, portal_search
from tickets.mail import letters

Leg = Callable[[Scene, int], None]
Break = Callable[[pytest.MonkeyPatch], None]


def _trust_rows(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(html, "shown", lambda body: body)


def _trust_letters(patch: pytest.MonkeyPatch) -> None:
    """Deep ones aside: without the wall, MJML overflows the stack and takes the process with it."""

    def trusting(body: str, _portal: str) -> str:
        return mark_safe(body if body.count("<") < 50 else "x")  # noqa: S308  the break

    patch.setattr(letters, "for_mail", trusting)


def _mark_words_unescaped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(portal_search, "excerpt", lambda body, _query, _length: mark_safe(body))  # noqa: S308  the break


def _look_up_any_session(patch: pytest.MonkeyPatch) -> None:
    class Anything:
        def fullmatch(self, _key: str) -> bool:
            return True

    patch.setattr(middleware, "_SESSION_KEY", Anything())


def _take_any_charset(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tests.hostile.visiting.is_utf8", lambda _kind: True)


BREAKS: dict[str, tuple[Break, Leg]] = {
    "what is stored is shown as it is": (_trust_rows, legs.rows),
    "letters are written from what is stored": (_trust_letters, legs.letters),
    "the portal's list shows words unescaped": (_mark_words_unescaped, legs.rows),
    "any cookie is looked up": (_look_up_any_session, legs.headers),
    "any charset is read": (_take_any_charset, bodies),
}


@pytest.mark.parametrize("name", BREAKS)
def test_the_run_tells(scene: Scene, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    sabotage, leg = BREAKS[name]
    sabotage(monkeypatch)

    with pytest.raises(AssertionError) as told:
        leg(scene, 50)

    assert_it_is_a_finding(told)


def assert_it_is_a_finding(told: Any) -> None:
    """Of the run's own checks, not of the test's machinery."""
    words = str(told.value)
    findings = ("seed ", "script", "sql", "sample", "huge", "deep", "noise", "regex")
    assert any(word in words for word in findings), words
