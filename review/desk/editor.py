"""What the Markdown editor in the admin asks the server: a preview, and to keep a picture."""

import hashlib
import logging
from functools import wraps
from io import BytesIO

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST
from PIL import Image, ImageFile, ImageOps

from ..rendering import preview

TEXT_LIMIT = 200_000  # characters of one preview
PICTURE_LIMIT = 5_000_000  # bytes of one upload
PIXEL_LIMIT = 30_000_000
FORMATS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}

logger = logging.getLogger("review.editor")


def for_the_desk(view):
    """Only for whom the desk lets in, and who has a part in writing or reviewing."""

    @wraps(view)
    def guarded(request):
        if not admin.site.has_permission(request):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        if not request.user.has_perm("review.view_reviewrequest"):
            raise PermissionDenied
        return view(request)

    return guarded


@for_the_desk
@require_POST
def preview_text(request):
    text = request.POST.get("content", "")
    if len(text) > TEXT_LIMIT:
        return HttpResponse("This text is too long for a preview.", status=413)
    return HttpResponse(preview(text))


@for_the_desk
@require_POST
def upload_picture(request):
    """Keep a picture under the SHA-256 of its bytes, drawn anew so that nothing hides in it.

    The address fixes the bytes: a signed text that names it fixes the picture, too.
    """
    upload = request.FILES.get("image")
    if upload is None:
        return _refused("Choose a picture.")
    if upload.size > PICTURE_LIMIT:
        return _refused("The picture has more than 5 MB. Make it smaller and try again.")
    # A setting of the whole process, which WeasyPrint turns on: a cut-off picture is refused here.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        picture = Image.open(upload, formats=list(FORMATS))
        if picture.width * picture.height > PIXEL_LIMIT:
            return _refused("The picture has too many pixels. Make it smaller and try again.")
        kind = picture.format
        upright = ImageOps.exif_transpose(picture)
        clean = upright.convert("RGB" if kind == "JPEG" else "RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return _refused("This is not a PNG, JPEG or WebP picture.")
    buffer = BytesIO()
    clean.save(buffer, kind)
    data = buffer.getvalue()
    name = f"pictures/{hashlib.sha256(data).hexdigest()}.{FORMATS[kind]}"
    try:
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(data))
    except OSError as error:
        logger.error("A picture could not be stored: %s", error)
        return _refused("The picture could not be stored. Your text is as it was: try again later.")
    # Our own address wherever it is stored: a signed text must not name a server that may change.
    return JsonResponse({"image_code": f"![]({settings.MEDIA_URL}{name})"})


def _refused(sentence):
    return JsonResponse({"image": [sentence]}, status=400)
