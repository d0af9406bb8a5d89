"""python bench/desk.py [ITEMS REVISIONS [DATABASE]]: what the desk's pages cost, in 8 languages.

Fills a database of its own (5,000 items, 60,000 revisions unless told otherwise); DATABASE names a
file to keep it in, and to measure again without filling. Times are of one machine on one day.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
DESKS = ["/admin/", "/admin/?whose=all", "/admin/?list=overdue&whose=all&page=3"]
PEOPLE = ["advisor-en", "advisor-es", "editor", "translator-es"]


def fill(items, revisions):
    from django.core.management import call_command

    from review import demonstration, seeding, verification
    from review.models import Revision

    call_command("migrate", run_syncdb=True, verbosity=0)
    if not Revision.objects.exists():
        started = time.perf_counter()
        demonstration.make_accounts()
        seeding.seed(items, revisions)
        print(f"seed    {time.perf_counter() - started:6.1f} s")
    started = time.perf_counter()
    found = list(verification.problems())
    verification.remember(found)
    print(f"verify  {time.perf_counter() - started:6.1f} s, {len(found)} problems")


def pages():
    """(who, what, address) of every page that is measured."""
    from django.db.models import Count
    from django.urls import reverse

    from review.content import content_models
    from review.lookups import item_of
    from review.models import ReviewRequest, Revision

    for name in (*PEOPLE, "admin"):
        for address in DESKS:
            yield name, "desk", address
    for model in content_models():
        address = reverse(f"admin:{model._meta.db_table}_changelist")
        yield "admin", "list", address
        yield "admin", "search", f"{address}?q=operation"
    for name in ("reviewrequest", "revision", "signoff", "ledgerentry"):
        address = reverse(f"admin:review_{name}_changelist")
        yield "admin", "list", address
        yield "admin", "search", f"{address}?q=seeded-topic-4"
    open_ones = ReviewRequest.objects.filter(state=ReviewRequest.State.OPEN)
    large = open_ones.annotate(size=Count("revisions")).order_by("-size").first()
    address = reverse("admin:review_reviewrequest_change", args=[large.pk])
    for view in ("read", "changes", "source"):
        yield "advisor-en", f"request of {large.size}", f"{address}?view={view}"
    texts = Revision.objects.values("item_type", "key", "language").annotate(size=Count("pk"))
    longest = texts.order_by("-size").first()
    item = item_of(Revision(item_type=longest["item_type"], key=longest["key"]))
    address = reverse(f"admin:{item._meta.db_table}_change", args=[item.pk])
    yield "editor", f"item, {longest['size']} rev.", f"{address}?language={longest['language']}"
    address = reverse("admin:review_history", args=[longest["item_type"], longest["key"]])
    yield "editor", "history", f"{address}?language={longest['language']}"


def main(items, revisions):
    from django.contrib.auth import get_user_model
    from django.db import connection, reset_queries
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    fill(items, revisions)
    clients = {}
    print(f"{'who':14} {'what':16} {'address':46} queries     ms      KB")
    for name, what, address in pages():
        if name not in clients:
            clients[name] = Client(headers={"host": "localhost"})
            clients[name].force_login(get_user_model().objects.get(username=name))
        get = clients[name].get
        get(address)
        reset_queries()  # the log is of limited length
        with CaptureQueriesContext(connection) as queries:
            response = get(address)
        assert response.status_code == 200, response
        times = []
        for _ in range(5):
            started = time.perf_counter()
            get(address)
            times.append(time.perf_counter() - started)
        ms, size = statistics.median(times) * 1000, len(response.content) / 1000
        print(f"{name:14} {what:16} {address:46} {len(queries):7} {ms:6.0f} {size:7.1f}")


if __name__ == "__main__":
    arguments = [*sys.argv[1:], "5000", "60000"][:2] if len(sys.argv) < 3 else sys.argv[1:3]
    with tempfile.TemporaryDirectory() as place:
        kept = Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else f"{place}/bench.sqlite3"
        os.environ.update(
            DJANGO_SETTINGS_MODULE="tests.many_languages",
            LANGUAGE_COUNT="8",
            DATABASE_URL=f"sqlite:///{kept}",
            DEBUG="1",
            DEMO="1",
            HTTPS="0",
        )
        import django

        django.setup()
        main(*map(int, arguments))
