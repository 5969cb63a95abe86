"""Mails written for tests, byte by byte."""

from __future__ import annotations

from base64 import b64encode


def mail(body: str | bytes = "Hello.\n", /, *, charset: str = "", **headers: str) -> bytes:
    """A plain mail; `_` in a header's name stands for a hyphen. Bytes are sent as they are."""
    held = {"From": "Uma <uma@acme.test>", "To": "acme@desk.example", "Subject": "A question"}
    held |= {name.replace("_", "-"): value for name, value in headers.items()}
    if charset:
        held["Content-Type"] = f"text/plain; charset={charset}"
    head = "".join(f"{name}: {value}\r\n" for name, value in held.items())
    said = body if isinstance(body, bytes) else body.encode()
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + said


def with_parts(*parts: bytes, kind: str = "mixed", **headers: str) -> bytes:
    """A mail of parts, each with its own header lines."""
    body = b"".join(b"--part\r\n" + part + b"\r\n" for part in parts) + b"--part--\r\n"
    return mail(body, Content_Type=f'multipart/{kind}; boundary="part"', **headers)


def part(content: bytes, kind: str = "text/plain", *more: str) -> bytes:
    """One part, in base64."""
    lines = [f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", *more]
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + b64encode(content)
