"""The addresses of a customer's portal."""

from django.urls import path, re_path

from tickets.views.portal import brand, files, signing_in, tickets, tokens, viewings, wishes

app_name = "portal"
urlpatterns = [
    path("", tickets.tickets, name="tickets"),
    path("tickets/new/", tickets.new, name="new"),
    path("tickets/<int:number>/", tickets.ticket, name="ticket"),
    path("tickets/<int:number>/messages/", tickets.messages_of, name="messages"),
    path("tickets/<int:number>/confirmation/", tickets.confirmation, name="confirmation"),
    path("tickets/<int:number>/withdrawal/", tickets.withdrawal, name="withdrawal"),
    re_path("^files/(?P<name>[0-9a-f]{32})/$", files.file, name="file"),
    path("me/", wishes.me, name="me"),
    path("me/news/", wishes.news, name="wishes_news"),
    path("me/tokens/", tokens.tokens, name="tokens"),
    path("me/tokens/<int:token_id>/revocation/", tokens.revocation, name="token_revocation"),
    path("sign-in/", signing_in.sign_in, name="sign_in"),
    path("sign-in/code/", signing_in.code, name="code"),
    path("sign-out/", signing_in.sign_out, name="sign_out"),
    path("viewing/", viewings.arrive, name="viewing"),
    path("viewing/ending/", viewings.leave, name="viewing_left"),
    path("viewings/", viewings.viewings, name="viewings"),
    path("viewings/<uuid:viewing_id>/ending/", viewings.ending, name="viewing_ended"),
    path("brand.css", brand.brand, name="brand"),
]
