"""Addresses of service reports at the desk."""

from django.urls import URLPattern, URLResolver, path

from followups.views.desk import publishing, reports

_REPORT = "at/<slug:at>/reports/<str:month>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("reports/", reports.reports, name="desk_reports"),
    path("at/<slug:at>/reports/brand.css", publishing.brand, name="desk_report_brand"),
    path(_REPORT, reports.report, name="desk_report"),
    path(f"{_REPORT}draft/", reports.drafting, name="desk_report_draft"),
    path(f"{_REPORT}counting/", reports.counting, name="desk_report_counting"),
    path(f"{_REPORT}review/", reports.review, name="desk_report_review"),
    path(f"{_REPORT}preview/", publishing.preview, name="desk_report_preview"),
    path(f"{_REPORT}pdf/", publishing.pdf, name="desk_report_pdf"),
    path(f"{_REPORT}publication/", publishing.publication, name="desk_report_publication"),
]
