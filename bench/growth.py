"""python bench/growth.py SMALL: what a guide's page costs in this database, beside one with 100
guides (made at SMALL), and the megabytes of a process that has shown 2,000 pages of it; a line
each."""

import os
import statistics
import subprocess
import sys
import time


def pages(count):
    """Addresses of guides all over the site, in every language."""
    from django.conf import settings

    from topics.models import Guide

    keys = list(Guide.objects.order_by("pk").values_list("slug", flat=True))
    chosen = keys[:: max(1, len(keys) * len(settings.LANGUAGES) // count)]
    return [f"/{code}/guides/{slug}/" for code, _name in settings.LANGUAGES for slug in chosen]


def cost(addresses):
    """Median milliseconds of processor time of a page that nobody has asked for yet."""
    from django.test import Client

    client, times = Client(headers={"host": "localhost"}), []
    for address in addresses:
        started = time.process_time()
        status = client.get(address).status_code
        times.append((time.process_time() - started) * 1000)
        assert status in (200, 404, 410), f"{address}: {status}"
    return statistics.median(times)


def memory():
    """Resident megabytes of this process (Linux)."""
    with open("/proc/self/status") as status:
        [line] = [line for line in status if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1000


if __name__ == "__main__":
    import django_here  # noqa: F401

    if sys.argv[1] == "--cost":
        cost(pages(50))
        print(cost(pages(200)))
    else:
        env = {**os.environ, "DATABASE_URL": f"sqlite:///{sys.argv[1]}"}
        for command in (
            ["manage.py", "migrate", "-v0"],
            ["manage.py", "seed_bench", "100"],
            [__file__, "--cost"],
        ):
            done = subprocess.run(
                [sys.executable, *command], env=env, check=True, capture_output=True, text=True
            )
        cost(pages(50))
        print(float(done.stdout) / cost(pages(200)))
        cost(pages(2000))
        print(memory())
