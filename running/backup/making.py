"""The way into a backup: everything as of one moment, while people go on writing."""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from review import archive
from review.exporting import export_directory
from review.models import SignOff

from . import NotPossible, container, databases

MANIFEST = "manifest.json"
MEDIA = "media"


def make(target):
    """Write the backup; returns its manifest and SHA-256. Raises NotPossible or OSError."""
    target = Path(target)
    if target.exists():
        raise NotPossible(f"{target} is there already: name a new file.")
    to = container.recipients(settings.BACKUP_RECIPIENTS)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as place:
        folder = Path(place, "backup")
        folder.mkdir()
        manifest = _gather(folder)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        digest = container.seal(folder, target, to)
    return manifest, digest


def _gather(folder):
    database = databases.ours()
    with database.moment() as snapshot:
        database.dump(snapshot, folder)
        with open(folder / "ledger.jsonl", "x", encoding="utf-8", newline="\n") as file:
            head = archive.write(file)
        if head is None:
            raise NotPossible("There is no ledger yet: run manage.py migrate first.")
        export_directory(folder / "content")
        migrations, sign_offs = applied(), SignOff.objects.count()
    # After the moment: a picture that a text of that moment shows is there, and never changes.
    if Path(settings.MEDIA_ROOT).exists():
        shutil.copytree(settings.MEDIA_ROOT, folder / MEDIA)
    for signed in filter(None, [settings.LEDGER_HEADS]):
        if Path(signed).exists():
            shutil.copyfile(signed, folder / "heads.jsonl")
    return {
        "site": settings.SITE_URL,
        "made": timezone.now().isoformat(timespec="seconds"),
        "database": connection.vendor,
        "line": head.number,
        "head": head.digest,
        "sign_offs": sign_offs,
        "migrations": migrations,
        "files": {name: list(told) for name, told in files_of(folder)},
    }


def applied():
    """Every migration that the database has: its version."""
    return sorted(".".join(name) for name in MigrationRecorder(connection).applied_migrations())


def files_of(folder):
    """(path, (size, SHA-256)) of everything in a folder but its manifest."""
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = path.relative_to(folder).as_posix()
        if name != MANIFEST:
            with path.open("rb") as file:
                yield name, (path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
