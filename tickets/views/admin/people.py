"""A customer's people, looked after by our staff: on the admin's host, one customer at a time."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import site
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audited import PAGE_SIZE, asker
from accounts.audited_forms import SEEN
from accounts.policy import Permission, may
from accounts.requests import StaffRequest, staff_only
from customers.models import Customer
from tickets.admin_forms import PastedPeople, PersonForm
from tickets.contact_history import history
from tickets.mail.addresses import portal
from tickets.models import Contact
from tickets.operations import contacts
from tickets.operations.people import AddressTaken

CONFIGURES = Permission.CONFIGURE_CUSTOMERS


class AtCustomer(StaffRequest):
    """A request about one customer, whose schema is open."""

    customer: Customer


@require_safe
@staff_only(CONFIGURES)
def people(request: AtCustomer) -> HttpResponse:
    """Everybody there: searched, by role, active or not."""
    asked, role = request.GET.get("q", "").strip()[:120], request.GET.get("role", "")
    shows = request.GET.get("show", "active")
    found = Contact.objects.all() if shows == "all" else Contact.objects.active()
    if shows == "off":
        found = Contact.objects.filter(is_active=False)
    if shows == "bounced":
        found = Contact.objects.active().filter(bounced_at__isnull=False)
    if asked and "\x00" not in asked:
        found = found.filter(Q(name__icontains=asked) | Q(email__icontains=asked))
    if role in Contact.Role.values:
        found = found.filter(role=role)
    page = Paginator(found.order_by("name", "pk"), PAGE_SIZE).get_page(request.GET.get("p"))
    shown: dict[str, Any] = {"page": page, "asked": asked, "role": role, "shows": shows}
    shown |= {
        "roles": Contact.Role.choices,
        "is_filtered": bool(asked or role or shows != "active"),
    }
    return _page(request, "people", _("People"), shown)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(CONFIGURES)
def new_person(request: AtCustomer) -> HttpResponse:
    """Add somebody."""
    customer = request.customer
    given = {"language": customer.language, "time_zone": customer.time_zone, "role": "user"}
    form = PersonForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            contacts.enter_contact(
                customer=customer, by=asker(request), now=timezone.now(), **form.cleaned_data
            )
        except AddressTaken as taken:
            _say_taken(form, taken)
        else:
            messages.success(request, _welcome(customer, form.cleaned_data["name"]))
            return redirect("admin_people", at=customer.code)
    return _page(request, "person", _("Add a person"), {"form": form}, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(CONFIGURES)
def person(request: AtCustomer, contact_id: int) -> HttpResponse:
    """One person: change them, see what was changed."""
    contact = get_object_or_404(Contact, pk=contact_id)
    form = PersonForm(request.POST or None, contact=contact)
    if request.method == "POST" and form.is_valid() and _changed(request, contact, form):
        messages.success(request, _("%(name)s was changed.") % form.cleaned_data)
        return redirect("admin_people", at=request.customer.code)
    shown = {"form": form, "contact": contact, "seen_field": SEEN, "seen": form.seen()}
    shown |= {"events": history(contact)}
    shown |= {"may_look": contact.is_active and may(request.user, Permission.SEE_AS_CONTACT)}
    return _page(request, "person", contact.name, shown, status=_status(form))


@require_POST
@staff_only(CONFIGURES)
def activity(request: AtCustomer, contact_id: int) -> HttpResponse:
    """Switch a person off, or on again."""
    contact = get_object_or_404(Contact, pk=contact_id)
    how: dict[str, Any] = {"customer": request.customer, "contact": contact}
    how |= {"by": asker(request), "now": timezone.now()}
    try:
        if request.POST.get("is_active") == "yes":
            contacts.switch_on_contact(**how)
            messages.success(request, _("%(name)s may come in again.") % {"name": contact.name})
        else:
            contacts.switch_off_contact(**how)
            messages.success(request, _("%(name)s is switched off.") % {"name": contact.name})
    except contacts.LastOwner:
        messages.error(request, _needs_an_owner())
    return redirect("admin_person", at=request.customer.code, contact_id=contact.pk)


@require_POST
@staff_only(CONFIGURES)
def address(request: AtCustomer, contact_id: int) -> HttpResponse:
    """Mail arrives at this person's address again."""
    contact = get_object_or_404(Contact, pk=contact_id)
    contacts.trust_address(
        customer=request.customer, contact=contact, by=asker(request), now=timezone.now()
    )
    messages.success(request, _("Mail to %(name)s counts as arriving.") % {"name": contact.name})
    return redirect("admin_person", at=request.customer.code, contact_id=contact.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(CONFIGURES)
def pasted_people(request: AtCustomer) -> HttpResponse:
    """Add many at once."""
    form = PastedPeople(request.POST or None)
    if request.method == "POST" and form.is_valid():
        added, known = contacts.enter_contacts(
            customer=request.customer,
            people=form.cleaned_data["people"],
            by=asker(request),
            now=timezone.now(),
        )
        _say_added(request, len(added), known)
        return redirect("admin_people", at=request.customer.code)
    return _page(request, "paste", _("Add many people"), {"form": form}, status=_status(form))


def _changed(request: AtCustomer, contact: Contact, form: PersonForm) -> bool:
    try:
        contacts.change_contact(
            customer=request.customer,
            contact=contact,
            by=asker(request),
            now=timezone.now(),
            seen=request.POST.get(SEEN, ""),
            **form.cleaned_data,
        )
    except contacts.ChangedMeanwhile:
        contact.refresh_from_db()  # what the form now shows as seen
        form.say_changed()
    except AddressTaken as taken:
        _say_taken(form, taken)
    except contacts.LastOwner:
        form.add_error("role", _needs_an_owner())
    return form.is_valid()


def _welcome(customer: Customer, name: str) -> str:
    """Who was added, and how they come in: a person added later is sent no invitation."""
    if not customer.domains.exists():
        return _("%(name)s was added.") % {"name": name}
    said = _("%(name)s was added. No mail was sent: they sign in at %(portal)s with this address.")
    return said % {"name": name, "portal": f"{portal(customer)}/"}


def _needs_an_owner() -> str:
    return _("This is the only active owner; make somebody else the owner first.")


def _say_taken(form: PersonForm, taken: AddressTaken) -> None:
    said = _("%(name)s has this address already.") % {"name": taken.contact.name}
    form.add_error("email", said)


def _say_added(request: AtCustomer, count: int, known: list[str]) -> None:
    said = ngettext("%(n)s person was added.", "%(n)s people were added.", count) % {"n": count}
    messages.success(request, said)
    if known:
        left = _("Known already, left as they are: %(addresses)s.")
        messages.warning(request, left % {"addresses": ", ".join(known[:20])})


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200


def _page(
    request: AtCustomer, name: str, title: str, shown: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page in the console's clothes."""
    context = {**site.each_context(request), "title": title, "subtitle": request.customer.name}
    context |= {"at": request.customer.code, **shown}
    return render(request, f"tickets/admin/{name}.html", context, status=status)
