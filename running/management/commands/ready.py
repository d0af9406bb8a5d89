"""manage.py ready: what /readyz tells staff, for whoever sits at the machine."""

from django.core.management.base import BaseCommand, CommandError

from running import health


class Command(BaseCommand):
    help = "Is everything as it should be? Says what is not, check by check."
    requires_system_checks = ()

    def handle(self, **options):
        told = health.found()
        for name, sentences in told.items():
            for sentence in sentences or ["whole"]:
                self.stdout.write(f"{name}: {sentence}")
        if any(told.values()):
            raise CommandError(f"{sum(map(len, told.values()))} things do not fit.")
