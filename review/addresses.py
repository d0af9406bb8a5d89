"""Whole addresses in what readers get. Answers are made for no host in particular, so that one
drawing serves whatever name the site is asked by; the name is put in as an answer leaves."""

from django.utils.crypto import salted_hmac

# No host is ever called so (RFC 2606), and nobody can write it into a text: no signed byte changes.
HOST = f"nowhere-{salted_hmac(__name__, 'host').hexdigest()[:20]}.invalid"
_ORIGIN = f"https://{HOST}"
_NAME = HOST.encode()


def whole(path):
    """The whole address of a path of this site, for an answer that passes ``OwnAddress``."""
    return f"{_ORIGIN}{path}"


class OwnAddress:
    """The middleware that puts in by which name the site was asked."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.streaming or getattr(response, "addressed", False):
            return response  # a file, or kept for this host already
        headers, body = placed(response.items(), response.content, request)
        if body is not response.content:
            response.content = body
        for name, value in headers:
            response[name] = value
        return response


def placed(headers, body, request):
    """(headers, body) with this request's scheme and host."""
    headers = list(headers)
    if _NAME not in body and not any(HOST in value for _name, value in headers):
        return headers, body
    host = request.get_host()
    origin = f"{request.scheme}://{host}"
    body = body.replace(_ORIGIN.encode(), origin.encode())
    body = body.replace(_NAME, host.partition(":")[0].encode())  # in names that lead nowhere
    told = {name: value.replace(_ORIGIN, origin) for name, value in headers}
    if "Content-Length" in told:
        told["Content-Length"] = str(len(body))
    return list(told.items()), body
