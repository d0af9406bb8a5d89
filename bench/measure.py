"""python bench/measure.py: what the starter content costs, in a database of its own.

Times are of one machine on one day: compare lines of one run, not runs.
"""

import gzip
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PAGES = ["", "guides/spread-to-the-liver/", "guides/spread-to-the-liver/ras/", "glossary/", "ask/"]


def main():
    from django.core.management import call_command
    from django.db import connection, reset_queries
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from review import demonstration, verification

    call_command("migrate", verbosity=0)
    demonstration.make_accounts()
    started = time.perf_counter()
    call_command("import_content", ROOT / "content", sign=True, verbosity=0)
    print(f"import and sign  {time.perf_counter() - started:6.1f} s")
    started = time.perf_counter()
    problems = sum(1 for _ in verification.problems())
    print(f"verify           {time.perf_counter() - started:6.1f} s, {problems} problems")

    client = Client(headers={"host": "localhost"})
    print(f"{'page':44} queries     ms      KB  gzip KB")
    for code in ("en", "ar"):
        for page in PAGES:
            address = f"/{code}/{page}"
            client.get(address)
            reset_queries()  # the log is of limited length
            with CaptureQueriesContext(connection) as queries:
                body = client.get(address).content
            times = []
            for _ in range(9):
                started = time.perf_counter()
                client.get(address)
                times.append(time.perf_counter() - started)
            size, small = len(body) / 1000, len(gzip.compress(body)) / 1000
            ms = statistics.median(times) * 1000
            print(f"{address:44} {len(queries):7} {ms:6.0f} {size:7.1f} {small:8.1f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="crcsite.settings",
            DATABASE_URL=f"sqlite:///{place}/bench.sqlite3",
            DEBUG="1",
            DEMO="1",
            HTTPS="0",
        )
        import django

        django.setup()
        main()
