"""Django's cache in files, for many: whether there are too many is asked now and then, not at each
file that is written, since all of them are listed for it."""

import random

from django.core.cache.backends import filebased

OFTEN = 0.005  # of the writes


class FileCache(filebased.FileBasedCache):
    def _cull(self):
        if random.random() < OFTEN:  # noqa: S311  (no secret)
            super()._cull()
