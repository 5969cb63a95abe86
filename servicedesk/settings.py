"""Django's settings. What differs between machines comes from `servicedesk.env`."""

import os
from datetime import timedelta
from urllib.parse import unquote

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from servicedesk import env
from servicedesk.api_settings import *  # noqa: F403  it is a part of this file
from servicedesk.celery_settings import *  # noqa: F403  it is a part of this file
from servicedesk.look import UNFOLD as UNFOLD
from servicedesk.mail_settings import *  # noqa: F403  it is a part of this file
from servicedesk.operating import logs

BASE_DIR = env.BASE_DIR
VAR = env.VAR

_secrets = env.secrets()
_database = env.database()

SECRET_KEY = _secrets.django_key
SECRET_KEY_FALLBACKS = env.former_keys()
SEALING_KEY = env.given("SERVICEDESK_DESK_KEY") or ""  # the desk's, where ours is another
TENANT_SECRET = _secrets.tenant_secret
DESK_SECRET = _secrets.desk_secret
DEBUG = os.environ.get("SERVICEDESK_DEBUG") == "1"
DEMO = os.environ.get("SERVICEDESK_DEMO", "1") == "1"
PRINTS_PDF = os.environ.get("SERVICEDESK_PDF", "1") == "1"

# --- Hosts: the desk's and the admin's are settings, a customer's opens its portal, others get 404.
PORT = int(os.environ.get("PORT", "8000"))
BASE_DOMAIN = os.environ.get("SERVICEDESK_DOMAIN", "localhost")
SCHEME = os.environ.get("SERVICEDESK_SCHEME", "http")
DESK_HOST = f"desk.{BASE_DOMAIN}"
ADMIN_HOST = f"admin.{BASE_DOMAIN}"
PUBLIC_PORT = os.environ.get("SERVICEDESK_PUBLIC_PORT", str(PORT))
TRUSTED_PROXIES = int(os.environ.get("SERVICEDESK_PROXIES", "0"))  # in front of us, all ours
ALLOWED_HOSTS = ["*"]  # ZoneMiddleware answers 404 to every host it does not know, before any login

# --- Zones: the database login this process starts with (docs/architecture.md).
INSTALLATION = env.INSTALLATION
OWNER_ROLE = _database.owner
OWNER_PASSWORD = _database.owner_password
BASE_ZONE = os.environ.get("SERVICEDESK_ZONE", "owner")
ZONE_DRIVER = "servicedesk.zones.RealLogins"
RINGS_ASIDE = BASE_ZONE == "router"  # a web process: no page waits for the broker (desk.kick)
LOGIN_CONNECTIONS = 40  # of one customer's login, in all processes together
LOGIN_SETTINGS = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}
PARKED_LOGINS = 2  # customers' connections kept open in each thread
ORIGINAL_BACKEND = "django.db.backends.postgresql"

DATABASES = {
    "default": {
        "ENGINE": "servicedesk.database",
        "ZONE": BASE_ZONE,
        "HOST": _database.host,
        "PORT": _database.port,
        "NAME": _database.name,
        "USER": OWNER_ROLE,
        "PASSWORD": OWNER_PASSWORD,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "application_name": "servicedesk",
            "connect_timeout": 5,
            **dict(_database.options),
        },
    }
}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
TENANT_MODEL = "customers.Customer"
TENANT_DOMAIN_MODEL = "customers.Domain"
TENANT_LIMIT_SET_CALLS = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # staff addresses are unique without regard to case
    "templates.W003",  # our icons take the place of the library's tag, on purpose
    "security.W021",  # a browser's preload list is for the domain's owner to decide: no way back
]

SHARED_APPS = [
    "accounts.apps.AccountsConfig",
    "customers.apps.CustomersConfig",
    "desk.apps.DeskConfig",
    "product.apps.ProductConfig",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "servicedesk.apps.ConsoleConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "accounts.apps.StaffSessionsConfig",
]
TENANT_APPS = ["tickets.apps.TicketsConfig", "followups.apps.FollowupsConfig"]
INSTALLED_APPS = [
    *SHARED_APPS,
    *TENANT_APPS,
    "servicedesk.apps.HouseConfig",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "servicedesk.apps.ServedFilesConfig",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "servicedesk.operating.middleware.RequestMiddleware",
    "servicedesk.operating.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "servicedesk.operating.middleware.OperatorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "servicedesk.middleware.ZoneMiddleware",
    "csp.middleware.CSPMiddleware",
    "servicedesk.middleware.DoorSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "servicedesk.middleware.PersonMiddleware",
    "accounts.middleware.StaffMiddleware",
    "servicedesk.middleware.CustomerMiddleware",
    "servicedesk.middleware.PreferencesMiddleware",
    "tickets.middleware.ViewingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "servicedesk.middleware.PrivatePagesMiddleware",
]
ROOT_URLCONF = "servicedesk.urls_desk"
PORTAL_URLCONF = "servicedesk.urls_portal"
ADMIN_URLCONF = "servicedesk.urls_admin"
WSGI_APPLICATION = "servicedesk.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "libraries": {"kit": "servicedesk.kit", "lucide": "servicedesk.icons"},
            "builtins": ["django_cotton.templatetags.cotton"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "servicedesk.middleware.person",
                "followups.context.news",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
COTTON_DIR = "cotton"
COTTON_ISOLATE_BY_DEFAULT = True  # a component sees its own properties and the processors' words

# --- People: staff by password (allauth), customers' people by a one-time code (tickets).
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "accounts.adapter.StaffAdapter"
ACCOUNT_RATE_LIMITS = False  # counted in PostgreSQL by the adapter: holds when Valkey is gone
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "accounts.mfa_adapter.SecondStepAdapter"
REQUIRE_TOTP = env.roles_with_a_second_step()  # names of accounts.policy.Role
QUESTIONS_PER_HOUR = int(os.environ.get("SERVICEDESK_QUESTIONS_PER_HOUR", "2000"))
FIGURES_PRODUCTIVE_HOURS = float(os.environ.get("SERVICEDESK_PRODUCTIVE_HOURS", "6"))
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SIGN_IN_CODE_LIFE = timedelta(minutes=10)
CONTACT_SESSION_LIFE = timedelta(days=60)

SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
CSRF_FAILURE_VIEW = "servicedesk.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- What a browser may do: nothing that is not ours.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES > 0 else None
SECURE_HSTS_SECONDS = 31_536_000 if SCHEME == "https" else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SCHEME == "https"
SECURE_SSL_REDIRECT = SCHEME == "https"
SECURE_REDIRECT_EXEMPT = [r"^healthz/", r"^metrics$"]  # asked from inside, past the proxy
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- Languages and times: stored in UTC, shown in the reader's zone and language.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["servicedesk.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = False  # ids stand in templates too; figures use |intcomma

# --- Files.
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR / "media"
ACCEL_PREFIX = os.environ.get("SERVICEDESK_ACCEL_PREFIX", "")  # the proxy hands files out
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "servicedesk.static_storage.HashedStorage"
    },
    "backups": {
        "BACKEND": "customers.store.BackupFolder",
        "OPTIONS": {"location": os.environ.get("SERVICEDESK_BACKUPS") or VAR / "backups"},
    },
}

# --- Mail: to a mailbox page in the demo, to a mail server when one is named.
MAILBOX_ROOT = VAR / "mail"
MAIL_DOMAIN = env.mail_domain(BASE_DOMAIN)
REOPEN_DAYS = int(os.environ.get("SERVICEDESK_REOPEN_DAYS", "14"))  # a mail opens a resolved ticket
VENDOR_NAME = os.environ.get("SERVICEDESK_VENDOR", "Servicedesk")
_smtp = env.mail_server()
if _smtp.hostname:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _smtp.hostname, _smtp.port or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = (
        unquote(_smtp.username or ""),
        unquote(_smtp.password or ""),
    )
    EMAIL_USE_TLS = _smtp.scheme == "smtp+tls"
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "desk.mailbox.MailboxBackend"

# --- Celery: rings the bell for rows, never holds work itself. No result backend, no long ETA.
BROKER_URL = env.broker() or "redis://127.0.0.1:1/0"
CELERY_BROKER_URL = BROKER_URL

# --- For whoever runs this (docs/operating.md).
LOGGING = logs.configuration()
METRICS_FROM = os.environ.get("SERVICEDESK_METRICS_FROM", "").split()  # networks; none: nobody
