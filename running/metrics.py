"""What Prometheus collects: how answers go, what does not fit, and how old each job is."""

import os

from django.db import DatabaseError
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from review import archive, jobs

from . import health

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class State:
    """What is asked for when Prometheus comes, the same from every process."""

    def collect(self):
        problems = GaugeMetricFamily(
            "crcsite_problems", "Things that are not as they should be", labels=["check"]
        )
        for name, sentences in health.found().items():
            problems.add_metric([name], len(sentences))
        yield problems
        try:
            head, ages = archive.head(), jobs.ages()
        except DatabaseError:
            return
        age = GaugeMetricFamily(
            "crcsite_job_age_seconds", "Since a job last ended well", labels=["job"]
        )
        for name, since in ages.items():
            age.add_metric([name], since.total_seconds())
        yield age
        yield GaugeMetricFamily(
            "crcsite_ledger_line", "The ledger's newest line", value=head.number if head else 0
        )


def exposition():
    """Everything, as Prometheus reads it. Of several processes only together
    (PROMETHEUS_MULTIPROC_DIR: docs/deploy/gunicorn.conf.py)."""
    answers = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        answers = CollectorRegistry()
        MultiProcessCollector(answers)
    state = CollectorRegistry()
    state.register(State())
    return generate_latest(answers) + generate_latest(state)
