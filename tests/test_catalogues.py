"""The interface's texts are complete in every language, and the catalogues know every text."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import to_locale

from review import languages

from .conftest import needs

TRANSLATED = [code for code, _ in settings.LANGUAGES if code != languages.source()]
COUNTS = {f"%({name})s" for name in ("count", "minutes", "number", "drafts", "total")}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|</?\w+")


def catalogue(code, root=settings.BASE_DIR):
    path = root / "locale" / to_locale(code) / "LC_MESSAGES" / "django.po"
    return read_po(path.open("rb"))


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_is_translated(code):
    missing = []
    for message in catalogue(code):
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and (message.fuzzy or not all(strings)):
            missing.append(message.id)

    assert missing == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_keep_placeholders_and_tags(code):
    broken = []
    for message in catalogue(code):
        forms = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        allowed = [sorted(PLACEHOLDER.findall(form)) for form in forms]
        if len(forms) > 1:
            # A form for one or two may say the number in words.
            allowed += [[each for each in found if each not in COUNTS] for found in allowed]
        if forms[0] and any(sorted(PLACEHOLDER.findall(s)) not in allowed for s in strings):
            broken.append(forms[0])

    assert broken == []


def test_catalogues_hold_every_text_of_the_interface(tmp_path):
    needs("xgettext")
    tree = tmp_path / "tree"
    shutil.copytree(
        settings.BASE_DIR,
        tree,
        ignore=shutil.ignore_patterns(".venv", "var", ".git", "tests", "content", "*.mo"),
        symlinks=True,
    )

    subprocess.run(
        ["django-admin", "makemessages", "--all", "--no-location", "--no-wrap"],
        cwd=tree,
        check=True,
        capture_output=True,
        env={"PATH": path_with_django_admin(), "DJANGO_SETTINGS_MODULE": ""},
    )

    for code in TRANSLATED:
        now = {message.id for message in catalogue(code, tree)}
        kept = {message.id for message in catalogue(code)}
        assert now == kept


def path_with_django_admin():
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
