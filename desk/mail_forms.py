"""Forms of the admin about whose mail is: addresses and domains of customers, blocked senders."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from publicsuffixlist import PublicSuffixList

from accounts.audited_forms import AuditedForm
from accounts.models import User
from accounts.policy import serves
from customers.models import Customer
from desk.mail_proposals import EVERYBODYS
from desk.models import BlockedSender, MailAddress, MailDomain

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{4,253}}$){_LABEL}(\.{_LABEL})*\.[a-z]([a-z0-9-]{{0,61}}[a-z0-9])")


@cache
def _endings() -> PublicSuffixList:
    """Endings below which many have their domains, such as com.cn: none is one company's."""
    return PublicSuffixList()


def domain_in_lower_case(typed: str) -> str:
    """A domain as mails name it: without @ and last dot, other scripts as ``xn--…``.

    Raises ValidationError for what is none.
    """
    typed = typed.strip().lower().removeprefix("@").rstrip(".")
    try:
        domain = typed.encode("idna").decode() if typed else ""
    except UnicodeError:
        domain = ""
    if not _DOMAIN.fullmatch(domain):
        raise ValidationError(_("A domain is what stands behind the @, such as example.com."))
    return domain


def is_ours(domain: str) -> bool:
    """Whether mail to that domain is for us."""
    ours = settings.MAIL_DOMAIN.lower()
    return domain == ours or domain.endswith(f".{ours}")


class RuleForm(AuditedForm):
    """Something that says whose mail is; only customers that one serves, and each rule once."""

    word: ClassVar[str]
    """The field that says it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user, field = self.asked_by.user, self.fields.get("customer")
        if field is not None:
            served = Customer.objects.served_by(user) if user else Customer.objects.none()
            offered: Any = field
            offered.queryset = served.order_by("name", "pk")

    def refuse_what_is_taken(self, said: str) -> str:
        """The same word names its owner, whom one may know; else only that it is somebody's."""
        rows = self._meta.model._default_manager.exclude(pk=self.instance.pk)
        taken = rows.select_related("customer").filter(**{self.word: said}).first()
        if taken is None:
            return said
        raise ValidationError(_taken_by(taken.customer, self.asked_by.user), code="taken")

    def validate_unique(self) -> None:
        """`refuse_what_is_taken` has said it, with whose it is."""


def _taken_by(customer: Customer, user: User | None) -> Any:
    if user is not None and serves(user, team_id=customer.team_id):
        return _("It is %(name)s's already: change that line, or take it away first.") % {
            "name": customer.name
        }
    return _("It is another customer's already, whom you do not serve: ask a manager.")


class AddressForm(RuleForm):
    """An address of theirs that leads to us, say by forwarding."""

    word = "address"

    class Meta:
        model = MailAddress
        fields = ("address", "customer")
        help_texts = {
            "address": _(
                "Such as support@their-company.com, forwarded to us: whatever is sent to it is this"
                " customer's."
            )
        }

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"]).strip().lower()
        if is_ours(address.rpartition("@")[2]):
            raise ValidationError(
                _("Addresses at %(domain)s are ours: code@%(domain)s is each customer's by itself.")
                % {"domain": settings.MAIL_DOMAIN}
            )
        if User.objects.filter(email__iexact=address).exists():
            raise ValidationError(_("That is the address of one of our own people."))
        return self.refuse_what_is_taken(address)


class DomainForm(RuleForm):
    """A domain that only this customer's people write from."""

    word = "domain"

    class Meta:
        model = MailDomain
        fields = ("domain", "customer")
        help_texts = {
            "domain": _(
                "Whoever writes from it with a verified sender and is unknown becomes a contact of"
                " this customer. Just this domain: one below it is a line of its own."
            )
        }

    def clean_domain(self) -> str:
        domain = domain_in_lower_case(str(self.cleaned_data["domain"]))
        if domain in EVERYBODYS:
            raise ValidationError(
                _(
                    "Anybody can write from %(domain)s, so it is no customer's: add the people's"
                    " addresses as contacts instead."
                )
                % {"domain": domain}
            )
        if _endings().publicsuffix(domain) == domain:
            raise ValidationError(
                _("Many companies write from below %(domain)s: name one company's domain.")
                % {"domain": domain}
            )
        if is_ours(domain) or domain == settings.BASE_DOMAIN.lower() or _is_staffs(domain):
            raise ValidationError(_("Our own people write from that domain."))
        return self.refuse_what_is_taken(domain)


def _is_staffs(domain: str) -> bool:
    return User.objects.filter(is_active=True, email__iendswith=f"@{domain}").exists()


class BlockedSenderForm(AuditedForm):
    """An address or a domain, and why its mail is refused."""

    class Meta:
        model = BlockedSender
        fields = ("sender", "reason")
        help_texts = {
            "sender": _("An address, or a whole domain as @example.com."),
            "reason": _("For your colleagues; the sender hears nothing."),
        }

    def clean_sender(self) -> str:
        typed = str(self.cleaned_data["sender"]).strip().lower()
        if "@" not in typed:
            raise ValidationError(_("For a whole domain write @ before it, such as @example.com."))
        local, _at, domain = typed.rpartition("@")
        sender = f"{local}@{domain_in_lower_case(domain)}"
        domain = sender.rpartition("@")[2]
        if local:
            validate_email(sender)
        elif domain in EVERYBODYS:
            said = _("Half the world writes from %(domain)s: block single addresses of it.")
            raise ValidationError(said % {"domain": domain})
        if is_ours(domain) or (not local and _is_staffs(domain)) or _is_one_of_us(sender):
            raise ValidationError(_("That is our own: it cannot be blocked."))
        return self._refuse_twice(sender)

    def _refuse_twice(self, sender: str) -> str:
        rows: Any = BlockedSender.objects.exclude(pk=self.instance.pk)
        if rows.filter(sender=sender).exists():
            raise ValidationError(_("It is blocked already."))
        return sender


def _is_one_of_us(address: str) -> bool:
    return User.objects.filter(is_active=True, email__iexact=address).exists()
