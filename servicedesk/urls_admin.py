"""Every address of the admin's host: the sign-in, people at a customer, and the admin itself."""

from typing import cast

from allauth.account import views as account
from django.contrib.admin import site
from django.urls import URLPattern, URLResolver, path

from accounts.views.handing_over import arrive
from accounts.views.signing_in import second_step
from servicedesk.access_page import access
from servicedesk.admin_site import Console
from servicedesk.dashboards import taking
from servicedesk.dashboards import views as dashboards
from servicedesk.roles_page import roles
from tickets.views.admin import opening, people, stages, viewing
from tickets.views.admin.calendar_preview import calendar_preview
from tickets.views.admin.cloning import set_up
from tickets.views.admin.policy_preview import policy_preview

_PERSON = "at/<slug:at>/people/<int:contact_id>/"
_CUSTOMER = "customers/customer/<int:customer_id>/"
_OPENING = f"{_CUSTOMER}open/"
_BOARD = "dashboards/<slug:dashboard>/"
_page = cast(Console, site).page

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-in/code/", second_step, name="mfa_authenticate"),
    path("hand-over/", arrive, name="hand_over"),
    path("sign-out/", account.logout, name="account_logout"),
    path("accounts/user/<int:user_id>/access/", _page(access), name="staff_access"),
    path("roles/", _page(roles), name="roles"),
    path("calendars/preview/", _page(calendar_preview), name="calendar_preview"),
    path("policies/preview/", _page(policy_preview), name="policy_preview"),
    path("start/", _page(cast(Console, site).start), name="start"),
    path("dashboards/", _page(dashboards.first), name="dashboards"),
    path(
        "dashboards/mails/<int:mail_id>/stop/",
        _page(taking.stop_mail),
        name="dashboard_mail_stop",
    ),
    path(_BOARD, _page(dashboards.dashboard), name="dashboard"),
    path(f"{_BOARD}dashboard.csv", _page(taking.dashboard_csv), name="dashboard_csv"),
    path(f"{_BOARD}dashboard.pdf", _page(taking.dashboard_pdf), name="dashboard_pdf"),
    path(f"{_BOARD}by-mail/", _page(taking.send_by_mail), name="dashboard_by_mail"),
    path(f"{_BOARD}tables/<slug:table>/", _page(dashboards.table), name="dashboard_table"),
    path(f"{_BOARD}<slug:figure>/", _page(dashboards.rows), name="dashboard_rows"),
    path(f"{_BOARD}<slug:figure>/rows.csv", _page(taking.rows_csv), name="dashboard_rows_csv"),
    path("onboarding/", _page(stages.customers_on_their_way), name="onboarding"),
    path(f"{_CUSTOMER}stage/", _page(stages.stage), name="customer_stage"),
    path(f"{_CUSTOMER}stay/", _page(stages.stay), name="customer_stay"),
    path(f"{_CUSTOMER}to-dos/", _page(stages.to_dos), name="customer_to_dos"),
    path(f"{_CUSTOMER}to-dos/<int:to_do_id>/", _page(stages.to_do), name="customer_to_do"),
    path(f"{_CUSTOMER}set-up/", _page(set_up), name="customer_set_up"),
    path(_OPENING, _page(opening.opening), name="open_group"),
    path(f"{_OPENING}people/", _page(opening.first_people), name="open_group_people"),
    path(f"{_OPENING}progress/", _page(opening.progress), name="open_group_progress"),
    path("at/<slug:at>/people/", _page(people.people), name="admin_people"),
    path("at/<slug:at>/people/new/", _page(people.new_person), name="admin_new_person"),
    path("at/<slug:at>/people/paste/", _page(people.pasted_people), name="admin_pasted_people"),
    path(_PERSON, _page(people.person), name="admin_person"),
    path(f"{_PERSON}viewing/", _page(viewing.viewing), name="admin_viewing"),
    path(f"{_PERSON}viewings/", viewing.depart, name="admin_viewing_begun"),
    path(f"{_PERSON}address/", _page(people.address), name="admin_person_address"),
    path(f"{_PERSON}activity/", _page(people.activity), name="admin_person_activity"),
    path("", site.urls),
]
