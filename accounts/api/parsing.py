"""Reading what was sent: JSON, not too large, not too deep."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from accounts.api.problems import Problem

_SEEN = re.compile(r"[^\x00-\x20\x7f-\xa0\s]")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


class Json(JSONParser):
    """JSON in UTF-8; nested too deep for Python or with half characters it is malformed.

    Too long it is refused unread. A half character (``"\\ud800"``) could be neither stored nor told
    back in the problem that refuses it.
    """

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            sent = super().parse(stream, media_type, parser_context)
            json.dumps(sent, ensure_ascii=False).encode()
        except (RecursionError, UnicodeEncodeError) as problem:
            raise ParseError from problem
        return sent


class OnlyJson(BaseContentNegotiation):
    """Answers are JSON, whatever a client says it would rather have."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


def refuse_long(request: Request) -> None:
    """Raise a 413 for a body over what one request may send; none of it has been read."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > most:
        words = _("A request may have %(most)s bytes. Send less, or in parts.") % {"most": most}
        raise Problem(413, "too-large", words)


class Text(serializers.CharField):
    """Words: a JSON string, never a number or a boolean taken for one, with something to see."""

    pattern = ""
    """What it looks like, where more is asked of it than that; for the schema."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        said = super().to_internal_value(data)
        if not self.allow_blank and not _SEEN.search(said):
            self.fail("blank")
        return said


class Key(Text):
    """A key that stands in addresses: letters, digits, dots, dashes and underscores."""

    pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        said = super().to_internal_value(data)
        if not _KEY.fullmatch(said):
            words = _("A key is letters, digits, dots, dashes and underscores, 40 at most.")
            raise serializers.ValidationError(words)
        return said


class YesNo(serializers.BooleanField):
    """A JSON boolean, never a word or a number taken for one."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Whole(serializers.IntegerField):
    """A JSON integer, `449.0` too, never a word taken for one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float) or data != data // 1:
            self.fail("invalid")
        return int(data)
