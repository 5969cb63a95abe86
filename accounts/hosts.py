"""Where our hosts are, as a browser writes it: the one place that knows scheme and port."""

from __future__ import annotations

from django.conf import settings

_USUAL_PORTS = {"http": "80", "https": "443"}


def desk_origin() -> str:
    """The desk's origin: ``http://desk.localhost:8000``, without a port where it is the usual."""
    return origin_of(settings.DESK_HOST)


def admin_origin() -> str:
    """The admin's."""
    return origin_of(settings.ADMIN_HOST)


def origin_of(host: str) -> str:
    """The origin of any host that this installation serves."""
    port = settings.PUBLIC_PORT
    is_usual = port in ("", _USUAL_PORTS.get(settings.SCHEME))
    return f"{settings.SCHEME}://{host}{'' if is_usual else f':{port}'}"
