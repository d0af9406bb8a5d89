"""What nginx must know beside the files: headers as Django sends them, and where moved pages are.

Written into each release as ``nginx/http.conf`` and ``nginx/headers.conf``, which the configuration
in docs/deploy includes. Headers are folded by kind of address; a header that a kind does not share
is reported, so that none is lost unseen.
"""

import re

from review import languages

from . import addresses

# The first that fits an address is its kind. The patterns are nginx's and Python's alike.
KINDS = {
    "error": r"^/errors/",
    "api": r"^/api/",
    "static": r"^/static/",
    "media": r"^/media/",
    "unlisted": r"^/[a-z-]+/(?:v|changes)/",
    "script": r"^/sw\.js$",
    "text": r"^/(?:robots|\.well-known/security)\.txt$",
    "pdf": r"\.pdf$",
    "picture": r"\.png$",
    "list": r"\.(?:xml|atom)$",
    "page": r"",
}
# Derived from the address by the maps below, not folded.
_OWN = {"content-language", "content-disposition", "link"}


def kind_of(path):
    return next(kind for kind, pattern in KINDS.items() if re.search(pattern, path))


def fold(headers, made):
    """Add a page's headers to those of its kind; yields what the kind does not share."""
    path = made.address.partition("?")[0]
    own = {name: _normal(value) for name, value in made.headers.items()}
    own = {name: value for name, value in own.items() if name.lower() not in _OWN}
    if own:
        shared = headers.setdefault(kind_of(path), own)
        for name in {*own, *shared}:
            if own.get(name) != shared.get(name):
                yield f"{made.address} has {name}: {own.get(name)}, others: {shared.get(name)}"


def _normal(value):
    """The policy's directives have no order of their own."""
    return "; ".join(sorted(value.split("; "))) if "default-src" in value else value


def write(folder, manifest):
    (folder / "http.conf").write_text(_http(manifest), encoding="utf-8")
    (folder / "headers.conf").write_text(_headers(manifest.headers), encoding="utf-8")


def _moved(pages, status):
    return [
        _entry(address, page.to.removeprefix(addresses.origin()))
        for address, page in sorted(pages.items())
        if page.status == status
    ]


def _links(pages):
    return [_entry(address, page.link) for address, page in sorted(pages.items()) if page.link]


def _quoted(text):
    if "$" in text or ("'" in text and '"' in text) or "\\" in text or "\n" in text:
        raise ValueError(f"nginx cannot be told of this: {text}")
    return f'"{text}"' if "'" in text else f"'{text}'"


def _entry(name, value):
    return f"{_quoted(name)} {_quoted(value)};"


def _variable(name):
    return f"$baked_{name.lower().replace('-', '_')}"


def _map(of, to, lines, default=None):
    told = "".join(f"  {line}\n" for line in lines)
    first = f"  default {default};\n" if default else ""
    return f"map {of} {to} {{\n{first}{told}}}\n"


def _http(manifest):
    """Maps: from an address to its kind and language, and from those to the headers."""
    headers, pages = manifest.headers, manifest.pages
    codes, source = languages.codes(), languages.source()
    wishes = [f'"~*^{code.partition("-")[0]}(?:[-,;]|$)" {code};' for code in codes]
    tags = [f"{code} {languages.tag(code)};" for code in codes]
    below = f'"~^/(?:errors/)?(?<baked_code>{"|".join(codes)})(?:/|$)" $baked_code;'
    kinds = [f'"~{pattern}" {kind};' for kind, pattern in KINDS.items() if pattern]
    # As it was asked for: $uri is the file by the time headers are sent.
    pdf = [
        r""""~^/(?<baked_code_of>[a-z-]+)/guides/(?:[^/]+/)?(?<baked_pdf>[^/]+)/[a-z]+\.pdf" """
        r"""'inline; filename="$baked_pdf-$baked_code_of.pdf"';""",
        r""""~^/(?<baked_code_of>[a-z-]+)/[^/]+/(?<baked_pdf>[^/]+)\.pdf" """
        r"""'inline; filename="$baked_pdf-$baked_code_of.pdf"';""",
    ]
    above = (
        r""""~^(?<baked_above>/.*/)[^/]+\.pdf(?:\?|$)" """
        f"""'<{addresses.origin()}$baked_above>; rel="canonical"';"""
    )
    maps = [
        _map("$http_accept_language", "$baked_wish", wishes, source),
        _map("$uri", "$baked_language", [below], source),
        _map("$uri", "$baked_kind", kinds, "page"),
        _map("$arg_language", "$baked_api_language", tags, source),
        _map(
            "$baked_kind",
            "$baked_content_language",
            ["api $baked_api_language;", 'static "";'],
            "$baked_language",
        ),
        _map("$request_uri", "$baked_content_disposition", pdf),
        _map("$request_uri", "$baked_link", [*_links(pages), above]),
        _map("$uri", "$baked_moved", _moved(pages, 301)),
        _map("$uri", "$baked_elsewhere", _moved(pages, 302)),
        _map("$args", "$baked_variant", ['"~^(?:large|page=[0-9]+)$" "@$args";']),
        _map(
            "$args",
            "$baked_api_variant",
            ['"" "";', '"~^language=[a-z-]+(?:&page=[0-9]+&per_page=[0-9]+)?$" "@$args";'],
            '"@none"',
        ),
    ]
    for name in _names(headers):
        values = [
            f"{kind} {_quoted(shared[name])};" for kind, shared in headers.items() if name in shared
        ]
        maps.append(_map("$baked_kind", _variable(name), values))
    return "".join(maps)


def _names(headers):
    return sorted({name for shared in headers.values() for name in shared})


def _headers(headers):
    """A header whose map says nothing is not sent."""
    names = [*_names(headers), "Content-Language", "Content-Disposition", "Link"]
    return "".join(f"add_header {name} {_variable(name)} always;\n" for name in names)
