"""A WSGI application that gives the bytes of the file named by BARE from memory: what the same
server can do at the most."""

import os
from pathlib import Path

BODY = Path(os.environ["BARE"]).read_bytes()
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(BODY)))]


def application(environ, start_response):
    start_response("200 OK", HEADERS)
    return [BODY]
