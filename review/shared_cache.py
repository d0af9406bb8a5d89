"""Django's cache in Redis (``CACHE_URL``), as an empty one while Redis is away: a cache that is
lost costs time, not an answer."""

import logging
from time import monotonic

from django.core.cache.backends import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from redis.exceptions import RedisError

AWAY = 1.0  # seconds for which nobody asks again

logger = logging.getLogger("review.cache")


class RedisCache(redis.RedisCache):
    # The same for every instance: Django makes one for each thread and each name.
    _away_until = float("-inf")

    def get(self, key, default=None, version=None):
        return self._asked(super().get, default, key, default, version)

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        self._asked(super().set, None, key, value, timeout, version)

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        return self._asked(super().add, True, key, value, timeout, version)

    def incr(self, key, delta=1, version=None):
        found = self._asked(super().incr, None, key, delta, version)
        if found is None:
            raise ValueError(f"{key} is not in the cache.")
        return found

    def delete(self, key, version=None):
        return self._asked(super().delete, False, key, version)

    def _asked(self, method, otherwise, *args):
        if monotonic() < RedisCache._away_until:
            return otherwise
        try:
            return method(*args)
        except (RedisError, OSError) as error:
            RedisCache._away_until = monotonic() + AWAY
            logger.error("The shared cache does not answer, nothing is kept: %s", error)
            return otherwise
