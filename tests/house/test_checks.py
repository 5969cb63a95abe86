"""Settings that contradict each other are told before anything starts with them."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.checks import run_checks

from desk import mailbox
from servicedesk import env
from servicedesk.checks import TAG

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize(
    ("demo", "backend", "scheme", "proxies", "ids"),
    [
        (True, mailbox.BACKEND, "http", 0, []),
        (False, SMTP, "https", 1, []),
        (False, mailbox.BACKEND, "https", 1, ["servicedesk.E001"]),
        (True, mailbox.BACKEND, "https", 1, ["servicedesk.E002"]),
        (True, SMTP, "https", 1, ["servicedesk.E002"]),
        (False, SMTP, "https", 0, ["servicedesk.E003"]),
    ],
)
def test_what_would_lose_or_publish_mails_or_run_in_circles_is_an_error(
    demo: bool, backend: str, scheme: str, proxies: int, ids: list[str], settings: Any
) -> None:
    settings.DEMO, settings.EMAIL_BACKEND, settings.SCHEME = demo, backend, scheme
    settings.TRUSTED_PROXIES = proxies

    assert [problem.id for problem in run_checks(tags=[TAG])] == ids


def test_the_web_process_does_not_start_with_them() -> None:
    environ = os.environ | {"SERVICEDESK_DEMO": "0", "SERVICEDESK_SMTP_URL": ""}
    command = [sys.executable, "-c", "import servicedesk.wsgi"]
    ended = subprocess.run(command, cwd=env.BASE_DIR, env=environ, capture_output=True, text=True)

    assert ended.returncode == 1
    assert "Set SERVICEDESK_SMTP_URL" in ended.stderr
    assert "Traceback" not in ended.stderr
