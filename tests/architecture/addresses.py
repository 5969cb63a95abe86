"""Every address of the three hosts, walked from Django's resolvers, and the list of who may."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import URLPattern, get_resolver

LIST = Path(__file__).with_name("urls.toml")
DOORS = ("desk", "portal", "admin")
ADMIN_PAGES = {
    "": "GET",
    "add/": "GET POST",
    "csv/": "GET",
    "<path:object_id>/": "GET",
    "<path:object_id>/change/": "GET POST",
    "<path:object_id>/delete/": "GET POST",
    "<path:object_id>/history/": "GET",
}
TOKEN = "token:"
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


@dataclass(frozen=True)
class Address:
    """One address: its host's door, its route, who may open it, and the methods it takes."""

    door: str
    route: str
    who: str
    methods: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.door}:/{self.route}"

    @property
    def is_open(self) -> bool:
        """Whether a stranger may open it."""
        return self.who in ("anyone", "demo")

    @property
    def is_api(self) -> bool:
        """Whether programs open it, with a token, and nobody's session does."""
        return self.who.startswith(TOKEN)

    def scope(self, method: str) -> str:
        """The scope that a token needs for a method of an API's address."""
        methods = [name for name in self.methods if name != "HEAD"]
        place = methods.index("GET" if method == "HEAD" else method)
        return self.who.removeprefix(TOKEN).split()[place]

    @property
    def arguments(self) -> list[str]:
        """The names of its arguments."""
        return [name[1] or name[2] for name in _ARGUMENT.finditer(self.route)]

    def filled(self, words: dict[str, Any]) -> str:
        """The path with a word for each of its arguments; 1 where there is none."""
        path = _ARGUMENT.sub(lambda name: str(words.get(name[1] or name[2], 1)), self.route)
        return "/" + path.strip("^$")


def urlconf(door: str) -> str:
    """The module with the door's addresses."""
    return {
        "desk": settings.ROOT_URLCONF,
        "portal": settings.PORTAL_URLCONF,
        "admin": settings.ADMIN_URLCONF,
    }[door]


def walked(door: str) -> list[str]:
    """The routes that the door's resolver knows, as often as it knows them."""
    return sorted(_routes(get_resolver(urlconf(door)).url_patterns, ""))


def _routes(patterns: Any, before: str) -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _routes(pattern.url_patterns, route)


def listed() -> list[Address]:
    """The list, read from `urls.toml`."""
    tables = tomllib.loads(LIST.read_text())
    admin = tables.pop("admin_models")
    for model in admin["models"]:
        for page, methods in ADMIN_PAGES.items():
            tables["admin"][f"{model}/{page}"] = [admin["who"], methods]
    return [
        Address(door, route, who, tuple(methods.split()))
        for door, lines in tables.items()
        for route, (who, methods) in lines.items()
    ]
