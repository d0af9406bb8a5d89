"""Settings of crcsite, read from the environment only. Safe unless DEBUG=1 says otherwise."""

from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))  # whatever the site itself writes

# -- What the operator decides -------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)

# Demonstration mode: `import_content --sign` may sign with the demonstration advisors.
DEMO = env.bool("DEMO", False)

SECRET_KEY = env.str("SECRET_KEY", "")
SAMPLE_SECRET_KEYS = ("", "changeme", "change-me", "secret", "insecure-development-key")
if SECRET_KEY in SAMPLE_SECRET_KEYS or SECRET_KEY.startswith("django-insecure"):
    if not DEBUG:
        # Not ImproperlyConfigured: the operator gets this sentence, not a traceback.
        raise SystemExit(
            "Set SECRET_KEY in the environment to a long random text of your own: it is empty "
            "or a sample, and crcsite starts without one only with DEBUG=1."
        )
    SECRET_KEY = "insecure-development-key"  # noqa: S105

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# HTTPS=0 is for a machine that only serves itself, as `make run` does.
HTTPS = env.bool("HTTPS", not DEBUG)

DATABASES = {"default": env.db("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file for tests as well: an in-memory database cannot show two writers at once.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    VAR_DIR.mkdir(exist_ok=True)

# A streaming replica of a PostgreSQL primary, from which readers' pages are read (docs/scale.md).
if env.str("REPLICA_URL", ""):
    # Its connections stay open: that the database may be away is looked at before each request.
    stays = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    DATABASES["replica"] = {**stays, **env.db("REPLICA_URL"), "TEST": {"MIRROR": "default"}}
    DATABASE_ROUTERS = ["review.replica.Router"]
for database in DATABASES.values():
    if database["ENGINE"].endswith("postgresql"):  # nobody waits longer for one that is away
        database["OPTIONS"] = {"connect_timeout": 2, **database.get("OPTIONS", {})}

# Where answers are kept: in each process, or shared by CACHE_URL=redis://host/0. Nothing is lost
# with it.
CACHES = {
    name: {
        **env.cache_url("CACHE_URL", f"locmemcache://{name}?max_entries=1000"),
        "KEY_PREFIX": name,
    }
    for name in ("default", "pages")
}
for cache in CACHES.values():
    if cache["BACKEND"].endswith("RedisCache"):
        cache["BACKEND"] = "review.shared_cache.RedisCache"
        waits = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}  # seconds
        cache["OPTIONS"] = {**waits, **cache.get("OPTIONS", {})}
# Pages as they were drawn: derived, of this machine, made by itself, may be deleted at any time.
CACHES["drawn"] = {
    "BACKEND": "review.file_cache.FileCache",
    "LOCATION": str(VAR_DIR / "drawn"),
    "OPTIONS": {"MAX_ENTRIES": 20_000},
}
if DEBUG:  # whoever works at a template sees what she does
    for name in ("pages", "drawn"):
        CACHES[name] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}

# How long a signature holds before the text must be read again.
REVIEW_MONTHS = env.int("REVIEW_MONTHS", 12)
VOLATILE_REVIEW_MONTHS = env.int("VOLATILE_REVIEW_MONTHS", 6)  # numbers, telephone numbers

# Days after which a text whose review is overdue is no longer shown; empty: it stays, and says so.
OVERDUE_GRACE_DAYS = env.int("OVERDUE_GRACE_DAYS", None)

# Whether a translation needs the signature of a second person who reads the language.
LINGUISTIC_SIGNATURE = env.bool("LINGUISTIC_SIGNATURE", False)
# The class of a machine that drafts translations (``review.machine.Engine``); none by default.
TRANSLATION_ENGINE = env.str("TRANSLATION_ENGINE", "")

# Whether Crossref, PubMed and Europe PMC may be asked about sources and what is new
# (``manage.py check_sources``, ``manage.py watch_evidence``), and where.
SOURCE_NETWORK = env.bool("SOURCE_NETWORK", False)
CROSSREF_URL = env.str("CROSSREF_URL", "https://api.crossref.org")
EUROPEPMC_URL = env.str("EUROPEPMC_URL", "https://www.ebi.ac.uk/europepmc/webservices/rest")
PUBMED_URL = env.str("PUBMED_URL", "https://eutils.ncbi.nlm.nih.gov/entrez/eutils")
SOURCE_PAUSE = env.float("SOURCE_PAUSE", 0.4)  # seconds before each question to PubMed

# The licence of the texts, for machines; the page "licence" says it to readers.
LICENCE_NAME = env.str("LICENCE_NAME", "CC BY 4.0")
LICENCE_URL = env.str("LICENCE_URL", "https://creativecommons.org/licenses/by/4.0/")

# Where to tell of a weakness (mailto: or https:), and until when that holds: RFC 9116.
SECURITY_CONTACT = env.list("SECURITY_CONTACT", default=[])
SECURITY_EXPIRES = env.str("SECURITY_EXPIRES", "")

# -- Mail and tasks ------------------------------------------------------------------------------

SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000")  # what links in mails begin with
vars().update(env.email_url("EMAIL_URL", "consolemail://" if DEBUG else "smtp://localhost:25"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "crcsite@localhost")
EMAIL_TIMEOUT = 5

# Whether `manage.py db_worker` runs the tasks; otherwise they run where they arise.
TASK_WORKER = env.bool("TASK_WORKER", False)
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend"
        if TASK_WORKER
        else "django_tasks.backends.immediate.ImmediateBackend"
    }
}

# -- Running it (docs/deploy/running.md) ----------------------------------------------------------

# Ed25519, PKCS #8, DER, base64: `openssl genpkey -algorithm ed25519 -outform DER | base64 -w0`.
LEDGER_KEY = env.str("LEDGER_KEY", "")
LEDGER_OLD_KEYS = env.list("LEDGER_OLD_KEYS", default=[])  # public keys that signed before
# Where signed heads go, outside the database: a file, addresses, or both.
LEDGER_HEADS = env.str("LEDGER_HEADS", "")
LEDGER_MAIL = env.list("LEDGER_MAIL", default=[])

BAKED_ROOT = env.str("BAKED_ROOT", "")  # where `bake` writes, for `verify`; empty: nothing is baked
BACKUP_RECIPIENTS = env.list("BACKUP_RECIPIENTS", default=[])  # age public keys; empty: plain
METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # what Prometheus shows at /metrics; empty: no metrics

DJANGO_GUID = {"GUID_HEADER_NAME": "X-Request-ID", "RETURN_HEADER": False, "UUID_LENGTH": 32}

# -- Languages -----------------------------------------------------------------------------------

# To add one: a line here, `manage.py makemigrations`, `manage.py migrate` (docs/languages.md).
LANGUAGES = [
    ("en", "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("ar", "العربية"),
    ("zh-hans", "简体中文"),
]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "crcsite.formats"
USE_TZ = True
TIME_ZONE = "UTC"

MODELTRANSLATION_DEFAULT_LANGUAGE = LANGUAGE_CODE
MODELTRANSLATION_FALLBACK_LANGUAGES = (LANGUAGE_CODE,)
MODELTRANSLATION_AUTO_POPULATE = False

# -- Applications --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "modeltranslation",
    "running",
    "reading",
    "faq",
    "topics",
    "glossary",
    "evidence",
    "review",
    "markdownx",
    "csp",
    "django_guid",
    "review.desk.apps.DeskConfig",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_otp_webauthn",
    "axes",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]
if TASK_WORKER:
    INSTALLED_APPS += ["django_tasks", "django_tasks_db"]

MIDDLEWARE = [
    "django_guid.middleware.guid_middleware",
    "running.watching.Watched",
    "review.replica.ReplicaReads",
    "review.addresses.OwnAddress",
    "review.kept.KeptPages",
    "django.middleware.security.SecurityMiddleware",
    "crcsite.headers.Headers",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "reading.cookies.SessionMiddleware",
    "reading.cookies.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "crcsite.urls"
WSGI_APPLICATION = "crcsite.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

MARKDOWNX_MARKDOWNIFY_FUNCTION = "review.rendering.preview"

# -- Signing in ----------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"] + [
    f"django.contrib.auth.hashers.{name}"  # of older accounts, hashed anew at the next sign-in
    for name in ("PBKDF2PasswordHasher", "ScryptPasswordHasher")
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
] + [{"NAME": "review.passwords.ContextValidator"}]
PASSWORD_RESET_TIMEOUT = 3600

# Whoever may sign or administer needs a second factor; the demonstration goes straight in.
SECOND_FACTOR_REQUIRED = not DEMO
OTP_WEBAUTHN_RP_NAME = "crcsite"
OTP_WEBAUTHN_RP_ID = urlsplit(SITE_URL).hostname or "localhost"
# Browsers know passkeys only of a name, and over HTTPS, their own machine apart.
OTP_WEBAUTHN_ALLOWED_ORIGINS = [
    SITE_URL.rstrip("/")
    if SITE_URL.startswith(("https://", "http://localhost"))
    else f"https://{OTP_WEBAUTHN_RP_ID}"
]
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# So many wrong passwords close an account, or an address, for so long (docs/security.md).
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "review.limits.address"
AXES_LOCKOUT_CALLABLE = "review.desk.signing_in.locked_out"
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True  # no more is kept of people than the lock needs
AXES_VERBOSE = False

SESSION_ENGINE = "review.sessions"
SESSION_COOKIE_AGE = 12 * 3600  # seconds without a click; review.sessions.LONGEST ends the rest
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrftoken"

# -- Files ---------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
SHARE_ROOT = VAR_DIR / "share"  # pictures for sharing; may be deleted at any time
# Search indexes, of this machine alone; may be deleted at any time.
SEARCH_ROOT = Path(env.str("SEARCH_ROOT", str(VAR_DIR / "search")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Buckets of S3-compatible storage for the editors' pictures and for `bake --upload`; the server is
# S3_ENDPOINT, if it is not Amazon's. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are read as well.
BUCKETS = {"default": env.str("UPLOADS_BUCKET", ""), "baked": env.str("BAKED_BUCKET", "")}
for use, bucket in BUCKETS.items():
    if bucket and not find_spec("storages"):
        raise SystemExit("UPLOADS_BUCKET and BAKED_BUCKET need requirements-s3.txt: install it.")
    if bucket:
        STORAGES[use] = {
            "BACKEND": "review.buckets.Bucket",
            "OPTIONS": {
                "bucket_name": bucket,
                "endpoint_url": env.str("S3_ENDPOINT", "") or None,
                "region_name": env.str("S3_REGION", "us-east-1"),
            },
        }

# -- Safety --------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # monitors on this machine ask without TLS
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# Logs tell nothing about a person (running/logs.py). LOG_JSON=0 for whoever reads along.
LOG_JSON = env.bool("LOG_JSON", not DEBUG)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "running.logs.Formatter"}},
    "filters": {"request": {"()": "django_guid.log_filters.CorrelationId"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request"],
            **({"formatter": "json"} if LOG_JSON else {}),
        }
    },
    "loggers": {name: {"handlers": ["console"], "level": "INFO"} for name in ("review", "reading")},
}
if LOG_JSON:
    LOGGING["root"] = {"handlers": ["console"], "level": "WARNING"}
    LOGGING["loggers"] = {name: {"level": "INFO"} for name in ("review", "reading", "running")}
    LOGGING["loggers"]["django"] = {"handlers": [], "level": "WARNING", "propagate": True}
    LOGGING["loggers"]["django.server"] = {"handlers": [], "level": "WARNING", "propagate": True}
    LOGGING["loggers"]["django_guid"] = {"level": "WARNING"}
