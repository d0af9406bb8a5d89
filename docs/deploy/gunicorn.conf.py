"""gunicorn for crcsite: `gunicorn -c docs/deploy/gunicorn.conf.py crcsite.wsgi` (running.md)."""

import os
from pathlib import Path

# This machine only: nginx asks here for readers, Prometheus for the metrics.
bind = os.environ.get("BIND", "127.0.0.1:8000")
# Two threads a core answer while others wait for the database; each worker takes about 200 MB.
workers = int(os.environ.get("WEB_CONCURRENCY", min(4, 1 + (os.cpu_count() or 1))))
threads = int(os.environ.get("WEB_THREADS", 4))
timeout = 60  # a handout of a whole guide takes seconds
keepalive = 75  # longer than nginx holds a connection (60 s): it must be the one that hangs up
graceful_timeout = 30  # a restart ends no answer that has begun
max_requests, max_requests_jitter = 20_000, 2_000  # memory that a library keeps is given back
control_socket_disable = True  # a restart goes through the service
preload_app = False  # a restart must take the new code, and a search index is opened by each worker
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

# No line for each answer: Django tells it without addresses and queries (running/logs.py).
accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "running.logs.Formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}

# What each worker counts is added up for Prometheus in files of this folder, if it is named.
shared = os.environ.get("PROMETHEUS_MULTIPROC_DIR")


def on_starting(server):
    """Counts begin anew with the server: a worker that is long gone would be counted for ever."""
    if shared:
        Path(shared).mkdir(parents=True, exist_ok=True)
        for old in Path(shared).glob("*.db"):
            old.unlink()


def child_exit(server, worker):
    if shared:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)
