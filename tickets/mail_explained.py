"""What was found about a mail, in words: why its sender is believed or not, where it was put."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

_GOOD, _BAD, _PLAIN = "circle-check", "circle-alert", "info"


class Explained(NamedTuple):
    """One thing that was found: a picture, words, and what it is about as it stands in the mail."""

    icon: str
    words: str | Promise
    value: str


_FOUND: dict[str, tuple[str, str | Promise]] = {
    "dmarc_pass": (_GOOD, gettext_lazy("Our relay found that the sender's domain sent it (DMARC)")),
    "dkim_pass": (_GOOD, gettext_lazy("The sender's domain has signed it (DKIM)")),
    "spf_pass": (
        _GOOD,
        gettext_lazy("It came from a server that the sender's domain names for that (SPF)"),
    ),
    "nobody_trusted": (
        _BAD,
        gettext_lazy("No server's word is trusted for the way it came, so nobody can be verified"),
    ),
    "no_header": (_BAD, gettext_lazy("Our relay said nothing about who sent it")),
    "other_server": (
        _BAD,
        gettext_lazy("Only another server vouches for it, and anybody can write that"),
    ),
    "below_foreign": (
        _BAD,
        gettext_lazy("What vouches for it was there before our relay took it: it may be made up"),
    ),
    "unreadable_results": (_BAD, gettext_lazy("What our relay said about it cannot be read")),
    "several_froms": (_BAD, gettext_lazy("It names several authors; of those nobody is believed")),
    "no_from": (_BAD, gettext_lazy("It names no author")),
    "no_domain": (_BAD, gettext_lazy("The author's address has no domain that could vouch for it")),
    "nothing_found": (_BAD, gettext_lazy("Our relay looked and found nothing that vouches for it")),
    "dmarc_fail": (
        _BAD,
        gettext_lazy("The sender's domain says that this is not its mail (DMARC failed)"),
    ),
    "dmarc_ambiguous": (_BAD, gettext_lazy("DMARC is said to have passed and to have failed")),
    "dmarc_none": (_BAD, gettext_lazy("DMARC says nothing for the sender's domain")),
    "dmarc_other_from": (_BAD, gettext_lazy("DMARC passed for another domain than the sender's")),
    "dkim_not_passed": (_BAD, gettext_lazy("The signature is not good (DKIM)")),
    "dkim_pass_other_domain": (
        _BAD,
        gettext_lazy("It is signed by another domain than the sender's (DKIM)"),
    ),
    "spf_not_passed": (
        _BAD,
        gettext_lazy("It came from a server that its envelope's domain does not name (SPF)"),
    ),
    "spf_pass_other_domain": (
        _BAD,
        gettext_lazy("The envelope's domain is another than the sender's (SPF)"),
    ),
    "token_unknown": (
        _BAD,
        gettext_lazy("It was sent to an address that looks like a ticket's, and is none"),
    ),
    "number_not_theirs": (
        _PLAIN,
        gettext_lazy("Its subject names a ticket in which the sender takes no part"),
    ),
    "merged": (_PLAIN, gettext_lazy("The ticket it answers was merged; it goes on in")),
    "cc_unknown": (_PLAIN, gettext_lazy("In copy, and nobody we know")),
    "file_left_out": (_PLAIN, gettext_lazy("A file was refused and left out of the ticket")),
}


def explained(found: Iterable[Mapping[str, str]]) -> list[Explained]:
    """These in words; a code that is unknown here is shown as it is."""
    return [_one(one["code"], one["value"]) for one in found]


def _one(code: str, value: str) -> Explained:
    icon, words = _FOUND.get(code, (_PLAIN, code.replace("_", " ")))
    return Explained(icon, words, value)
