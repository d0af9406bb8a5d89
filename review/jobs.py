"""What must happen by the clock, when it last ended well, and what is overdue."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from .models import JobRun, LedgerEntry

DAILY = timedelta(hours=26)  # a day, and some time for a slow or a late run

# name -> (how often it must have ended well, whether a site that never ran it must, too)
KNOWN = {
    "publish_due": (timedelta(minutes=30), lambda: not settings.DEMO),
    "send_reminders": (DAILY, lambda: not settings.DEMO),
    "verify": (DAILY, lambda: not settings.DEMO),
    "sign_ledger": (DAILY, lambda: bool(settings.LEDGER_KEY)),
    "watch_evidence": (
        timedelta(days=8),
        lambda: settings.SOURCE_NETWORK and not settings.DEMO,
    ),
    "backup": (DAILY, lambda: False),  # the operator may have another way
}


def ended_well(name):
    JobRun.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def ages():
    """Name of each job that ran or must run, and how long ago it last ended well; one that never
    did counts from the day after the ledger's first line, so that a new site may start."""
    opened = LedgerEntry.objects.filter(number=0).values_list("at", flat=True).first()
    ran, now = dict(JobRun.objects.values_list("name", "at")), timezone.now()
    found = {}
    for name, (_every, expected) in KNOWN.items():
        if name in ran:
            found[name] = now - ran[name]
        elif opened and expected():
            found[name] = max(timedelta(), now - opened - timedelta(days=1))
    return found


def overdue():
    """One sentence for each job that should have ended well by now."""
    for name, age in ages().items():
        if age > KNOWN[name][0]:
            hours = age.total_seconds() / 3600
            yield f"manage.py {name} has not ended well for {hours:.1f} hours: look at its log"
