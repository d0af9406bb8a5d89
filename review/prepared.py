"""A door's query for items by key, compiled once: to build it takes longer than to answer it.

What comes out went through the door like everything else; only the SQL is remembered. It relies on
``SQLCompiler.as_sql`` and ``Query.get_compiler``, as they have been in Django for years.
"""

import copy

from django.db import connections
from django.db.models import Q

SIZE = 16  # keys of one query; fewer are filled up with the last one

_prepared = {}


def items(reader, model, field, values):
    """The items that the reader may see among those whose field has one of the values."""
    values = sorted(values)
    found = []
    for at in range(0, len(values), SIZE):
        found += _fetch(reader, model, field, values[at : at + SIZE])
    return found


def _fetch(reader, model, field, values):
    values += values[-1:] * (SIZE - len(values))
    using = model.objects.db
    name = reader.language, model, field, using
    if name not in _prepared:
        _prepared[name] = _prepare(reader, model, field, using)
    door, compiled, sql, params, places = _prepared[name]
    params = list(params)
    for place, value in zip(places, values, strict=True):
        params[place] = value
    compiler = copy.copy(compiled)
    compiler.connection = connections[using]  # each thread has its own
    compiler.as_sql = lambda *args, **kwargs: (sql, tuple(params))
    queryset = door._clone()
    queryset.query = copy.copy(door.query)
    queryset.query.get_compiler = lambda *args, **kwargs: compiler
    return list(queryset)


def _prepare(reader, model, field, using):
    to_python = model._meta.get_field(field).to_python
    markers = [to_python(str(900_000_000 + number)) for number in range(SIZE)]
    queryset = model.objects.using(using).filter(
        Q(*((field, marker) for marker in markers), _connector=Q.OR)
    )
    queryset = reader.through(queryset)
    compiled = queryset.query.get_compiler(using)
    sql, params = compiled.as_sql()
    places = [params.index(marker) for marker in markers]
    return queryset, compiled, sql, params, places


def forget():
    """Prepare anew: for tests that change what a query is made of."""
    _prepared.clear()
