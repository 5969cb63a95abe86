"""Addresses of the workspace that are about no single customer."""

from django.urls import path

from desk.views import bells, customers, mailbox, me, queue

app_name = "desk"

urlpatterns = [
    path("", queue.queue, name="queue"),
    path("queue/rows/", queue.rows, name="rows"),
    path("customers/", customers.customers, name="customers"),
    path("bells/", bells.bells, name="bells"),
    path("bells/clear/", bells.clear_all, name="clear_bells"),
    path("bells/<int:bell_id>/clear/", bells.clear_one, name="clear_bell"),
    path("me/", me.me, name="me"),
    path("mail/", mailbox.mails, name="mails"),
    path("mail/<slug:name>/", mailbox.mail, name="mail"),
    path("mail/<slug:name>/html/", mailbox.mail_html, name="mail_html"),
]
