"""The site's own settings, from the environment alone; passwords and static files are quick."""

from crcsite.settings import *  # noqa: F403
from crcsite.settings import STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
