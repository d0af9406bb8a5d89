"""The site's settings with LANGUAGE_COUNT languages, in a database made without migrations."""

import os

from django.conf.locale import LANG_INFO

from crcsite.settings import *  # noqa: F403
from crcsite.settings import LANGUAGES as OUR_LANGUAGES

_named = {code: info["name_local"] for code, info in LANG_INFO.items() if "name_local" in info}
LANGUAGES = list({**dict(OUR_LANGUAGES), **_named}.items())[: int(os.environ["LANGUAGE_COUNT"])]

MIGRATION_MODULES = dict.fromkeys(
    ("reading", "faq", "topics", "glossary", "evidence", "review"), None
)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
