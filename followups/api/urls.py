"""Addresses of a portal's API that are about follow-ups."""

from django.urls import path

from followups.api import portal

urlpatterns = [
    path("api/v1/notices/", portal.Notices.as_view(), name="api_notices"),
    path(
        "api/v1/notices/<int:notice_id>/answer/", portal.Answer.as_view(), name="api_notice_answer"
    ),
]
