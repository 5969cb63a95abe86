"""The demo's mailbox: what was mailed, to whom, how it looks. Open to strangers, and says so:

whoever tries the demo must read a sign-in code before they can sign in anywhere.
"""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from desk import mailbox, places
from desk.mailbox import Mail

A_PAGE = 50
HTML_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self';"
    " base-uri 'none'; form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""What the HTML of a mail may do: look as it was sent, and open its links beside this page."""


@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """All mails, newest first; ``?to=`` those to a recipient."""
    _only_in_a_demo()
    recipient = request.GET.get("to", "").strip()
    names = mailbox.names_to(recipient) if recipient else mailbox.names()
    page = Paginator(names, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "desk/mailbox.html",
        {
            "page": page,
            "mails": mailbox.listed(list(page.object_list)),
            "recipient": recipient,
            "new_letter": places.NEW_LETTER,
        },
    )


@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: its headers, its text, and its HTML in a frame that may do nothing."""
    shown = {"mail": _mail(name), "answer": places.answer_letter(name)}
    return render(request, "desk/mailbox_mail.html", shown)


@require_safe
@xframe_options_sameorigin
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part as it was sent, under a policy of its own."""
    found = _mail(name)
    if not found.html:
        raise Http404("the mail has no HTML part")
    return HttpResponse(found.html, headers={"Content-Security-Policy": HTML_POLICY})


def _mail(name: str) -> Mail:
    _only_in_a_demo()
    found = mailbox.read(name)
    if found is None:
        raise Http404("no such mail")
    return found


def _only_in_a_demo() -> None:
    if not mailbox.is_open():
        raise Http404("there is no mailbox here")
