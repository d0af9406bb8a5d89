"""manage.py deploy_check: what Django cannot know of a server, in words about what to change."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import to_locale

from review import heads
from running.backup import NotPossible, container


class Command(BaseCommand):
    help = "Is this server set up to keep its ledger signed, its backups closed, its pages whole?"

    def handle(self, **options):
        found = [*self.settings(), *self.ledger(), *self.backups(), *self.files()]
        for sentence in found:
            self.stderr.write(sentence)
        if found:
            raise CommandError(f"{len(found)} things to change.")
        self.stdout.write("The server is set up as it should be.")

    def settings(self):
        if settings.DEBUG:
            yield "DEBUG is set: faults show the code to readers."
        if settings.DEMO:
            yield "DEMO is set: demonstration accounts may sign."
        if not settings.SITE_URL.startswith("https://"):
            yield "SITE_URL does not begin with https://: links in mails lead nowhere."
        if not settings.LOG_JSON:
            yield "LOG_JSON is 0: the log holds what readers look for."

    def ledger(self):
        try:
            heads.private_key()
            heads.known_keys()
        except heads.NoKey as error:
            yield str(error)
        if not settings.LEDGER_HEADS and not settings.LEDGER_MAIL:
            yield "Set LEDGER_HEADS or LEDGER_MAIL: nobody outside learns of the ledger's head."

    def backups(self):
        if not settings.BACKUP_RECIPIENTS:
            yield "Set BACKUP_RECIPIENTS: backups are not encrypted (manage.py backup --new-key)."
            return
        try:
            container.recipients(settings.BACKUP_RECIPIENTS)
        except NotPossible as error:
            yield str(error)

    def files(self):
        if not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
            yield "Static files are missing: run manage.py collectstatic --noinput."
        for code, _name in settings.LANGUAGES:
            place = Path(to_locale(code), "LC_MESSAGES", "django.mo")
            compiled = any((folder / place).exists() for folder in settings.LOCALE_PATHS)
            if code != settings.LANGUAGE_CODE and not compiled:
                yield f"The interface [{code}] is not compiled: run pybabel compile -d locale."
