"""What a line of the log may hold: nothing of a person, and nothing of what a reader looks for.

Our own sentences (``OURS``) name items and languages, and are told whole, without e-mail addresses.
Of whoever works here a line holds the account's number, where she signs in or is refused.
Of everybody else's a line holds the sentence before anything was filled in: paths, queries and
values are filled in later. Of an error it holds its kind and where it arose, never its message:
a database's holds the value that it refused.
"""

import re
import traceback

from pythonjsonlogger.json import JsonFormatter

OURS = ("review", "reading", "running")
KEPT = {  # what a record may bring along beside its sentence
    "correlation_id": "request_id", "route": "route", "method": "method", "status": "status",
    "milliseconds": "milliseconds", "account": "account",
}  # fmt: skip
_ADDRESS = re.compile(r"[^\s<>@,;:'\"()\[\]{}]+@[^\s<>@,;:'\"()\[\]{}]+")


class Formatter(JsonFormatter):
    """One JSON object a line."""

    def __init__(self, *args, **kwargs):
        super().__init__(["levelname", "name"], timestamp="at", json_ensure_ascii=True)

    def format(self, record):
        told = {"at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname}
        told |= {"logger": record.name, "message": _sentence(record)}
        for name, shown in KEPT.items():
            if getattr(record, name, None) is not None:
                told[shown] = getattr(record, name)
        if record.exc_info and record.exc_info[0]:
            told |= _error(record.exc_info)
        return self.serialize_log_record(told)


def _sentence(record):
    if record.name.partition(".")[0] not in OURS:
        return str(record.msg) if record.args else _ADDRESS.sub("…@…", str(record.msg))
    filled = tuple(
        type(each).__name__ if isinstance(each, BaseException) else each
        for each in (record.args if isinstance(record.args, tuple) else ())
    )
    try:
        return _ADDRESS.sub("…@…", str(record.msg) % filled if filled else record.getMessage())
    except (TypeError, ValueError):
        return str(record.msg)


def _error(exc_info):
    kind, _error, trace = exc_info
    frames = traceback.extract_tb(trace)
    return {
        "error": f"{kind.__module__}.{kind.__qualname__}",
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
