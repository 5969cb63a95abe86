"""Where the admin's sidebar and its menu lead."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.hosts import desk_origin
from accounts.models import User
from accounts.policy import Permission, may
from desk import places
from desk.dashboards import labels
from servicedesk.configuration import allows


def desk_address(path: str = "/") -> str:
    """An address on the desk's host, as links from the admin need it."""
    return f"{desk_origin()}{path}"


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar, by what people look for; what somebody may not see is not there."""
    user = cast(User, request.user)
    return [
        group
        for title, lines in _groups(user)
        if (group := {"title": title, "items": [line for line in lines if _shows(user, line)]})[
            "items"
        ]
    ]


def _groups(user: User) -> list[tuple[str, list[dict[str, Any]]]]:
    """Title and lines of each part. `model` says whose table line opens the page."""
    return [
        (_("Dashboards"), _dashboards()),
        (
            "",
            [
                _line(_("Start"), "home", link=_start(user)),
                _line(_("Queue"), "inbox", link=desk_address()),
            ],
        ),
        (
            _("Customers"),
            [
                _line(_("Customers"), "domain", model="customers.customer"),
                _line(_("Onboarding"), "checklist", link=reverse("onboarding"), right=_CONFIGURE),
                _line(
                    _("My customers"),
                    "work",
                    link=desk_address(places.MY_CUSTOMERS),
                    right=_CONFIGURE,
                ),
                _line(_("Plans"), "sell", model="customers.plan"),
                _line(_("Checklists of stages"), "fact_check", model="customers.stagetask"),
                _line(_("Rhythms of visits"), "event_repeat", model="customers.rhythm"),
            ],
        ),
        (
            _("Service"),
            [
                _line(_("Policies"), "timer", model="desk.policy"),
                _line(_("Terms"), "description", model="desk.terms"),
                _line(_("Judged anew"), "sync", model="desk.retargeting"),
                _line(_("Departments"), "forum", model="desk.department"),
                _line(_("Calendars"), "calendar_month", model="desk.calendar"),
                _line(_("Years of holidays"), "event_available", model="desk.holidayyear"),
                _line(_("Customers' own hours"), "schedule", model="desk.customerhours"),
            ],
        ),
        (
            _("Callbacks"),
            [
                _line(_("Callback plans"), "event_repeat", model="desk.callbackplan"),
                _line(_("Questionnaires"), "quiz", model="desk.questionnaire"),
                _line(_("Days without callbacks"), "event_busy", model="desk.blackout"),
                _line(_("Skipped callbacks"), "person_off", model="desk.callbackskip"),
                _line(_("On duty for low scores"), "support_agent", model="desk.duty"),
                _line(_("Causes of low scores"), "troubleshoot", model="desk.rescuecause"),
                _line(_("Topics"), "topic", model="desk.topic"),
            ],
        ),
        (
            _("Mail"),
            [
                _line(_("Incoming mail"), "mark_email_unread", model="desk.incomingmail"),
                _line(_("Outbox"), "outgoing_mail", model="desk.outboxitem"),
                _line(_("Mailboxes"), "mail", model="desk.mailbox"),
                _line(_("Addresses for mail"), "alternate_email", model="desk.mailaddress"),
                _line(_("Mail domains"), "dns", model="desk.maildomain"),
                _line(_("Blocked senders"), "block", model="desk.blockedsender"),
            ],
        ),
        (
            _("People & teams"),
            [
                _line(_("Staff"), "badge", model="accounts.user"),
                _line(_("Teams"), "groups", model="accounts.team"),
                _line(_("Roles"), "rule", link=reverse("roles")),
                _line(_("Rates"), "payments", model="desk.rate"),
            ],
        ),
        (_("Traces"), [_line(_("Audit log"), "history", model="accounts.auditevent")]),
    ]


_SERVICE = Permission.SEE_SERVICE
_CONFIGURE = Permission.CONFIGURE_CUSTOMERS
_PICTURES = {
    "service-today": "monitoring",
    "satisfaction": "sentiment_satisfied",
    "problems-and-releases": "rocket_launch",
    "load-and-cost": "balance",
    "customers": "domain",
}


def _start(user: User) -> str:
    """What is to be set up: where managers begin stand the dashboards."""
    return reverse("start" if may(user, Permission.SEE_SERVICE) else "admin:index")


def _dashboards() -> list[dict[str, Any]]:
    return [
        _line(str(label), _PICTURES[name], link=reverse("dashboard", args=[name]), right=_SERVICE)
        for name, label in labels().items()
    ]


def _line(
    title: str, icon: str, *, link: str = "", model: str = "", right: str = ""
) -> dict[str, Any]:
    if model:
        link = reverse(f"admin:{model.replace('.', '_')}_changelist")
    line = {"title": title, "icon": icon, "link": link, "model": model, "right": right}
    return line if link.startswith("/") else line | {"active": False}  # another host's page


def _shows(user: User, line: dict[str, Any]) -> bool:
    if line["right"]:
        return may(user, Permission(line["right"]))
    return not line["model"] or allows(user, line["model"], "see")


def desk(request: HttpRequest) -> str:
    """Where "View site" leads."""
    return desk_address()


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    """What stands in the menu under one's own name."""
    return [
        {"title": _("My settings"), "link": desk_address("/me/")},
        {"title": _("Account security"), "link": desk_address("/me/security/")},
    ]
