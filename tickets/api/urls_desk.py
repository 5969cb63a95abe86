"""Addresses of the desk's API that are about one customer's tickets."""

from django.urls import path

from tickets.api import desk, promises, reports

_TICKET = "api/v1/customers/<slug:code>/tickets/<int:number>/"

urlpatterns = [
    path(_TICKET, desk.DeskTicket.as_view(), name="api_ticket"),
    path(f"{_TICKET}replies/", desk.Replies.as_view(), name="api_replies"),
    path(f"{_TICKET}notes/", desk.Notes.as_view(), name="api_notes"),
    path(f"{_TICKET}resolution/", desk.Resolution.as_view(), name="api_resolution"),
    path(f"{_TICKET}dismissal/", desk.Dismissal.as_view(), name="api_dismissal"),
    path(f"{_TICKET}promise/", promises.Promises.as_view(), name="api_promise"),
    path(f"{_TICKET}promise/kept/", promises.Kept.as_view(), name="api_kept"),
    path(f"{_TICKET}hold/", promises.Hold.as_view(), name="api_hold"),
    path("api/v1/problems/<str:key>/reports/", reports.Reports.as_view(), name="api_reports"),
]
