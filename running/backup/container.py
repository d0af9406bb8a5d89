"""The file of a backup: its first line, and what follows it, sealed and opened."""

import hashlib
import os
import re
import shutil
import tarfile
from contextlib import contextmanager
from pathlib import Path

import pyrage

from . import NotPossible

FORMAT = 1
_LINE = "crcsite-backup {format} {how:5} {digest}\n"
_SHAPE = re.compile(rb"crcsite-backup ([0-9]{1,4}) (age  |plain) ([0-9a-f]{64})\n")
LENGTH = len(_LINE.format(format=FORMAT, how="age", digest="0" * 64))
CHUNK = 1024 * 1024


def recipients(texts):
    try:
        return [pyrage.x25519.Recipient.from_str(text.strip()) for text in texts]
    except pyrage.RecipientError:
        raise NotPossible(
            "BACKUP_RECIPIENTS is not a list of age's public keys (age1…); `manage.py backup "
            "--new-key FILE` makes a key and prints its public half."
        ) from None


def new_key():
    """(the secret key, its public half)"""
    key = pyrage.x25519.Identity.generate()
    return str(key), str(key.to_public())


def seal(folder, target, to):
    """Everything in a folder becomes the file ``target``, which appears at once and whole."""
    target = Path(target)
    begun = target.with_name(f".{target.name}.part")
    packed = folder.with_suffix(".tar.gz")
    try:
        with tarfile.open(packed, "w:gz", compresslevel=6) as tar:
            for path in sorted(each for each in folder.rglob("*") if each.is_file()):
                tar.add(path, path.relative_to(folder).as_posix(), filter=_nobody)
        with _private(begun) as file, packed.open("rb") as body:
            file.write(b"\0" * LENGTH)
            if to:
                pyrage.encrypt_io(body, file, to)
            else:
                shutil.copyfileobj(body, file, CHUNK)
            file.seek(LENGTH)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            how = "age" if to else "plain"
            file.write(_LINE.format(format=FORMAT, how=how, digest=digest).encode())
            file.flush()
            os.fsync(file.fileno())
        os.link(begun, target)  # unlike a rename, it takes the place of nothing
    except FileExistsError:
        raise NotPossible(f"{target} is there already: name a new file.") from None
    finally:
        packed.unlink(missing_ok=True)
        begun.unlink(missing_ok=True)
    return digest


@contextmanager
def _private(path):
    """A new file that nobody else may read: it holds people's names and e-mail addresses."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
        yield file


def _nobody(member):
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def unseal(path, folder, key_file=None):
    """Check a backup's bytes and unpack it into an empty folder. Raises NotPossible."""
    with open(path, "rb") as file:
        how = _checked(path, file)
        packed = folder.with_suffix(".tar.gz")
        try:
            if how == "age":
                with _private(packed) as out:
                    _decrypt(file, out, key_file)
                body = packed.open("rb")
            else:
                body = file
            with body, tarfile.open(fileobj=body, mode="r:gz") as tar:
                tar.extractall(folder, filter="data")
        except (tarfile.TarError, EOFError, OSError) as error:
            raise NotPossible(f"{path} cannot be unpacked: {error}") from None
        finally:
            packed.unlink(missing_ok=True)


def _checked(path, file):
    """How the body is kept, of a file whose first line is right and fits all of the others."""
    line = file.read(LENGTH)
    shape = _SHAPE.fullmatch(line)
    if shape is None:
        if line.startswith(b"crcsite-backup ") and not line.startswith(b"crcsite-backup 1 "):
            raise NotPossible(
                f"{path} is a backup of another version's kind: restore it with the version of "
                "crcsite that made it."
            )
        raise NotPossible(f"{path} is no backup of crcsite, or its beginning is damaged.")
    if int(shape[1]) != FORMAT:
        raise NotPossible(
            f"{path} is a backup of kind {int(shape[1])}, and this version reads kind {FORMAT}: "
            "restore it with the version of crcsite that made it."
        )
    if hashlib.file_digest(file, "sha256").hexdigest() != shape[3].decode():
        raise NotPossible(
            f"{path} is not as it was written: it was cut off, or bytes of it were changed. "
            "Copy it again, or take another backup."
        )
    file.seek(LENGTH)
    return shape[2].decode().strip()


def _decrypt(file, out, key_file):
    if key_file is None:
        raise NotPossible("This backup is encrypted: name the file with its key (--key FILE).")
    try:
        lines = Path(key_file).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise NotPossible(f"{key_file} cannot be read: {error.strerror}.") from None
    try:
        keys = [pyrage.x25519.Identity.from_str(each) for each in lines if each.startswith("AGE-")]
    except pyrage.IdentityError:
        keys = []
    if not keys:
        raise NotPossible(f"{key_file} holds no secret key of age (AGE-SECRET-KEY-1…).")
    try:
        pyrage.decrypt_io(file, out, keys)
    except pyrage.DecryptError:
        raise NotPossible(f"The key in {key_file} does not open this backup.") from None
