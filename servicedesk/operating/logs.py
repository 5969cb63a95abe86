"""Lines in the log: readable in a terminal, JSON for programs. One event is one line.

Nobody who asks can make a line of his own (what they send is escaped), and no secret of the
installation is ever in one (whatever a message holds of them is blotted out).
"""

from __future__ import annotations

import json
import logging
import os
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from servicedesk import env

_MORE = ("status", "ms", "outcome")
"""What a line may say beyond its message, given as `extra`."""
_BLOT = "***"
_PASSWORD_LINK = re.compile(r"(/password/)[^\s?\"'<>]+")
"""The address of a link to set a password: whoever reads it may set it."""
_MOST_OF_A_TRACEBACK = 4000  # characters, from each end
_SHORTEST_SECRET = 8  # characters; shorter ones would blot out words


def is_json() -> bool:
    """Whether programs read the log: SERVICEDESK_LOG=json, as in containers."""
    return os.environ.get("SERVICEDESK_LOG", "lines") == "json"


def configuration() -> dict[str, Any]:
    """The setup of `logging` for all processes: web, worker, beat and commands."""
    lines = JsonLines if is_json() else PlainLines
    logging.captureWarnings(is_json())  # Python's warnings are lines like all others
    ours = {"handlers": ["console"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": lines}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "celery": {"level": os.environ.get("SERVICEDESK_CELERY_LOG", "WARNING")},
            "kombu": {"level": "ERROR"},
            # In a terminal gunicorn says who asked; a sweep each second says nothing.
            "servicedesk.access": {"level": "INFO" if is_json() else "ERROR"},
            "servicedesk.task": {"level": "INFO" if is_json() else "ERROR"},
            **({"gunicorn.error": ours | {"level": "INFO"}} if is_json() else {}),
        },
    }


class PlainLines(logging.Formatter):
    """`I desk.kick: …`, for people at a terminal. What a visitor sent cannot begin a new line."""

    def __init__(self) -> None:
        super().__init__("{levelname:.1} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        """The line without its traceback."""
        record.message = blotted(record.message.replace("\r", "\\r").replace("\n", "\\n"))
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802  logging's name
        """The traceback, without secrets."""
        return blotted(super().formatException(ei))


class JsonLines(logging.Formatter):
    """One object a line: time (UTC), level, logger, message, and for whom it happened."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; control characters come out escaped, so it is always one."""
        from servicedesk.operating import tracing  # not before Django's settings, which need us

        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": blotted(record.getMessage()),
            **tracing.facts(tracing.current()),
        }
        if "path" in said:
            said["path"] = blotted(said["path"])
        said |= {name: vars(record)[name] for name in _MORE if name in vars(record)}
        if record.exc_info:
            said["error"] = _shortened(blotted(self.formatException(record.exc_info)))
        return json.dumps(said, default=str)


def _shortened(text: str) -> str:
    """A traceback's beginning and end: what broke first, and what came out of it."""
    if len(text) <= 2 * _MOST_OF_A_TRACEBACK:
        return text
    return f"{text[:_MOST_OF_A_TRACEBACK]}\n…\n{text[-_MOST_OF_A_TRACEBACK:]}"


def blotted(text: str) -> str:
    """The text without this installation's secrets and links that set a password."""
    text = _PASSWORD_LINK.sub(rf"\1{_BLOT}", text)
    for secret in _secrets():
        if secret in text:
            text = text.replace(secret, _BLOT)
    return text


_known: list[str] = []


def _secrets() -> list[str]:
    if not _known:
        given = [*vars(env.secrets()).values(), env.database().owner_password, *env.former_keys()]
        addresses = (urlsplit(env.broker() or ""), env.mail_server())
        passwords = [address.password or "" for address in addresses]
        given += [*passwords, *map(unquote, passwords)]
        _known.extend({secret for secret in given if len(secret) >= _SHORTEST_SECRET})
    return _known
