"""Whether a trusted server vouches for the author of a mail, and what of it was found.

Believed is only the Authentication-Results on top that bears the trusted server's name, and only
where no server of others took the mail on after it. Everything else in a mail anybody can write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from publicsuffixlist import PublicSuffixList

from tickets.inbound.auth_results import Malformed, Result, Results, parse, server_of
from tickets.inbound.reading import Letter

NAMELESS = "microsoft"
"""As the trusted name: the header on top is believed that names no server (Microsoft 365)."""

PROOFS = ("dmarc_pass", "dkim_pass", "spf_pass")
"""What vouches for an author."""

Found = dict[str, str]

_DOMAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)+")
_NUMBERS = re.compile(r"(ipv6:)?[0-9a-f:.]+")
_OF_OURS = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


@dataclass(frozen=True)
class Verdict:
    """Whether the author is who they say, and what was found, as codes with a value each."""

    is_verified: bool
    found: list[Found]


def judge(letter: Letter, *, authserv_id: str) -> Verdict:
    """Judge a mail by what the server named `authserv_id` found of it; by "" nobody is verified."""
    trusted = authserv_id.strip().lower()
    if not trusted:
        return _no("nobody_trusted")
    if letter.froms != 1 or letter.author is None:
        return _no("several_froms" if letter.froms > 1 else "no_from", str(letter.froms))
    place, found = _trusted(letter, trusted)
    if place is None:
        return Verdict(False, found)
    try:
        results = parse(letter.auth[place])
    except Malformed as problem:
        return _no("unreadable_results", str(problem))
    domain = _domain(letter.author.email)
    if not domain:
        return _no("no_domain", letter.author.email)
    return _judged(results, domain)


def _trusted(letter: Letter, trusted: str) -> tuple[int | None, list[Found]]:
    """The place of the header that counts; None with what stands there instead."""
    name = "" if trusted == NAMELESS else trusted
    others: list[Found] = []
    for place, value in enumerate(letter.auth):
        server = server_of(value)
        if server != name:
            others.append(_one("other_server", server or "–"))
            continue
        house = _house(name, letter.relays[place])
        strangers = [one for one in letter.relays[place] if not _is_ours(one, house)]
        if name and strangers:
            return None, [_one("below_foreign", strangers[-1])]
        return place, []
    return None, others[:3] or [_one("no_header")]


def _house(trusted: str, relays: list[str]) -> str:
    """The domain of the trusted server; of a name that is none, that of who took the mail last."""
    if _organisation(trusted) is not None:
        return trusted
    return next((one for one in relays if _organisation(one) is not None), "")


def _is_ours(server: str, trusted: str) -> bool:
    """Whether a server that took the mail on may be one of the trusted one's house."""
    is_inner = server.endswith(_OF_OURS) or "." not in server or _NUMBERS.fullmatch(server)
    return server != "?" and (bool(is_inner) or is_aligned(server, trusted))


def _judged(results: Results, domain: str) -> Verdict:
    """What the methods say of the author's domain; a DMARC that fails decides alone."""
    dmarc = results.of("dmarc")
    said = {one.result for one in dmarc}
    if len(said) > 1:
        return _no("dmarc_ambiguous", domain)
    if said & {"fail", "permerror"}:
        return _no("dmarc_fail", domain)
    found = [_of_policy(one, domain) for one in dmarc]
    found += [_of_domain(one, _signer(one), domain) for one in results.of("dkim")]
    found += [_of_domain(one, _mailer(one), domain) for one in results.of("spf")]
    proofs = [one for one in found if one["code"] in PROOFS]
    if proofs:
        return Verdict(True, proofs[:1])
    return Verdict(False, found[:10] or [_one("nothing_found")])


def _of_policy(result: Result, domain: str) -> Found:
    """Of DMARC: it must have looked at the author's own domain, or at one above it."""
    whose = _ascii(result.told.get("header.from", ""))
    if result.result != "pass":
        return _one("dmarc_none", whose)
    is_theirs = domain == whose or domain.endswith(f".{whose}")
    is_proven = is_theirs and _organisation(whose) is not None
    return _one("dmarc_pass" if is_proven else "dmarc_other_from", whose)


def _of_domain(result: Result, whose: str, domain: str) -> Found:
    method = result.method
    if result.result != "pass":
        return _one(f"{method}_not_passed", f"{result.result} {whose}".strip())
    if is_aligned(whose, domain):
        return _one(f"{method}_pass", whose)
    return _one(f"{method}_pass_other_domain", whose)


def _signer(result: Result) -> str:
    return result.told.get("header.d") or _domain(result.told.get("header.i", ""))


def _mailer(result: Result) -> str:
    """The domain of the envelope's sender; that of HELO proves nothing about it."""
    told = result.told.get("smtp.mailfrom") or result.told.get("smtp.mail", "")
    return _domain(told) if "@" in told else told


def is_aligned(one: str, other: str) -> bool:
    """Whether two domains are below the same registered one (RFC 7489, 3.2)."""
    mine, theirs = _organisation(one), _organisation(other)
    return mine is not None and mine == theirs


def _organisation(domain: str) -> str | None:
    """The registered domain above it; None for a public suffix, and for what is no domain."""
    name = _ascii(domain)
    if not _DOMAIN.fullmatch(name):
        return None
    found: str | None = _suffixes().privatesuffix(name)
    return found


@cache
def _suffixes() -> PublicSuffixList:
    """The list that the library brings along; nothing is fetched."""
    return PublicSuffixList()


def _domain(address: str) -> str:
    """Right of the last @, as it is compared; "" where that is no domain."""
    name = _ascii(address.rpartition("@")[2])
    return name if _DOMAIN.fullmatch(name) else ""


def _ascii(domain: str) -> str:
    name = domain.strip().rstrip(".").lower()
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return ""


def _one(code: str, value: str = "") -> Found:
    return {"code": code, "value": value[:300]}


def _no(code: str, value: str = "") -> Verdict:
    return Verdict(False, [_one(code, value)])
