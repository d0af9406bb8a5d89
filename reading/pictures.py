"""Pictures that editors uploaded, under our own address wherever they are stored."""

import hashlib
import logging
import re
from mimetypes import guess_type

from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

NAME = re.compile(r"pictures/([0-9a-f]{64})\.(?:png|jpg|webp)")

logger = logging.getLogger("reading.pictures")


@require_safe
def picture(request, path):
    """Its name is the SHA-256 of its bytes, so it never becomes another; storage that gives others
    gives none."""
    named = NAME.fullmatch(path)
    if not named:
        raise Http404
    etag = f'"{named[1]}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    try:
        with default_storage.open(path) as file:
            body = file.read()
    except FileNotFoundError:
        raise Http404 from None
    except OSError as error:
        logger.error("%s cannot be shown: %s", path, error)
        return HttpResponse(status=503, headers={"Retry-After": "60", "Cache-Control": "no-store"})
    if hashlib.sha256(body).hexdigest() != named[1]:
        logger.error("%s is not shown: its bytes are not those that were uploaded.", path)
        raise Http404
    headers = {"ETag": etag, "Cache-Control": "public, max-age=31536000, immutable"}
    return HttpResponse(body, content_type=guess_type(path)[0], headers=headers)
