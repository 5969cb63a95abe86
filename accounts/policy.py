"""The one policy layer: which role may do what. Doors ask here and nowhere else."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User


class Role(StrEnum):
    """What a member of staff is to us; the words of PRODUCT's "who may do what"."""

    AGENT = "agent"
    CONSULTANT = "consultant"
    PRODUCT_MANAGER = "product_manager"
    ENGINEER = "engineer"
    MANAGER = "manager"
    OPERATOR = "operator"


ROLE_NAMES = {
    Role.AGENT: _("Agent"),
    Role.CONSULTANT: _("Consultant"),
    Role.PRODUCT_MANAGER: _("Product manager"),
    Role.ENGINEER: _("Engineer"),
    Role.MANAGER: _("Manager"),
    Role.OPERATOR: _("Operator"),
}


class Permission(StrEnum):
    """One thing a person on staff may or may not do."""

    READ_TICKETS = "read_tickets"
    ANSWER_TICKETS = "answer_tickets"
    WRITE_NOTES = "write_notes"
    ASSIGN_TICKETS = "assign_tickets"
    SEE_CUSTOMERS = "see_customers"
    CONFIGURE_CUSTOMERS = "configure_customers"
    ADMINISTER_STAFF = "administer_staff"
    ENTER_ADMIN = "enter_admin"
    READ_AUDIT = "read_audit"
    SEE_SERVICE = "see_service"
    SEE_PROBLEMS = "see_problems"
    LINK_PROBLEMS = "link_problems"
    TRIAGE = "triage"
    PUBLISH_RELEASES = "publish_releases"
    SEE_CALLBACKS = "see_callbacks"
    WORK_CALLBACKS = "work_callbacks"
    SEE_AS_CONTACT = "see_as_contact"
    WRITE_REPORTS = "write_reports"
    HAND_OVER = "hand_over"
    ROUTE_MAIL = "route_mail"
    SET_UP_MAIL = "set_up_mail"


_READS = frozenset(
    {
        Permission.READ_TICKETS,
        Permission.WRITE_NOTES,
        Permission.SEE_CUSTOMERS,
        Permission.SEE_PROBLEMS,
        Permission.LINK_PROBLEMS,
        Permission.SEE_CALLBACKS,
    }
)
_ANSWERS = _READS | {
    Permission.ANSWER_TICKETS,
    Permission.ASSIGN_TICKETS,
    Permission.WORK_CALLBACKS,
    Permission.ROUTE_MAIL,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: _ANSWERS,
    Role.CONSULTANT: _ANSWERS
    | {
        Permission.CONFIGURE_CUSTOMERS,
        Permission.ENTER_ADMIN,
        Permission.TRIAGE,
        Permission.SEE_AS_CONTACT,
        Permission.WRITE_REPORTS,
        Permission.HAND_OVER,
    },
    Role.PRODUCT_MANAGER: _ANSWERS | {Permission.TRIAGE, Permission.PUBLISH_RELEASES},
    Role.ENGINEER: _READS | {Permission.TRIAGE},
    Role.MANAGER: _ANSWERS
    | {
        Permission.CONFIGURE_CUSTOMERS,
        Permission.ENTER_ADMIN,
        Permission.READ_AUDIT,
        Permission.SEE_SERVICE,
        Permission.TRIAGE,
        Permission.PUBLISH_RELEASES,
        Permission.SEE_AS_CONTACT,
        Permission.WRITE_REPORTS,
        Permission.HAND_OVER,
        Permission.SET_UP_MAIL,
    },
    Role.OPERATOR: frozenset(
        {
            Permission.SEE_CUSTOMERS,
            Permission.CONFIGURE_CUSTOMERS,
            Permission.ADMINISTER_STAFF,
            Permission.ENTER_ADMIN,
            Permission.READ_AUDIT,
            Permission.HAND_OVER,
            Permission.SET_UP_MAIL,
        }
    ),
}


def may(user: User, permission: Permission) -> bool:
    """Say whether this person's role carries the permission; a switched-off person may nothing."""
    return user.is_active and permission in ROLE_PERMISSIONS[Role(user.role)]


def serves(user: User, *, team_id: int | None) -> bool:
    """Say whether this person may serve a customer looked after by that team.

    A customer without a team is everybody's; otherwise the person serves all, or is in the team.
    """
    if user.serves_all or team_id is None:
        return user.is_active
    return user.is_active and team_id in user.team_ids()


def may_hand_over(user: User, *, of: User) -> bool:
    """Say whether this person may give what `of` looks after to a colleague.

    A consultant only what is their own; a manager or operator anybody's.
    """
    is_anybodys = Role(user.role) in (Role.MANAGER, Role.OPERATOR)
    return may(user, Permission.HAND_OVER) and (is_anybodys or user.pk == of.pk)
