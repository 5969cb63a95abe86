"""Addresses of a portal's API that are about follow-ups, callbacks and reports."""

from django.urls import path

from followups.api import callbacks, portal, reports

urlpatterns = [
    path("api/v1/notices/", portal.Notices.as_view(), name="api_notices"),
    path(
        "api/v1/notices/<int:notice_id>/answer/", portal.Answer.as_view(), name="api_notice_answer"
    ),
    path("api/v1/reports/", reports.Reports.as_view(), name="api_reports"),
    path("api/v1/reports/<str:month>/", reports.Report.as_view(), name="api_report"),
    path("api/v1/callbacks/", callbacks.Callbacks.as_view(), name="api_callbacks"),
    path(
        "api/v1/callbacks/<int:callback_id>/answer/",
        callbacks.Rating.as_view(),
        name="api_callback_answer",
    ),
]
