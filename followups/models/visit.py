"""Visits and calls of our consultants, and the stories that come of our work."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.fields import PublicForeignKey
from customers.models import VisitKind
from tickets.models import Contact, Ticket
from tickets.models.attachment import StoredFile


class Visit(models.Model):
    """A visit or call of ours at the customer: planned, then held or called off. Ours alone.

    `words` are what was found, `next_step` what follows. `problem` is the request it became.
    `rhythm` had it planned.
    """

    kind = models.CharField(_("kind"), max_length=5, choices=VisitKind)
    consultant = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    rhythm = PublicForeignKey("customers.Rhythm", db_index=False)
    due_on = models.DateField(_("due"))
    held_at = models.DateTimeField(_("held"), null=True)
    called_off_at = models.DateTimeField(_("called off"), null=True)
    why = models.CharField(_("why called off"), max_length=300, blank=True, default="")
    words = models.TextField(_("what we found"), blank=True, default="")
    next_step = models.TextField(_("what follows"), blank=True, default="")
    problem = PublicForeignKey("product.Problem", db_index=False)
    written_by = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.CheckConstraint(
                name="visit_is_held_or_called_off_not_both",
                condition=Q(held_at__isnull=True) | Q(called_off_at__isnull=True),
            ),
            models.CheckConstraint(
                name="visit_called_off_says_why",
                condition=Q(called_off_at__isnull=True) | ~Q(why=""),
            ),
            models.UniqueConstraint(
                name="one_open_visit_per_rhythm",
                fields=["rhythm"],
                condition=Q(held_at__isnull=True, called_off_at__isnull=True, rhythm__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["-due_on"], name="visits_by_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class VisitPerson(models.Model):
    """Somebody at the customer whom a visit was with."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="people")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="visits")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="each_person_once_at_a_visit", fields=["visit", "contact"]
            ),
        ]

    def __str__(self) -> str:
        return f"contact {self.contact_id} at visit {self.visit_id}"


class VisitPicture(StoredFile):
    """A picture of a visit: no grant for the customer's login."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="pictures")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="visit_picture_name_is_128_bits", condition=Q(name__regex=r"^[0-9a-f]{32}$")
            ),
        ]


class Story(models.Model):
    """Who asked what, and what it brought them: told in the service report of its month.

    Drafted from tickets and visits, picked and put into words by the consultant; no grant for the
    customer's login: what is told stands in the published report. `month` is its first day.
    """

    month = models.DateField(_("month"))
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="stories"
    )
    visit = models.ForeignKey(
        Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="stories"
    )
    who = models.CharField(_("who"), max_length=160)
    what = models.TextField(_("asked what"))
    value = models.TextField(_("what it brought"), blank=True, default="")
    is_picked = models.BooleanField(_("in the report"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    written_by = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        constraints = [
            models.CheckConstraint(
                name="story_is_of_a_first_of_a_month", condition=Q(month__day=1)
            ),
            models.CheckConstraint(
                name="picked_story_says_what_it_brought",
                condition=Q(is_picked=False) | ~Q(value=""),
            ),
            models.UniqueConstraint(
                name="one_story_per_ticket_and_month",
                fields=["month", "ticket"],
                condition=Q(ticket__isnull=False),
            ),
        ]
        indexes = [models.Index(F("month"), F("position"), name="stories_of_a_month")]

    def __str__(self) -> str:
        return f"{self.who}: {self.what}"[:80]
