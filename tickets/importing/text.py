"""Makes other people's text plain: no control characters, no layout of tabs and empty lines."""

from __future__ import annotations

import re
import unicodedata

SUBJECT_LIMIT = 200
NAME_LIMIT = 120

_BLANKS = re.compile(r"[ \t\u00a0\u3000]+")
_GAPS = re.compile(r"\n{3,}")


def plain(text: str) -> str:
    """Keep words and paragraphs: runs of blanks become one, of empty lines one empty line.

    An indent of wide spaces, as Chinese paragraphs have, is layout and goes too.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(one for one in text if one in "\n\t" or unicodedata.category(one) != "Cc")
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


def one_line(text: str, *, limit: int) -> str:
    """Give the text as one line of at most `limit` characters; what is cut off ends in ``…``."""
    line = " ".join(plain(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
