"""Clients that dawdle, in a process of their own: else they would slow the one that measures.

python -m tests.drills.slow_clients PORT HEADERS BODIES SECONDS

So many send a header each second and never end, so many stop in the middle of a body. Says "ready"
when all are connected, and at the end, as JSON, after how many seconds each was dropped.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import time
from collections.abc import Sequence

BEGUN = b"POST /sign-in/ HTTP/1.1\r\nHost: acme.localhost\r\n"
TURNS = 20
"""Into so many parts a second is divided, so that they do not all speak at once."""


def main(port: int, headers: int, bodies: int, seconds: float) -> list[float]:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    started = {}
    for number in range(headers + bodies):
        connection = _begin(port, trusting, is_body=number < bodies)
        started[connection] = (time.monotonic(), number >= bodies)
    print("ready", flush=True)
    dropped_after, ends = [], time.monotonic() + seconds
    while started and time.monotonic() < ends:
        connected = list(started)
        for turn in range(TURNS):
            turn_ends = time.monotonic() + 1 / TURNS
            for connection in connected[turn::TURNS]:
                since, sends_on = started[connection]
                if _is_dropped(connection, sends_on=sends_on):
                    dropped_after.append(time.monotonic() - since)
                    connection.close()
                    del started[connection]
            time.sleep(max(0.0, turn_ends - time.monotonic()))
    return dropped_after


def _begin(port: int, trusting: ssl.SSLContext, *, is_body: bool) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", port), 10)
    connection = trusting.wrap_socket(plain)
    connection.sendall(BEGUN + (b"Content-Length: 9999\r\n\r\nab" if is_body else b""))
    connection.setblocking(False)
    return connection


def _is_dropped(connection: ssl.SSLSocket, *, sends_on: bool) -> bool:
    try:
        if sends_on:
            connection.send(b"X-Slow: 1\r\n")
        return connection.recv(1) == b""
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return False
    except OSError:
        return True


def run(words: Sequence[str]) -> None:
    port, headers, bodies, seconds = map(int, words)
    print(json.dumps(main(port, headers, bodies, seconds)), flush=True)


if __name__ == "__main__":
    run(sys.argv[1:])
