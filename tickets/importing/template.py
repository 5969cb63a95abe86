"""Templates that compose a value from columns: ``{product}: {service_type} – {activity}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tickets.importing.errors import MappingDoesNotFit

_FIELD = re.compile(r"\{([^{}]*)\}")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")

Filter = Callable[[str], str]
Part = str | tuple[str, tuple[Filter, ...]]


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter in "0123456789")


def _slug(text: str) -> str:
    return _NOT_SLUG.sub("-", text.lower()).strip("-")


_FILTERS: dict[str, Filter] = {"digits": _digits, "lower": str.lower, "slug": _slug}


@dataclass(frozen=True, slots=True)
class Template:
    """Text with column names in braces, each with filters: ``h{customer|digits|pad 3}``.

    Filters: ``lower``, ``slug`` (a-z, 0-9 and dashes), ``digits`` (only 0-9), ``pad N`` (zeros in
    front up to N characters). A column that a row does not have gives nothing.
    """

    text: str
    parts: tuple[Part, ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Read a template; MappingDoesNotFit for an unknown filter or a stray brace."""
        parts: list[Part] = []
        end = 0
        for found in _FIELD.finditer(text):
            parts += [text[end : found.start()], _field(found.group(1), whole=text)]
            end = found.end()
        parts.append(text[end:])
        if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
            raise MappingDoesNotFit(f"{text!r} has a brace without its partner")
        return cls(text=text, parts=tuple(part for part in parts if part))

    @property
    def columns(self) -> frozenset[str]:
        """The names it asks for."""
        return frozenset(part[0] for part in self.parts if not isinstance(part, str))

    def render(self, cells: Mapping[str, str]) -> str:
        """Fill in the cells of one row."""
        return "".join(
            part if isinstance(part, str) else _filtered(cells.get(part[0], ""), part[1])
            for part in self.parts
        ).strip()


def _field(inside: str, *, whole: str) -> Part:
    name, *filters = (piece.strip() for piece in inside.split("|"))
    if not name:
        raise MappingDoesNotFit(f"{whole!r} names no column between its braces")
    return name, tuple(_filter(one, whole=whole) for one in filters)


def _filter(text: str, *, whole: str) -> Filter:
    name, _, width = text.partition(" ")
    if name == "pad" and width.isdigit():
        return lambda value: value.rjust(int(width), "0")
    if name not in _FILTERS or width:
        raise MappingDoesNotFit(f"{whole!r} has the unknown filter {text!r}")
    return _FILTERS[name]


def _filtered(value: str, filters: tuple[Filter, ...]) -> str:
    for one in filters:
        value = one(value)
    return value
