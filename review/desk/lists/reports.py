"""The desk's list of what readers reported."""

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ... import languages
from ...models import Report
from .rows import List, Row, short, title_of


class Reports(List):
    """New reports: an advisor sees those about the languages that she signs, an editor all."""

    name = "reports"
    title = gettext_lazy("Reports from readers")
    short = gettext_lazy("reports from readers")
    empty = gettext_lazy("No report from a reader waits.")

    def is_of(self, view):
        return view.user.has_perm("review.change_report")

    def find(self, view):
        codes = view.looks_at if view.advisor or view.language else languages.codes()
        return (
            Report.objects.filter(state=Report.State.NEW, sign_off__language__in=codes)
            .select_related("sign_off__revision")
            .order_by("-received_at", "-pk")
        )

    def draw(self, view, reports):
        for each in reports:
            sign_off = each.sign_off
            row = Row(
                title_of(sign_off.item_type, sign_off.key, sign_off.revision.text),
                language=sign_off.language,
                address=reverse("admin:review_report_change", args=[each.pk]),
            )
            day = date_format(each.received_at, "DATE_FORMAT")
            row.details = [
                each.get_kind_display(),
                languages.name(sign_off.language),
                _("received on %(day)s") % {"day": day},
            ]
            row.quotes = [(short(each.words), each.language)]
            yield row
