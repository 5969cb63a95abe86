"""Addresses of a customer's portal that are about what went live, and how we did."""

from django.urls import path

from followups.views.portal import callbacks, feeds, news, notices

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
    path("me/feeds/", feeds.feeds, name="feeds"),
    path("me/feeds/<uuid:feed_id>/revocation/", feeds.revocation, name="feed_revocation"),
]
