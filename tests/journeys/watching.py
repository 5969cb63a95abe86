"""A person at a browser: every page they see is looked at by axe, every console message counts."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

RULES = {
    "resultTypes": ["violations"],  # what passes is not told node by node
    "iframes": False,  # a mail's frame runs no script, nor axe's: asking it only takes time
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
}


@dataclass
class Look:
    """How somebody looks at the product: size of the window, colours and language."""

    name: str
    width: int
    height: int
    scheme: str
    locale: str
    language: str

    @property
    def is_phone(self) -> bool:
        return self.width < 600


DESKTOP = Look("desktop, English, light", 1440, 900, "light", "en-GB", "en")
PHONE = Look("phone, Chinese, dark", 390, 844, "dark", "zh-CN", "zh-hans")


def in_both(first: Look) -> pytest.MarkDecorator:
    """Run it in both looks: in the first in every run, in the other one as a drill."""
    other = PHONE if first is DESKTOP else DESKTOP
    looks = [first, pytest.param(other, marks=pytest.mark.drill)]
    return pytest.mark.parametrize("look", looks, ids=lambda look: look.name)


QUIET_SECONDS = 0.1
"""A page stands still when it is loaded and has asked for nothing for so long."""


@dataclass
class Watched:
    """One person's browser window with what went wrong in it."""

    page: Any
    problems: list[str] = field(default_factory=list)
    _asked: set[Any] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("request", lambda one: self._asked.add(one))
        self.page.on("requestfinished", lambda one: self._asked.discard(one))
        self.page.on("requestfailed", lambda one: self._asked.discard(one))

    @classmethod
    def opened(cls, browser: Any, look: Look) -> Watched:
        """A new window without cookies."""
        context = browser.new_context(
            viewport={"width": look.width, "height": look.height},
            color_scheme=look.scheme,
            locale=look.locale,
            has_touch=look.is_phone,
            is_mobile=look.is_phone,
        )
        watched = cls(context.new_page())
        watched.page.on("console", lambda said: watched.problems.append(f"console: {said.text}"))
        watched.page.on("pageerror", lambda error: watched.problems.append(f"error: {error}"))
        return watched

    def go(self, address: str) -> None:
        """Open an address and look at the page."""
        self.page.goto(address)
        self.look()

    def press(self, selector: str) -> None:
        """Press a button that leads to a page, and look at that."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()
        self.look()

    def look(self) -> None:
        """Have axe look at the page; it has one main, one h1, and does not scroll sideways."""
        self._wait_until_it_stands_still()
        for found in Axe().run(self.page, options=RULES).response["violations"]:
            at = [node["target"] for node in found["nodes"]]
            self.problems.append(f"axe {found['id']} at {at} on {self.page.url}")
        for selector in ("main", "h1"):
            if self.page.locator(f"{selector}:visible").count() != 1:
                self.problems.append(f"not one {selector} on {self.page.url}")
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.problems.append(f"{self.page.url} scrolls sideways")

    def _wait_until_it_stands_still(self) -> None:
        self.page.wait_for_load_state("load")
        until = time.monotonic() + 30
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_SECONDS:
            self.page.wait_for_timeout(20)
            if self._asked:
                assert time.monotonic() < until, [one.url for one in self._asked]
                quiet_since = time.monotonic()

    def text(self) -> str:
        """What the page says."""
        return str(self.page.locator("body").inner_text())


def plain_text(mail: Any) -> str:
    """What a mail says in its text part."""
    return str(mail.get_body(("plain",)).get_content())


def six_digits(mail: Any) -> str:
    """The code of a sign-in mail."""
    found = re.search(r"\b(\d{6})\b", plain_text(mail))
    assert found is not None
    return found[1]
