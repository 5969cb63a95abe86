"""Who is believed: only what the trusted server wrote on top, about the author alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.inbound.letters import mail
from tickets.inbound import verifying
from tickets.inbound.apart import Reader
from tickets.inbound.auth_results import Malformed, Result, Results, parse, server_of
from tickets.inbound.reading import read
from tickets.inbound.verifying import NAMELESS, Verdict, judge
from tickets.mail_explained import explained

OURS = "mx.desk.example"


def stamped(*results: str, above: bytes = b"", **headers: Any) -> bytes:
    """A mail of Uma's with these headers on top, each ours unless it names its server."""
    top = "".join(
        f"Authentication-Results: {one if one.startswith('!') else f'{OURS}; {one}'}\r\n".replace(
            ": !", ": "
        )
        for one in results
    )
    return above + top.encode() + mail(**headers)


def judged(*results: str, authserv_id: str = OURS, **how: Any) -> Verdict:
    return judge(read(stamped(*results, **how)), authserv_id=authserv_id)


def codes(verdict: Verdict) -> list[str]:
    return [one["code"] for one in verdict.found]


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ("dmarc=pass (p=REJECT dis=NONE) header.from=acme.test", "dmarc_pass"),
        ("spf=fail smtp.mailfrom=x.test; dmarc=pass header.from=ACME.test", "dmarc_pass"),
        ("dkim=pass (2048-bit) header.d=acme.test header.s=k", "dkim_pass"),
        ("dkim=pass header.i=@mail.acme.test; dmarc=none header.from=acme.test", "dkim_pass"),
        ("dkim=fail header.d=acme.test; dkim=pass header.d=acme.test", "dkim_pass"),
        ("spf=pass smtp.mailfrom=uma@bounces.acme.test", "spf_pass"),
        ("spf=pass smtp.mailfrom=acme.test smtp.helo=mx.other.test", "spf_pass"),
        ('spf=pass reason="it; may" smtp . mailfrom = "u@x"@acme.test', "spf_pass"),
    ],
)
def test_a_trusted_server_vouches_for_the_author(results: str, code: str) -> None:
    verdict = judged(results)

    assert (verdict.is_verified, codes(verdict)) == (True, [code])


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ("dmarc=fail header.from=acme.test; dkim=pass header.d=acme.test", "dmarc_fail"),
        ("dmarc=fail header.from=acme.test; dmarc=pass header.from=acme.test", "dmarc_ambiguous"),
        ("dmarc=pass header.from=evil.test", "dmarc_other_from"),
        ("dmarc=pass header.from=cme.test", "dmarc_other_from"),
        ("dmarc=pass header.from=test", "dmarc_other_from"),
        ("dmarc=pass header.from=sub.acme.test", "dmarc_other_from"),
        ("dmarc=pass", "dmarc_other_from"),
        ("dmarc=none header.from=acme.test", "dmarc_none"),
        ("dmarc=bestguesspass header.from=acme.test", "dmarc_none"),
        ("dkim=pass header.d=evil.test", "dkim_pass_other_domain"),
        ("dkim=pass header.d=evilacme.test", "dkim_pass_other_domain"),
        ("dkim=pass header.d=test", "dkim_pass_other_domain"),
        ("dkim=pass header.d=evil.test header.from=acme.test", "dkim_pass_other_domain"),
        ("dkim=pass header.d=evil.test header.d=acme.test", "dkim_pass_other_domain"),
        ("dkim=none header.d=acme.test", "dkim_not_passed"),
        ("dkim=fail header.d=acme.test", "dkim_not_passed"),
        ("dkim=passed header.d=acme.test", "dkim_not_passed"),
        ("spf=softfail smtp.mailfrom=acme.test", "spf_not_passed"),
        ("spf=pass smtp.helo=acme.test", "spf_pass_other_domain"),
        ("spf=pass smtp.mailfrom=acme.test@evil.test", "spf_pass_other_domain"),
        ('spf=pass smtp.mailfrom="x dkim=pass; dmarc=pass"@evil.test', "spf_pass_other_domain"),
        ("spf=none (dmarc=pass header.from=acme.test)", "spf_not_passed"),
        ("spf=none (a (nested\\) one) ; dmarc=pass header.from=acme.test)", "spf_not_passed"),
        ("iprev=pass smtp.remote-ip=1.2.3.4", "nothing_found"),
        ("arc=pass header.from=acme.test; x-dmarc=pass header.from=acme.test", "nothing_found"),
        ("none", "nothing_found"),
        ("", "nothing_found"),
        ("spf=pass smtp.mailfrom=x; dmarc=pass header.from=acme.test; y@evil.test",
         "unreadable_results"),
        ("spf=pass (dmarc=pass header.from=acme.test", "unreadable_results"),
        ('spf=pass smtp.mailfrom="x; dmarc=pass header.from=acme.test', "unreadable_results"),
        ("spf=pass ) ; dmarc=pass header.from=acme.test", "unreadable_results"),
        ("dmarc = ; pass header.from=acme.test", "unreadable_results"),
    ],
)  # fmt: skip
def test_less_than_that_is_not_enough(results: str, code: str) -> None:
    verdict = judged(results)

    assert not verdict.is_verified
    assert codes(verdict)[0] == code


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([], "no_header"),
        (["!mx.evil.test; dmarc=pass header.from=acme.test"], "other_server"),
        (["!mx.desk.example.evil.test; dmarc=pass header.from=acme.test"], "other_server"),
        (["!dmarc=pass header.from=acme.test"], "other_server"),
        (["!(mx.desk.example) x; dmarc=pass header.from=acme.test"], "other_server"),
        (["!mx.desk.example x; dmarc=pass header.from=acme.test"], "other_server"),
        (["dmarc=fail header.from=acme.test", "dmarc=pass header.from=acme.test"], "dmarc_fail"),
        (["none", "dmarc=pass header.from=acme.test"], "nothing_found"),
        (["spf=pass (", "dmarc=pass header.from=acme.test"], "unreadable_results"),
    ],
)
def test_only_the_topmost_header_of_the_trusted_server_counts(
    results: list[str], code: str
) -> None:
    verdict = judged(*results)

    assert not verdict.is_verified
    assert codes(verdict)[0] == code


def test_the_trusted_server_is_named_in_any_case_with_a_version_and_comments() -> None:
    said = "dmarc=pass header.from=acme.test"
    for name in ("MX.desk.Example", "mx.desk.example 1", "(by) mx.desk.example (1)", f'"{OURS}"'):
        assert judged(f"!{name}; {said}").is_verified
    assert judged("!mx.other.test; spf=fail", said).is_verified, (
        "others below and above say nothing"
    )


def test_with_nobody_trusted_nobody_is_verified() -> None:
    verdict = judged("dmarc=pass header.from=acme.test", authserv_id=" ")

    assert codes(verdict) == ["nobody_trusted"]
    assert not verdict.is_verified


@pytest.mark.parametrize(
    ("above", "is_verified"),
    [
        ("from a.acme.test by mx.desk.example (Postfix) with ESMTPS id 1; Mon", True),
        ("from mx.desk.example by imap.desk.example with LMTP; Mon", True),
        ("from localhost by localhost with ESMTP; Mon", True),
        ("from x by box.internal; Mon", True),
        ("by 2002:a05:6402:1f02:b0:5d0:1 with SMTP id z; Mon", True),
        ("from mx.desk.example ([1.2.3.4]) by mx.elsewhere.test; Mon", False),
        ("from (by mx.desk.example) by mx.elsewhere.test; Mon", False),
        ("nothing that can be told", False),
    ],
)
def test_what_a_server_of_others_took_on_after_the_trusted_one_does_not_count(
    above: str, is_verified: bool
) -> None:
    received = f"Received: {above}\r\n".encode()

    verdict = judged("dmarc=pass header.from=acme.test", above=received)

    assert verdict.is_verified is is_verified
    assert codes(verdict) == ["dmarc_pass" if is_verified else "below_foreign"]


def test_a_header_below_a_strangers_received_does_not_count_though_an_own_one_is_above() -> None:
    raw = b"Received: from x by mx.desk.example; Mon\r\nReceived: from y by mx.evil.test; Mon\r\n"

    assert codes(judged("dmarc=pass header.from=acme.test", above=raw)) == ["below_foreign"]


def test_of_a_trusted_name_that_is_no_domain_the_last_servers_domain_counts() -> None:
    def lines(*servers: str) -> bytes:
        return "".join(f"Received: from x by {one}; Mon\r\n" for one in servers).encode()

    def code(*servers: str) -> str:
        said = "!mx27; dmarc=pass header.from=acme.test"
        return codes(judged(said, authserv_id="mx27", above=lines(*servers)))[0]

    assert code("imap.desk.example", "localhost", "mx.desk.example") == "dmarc_pass"
    assert code("localhost") == "dmarc_pass"
    assert code("imap.desk.example", "mx.evil.test") == "below_foreign"


@pytest.mark.parametrize(
    ("sender", "code"),
    [
        ("Uma <uma@acme.test>, Eve <eve@evil.test>", "several_froms"),
        ("Uma <uma@acme.test>\r\nFrom: Uma <uma@acme.test>", "several_froms"),
        ("uma@acme.test <eve@evil.test>", "several_froms"),
        ("Uma Usman", "no_from"),
        ("uma@localhost", "no_domain"),
    ],
)
def test_one_author_is_believed_and_not_two(sender: str, code: str) -> None:
    verdict = judged("dmarc=pass header.from=acme.test", From=sender)

    assert (verdict.is_verified, codes(verdict)) == (False, [code])


def test_domains_of_one_organisation_are_aligned_and_neighbours_under_a_suffix_are_not() -> None:
    def is_believed(sender: str, signer: str) -> bool:
        return judged(f"dkim=pass header.d={signer}", From=f"x@{sender}").is_verified

    assert is_believed("mail.acme.co.uk", "acme.co.uk")
    assert is_believed("acme.co.uk", "news.acme.co.uk")
    assert is_believed("müller.de", "xn--mller-kva.de")
    assert not is_believed("acme.co.uk", "co.uk")
    assert not is_believed("acme.co.uk", "evil.co.uk")
    assert not is_believed("acme.github.io", "evil.github.io")


def test_a_display_name_is_nobody() -> None:
    verdict = judged("dmarc=pass header.from=evil.test", From='"uma@acme.test" <eve@evil.test>')

    assert verdict.is_verified, "as Eve"
    assert verdict.found[0]["value"] == "evil.test"


def test_microsofts_header_names_no_server() -> None:
    said = ("spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=acme.test; dkim=none (message not"
            " signed) header.d=none;dmarc=pass action=none header.from=acme.test;compauth=pass"
            " reason=100")  # fmt: skip

    assert judged(f"!{said}", authserv_id=NAMELESS).is_verified
    assert not judged(said, authserv_id=NAMELESS).is_verified
    assert not judged(f"!{said}").is_verified


def test_what_is_told_here_comes_through_the_process_apart() -> None:
    raw = stamped("dmarc=pass header.from=acme.test", X_Servicedesk="a" * 100,
                  above=b"Received: from x by mx.evil.test; Mon\r\n")  # fmt: skip

    with Reader() as reader:
        letter = reader.read(raw)

    assert letter == read(raw)
    assert letter.auth == [f"{OURS}; dmarc=pass header.from=acme.test"]
    assert (letter.relays, letter.own, letter.froms) == ([["mx.evil.test"]], "a" * 64, 1)


def test_a_header_is_taken_apart_as_the_standard_says() -> None:
    value = ('example.com 1; auth=pass (cram-md5) smtp.auth=sender@example.com; spf / 1 = fail'
             ' reason="no; \\"way\\"" smtp.mailfrom="a b"@Example.net (why); dkim=pass'
             ' header.b="q/r+s=" header.i=@example.com')  # fmt: skip

    assert parse(value) == Results("example.com", (
        Result("auth", "pass", {"smtp.auth": "sender@example.com"}),
        Result("spf", "fail", {"reason": 'no; "way"', "smtp.mailfrom": "a b@example.net"}),
        Result("dkim", "pass", {"header.b": "q/r+s=", "header.i": "@example.com"}),
    ))  # fmt: skip


PIECES = st.sampled_from(
    [OURS, "evil.test", "acme.test", "dmarc", "dkim", "spf", "pass", "fail", "none", "header.from",
     "header.d", "smtp.mailfrom", "=", "=", ";", ";", " ", " ", "(", ")", '"', "\\", "/", ".", "@",
     "\t", "\x00", "é"]
)  # fmt: skip


@settings(max_examples=150, deadline=1000)
@given(st.lists(PIECES, max_size=40).map("".join))
@example("(" * 4000)
@example('"\\' * 3000)
@example("a.b" * 2600)
@example("a" + " " * 7900)
@example(f"{OURS};" + " dkim=pass header.d=x;" * 300)
def test_anything_is_taken_apart_or_refused_and_what_is_quoted_adds_nothing(value: str) -> None:
    server_of(value)
    try:
        told = parse(value)
    except Malformed:
        return
    hidden = f"{value} (dmarc=pass header.from=acme.test)"
    assert parse(hidden) == told


def test_everything_that_is_found_has_words() -> None:
    source = Path(verifying.__file__).read_text()
    codes = set(re.findall(r'_(?:one|no)\(\s*f?"([a-z_{}]+)"', source)) | set(
        re.findall(r'"((?:dmarc|several|no)_[a-z_]+)"', source)
    )
    told = {code.replace("{method}", method) for code in codes for method in ("dkim", "spf")}

    assert len(told) > 15
    found = explained({"code": code, "value": ""} for code in sorted(told))
    assert [one.words for one in found if str(one.words).replace(" ", "_") in told] == []
