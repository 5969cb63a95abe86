"""The admin on its own host: django-unfold's site with our sign-in, our table of who may what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.admin import ModelAdmin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import InvalidPage
from django.db.models import Count, Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from unfold.sites import UnfoldAdminSite

from accounts.audited import AuditedAdmin
from accounts.foreseeing import Change, Consequence
from accounts.hosts import desk_origin
from accounts.models import User
from accounts.operations import By
from accounts.policy import Permission, may
from customers.models import Customer
from desk import places
from desk.checklist import checklist, missing
from desk.models import Mailbox, QueueItem, Terms
from desk.operations.retargeting import retarget
from servicedesk import (
    configuration,
    customers_mail,
    foreseen,
    leaving,
    mailbox_probe,
    start_page,
)
from tickets.operations.turning_paid import welcome_paid
from tickets.terms_held import held_by

RELAXED = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}
"""What the theme needs beyond the strict policy: Alpine makes functions of its attributes, and its
lists and scroll bars write styles into the page. No script of a page's own runs here either."""


class Console(UnfoldAdminSite):
    """Our admin: staff come in by the same sign-in as at the desk.

    Only what passes through the audited base is shown; what libraries register is left out.
    """

    index_title = _("Administration")
    index_template = "admin/start.html"
    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")  # each row is judged and told by its own page

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        if admin_class is not None and issubclass(admin_class, AuditedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def allows(self, user: User, model: type[Model], verb: configuration.Verb) -> bool:
        """Say whether somebody may do that with rows of the model (the table decides)."""
        return configuration.allows(user, model._meta.label_lower, verb)

    def opening_of(self, customer: Customer) -> tuple[int, int]:
        """How much of the checklist of a customer's opening is done, and how much there is."""
        items = checklist(customer)
        return len(items) - len(missing(items)), len(items)

    def judge_anew(self, customer: Customer, *, by: User) -> None:
        """What the customer may expect has changed: have its open tickets judged by that."""
        reason = f"customer: {customer.name}"
        retarget(reason=reason, by=by, now=timezone.now(), customers=[customer.pk])

    def foresee(self, label: str, change: Change) -> list[Consequence]:
        """What would follow from saving the row, as `servicedesk.foreseen` has it."""
        return foreseen.foresee(label, change)

    def open_tickets(self, customers: Iterable[Customer]) -> dict[int, int]:
        """How many tickets are open at each of them."""
        live = QueueItem.objects.live().filter(customer__in=[one.pk for one in customers])
        counted = live.values_list("customer").annotate(n=Count("pk"))
        return dict(counted.order_by())

    def desk_page_of(self, customer: Customer) -> str:
        """Where the customer's page at the desk is."""
        return desk_origin() + places.customer(customer.code)

    def mail_of(self, customer: Customer, *, user: User) -> dict[str, Any]:
        """Which mail is the customer's, as its page says it."""
        return customers_mail.mail_of(customer, user=user)

    def probe(self, mailbox: Mailbox) -> mailbox_probe.Tried:
        """Sign in at a mailbox as a worker would, and say what happened."""
        return mailbox_probe.tried(mailbox)

    def left_by(self, user: User) -> str:
        """What would have no owner if this person left, in words."""
        return leaving.left_by(user, now=timezone.now())

    def refusal_to_take_over(self, *, giver: User, taker: User, by: By) -> str:
        """Why the one cannot take over from the other, in words; empty when they can."""
        return leaving.refusal(giver=giver, taker=taker, by=by, now=timezone.now())

    def hand_over(self, *, giver: User, taker: User, by: By) -> None:
        """Give everything that the one looks after to the other."""
        leaving.hand_over(giver=giver, taker=taker, by=by, now=timezone.now())

    def welcome_paid(self, customer: Customer, *, by: By) -> None:
        """The customer's plan is its first paid one: welcome its people."""
        welcome_paid(customer=customer, by=by, now=timezone.now())

    def tickets_held_by(self, terms: Terms) -> int:
        """How many tickets of all customers were last judged by these terms."""
        return held_by(terms_id=terms.pk)

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_authenticated and may(user, Permission.ENTER_ADMIN))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send a stranger to the sign-in page, and back here afterwards; others may not come in."""
        if request.user.is_authenticated:
            raise PermissionDenied(Permission.ENTER_ADMIN)
        return redirect_to_login(request.GET.get("next", "/"))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send them where passwords are changed: at the desk, where other sessions end by that."""
        return HttpResponseRedirect(f"{desk_origin()}/me/security/password/")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Relax the policy for the theme, on the console's own pages only.

        Django's views take every method for a GET; here what is neither GET nor POST is refused.
        """
        shown = csp_update(RELAXED)(super().admin_view(view, cacheable))
        return require_http_methods(["GET", "HEAD", "POST"])(shown)

    def page(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """A page of another app in the console's clothes: same door, same scripts."""
        return cast("Callable[..., Any]", self.admin_view(view))

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The theme's search, which does not judge the page it is asked for."""
        try:
            return cast("HttpResponse", super().search(request, extra_context))
        except InvalidPage as wrong:
            raise Http404("no such page") from wrong

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Made when it is read: our pages have a sidebar of their own and read none of it."""
        whole = super().get_app_list
        return cast("list[Any]", SimpleLazyObject(lambda: whole(request, app_label)))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """The theme follows the person's preference; its colours stand in our style sheet."""
        context: dict[str, Any] = super().each_context(request)
        context["theme"] = cast(Any, request).theme or None
        context["colors"] = None
        return context

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A manager's first page is a dashboard; everybody else's is the start."""
        if may(cast(User, request.user), Permission.SEE_SERVICE):
            return HttpResponseRedirect(reverse("dashboards"))
        return self.start(request, extra_context)

    def start(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What needs setting up, and what was changed of late."""
        shown = start_page.context(cast(User, request.user))
        response: HttpResponse = super().index(request, {**shown, **(extra_context or {})})
        return response
