"""What became of a release, counted over all customers from public rows alone."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Func, IntegerField, Q

from product.models import NoticeItem, Release, ReportItem
from product.operations.audience import hearers

_WEIGHT = ("tickets", "customers", "people")


def counts(release: Release) -> dict[str, int]:
    """How far telling is, by name; of a release that is not live, whom it would reach.

    customers: where somebody hears; people: who hears, told or still to be told; sent: notices
    written, with their mail put out; delivered: taken by the mail server, or shown in the portal to
    who wants no mail; read: opened in the portal, or answered; confirmed and not_working: by their
    last answer; bounced: their address was refused; dead: given up after all tries, bounced ones
    among them; left_out: not needed any more when their turn came, say switched off since.
    """
    told = NoticeItem.objects.filter(release=release)
    found = told.aggregate(
        sent=Count("pk"),
        delivered=Count("pk", filter=Q(delivered_at__isnull=False)),
        read=Count("pk", filter=Q(read_at__isnull=False) | ~Q(answer="")),
        confirmed=Count("pk", filter=Q(answer=NoticeItem.Answer.WORKS)),
        not_working=Count("pk", filter=Q(answer=NoticeItem.Answer.NOT_WORKING)),
        bounced=Count("pk", filter=Q(is_bounced=True)),
        dead=Count("pk", filter=Q(dead_at__isnull=False)),
        left_out=Count("pk", filter=~Q(left_out="")),
    )
    by_customer = hearers(release).order_by().values_list("customer_id").annotate(Count("pk"))
    waiting: dict[int, int] = dict(by_customer)
    customers = {*waiting, *told.order_by().values_list("customer_id", flat=True).distinct()}
    people = found["sent"] + sum(waiting.values())
    return {"customers": len(customers), "people": people} | found


def unread(release: Release) -> dict[str, int]:
    """How many of those who hear next read a language it has no notes in: they get the other.

    By language: ``{"zh-hans": 12}``.
    """
    notes = {"en": release.notes_en, "zh-hans": release.notes_zh}
    if all(notes.values()):
        return {}
    rows = hearers(release).order_by().values_list("language").annotate(Count("pk"))
    found: dict[str, int] = {}
    for language, people in rows:
        read = "zh-hans" if language.startswith("zh") else "en"
        if not notes[read]:
            found[read] = found.get(read, 0) + people
    return found


def weight(problem_id: int) -> dict[str, int]:
    """How many tickets, customers and people a problem has."""
    return weights([problem_id])[problem_id]


def weights(problem_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """The same of several problems, in one query."""
    person = Func("customer", "contact_id", function="ROW", output_field=IntegerField())
    rows = ReportItem.objects.filter(problem_id__in=problem_ids).order_by()
    counted = rows.values_list("problem_id").annotate(
        tickets=Count("pk"),
        customers=Count("customer", distinct=True),
        people=Count(person, distinct=True),
    )
    found = {pk: dict.fromkeys(_WEIGHT, 0) for pk in problem_ids}
    for problem_id, *numbers in counted:
        found[problem_id] = dict(zip(_WEIGHT, numbers, strict=True))
    return found
