"""Which customer a mail that is nobody's may belong to, best guess first; only those one serves."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db.models import Q, Value
from django.db.models.functions import Lower, Replace
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers.models import Customer
from desk.models import ContactItem, IncomingMail, MailDomain

MOST = 9
"""As many as there are keys for."""

_LOOKED_AT = 500
"""Mails of these senders that are looked at; the newest."""

EVERYBODYS = frozenset(
    {
        "126.com", "139.com", "163.com", "163.net", "188.com", "189.cn", "21cn.com", "263.net",
        "88.com", "aliyun.com", "aol.com", "bk.ru", "btinternet.com", "daum.net", "fastmail.com",
        "foxmail.com", "free.fr", "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com",
        "gmx.de", "gmx.net", "googlemail.com", "hanmail.net", "hey.com", "hotmail.co.uk",
        "hotmail.com", "hotmail.de", "hotmail.fr", "icloud.com", "inbox.ru", "laposte.net",
        "libero.it", "list.ru", "live.cn", "live.com", "mac.com", "mail.com", "mail.ru", "me.com",
        "msn.cn", "msn.com", "naver.com", "orange.fr", "outlook.cn", "outlook.com", "outlook.de",
        "pm.me", "posteo.de", "proton.me", "protonmail.com", "qq.com", "rambler.ru",
        "rediffmail.com", "sina.cn", "sina.com", "sina.com.cn", "sohu.com", "t-online.de",
        "tom.com", "tutanota.com", "vip.163.com", "vip.qq.com", "vip.sina.com", "wanadoo.fr",
        "web.de", "wo.cn", "yahoo.co.jp", "yahoo.co.uk", "yahoo.com", "yahoo.com.cn",
        "yahoo.com.hk", "yahoo.com.tw", "yahoo.de", "yahoo.fr", "yandex.com", "yandex.ru",
        "yeah.net", "ymail.com", "zoho.com",
    }
)  # fmt: skip
"""Domains that anybody writes from: they say nothing about a customer, and are never remembered."""


class Proposal(NamedTuple):
    """A customer, and what speaks for it."""

    customer: Customer
    because: str | Promise


_CONTACT = gettext_lazy("The sender is a contact there")
_BEFORE = gettext_lazy("This sender's mails went there before")
_DOMAIN = gettext_lazy("Its people write from this domain")
_CODE = gettext_lazy("Its name is in the address")


def proposals(*, mails: Iterable[IncomingMail], user: User) -> dict[int, list[Proposal]]:
    """By the mail's key; four statements however many mails there are."""
    asked = list(mails)
    if not asked:
        return {}
    contacts, before, domains = _contacts(asked), _before(asked), _domains(asked)
    ids = set(domains.values()).union(*contacts.values(), *before.values())
    labels = set().union(*(_labels(mail) for mail in asked))
    named = Customer.objects.annotate(joined=_joined()).filter(
        Q(pk__in=ids) | Q(code__in=labels) | Q(joined__in=labels)
    )
    served = named.live().served_by(user)
    known = {customer.pk: customer for customer in served}
    return {mail.pk: _of(mail, contacts, before, domains, known) for mail in asked}


def _of(
    mail: IncomingMail,
    contacts: Mapping[str, list[int]],
    before: Mapping[str, list[int]],
    domains: Mapping[str, int],
    known: Mapping[int, Customer],
) -> list[Proposal]:
    by_name = {_joined_name(customer): customer.pk for customer in known.values()}
    by_name |= {customer.code: customer.pk for customer in known.values()}
    said: list[tuple[int, str | Promise]] = [
        *((pk, _CONTACT) for pk in contacts.get(mail.sender, [])),
        *((pk, _BEFORE) for pk in before.get(mail.sender, [])),
        *((domains[name], _DOMAIN) for name in [domain_of(mail.sender)] if name in domains),
        *((by_name[word], _CODE) for word in sorted(_labels(mail)) if word in by_name),
    ]
    found: dict[int, Proposal] = {}
    for pk, because in said:
        if pk in known and pk not in found:
            found[pk] = Proposal(known[pk], because)
    return list(found.values())[:MOST]


def _joined() -> Replace:
    """A customer's name as domains write it: in lower case, without spaces."""
    return Replace(Lower("name"), Value(" "), Value(""))


def _joined_name(customer: Customer) -> str:
    return customer.name.lower().replace(" ", "")


def domain_of(address: str) -> str:
    """What stands behind the @; "" where nothing does."""
    return address.rpartition("@")[2] if "@" in address else ""


def own_domain(address: str) -> str:
    """The domain of an address if it can be one customer's; else ""."""
    domain = domain_of(address)
    return "" if domain in EVERYBODYS else domain


def _contacts(mails: list[IncomingMail]) -> dict[str, list[int]]:
    """Sender → customers where an active contact has that address, told by its hash."""
    senders = {mail.sender for mail in mails if mail.sender}
    hashed = {hashlib.sha256(one.lower().encode()).hexdigest(): one for one in senders}
    rows = ContactItem.objects.filter(digest__in=hashed).order_by("pk")
    found: dict[str, list[int]] = defaultdict(list)
    for digest, customer_id in rows.values_list("digest", "customer_id"):
        found[hashed[digest]].append(customer_id)
    return found


def _before(mails: list[IncomingMail]) -> dict[str, list[int]]:
    """Sender → customers their mails went to, the latest first."""
    senders = {mail.sender for mail in mails if mail.sender}
    rows = IncomingMail.objects.filter(sender__in=senders, customer__isnull=False)
    found: dict[str, list[int]] = defaultdict(list)
    pairs = rows.order_by("-received_at").values_list("sender", "customer_id")
    for sender, customer_id in pairs[:_LOOKED_AT]:
        if customer_id not in found[sender]:
            found[sender].append(customer_id)
    return found


def _domains(mails: list[IncomingMail]) -> dict[str, int]:
    names = {own_domain(mail.sender) for mail in mails}
    rows = MailDomain.objects.filter(domain__in=names)
    return dict(rows.values_list("domain", "customer_id"))


def _labels(mail: IncomingMail) -> set[str]:
    """Words of both addresses that may be a customer's code or name."""
    name = mail.recipient.partition("@")[0].partition("+")[0]
    return {word for word in [name, *own_domain(mail.sender).split(".")[:-1]] if len(word) > 1}
