"""Where a request comes from: what tries are counted under."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The IP address of whoever asks, as the outermost of our trusted proxies saw it.

    Each proxy adds whom it heard from at the right of X-Forwarded-For; what stands further left
    is whatever the visitor wrote. So with no trusted proxy the header says nothing, and a header
    too short or unreadable leaves the address that the connection has.
    """
    connected = str(request.META.get("REMOTE_ADDR", ""))
    trusted = settings.TRUSTED_PROXIES
    heard = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if trusted < 1 or len(heard) < trusted:
        return connected
    try:
        return str(ip_address(heard[-trusted].strip()))
    except ValueError:
        return connected
