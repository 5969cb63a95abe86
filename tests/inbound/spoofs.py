"""Mails that say they are from somebody else, name tickets of others, or want to be let in.

Attackers: Mal, who has a mail server of his own (evil.test); Ed, a colleague of Uma's who has
nothing to do with her ticket; Eve of another customer, who has a ticket and its token there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.inbound.coming import RELAY, written

UMA = "Uma Usman <uma@acme.test>"
ED = "Ed Engel <ed@acme.test>"
EVE = "Eve Evans <eve@globex.test>"
ADA = "Ada Lind <ada@desk.test>"
MAL = "Mal <mal@evil.test>"
BY_UMA, BY_ED, BY_EVE = "uma@acme.test", "ed@acme.test", "eve@globex.test"

UNVERIFIED = ("held", "unverified")
STRANGER = ("held", "stranger")
OWN_TICKET = ("opened", "new")
OURS = ("held", "staff_without_right")


@dataclass(frozen=True)
class Spoof:
    """A mail by name. `{words}` in lines and `to` are filled by the world (`test_spoofs`).

    `becomes`: outcome and reason. `by`: whose entry may come of it, a ticket of their own.
    """

    name: str
    becomes: tuple[str, str]
    lines: tuple[str, ...] = ()
    sender: str = UMA
    proven: str | None = None
    to: str = "{token}"
    subject: str = "Re: it"
    body: str = "Please send me all of it.\n"
    by: str = ""
    return_path: str = ""
    facts: dict[str, str] = field(default_factory=dict)

    def raw(self, words: dict[str, str]) -> bytes:
        """Its bytes; each time another Message-ID."""
        lines = [line.format(**words) for line in self.lines]
        return written(
            *lines, sender=self.sender, proven=self.proven, body=self.body,
            subject=self.subject.format(**words),
        )  # fmt: skip


def _results(said: str, server: str = RELAY) -> str:
    return f"Authentication-Results: {server}; {said}"


PASS = "dmarc=pass header.from=acme.test"

IN_NAME_OF_UMA = [
    Spoof("nothing vouches", UNVERIFIED),
    Spoof("DMARC failed", UNVERIFIED, (_results("dmarc=fail header.from=acme.test"),)),
    Spoof("DMARC of another domain", UNVERIFIED, proven="evil.test"),
    Spoof("SPF of his own", UNVERIFIED, (_results("spf=pass smtp.mailfrom=mal@evil.test"),)),
    Spoof("SPF of HELO", UNVERIFIED, (_results("spf=pass smtp.helo=acme.test"),)),
    Spoof("DKIM of his own", UNVERIFIED, (_results("dkim=pass header.d=evil.test"),)),
    Spoof("DKIM of the suffix", UNVERIFIED, (_results("dkim=pass header.d=test"),)),
    Spoof("DKIM of a like name", UNVERIFIED, (_results("dkim=pass header.d=evilacme.test"),)),
    Spoof("DKIM below his own", UNVERIFIED, (_results("dkim=pass header.d=acme.test.evil.test"),)),
    Spoof("DKIM failed", UNVERIFIED, (_results("dkim=fail header.d=acme.test"),)),
    Spoof("his server says so", UNVERIFIED, (_results(PASS, "mx.evil.test"),)),
    Spoof("our name below his", UNVERIFIED, (_results(PASS, f"{RELAY}.evil.test"),)),
    Spoof("our name in a comment", UNVERIFIED, (_results(PASS, f"mx.evil.test ({RELAY})"),)),
    Spoof(
        "our name below our relay's line",
        UNVERIFIED,
        (_results("dmarc=fail header.from=acme.test"), _results(PASS)),
    ),
    Spoof(
        "our name below a server of his",
        UNVERIFIED,
        ("Received: from a by mx.evil.test; Mon, 2 Mar 2026 09:00:00 +0000", _results(PASS)),
    ),
    Spoof("pass in a comment", UNVERIFIED, (_results(f"dmarc=fail ({PASS})"),)),
    Spoof(
        "pass in the envelope's sender",
        UNVERIFIED,
        (_results(f'spf=pass smtp.mailfrom="x; {PASS}"@evil.test'),),
    ),
    Spoof("ARC says so", UNVERIFIED, (f"ARC-Authentication-Results: i=1; {RELAY}; {PASS}",)),
    Spoof("X-… says so", UNVERIFIED, (f"X-Authentication-Results: {RELAY}; {PASS}",)),
    Spoof("Received-SPF says so", UNVERIFIED, ("Received-SPF: pass (acme.test)",)),
    Spoof(
        "X-Original-… says so", UNVERIFIED, (f"X-Original-Authentication-Results: {RELAY}; {PASS}",)
    ),
    Spoof("a domain with a dot behind", STRANGER, sender="Uma <uma@acme.test.evil.test>"),
    Spoof("in capitals", UNVERIFIED, sender="UMA <UMA@ACME.TEST>"),
    Spoof("with copies", UNVERIFIED, ("Cc: dan@acme.test, mal@evil.test, eve@globex.test",)),
    Spoof("to others as well", UNVERIFIED, ("To: dan@acme.test, mal@evil.test",)),
    Spoof("with an answer's id", UNVERIFIED, ("In-Reply-To: <{our_id}>",)),
    Spoof("envelope of hers", UNVERIFIED, return_path="uma@acme.test"),
    Spoof("our own mark made up", UNVERIFIED, ("X-Servicedesk: 0123456789abcdef",)),
]

SEVERAL = [
    Spoof("two lines of From, hers behind", STRANGER, (f"From: {MAL}",), proven="evil.test"),
    Spoof("two lines of From, his behind", UNVERIFIED, (f"From: {UMA}",), MAL, "evil.test"),
    Spoof("two people in From", UNVERIFIED, sender=f"{UMA}, {MAL}", proven="evil.test"),
    Spoof("two people in From, his first", STRANGER, sender=f"{MAL}, {UMA}", proven="acme.test"),
    Spoof("a group", UNVERIFIED, sender="Friends: uma@acme.test;", proven="evil.test"),
    Spoof("a route", UNVERIFIED, sender="<@evil.test:uma@acme.test>", proven="evil.test"),
    Spoof("folded", STRANGER, sender="mal@evil.test,\r\n uma@acme.test", proven="acme.test"),
    Spoof("a bare carriage return", STRANGER, sender="mal@evil.test\rFrom: uma@acme.test"),
    Spoof("FROM in capitals behind", STRANGER, ("FROM: mal@evil.test",), proven="evil.test"),
    Spoof("blank before the colon", UNVERIFIED, ("From : mal@evil.test",), proven="evil.test"),
    Spoof(
        "null byte between", STRANGER, sender="mal@evil.test\0,uma@acme.test", proven="evil.test"
    ),
    Spoof(
        "null byte in the domain", STRANGER, sender="uma@acme.test\0.evil.test", proven="evil.test"
    ),
]

NAMES = [
    Spoof("her address as the name", STRANGER, sender='"uma@acme.test" <mal@evil.test>',
          proven="evil.test"),
    Spoof("her address unquoted before", UNVERIFIED, sender="uma@acme.test <mal@evil.test>",
          proven="evil.test"),
    Spoof("her address encoded", STRANGER, sender="=?utf-8?q?uma=40acme.test?= <mal@evil.test>",
          proven="evil.test"),
    Spoof("her address in a comment", STRANGER, sender="mal@evil.test (uma@acme.test)",
          proven="evil.test"),
    Spoof("her whole From encoded", STRANGER,
          sender="=?utf-8?q?Uma_=3Cuma=40acme.test=3E?= <mal@evil.test>", proven="evil.test"),
    Spoof("an encoded word in the address", STRANGER, sender="<=?utf-8?q?uma?=@acme.test>"),
    Spoof("two in angle brackets", STRANGER, sender="<mal@evil.test> <uma@acme.test>"),
    Spoof("a letter like a", STRANGER, sender="Uma <uma@\u0430cme.test>",
          proven="xn--cme-6cd.test"),
    Spoof("below her domain", STRANGER, sender="Uma <uma@mail.acme.test>", proven="acme.test"),
    Spoof("Reply-To is hers", STRANGER, (f"Reply-To: {UMA}",), MAL, "evil.test"),
    Spoof("Sender is she", STRANGER, (f"Sender: {UMA}",), MAL, "evil.test"),
    Spoof("Sender alone", ("held", "no_sender"), (f"Sender: {UMA}",), "", "acme.test"),
    Spoof("no author at all", ("held", "no_sender"), (), "<>", "acme.test"),
    Spoof("resent by her", STRANGER, (f"Resent-From: {UMA}", f"Resent-Sender: {UMA}"), MAL,
          "evil.test"),
    Spoof("X-Original-From", STRANGER, (f"X-Original-From: {UMA}",), MAL, "evil.test"),
    Spoof("envelope hers, From his", STRANGER, (_results("spf=pass smtp.mailfrom=acme.test"),),
          MAL, return_path="uma@acme.test"),
    Spoof("her address with a tag", STRANGER, sender="Uma <uma+x@acme.test>", proven="acme.test"),
    Spoof("from our own address", STRANGER, sender="Desk <acme@desk.example>"),
    Spoof("copies by a stranger", STRANGER, ("Cc: uma@acme.test, ed@acme.test",), MAL, "evil.test"),
]  # fmt: skip

TOKENS = [
    Spoof("a colleague has her token", ("held", "not_theirs"), (), ED, "acme.test"),
    Spoof("a colleague has her id", ("held", "not_theirs"), ("In-Reply-To: <{our_id}>",), ED,
          "acme.test", "acme"),
    Spoof("a colleague has the thread", ("held", "not_theirs"), ("References: {thread}",), ED,
          "acme.test", "acme"),
    Spoof("a colleague has her mail's id", ("held", "not_theirs"), ("In-Reply-To: <of-uma@a>",), ED,
          "acme.test", "acme"),
    Spoof("another customer's contact has it", STRANGER, (), EVE, "globex.test"),
    Spoof("a stranger has it", STRANGER, (), MAL, "evil.test"),
    Spoof("that of her own at another", OWN_TICKET, (), EVE, "globex.test", "{token_at_globex}",
          by=BY_EVE),
    Spoof("of another customer's ticket", OWN_TICKET, (), UMA, "acme.test", "{foreign_token}",
          by=BY_UMA),
    Spoof("of another number", OWN_TICKET, (), ED, "acme.test", "{other_number}", by=BY_ED),
    Spoof("truncated", OWN_TICKET, (), ED, "acme.test", "{truncated}", by=BY_ED),
    Spoof("none but a number", OWN_TICKET, (), ED, "acme.test", "acme+{number}", by=BY_ED),
    Spoof("of an older kind", OWN_TICKET, (), ED, "acme.test", "acme+ticket-{number}", by=BY_ED),
    Spoof("of the key before", OWN_TICKET, (), ED, "acme.test", "{old_key}", by=BY_ED),
    Spoof("of staff", OWN_TICKET, (), ED, "acme.test", "{staff_at_acme}", by=BY_ED),
    Spoof("the id of an older kind", OWN_TICKET, ("In-Reply-To: <{plain_id}>",), ED, "acme.test",
          "acme", by=BY_ED),
    Spoof("the id truncated", OWN_TICKET, ("In-Reply-To: <{short_id}>",), ED, "acme.test", "acme",
          by=BY_ED),
    Spoof("the thread without its token", OWN_TICKET, ("References: <t{pk}.a@desk.example>",), ED,
          "acme.test", "acme", by=BY_ED),
    Spoof("another customer's id", OWN_TICKET, ("In-Reply-To: <{foreign_id}>",), ED, "acme.test",
          "acme", by=BY_ED),
    Spoof("another customer's thread", OWN_TICKET, ("References: {foreign_thread}",), ED,
          "acme.test", "acme", by=BY_ED),
    Spoof("the number of hers", OWN_TICKET, (), ED, "acme.test", "acme",
          "Re: [ACME-{number}] mine", by=BY_ED),
    Spoof("the number, by a stranger", STRANGER, (), MAL, "evil.test", "acme",
          "Re: [ACME-{number}] mine"),
    Spoof("headers of ours made up", OWN_TICKET,
          ("X-Servicedesk-Ticket: {number}", "X-Servicedesk-User: ada@desk.test",
           "X-Servicedesk-Customer: globex", "X-Servicedesk: 1"), ED, "acme.test", "acme",
          by=BY_ED),
    Spoof("an id of ours as its own", ("held", "unverified"), ("Message-ID: <{our_id}>",)),
]  # fmt: skip

OF_OURS = [
    Spoof("no token of staff", OURS, (), ADA, "desk.test", "acme"),
    Spoof("a contact's token", OURS, (), ADA, "desk.test"),
    Spoof("nobody vouches for her", OURS, (), ADA, None, "{staff}"),
    Spoof("a contact's token as that of staff", OURS, (), ADA, "desk.test", "{contact_as_staff}"),
    Spoof("who left", OURS, (), "Gone <gone@desk.test>", "desk.test", "{staff}"),
    Spoof("who serves others", OURS, (), "Far <far@desk.test>", "desk.test", "{staff}"),
    Spoof("who reads no tickets", OURS, (), "Op <op@desk.test>", "desk.test", "{staff}"),
    Spoof("a contact with a token of staff", ("held", "not_theirs"), (), UMA, "acme.test",
          "{staff}"),
    Spoof("a stranger with a token of staff", STRANGER, (), MAL, "evil.test", "{staff}"),
    Spoof("a contact who was switched off", ("held", "switched_off"), (),
          "Off <off@acme.test>", "acme.test"),
    Spoof("an automatic answer in her name", ("automatic", "away"),
          ("Auto-Submitted: auto-replied",)),
    Spoof("a code of another service", ("held", "code"), (), "no-reply@acme.test", "acme.test",
          body="Your verification code is 123456.\n"),
]  # fmt: skip

ALL = {
    f"{group}: {one.name}": one
    for group, spoofs in {
        "her name": IN_NAME_OF_UMA, "several": SEVERAL, "names": NAMES, "tokens": TOKENS,
        "ours": OF_OURS,
    }.items()
    for one in spoofs
}  # fmt: skip
