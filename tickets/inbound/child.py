"""The process that reads mails one after the other: `python -m tickets.inbound.child`.

It takes eight bytes of length and a mail, and gives eight bytes of length and JSON, until nothing
more comes. See `tickets.inbound.apart`.
"""

from __future__ import annotations

import json
import resource
import struct
import sys

from tickets.inbound.reading import read
from tickets.inbound.written import written

MEMORY = 1024**3
"""Bytes of addresses: a mail of 25 MiB in base64, its parts and their JSON need a third."""


def main() -> None:
    """Read until the other side ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    given, taken = sys.stdin.buffer, sys.stdout.buffer
    while len(head := given.read(8)) == 8:
        (length,) = struct.unpack(">Q", head)
        told = json.dumps(written(read(given.read(length)))).encode()
        taken.write(struct.pack(">Q", len(told)) + told)
        taken.flush()


if __name__ == "__main__":
    main()
