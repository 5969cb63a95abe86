"""Who will hear of a release: everybody who asked about one of its problems and has not heard."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from product.models import Asker, Exclusion, NoticeItem, Release, ReleaseCustomer, ReportItem


def asked_for(release: Release) -> QuerySet[Asker]:
    """Everybody who asked for what is in it at a customer it reaches, told or not."""
    return _reached(release).filter(_asked(release))


def _asked(release: Release) -> Exists:
    asked = ReportItem.objects.filter(
        problem__release_items__release=release,
        customer=OuterRef("customer"),
        contact_id=OuterRef("contact_id"),
    )
    return Exists(asked)


def _reached(release: Release) -> QuerySet[Asker]:
    named = ReleaseCustomer.objects.filter(release=release)
    staged = Release.objects.filter(pk=release.pk, is_staged=True)
    is_for_all = ~Exists(named) & ~Exists(staged)
    is_reached = is_for_all | Q(customer__in=named.values("customer"))
    return Asker.objects.filter(is_reached, customer__laid_at__isnull=False)


def excluded(release: Release) -> Exists:
    """Whether the person, or the whole customer, is excluded; for a queryset of askers."""
    return Exists(
        Exclusion.objects.filter(
            Q(contact_id__isnull=True) | Q(contact_id=OuterRef("contact_id")),
            release=release,
            customer=OuterRef("customer"),
        )
    )


def told(release: Release) -> Exists:
    """Whether the person was told already; for a queryset of askers."""
    return Exists(
        NoticeItem.objects.filter(
            release=release, customer=OuterRef("customer"), contact_id=OuterRef("contact_id")
        )
    )


def hearers(release: Release) -> QuerySet[Asker]:
    """Who hears of it when it is published now."""
    return could_hear(release).filter(_asked(release))


def could_hear(release: Release) -> QuerySet[Asker]:
    """Who would hear of it, had they asked: for a join with what was asked."""
    return _reached(release).filter(~excluded(release), ~told(release), is_active=True)
