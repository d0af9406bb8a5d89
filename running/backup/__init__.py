"""The whole site as one file, and back again from it.

A backup is one line that says what it is and the SHA-256 of everything after it; after it a tar
archive, compressed by gzip, encrypted by age if there is a recipient. So it can be opened without
us: ``tail -n +2 FILE | age -d -i KEY | tar xz`` (docs/deploy/backup.md).

``container``: that file. ``databases``: each kind of database into a file and back. ``making`` and
``restoring``: the two ways.
"""


class NotPossible(Exception):
    """A backup that cannot be made or restored; the message says why and what to do."""
