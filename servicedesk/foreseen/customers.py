"""What a change of a customer does: to who sees it, to its tickets, to links in its mails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django.utils.translation import gettext as _

from accounts.foreseeing import Change, Consequence
from accounts.models import User
from accounts.policy import serves
from customers.models import Customer, Rhythm, ToDo
from desk.models import QueueItem, RescueItem, VisitItem
from desk.operations.policies import NoPolicy, policy_for
from servicedesk.foreseen import naming
from servicedesk.foreseen.paying import of_turn


def _of_sight(was: Customer, row: Customer) -> Iterator[Consequence]:
    """Who would no longer see the customer, and who would from then on."""
    people = list(User.objects.filter(is_active=True).prefetch_related("teams").order_by("name"))
    saw = {one.pk for one in people if _serves(one, was.team_id)}
    sees = {one.pk for one in people if _serves(one, row.team_id)}
    lose = [one for one in people if one.pk in saw - sees]
    gain = [one for one in people if one.pk in sees - saw]
    if lose:
        yield Consequence(
            _("Can no longer see this customer and its tickets: %(names)s.")
            % {"names": naming.some(lose)}
        )
        yield from _of_owners(was, lose)
    if gain:
        said = _("Can see this customer and all its tickets from now on: %(names)s.")
        yield Consequence(said % {"names": naming.some(gain)})


def _serves(user: User, team_id: int | None) -> bool:
    """As `serves` says, by teams that were fetched for all at once."""
    cast(Any, user)._team_ids = frozenset(team.pk for team in user.teams.all())
    return serves(user, team_id=team_id)


def _of_owners(customer: Customer, lose: list[User]) -> Iterator[Consequence]:
    """Tickets whose owner could not open them any more."""
    stranded = QueueItem.objects.live().filter(customer=customer, owner__in=lose).count()
    if stranded:
        said = _("%(tickets)s would belong to somebody who cannot open them: give them on first.")
        yield Consequence(said % {"tickets": naming.tickets(stranded)})


def _of_consultant(was: Customer, row: Customer) -> Iterator[Consequence]:
    """Whom the portal names, and what stays with the former consultant."""
    told = {"new": row.consultant or naming.nobody(), "old": was.consultant or naming.nobody()}
    if was.laid_at is not None:
        yield Consequence(
            _("The portal names %(new)s in place of %(old)s; low scores go there.") % told
        )
    if was.consultant_id is None:
        return
    mine = {"customer": was, "consultant": was.consultant_id}
    left = naming.work(
        rescues=RescueItem.objects.open().filter(**mine).count(),
        visits=VisitItem.objects.open().filter(**mine).count(),
        to_dos=ToDo.objects.open().filter(customer=was, owner=was.consultant_id).count(),
    )
    if left:
        said = _("Stays with %(old)s: %(left)s. To move that too, hand the customer over instead.")
        yield Consequence(said % (told | {"left": left}))


def _of_terms(was: Customer, row: Customer) -> Iterator[Consequence]:
    """That they pay; open tickets that are judged anew, and the policy that a new one gets."""
    yield from of_turn(was, row)
    if was.laid_at is None:
        return
    count = QueueItem.objects.live().filter(customer=was).count()
    before, after = _policy_of(was), _policy_of(row)
    if before != after:
        said = _("New tickets are promised what the policy “%(new)s” says; until now “%(old)s”.")
        yield Consequence(said % {"old": before, "new": after}, naming.listed("desk.policy"))
    if count:
        said = _("%(tickets)s of theirs would be judged anew: targets and due times may move.")
        where = naming.listed("desk.retargeting")
        yield Consequence(said % {"tickets": naming.tickets(count)}, where)


def _policy_of(customer: Customer) -> str:
    try:
        return policy_for(customer=customer).name
    except NoPolicy:
        return "–"


def _of_green_channel(_was: Customer, row: Customer) -> Iterator[Consequence]:
    """Their place before others, and the visits that VIP customers get."""
    if row.is_vip:
        yield Consequence(
            _("Everybody sees the crown on their tickets; calls and callbacks of theirs go first.")
        )
    else:
        yield Consequence(
            _("Their tickets lose the crown; their calls wait in line with everybody else's.")
        )
    rhythms = list(Rhythm.objects.filter(is_active=True, for_vip=True).order_by("name"))
    if rhythms:
        said = (
            _("Becomes due for them by the rhythm of VIP customers: %(names)s.")
            if row.is_vip
            else _("No longer due for them: %(names)s.")
        )
        yield Consequence(said % {"names": naming.some(rhythms)})


def _of_head(was: Customer, row: Customer) -> Iterator[Consequence]:
    """Who sees the counts of this branch."""
    if was.parent is not None:
        said = _("“%(head)s” no longer sees the counts and scores of this branch.")
        yield Consequence(said % {"head": was.parent})
    if row.parent is not None:
        said = _("“%(head)s” sees the counts and scores of this customer as its branch.")
        yield Consequence(said % {"head": row.parent})


def _of_hosts(change: Change) -> Iterator[Consequence]:
    """Addresses that nobody answers at any more, and the one that mails name."""
    for formset in change.formsets:
        if formset.prefix != "domains":
            continue
        before = {form.initial.get("host"): form for form in formset.initial_forms}
        gone = set(formset.deleted_forms) if formset.can_delete else set()
        kept = {
            form.instance.host: form.cleaned_data.get("is_primary")
            for form in formset.forms
            if form not in gone and form.cleaned_data.get("host")
        }
        yield from _of_addresses(before, kept)


def _of_addresses(before: dict[Any, Any], kept: dict[str, Any]) -> Iterator[Consequence]:
    dead = sorted(host for host in before if host not in kept)
    if dead:
        said = _(
            "Nothing answers any more at %(hosts)s: links in mails that were sent, bookmarks and"
            " what people are signed in to there stop working."
        )
        yield Consequence(said % {"hosts": naming.some(dead)})
    named = next((host for host, form in before.items() if form.initial.get("is_primary")), None)
    names = next((host for host, is_primary in kept.items() if is_primary), None)
    if named != names:
        said = _("Mails name %(new)s from now on, in place of %(old)s.")
        yield Consequence(said % {"new": names, "old": named})


_TOLD = (
    (("team_id",), _of_sight),
    (("consultant_id",), _of_consultant),
    (("plan_id", "is_vip", "parent_id"), _of_terms),
    (("plan_id",), of_turn),
    (("is_vip",), _of_green_channel),
    (("parent_id",), _of_head),
)
"""Fields, and what follows when one of them is another."""


def of_customer(change: Change) -> Iterator[Consequence]:
    """All that would follow for people, tickets, visits and mails."""
    was, row = cast(Customer, change.was), cast(Customer, change.row)
    for fields, told in _TOLD:
        if change.of(*fields):
            yield from told(was, row)
    yield from _of_hosts(change)
