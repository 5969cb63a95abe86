"""The part of the settings about mail that comes in (docs/inbound.md, docs/operating.md)."""

import os

from servicedesk import env

LISTEN_MAIL = env.mail_listener()  # protocol, host, port of `manage.py listen_mail`
MAIL_CA = os.environ.get("SERVICEDESK_MAIL_CA", "")  # trusted beside the system's, for IMAP
AUTHSERV_ID = os.environ.get("SERVICEDESK_AUTHSERV_ID", "")  # our relay's; "" trusts nobody
OAUTH_TOKEN_ADDRESSES = {
    "microsoft": "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
    "google": "https://oauth2.googleapis.com/token",
}
