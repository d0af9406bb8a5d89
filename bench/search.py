"""python bench/search.py [GUIDES …]: what a search costs as a whole request, in a database of its
own, at 100 and at 10,000 guides unless told otherwise.

Times are of one machine on one day: compare lines of one run, not runs.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
LANGUAGES = 2
REQUESTS = 400


def fill(guides):
    from django.core.management import call_command

    from reading.search import following
    from review import demonstration, languages, seeding

    call_command("migrate", run_syncdb=True, verbosity=0)
    demonstration.make_accounts()
    kinds = {
        "topics.guide": guides,
        "topics.topic": guides // 5,
        "topics.analogy": guides // 50,
        "faq.faq": guides // 10,
        "faq.doctorquestion": guides // 20,
        "glossary.term": guides // 20,
        "evidence.source": guides // 50,
        "evidence.keyfigure": guides // 50,
        "faq.situation": 20,
    }
    started = time.perf_counter()
    seeding.seed(revisions=1, kinds=kinds)
    seeded = time.perf_counter() - started
    started = time.perf_counter()
    texts = sum(following.rebuild(code).searcher.num_docs for code in languages.codes())
    print(
        f"{guides:6} guides: {texts} texts signed in {seeded:.0f} s, "
        f"indexed in {time.perf_counter() - started:.1f} s"
    )


def questions():
    """Three words each, as they stand in the texts; every fourth is misspelt in one of them."""
    from reading.search import following

    chance, found = random.Random(7), []
    counted = following.ready("en").searcher.terms_with_prefix("surface", "")
    known = [word for word, count in counted if len(word) > 3 and word.isalpha()]
    weights = [count for word, count in counted if len(word) > 3 and word.isalpha()]
    for number in range(REQUESTS):
        asked = chance.choices(known, weights, k=3)
        if number % 4 == 0:
            asked[0] = asked[0][:2] + asked[0][3:]
        found.append(" ".join(asked))
    return found


def measure(guides):
    from django.conf import settings
    from django.db import connection, reset_queries
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.DEBUG = False  # nothing is kept for a debugger; static files need no manifest
    fill(guides)
    client = Client(headers={"host": "localhost"})
    for code in ("en", "es"):
        asked = questions()
        for text in asked[:20]:
            client.get(f"/{code}/search/", {"q": text})
        times, busy, most, hits = [], [], 0, 0
        for text in asked:
            started, work = time.perf_counter(), time.process_time()
            response = client.get(f"/{code}/search/", {"q": text})
            times.append((time.perf_counter() - started) * 1000)
            busy.append((time.process_time() - work) * 1000)
            hits += response.content.count(b'class="kicker"')
        for text in asked[:20]:
            reset_queries()
            with CaptureQueriesContext(connection) as queries:
                client.get(f"/{code}/search/", {"q": text})
            most = max(most, len(queries))
        (p50, p95), (cpu50, cpu95) = map(percentiles, (times, busy))
        print(
            f"{guides:6} guides, /{code}/: p50 {p50:5.1f} ms, p95 {p95:5.1f} ms; of the processor "
            f"{cpu50:.1f} and {cpu95:.1f} ms; {hits / len(asked):.1f} results, "
            f"at most {most} queries"
        )


def percentiles(times):
    times = sorted(times)
    return times[len(times) // 2], times[int(len(times) * 0.95)]


def main(sizes):
    for guides in sizes:
        with tempfile.TemporaryDirectory() as place:
            env = {
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.many_languages",
                "LANGUAGE_COUNT": str(LANGUAGES),
                "DATABASE_URL": f"sqlite:///{place}/bench.sqlite3",
                "SEARCH_ROOT": f"{place}/search",
                "DEBUG": "1",
                "ALLOWED_HOSTS": "localhost",
                "DEMO": "1",
                "HTTPS": "0",
            }
            subprocess.run([sys.executable, __file__, "--measure", guides], env=env, check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        import django

        django.setup()
        measure(int(sys.argv[2]))
    else:
        main(sys.argv[1:] or ["100", "10000"])
