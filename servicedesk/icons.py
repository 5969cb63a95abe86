"""Icons in templates: the tag of `lucide`, with each picture drawn once in a process.

The library copies and writes a tree of XML at every call: 0.1 ms, 40 times on a ticket's page.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import lucide as pictures
from django.template import Context, Library, Node, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.utils.safestring import SafeString, mark_safe

register = Library()

_MOST = 512  # pictures by name, size and attributes: all that our templates hold, and then some


@lru_cache(maxsize=_MOST)
def picture(name: str, size: int | None = 24, **attributes: str) -> SafeString:
    """The icon as SVG. Its name and attributes are our templates' own words, never a visitor's."""
    return mark_safe(pictures._render_icon(name, size, **attributes))  # noqa: S308  drawn by us


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
