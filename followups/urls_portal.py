"""Addresses of a customer's portal that are about what went live."""

from django.urls import path

from followups.views.portal import feeds, news, notices

app_name = "followups"
urlpatterns = [
    path("news/", news.news, name="news"),
    path("news/feed/<uuid:feed_id>/<token>.atom", feeds.feed, name="feed"),
    path("notices/<int:notice_id>/", notices.notice, name="notice"),
    path("notices/<int:notice_id>/<token>/", notices.notice_link, name="notice_link"),
    path("me/feeds/", feeds.feeds, name="feeds"),
    path("me/feeds/<uuid:feed_id>/revocation/", feeds.revocation, name="feed_revocation"),
]
