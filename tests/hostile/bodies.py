"""Requests that are no form: broken bytes, lists where one value belongs, bombs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.hostile.payloads import Payload
from tests.hostile.visiting import BOUNDARY, encoded, multipart, repeated

FORM = "application/x-www-form-urlencoded"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
CHARSETS = (
    "base64", "undefined", "idna", "rot13", "utf-7", "utf-16", "hex", "zlib", "punycode", "x" * 200,
    "unicode_escape", "gb18030", "utf-8-sig", "\x00", "../../etc/passwd", "raw_unicode_escape",
)  # fmt: skip


def broken(text: Payload, rng: random.Random) -> tuple[str, bytes]:
    """A content type and a body that do not fit each other, or nothing."""
    good = encoded([("subject", text), ("body", text), ("kind", "fault"), ("email", text)]).encode()
    raw = text.encode(errors="surrogatepass")
    parts = multipart([("subject", text), ("body", text), ("kind", "fault")], [])
    ways: list[Callable[[], tuple[str, bytes]]] = [
        lambda: (f"{FORM}; charset={rng.choice(CHARSETS)}", good),
        lambda: (f"{MULTIPART}; charset={rng.choice(CHARSETS)}", parts),
        lambda: (MULTIPART, parts[: rng.randrange(len(parts))]),
        lambda: (MULTIPART, parts.replace(b"\r\n\r\n", b"\n\n")),
        lambda: ("multipart/form-data", parts),
        lambda: (f"multipart/form-data; boundary={'x' * 5000}", parts),
        lambda: (f'multipart/form-data; boundary="{chr(233)}"', parts),
        lambda: (MULTIPART, _transfer(raw)),
        lambda: (FORM, b"\xff\xfe%ff%00%zz=" + raw + b"&&&=&%"),
        lambda: (FORM, b"&".join(b"x%d=1" % n for n in range(300))),
        lambda: (FORM, good * 3 + b"&email[]=a@b.cd&email=c@d.ef&email=g@h.ij&body[]=x&body[a]=y"),
        lambda: (FORM, b"subject=" + b"A" * 2_100_000),
        lambda: (MULTIPART, multipart([("subject", "A" * 2_100_000)], [])),
        lambda: (MULTIPART, multipart([], [("files", f"{n}.txt", text) for n in range(120)])),
        lambda: (MULTIPART, multipart([(text.replace('"', ""), "x")], [(text[:40], text, text)])),
        lambda: ("application/json", raw),
        lambda: ("application/json", b'{"subject":' * 3000),
        lambda: ("text/xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>' + raw),
        lambda: ("", good),
    ]
    return rng.choice(ways)()


def _transfer(raw: bytes) -> bytes:
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="body"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + raw + f"\r\n--{BOUNDARY}--\r\n".encode()


def bodies(scene: Any, wanted: int) -> None:
    """Every form's address gets bodies that no browser would send; no row may come of half one."""
    rng = random.Random(scene.ledger.seed)  # noqa: S311  no secret
    texts: Iterator[Payload] = repeated(scene.ledger.payloads(wanted))
    number = scene.ticket()
    doors = [
        (scene.portal, "/tickets/new/"), (scene.portal, f"/tickets/{number}/messages/"),
        (scene.portal, "/me/"), (scene.stranger, "/sign-in/"), (scene.stranger, "/sign-in/code/"),
        (scene.staff_stranger, "/sign-in/"), (scene.desk, "/at/acme/tickets/new/"),
        (scene.desk, f"/at/acme/tickets/{number}/replies/"), (scene.desk, "/me/"),
        (scene.desk, f"/at/acme/tickets/{number}/properties/"),
        (scene.desk, f"/at/acme/tickets/{number}/notes/"),
    ]  # fmt: skip
    while scene.ledger.total < wanted:
        for visitor, path in doors:
            text = next(texts)
            kind, body = broken(text, rng)
            visitor.send("POST", path, body, content_type=kind)
            scene.ledger.count("broken body", text)
            odd = next(texts)
            query = encoded([("q", odd), ("page", odd)])
            kind = f"text/plain; charset={rng.choice(CHARSETS)}"
            visitor.send("GET", "/", b"", QUERY_STRING=query, CONTENT_TYPE=kind)
            scene.ledger.count("address in another charset", odd)
    scene.look_around()
