"""Icons in templates: the tag of `lucide`, with each picture drawn once in a process.

The library copies and writes a tree of XML at every call: 0.1 ms, 40 times on a ticket's page. And
it reads its archive's list of 1,700 names anew for each icon, 15 ms: ours is opened once.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

from django.template import Context, Library, Node, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.utils.safestring import SafeString, mark_safe
from lucide import IconDoesNotExist

register = Library()

_MOST = 512  # pictures by name, size and attributes: all that our templates hold, and then some


@lru_cache(maxsize=_MOST)
def picture(name: str, size: int | None = 24, **attributes: str) -> SafeString:
    """The icon as SVG. Its name and attributes are our templates' own words, never a visitor's."""
    svg = _drawing(name)
    if size is not None:
        svg.attrib["width"] = svg.attrib["height"] = str(size)
    svg.attrib |= {key.replace("_", "-"): str(value) for key, value in attributes.items()}
    return mark_safe(ElementTree.tostring(svg, encoding="unicode"))  # noqa: S308  drawn by us


def _drawing(name: str) -> ElementTree.Element:
    """The library's picture, without the namespace that SVG within HTML does not need."""
    try:
        svg = ElementTree.fromstring(_archive().read(f"{name}.svg"))  # noqa: S314  the library's own
    except KeyError:
        raise IconDoesNotExist(name) from None
    for node in svg.iter():
        node.tag = node.tag.removeprefix("{http://www.w3.org/2000/svg}")
    return svg


@cache
def _archive() -> ZipFile:
    return ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes()))


class IconNode(Node):
    """Draws one icon; `as crown` keeps it under that name instead."""

    def __init__(
        self, name: FilterExpression, attributes: dict[str, FilterExpression], keep_as: str
    ) -> None:
        self.name, self.attributes, self.keep_as = name, attributes, keep_as

    def render(self, context: Context) -> str:
        said = {key: _plain(value.resolve(context)) for key, value in self.attributes.items()}
        drawn = picture(str(self.name.resolve(context)), said.pop("size", 24), **said)
        if self.keep_as:
            context[self.keep_as] = drawn
            return ""
        return drawn


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)


@register.tag
def lucide(parser: Parser, token: Token) -> IconNode:
    """`{% lucide "lock" size=14 aria_hidden="true" %}`, as the library's own."""
    words = token.split_contents()[1:]
    keep_as = words.pop() if words[-2:-1] == ["as"] else ""
    words = words[:-1] if keep_as else words
    if not words:
        raise TemplateSyntaxError("lucide wants the name of an icon")
    name = parser.compile_filter(words.pop(0))
    return IconNode(name, token_kwargs(words, parser), keep_as)
