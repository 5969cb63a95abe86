"""What a change of one of us does: what they may, whom they see, who takes over what is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.foreseeing import Change, Consequence
from accounts.models import ApiToken, Team, User
from accounts.operations import sessions
from accounts.policy import ROLE_PERMISSIONS, Permission, Role
from accounts.policy_words import permission
from customers.models import Customer
from desk.models import QueueItem
from followups.belongings import belongings_of
from servicedesk.foreseen import naming
from servicedesk.foreseen.belonging import in_words


def of_person(change: Change) -> Iterator[Consequence]:
    """All that would follow for them, for customers, and for who takes over."""
    was, row = cast(User, change.was), cast(User, change.row)
    if was.is_active and not row.is_active:
        yield from _of_leaving(change)
        return
    if change.of("email"):
        yield Consequence(_("They sign in as %(email)s from now on.") % {"email": row.email})
    if change.of("role"):
        yield from _of_role(was, row)
    teams = change.said.get("teams")
    if row.is_active and (change.of("serves_all") or teams is not None):
        yield from _of_sight(was, row, {team.pk for team in teams or ()})


def _of_leaving(change: Change) -> Iterator[Consequence]:
    """They are out at once, everywhere; and what they look after goes to whoever was named."""
    was, now = cast(User, change.was), timezone.now()
    places = sessions.of(was, now=now).count()
    tokens = ApiToken.objects.usable(now).filter(user=was).count()
    told = {"name": was.name, "places": places, "tokens": tokens}
    yield Consequence(
        _(
            "%(name)s is signed out with the next request everywhere (sessions: %(places)s, API"
            " tokens: %(tokens)s), and cannot come back: the password is worth nothing any more."
        )
        % told
    )
    left = in_words(belongings_of(was, now=now))
    taker = change.said.get("takes_over")
    if left and taker is not None:
        said = _("%(taker)s takes over: %(left)s.")
        yield Consequence(said % {"taker": taker, "left": left})


def _of_role(was: User, row: User) -> Iterator[Consequence]:
    """What they may no longer do, and what then has nobody who may do it."""
    before, after = ROLE_PERMISSIONS[Role(was.role)], ROLE_PERMISSIONS[Role(row.role)]
    lost = [permission(one) for one in Permission if one in before - after]
    if lost:
        yield Consequence(_("May no longer: %(what)s.") % {"what": "; ".join(lost)})
    if Permission.ANSWER_TICKETS in before - after:
        yield from _of_tickets(was)
    cared = Customer.objects.filter(consultant=was).count()
    if cared and row.role != was.role and Permission.CONFIGURE_CUSTOMERS in before - after:
        words = ngettext(
            "%(n)s customer knows them as its consultant still: hand it over.",
            "%(n)s customers know them as their consultant still: hand them over.",
            cared,
        )
        where = naming.listed("customers.customer", f"?consultant={was.pk}")
        yield Consequence(words % {"n": cared}, where)


def _of_tickets(user: User) -> Iterator[Consequence]:
    """Tickets that would belong to somebody who may not answer."""
    owned = QueueItem.objects.live().filter(owner=user).count()
    if owned:
        said = _("%(tickets)s would belong to somebody who may not answer them.")
        yield Consequence(said % {"tickets": naming.tickets(owned)})


def _of_sight(was: User, row: User, teams: set[int]) -> Iterator[Consequence]:
    """Customers whom they would no longer see, or see from now on."""
    sees = Q() if row.serves_all else Q(team=None) | Q(team__in=teams)
    before, after = Customer.objects.served_by(was), Customer.objects.filter(sees)
    lost = list(before.exclude(pk__in=after.values("pk")).order_by("name", "pk"))
    if lost:
        said = ngettext(
            "Can no longer see %(n)s customer: %(names)s.",
            "Can no longer see %(n)s customers: %(names)s.",
            len(lost),
        )
        yield Consequence(said % {"n": len(lost), "names": naming.some(lost)})
        yield from _of_lost(was, lost)
    gained = after.exclude(pk__in=before.values("pk")).order_by("name", "pk")
    count = gained.count()
    if count:
        said = ngettext(
            "Sees %(n)s customer more: %(names)s.", "Sees %(n)s customers more: %(names)s.", count
        )
        names = [*gained[: naming.SHOWN], *[""] * max(0, count - naming.SHOWN)]
        yield Consequence(said % {"n": count, "names": naming.some(names)})


def _of_lost(user: User, lost: list[Customer]) -> Iterator[Consequence]:
    """What is theirs at customers whom they would no longer see."""
    owned = QueueItem.objects.live().filter(owner=user, customer__in=lost).count()
    cared = [one for one in lost if one.consultant_id == user.pk]
    if owned:
        said = _("%(tickets)s of theirs there would belong to somebody who cannot open them.")
        yield Consequence(said % {"tickets": naming.tickets(owned)})
    if cared:
        said = _("They stay the consultant of customers whom they do not see: %(names)s.")
        yield Consequence(said % {"names": naming.some(cared)}, _handing_over())


def _handing_over() -> str:
    return reverse("admin:customers_customer_changelist")


def of_team(change: Change) -> Iterator[Consequence]:
    """Who hears of what is late."""
    was, row = cast(Team, change.was), cast(Team, change.row)
    if not change.of("lead_id"):
        return
    led = Customer.objects.filter(team=was.pk).count()
    told: dict[str, Any] = {
        "new": row.lead or naming.nobody(),
        "old": was.lead or naming.nobody(),
        "n": led,
    }
    yield Consequence(
        ngettext(
            "Warnings of what is late at %(n)s customer go to %(new)s in place of %(old)s.",
            "Warnings of what is late at %(n)s customers go to %(new)s in place of %(old)s.",
            led,
        )
        % told
    )
