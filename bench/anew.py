"""The site's settings with nothing kept between requests: what drawing a page costs."""

from crcsite.settings import *  # noqa: F403

for _name in ("pages", "drawn"):
    CACHES[_name] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}  # noqa: F405
