"""The way back: into an empty place, and not before everything was found to fit."""

import io
import json
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from review import archive, clock, heads, verification

from . import NotPossible, container, databases
from .making import MANIFEST, MEDIA, files_of

SHOWN = 3  # things that do not fit, of many


def restore(path, key_file=None):
    """Returns the manifest, and what heads that were signed later tell of lines that it lacks.
    Raises NotPossible, and then nothing has been written."""
    database, media = databases.ours(), Path(settings.MEDIA_ROOT)
    database.check_empty()
    if media.exists() and any(media.iterdir()):
        raise NotPossible(
            f"{media} is not empty. Restore into an empty place only: set VAR_DIR to another "
            "folder, or move this one away."
        )
    roomy = settings.VAR_DIR if Path(settings.VAR_DIR).is_dir() else None
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=roomy) as place:
        folder = Path(place, "backup")
        folder.mkdir()
        container.unseal(path, folder, key_file)
        manifest = _checked(folder, database)
        with database.restored(folder):
            _check_database(manifest)
            # Nobody who was signed out since is signed in again.
            Session.objects.all().delete()
            _put_media(folder / MEDIA, media)
    clock.forget()
    return manifest, list(heads.problems())


def _checked(folder, database):
    """The manifest of a folder that is just what it says, and that this version can read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        told = {name: tuple(each) for name, each in manifest["files"].items()}
        vendor, migrations, line, head = (
            manifest[name] for name in ("database", "migrations", "line", "head")
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise NotPossible("The backup lacks its manifest, or the manifest is damaged.") from None
    found = dict(files_of(folder))
    wrong = sorted(n for n in {*told, *found} if told.get(n) != found.get(n))
    if wrong:
        raise NotPossible(f"Files of the backup are not as they were: {', '.join(wrong[:SHOWN])}.")
    if vendor != connection.vendor:
        raise NotPossible(
            f"This backup is of a {vendor} database, and DATABASE_URL names a {connection.vendor} "
            f"one: set it to an empty {vendor} database."
        )
    _check_version(set(migrations))
    with open(folder / "ledger.jsonl", "rb") as file:
        try:
            sound = archive.check(file, head)
        except archive.Unsound as error:
            raise NotPossible(f"The ledger in this backup does not hold: {error}") from None
    if sound.number != line or sound.digest != head:
        raise NotPossible("The ledger in this backup is not the one that its manifest names.")
    return manifest


def _check_version(theirs):
    ours = {".".join(name) for name in MigrationLoader(None).disk_migrations}
    replaced = theirs - ours, ours - theirs
    for which, word in zip(replaced, ("newer", "older"), strict=True):
        if which:
            raise NotPossible(
                f"This backup was made by {word} code ({min(which)} tells them apart): install "
                "that version, restore with it, and then move to the present one "
                "(docs/deploy/upgrades.md)."
            )


def _check_database(manifest):
    """What was restored is what the manifest names, and everything in it fits."""
    try:
        last = archive.head()
        found = io.StringIO()
        if last is None or (last.number, last.digest) != (manifest["line"], manifest["head"]):
            found.write("its ledger has another head; ")
        for number, problem in enumerate(verification.problems(signed_heads=False)):
            if number < SHOWN:
                found.write(f"{problem}; ")
    except DatabaseError as error:
        raise NotPossible(
            f"The database in this backup cannot be read: {type(error).__name__}."
        ) from None
    if found.getvalue():
        raise NotPossible(
            f"The database in this backup does not fit: {found.getvalue().removesuffix('; ')}."
        )


def _put_media(source, target):
    """Pictures into their place, at once."""
    if not source.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.rmdir()  # it is empty
    beside = target.with_name(f".{target.name}.restoring")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        shutil.copytree(source, beside)
        beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
