"""Numbers for the desk's charts: how much is signed, and when it is due again."""

from django.db.models import Count
from django.utils.formats import date_format

from .. import languages
from ..content import content_models
from ..models import Standing

MONTHS = 12


def signed_by_language():
    """(language, texts signed in it, of how many): of what was written in the source language, of
    what is signed in the source for a translation. Items that hold facts only do not count."""
    facts_only = [m._meta.label_lower for m in content_models() if not m.text_fields]
    texts = Standing.objects.exclude(item_type__in=facts_only)
    found = texts.values("language").annotate(written=Count("pk"), signed=Count("live"))
    counts = {each["language"]: (each["signed"], each["written"]) for each in found}
    signed, written = counts.get(languages.source(), (0, 0))
    for code in languages.codes():
        whole = written if code == languages.source() else signed
        yield code, counts.get(code, (0, 0))[0], whole


def reviews_by_month(codes, today):
    """How many public texts in these languages are due: "overdue", then the first day of each of
    twelve months from today's."""
    months = {"overdue": 0}
    for ahead in range(MONTHS):
        year, month = divmod(today.month - 1 + ahead, 12)
        months[today.replace(year=today.year + year, month=month + 1, day=1)] = 0
    rows = Standing.objects.filter(language__in=codes).exclude(live=None)
    days = rows.values_list("live__next_review").annotate(texts=Count("pk"))
    for day, count in days:
        month = "overdue" if day < today else day.replace(day=1)
        if month in months:
            months[month] += count
    return months


def month_name(day):
    return date_format(day, "YEAR_MONTH_FORMAT")
