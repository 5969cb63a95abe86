"""Reads XES, the XML of event logs, block by block: an event is a row, its case included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

from tickets.importing.words import BadRow, RawRow

_VALUES = frozenset({"string", "date", "int", "float", "boolean", "id"})


class _Log:
    """Collects finished events while the parser walks through the log."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.parser = parser
        self.done: list[RawRow] = []
        self.case: dict[str, str] = {}
        self.event: dict[str, str] = {}
        self.line = 0
        self.path: list[str] = []
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.StartDoctypeDeclHandler = self.refuse

    def refuse(self, *_: object) -> None:
        """No XES needs a document type, and entities are how XML grows without end."""
        raise expat.ExpatError("a document type is refused")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open a case, an event, or note one of their values; nested values are not ours."""
        name = name.rpartition(":")[2]
        inside = self.path[-1] if self.path else ""
        self.path.append(name)
        if name == "trace":
            self.case = {}
        elif name == "event":
            self.event, self.line = {}, self.parser.CurrentLineNumber
        elif name in _VALUES and inside in ("trace", "event"):
            key, value = attributes.get("key", ""), attributes.get("value", "")
            if inside == "trace":
                self.case[f"case:{key}"] = value
            else:
                self.event[key] = value

    def end(self, name: str) -> None:
        """Close an event: it is a row now."""
        self.path.pop()
        if name.rpartition(":")[2] == "event":
            self.done.append(RawRow(self.line, {**self.case, **self.event}))


def read_xes(
    stream: BinaryIO, *, block: int, torn: tuple[type[Exception], ...]
) -> Iterator[RawRow | BadRow]:
    """Give each event as a row; attributes of its case are called ``case:<key>``.

    A log that breaks off or is not XML gives its whole events and then one BadRow.
    """
    parser = expat.ParserCreate()
    log = _Log(parser)
    more = True
    while more:
        trouble = ""
        try:
            piece = stream.read(block)
            more = bool(piece)
            parser.Parse(piece, not more)
        except expat.ExpatError as broken:
            trouble = f"not XES: {broken}"
        except torn:
            trouble = "the file ends in the middle"
        yield from log.done
        log.done.clear()
        if trouble:
            line = parser.CurrentLineNumber
            yield BadRow(line=line, reason=trouble, remedy="export or fetch it again")
            return
