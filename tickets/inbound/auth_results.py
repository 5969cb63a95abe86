"""Authentication-Results (RFC 8601) taken apart: which server found what of a mail it took in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_RESULTS = 100

_OUTSIDE = re.compile(r'"(?:[^"\\]|\\.)*"|[();]|[^"();]+', re.S)
_IN_COMMENT = re.compile(r"[()]|\\.|[^()\\]+", re.S)
_PAIR = re.compile(
    r"\s*(?P<name>[\w-]+(?:\s*[./]\s*[\w-]+)*)\s*="
    r"\s*(?P<value>\"(?:[^\"\\]|\\.)*\"[^\s\"]*|[^\s\"]*)(?=\s|$)",
    re.A,
)
_SERVER = re.compile(r"\s*(?P<name>\"(?:[^\"\\]|\\.)*\"|[^\s\"=]+)(?:\s+\d+)?\s*", re.A)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.S)


class Malformed(ValueError):
    """The value is none of RFC 8601: what was found cannot be told from what was slipped in."""


@dataclass(frozen=True)
class Result:
    """What one method found; `told` are its properties (``smtp.mailfrom``), all in lower case."""

    method: str
    result: str
    told: dict[str, str]


@dataclass(frozen=True)
class Results:
    """All a header says. `server` is its authserv-id in lower case, "" where it names none."""

    server: str
    results: tuple[Result, ...] = ()

    def of(self, method: str) -> list[Result]:
        """What was found by this method; DKIM says so of each signature."""
        return [one for one in self.results if one.method == method]


def parse(value: str) -> Results:
    """Take a header's value apart, comments left out. Raises Malformed."""
    first, *rest = _segments(value)
    match = _SERVER.fullmatch(first)
    server = _plain(match["name"]) if match else ""
    told = [one for one in (rest if match else [first, *rest]) if one.strip()]
    if len(told) > MAX_RESULTS:
        raise Malformed("too many results")
    if [one.strip().lower() for one in told] == ["none"]:
        return Results(server)
    return Results(server, tuple(_result(one) for one in told))


def server_of(value: str) -> str:
    """The authserv-id of a value whose results may be anything; "" without one, or malformed."""
    try:
        match = _SERVER.fullmatch(_segments(value)[0])
    except Malformed:
        match = _SERVER.fullmatch(value.split(";")[0])
    return _plain(match["name"]) if match else ""


def _segments(value: str) -> list[str]:
    """What stands between semicolons, quoted ones aside; a comment is a blank."""
    pieces = [""]
    for piece in _outside_comments(value):
        if piece == ";":
            pieces.append("")
        else:
            pieces[-1] += piece
    return pieces


def _outside_comments(value: str) -> Iterator[str]:
    at = depth = 0
    while at < len(value):
        found = (_IN_COMMENT if depth else _OUTSIDE).match(value, at)
        if found is None:
            raise Malformed("a quotation or a comment has no end")
        at, piece = found.end(), found[0]
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth < 0:
            raise Malformed("a comment has no beginning")
        if not depth:
            yield " " if piece == ")" else piece
    if depth:
        raise Malformed("a comment has no end")


def _result(segment: str) -> Result:
    pairs, at = [], 0
    text = segment.rstrip()
    while at < len(text):
        found = _PAIR.match(text, at)
        if found is None:
            raise Malformed("a result is more than names with values")
        at = found.end()
        pairs.append(("".join(found["name"].split()).lower(), _plain(found["value"])))
    (method, result), *told = pairs
    held: dict[str, str] = {}
    for name, value in told:
        held.setdefault(name, value)
    return Result(method.partition("/")[0], result, held)


def _plain(value: str) -> str:
    return _QUOTED.sub(lambda quoted: re.sub(r"\\(.)", r"\1", quoted[1]), value).lower()
