"""Each answer measured and told in one line of the log: which view, which status, how long.

Neither the path nor the query nor the address of whoever asks is kept: what somebody looks for on
this site says how ill he is. Of whoever is signed in and refused the account's number is told.
"""

import logging
from time import monotonic

from prometheus_client import Histogram

from review import basis

ANSWERS = Histogram(
    "crcsite_answer_seconds",
    "How long an answer took, by view",
    ["route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.6, 1, 2.5, 10),
)
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
REFUSED = {401, 403, 429}
UNWATCHED = {"/healthz", "/readyz", "/metrics"}  # asked every few seconds

logger = logging.getLogger("running.requests")


class Watched:
    """The outermost middleware but for the request's id: it sees the pages that are kept, too."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        started = monotonic()
        response = self.get_response(request)
        # What `bake` asks, it asks for no reader.
        if request.path_info not in UNWATCHED and basis.noted() is None:
            self.note(request, response, monotonic() - started)
        return response

    def note(self, request, response, seconds):
        match = request.resolver_match
        if match is not None:
            route = match.view_name or "unnamed"
        else:  # given from what is kept, before any address was looked up; or nothing is there
            route = "kept" if response.status_code < 400 else "nothing"
        method = request.method if request.method in METHODS else "other"
        refused = response.status_code in REFUSED
        # Asking for the user would ask for a session: only one that the view has asked for.
        user = getattr(request, "_cached_user", None) if refused else None
        ANSWERS.labels(route, method, response.status_code).observe(seconds)
        logger.info(
            "answered",
            extra={
                "route": route,
                "method": method,
                "status": response.status_code,
                "milliseconds": round(seconds * 1000, 1),
                "account": user and user.pk,
            },
        )
