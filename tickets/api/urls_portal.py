"""Addresses of a portal's API."""

from django.urls import path

from tickets.api import portal

urlpatterns = [
    path("api/v1/tickets/", portal.Tickets.as_view(), name="api_tickets"),
    path("api/v1/tickets/<int:number>/", portal.PortalTicket.as_view(), name="api_ticket"),
    path("api/v1/tickets/<int:number>/replies/", portal.Replies.as_view(), name="api_replies"),
]
