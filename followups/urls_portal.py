"""Addresses of a customer's portal that are about what went live, and how we did."""

from django.urls import path

from followups.views.portal import callbacks, feeds, news, notices, reports, shared_reports

app_name = "followups"
urlpatterns = [
    path("news/", news.news, name="news"),
    path("news/feed/<uuid:feed_id>/<token>.atom", feeds.feed, name="feed"),
    path("notices/<int:notice_id>/", notices.notice, name="notice"),
    path("notices/<int:notice_id>/<token>/", notices.notice_link, name="notice_link"),
    path("callbacks/", callbacks.callbacks, name="callbacks"),
    path("callbacks/<int:callback_id>/", callbacks.callback, name="callback"),
    path("callbacks/<int:callback_id>/<token>/", callbacks.callback_link, name="callback_link"),
    path("callbacks/<int:callback_id>/<token>/stop/", callbacks.stop_link, name="callback_stop"),
    path("reports/", reports.reports, name="reports"),
    path("reports/<str:month>/", reports.report, name="report"),
    path("reports/<str:month>/html/", reports.html, name="report_html"),
    path("reports/<str:month>/pdf/", reports.pdf, name="report_pdf"),
    path("reports/<str:month>/shares/", reports.shares, name="report_shares"),
    path(
        "reports/<str:month>/shares/<int:share_id>/revocation/",
        reports.revocation,
        name="report_share_revocation",
    ),
    path("shared/<int:share_id>/<token>/", shared_reports.shared_report, name="shared_report"),
    path("shared/<int:share_id>/<token>/pdf/", shared_reports.shared_pdf, name="shared_report_pdf"),
    path("me/feeds/", feeds.feeds, name="feeds"),
    path("me/feeds/<uuid:feed_id>/revocation/", feeds.revocation, name="feed_revocation"),
]
