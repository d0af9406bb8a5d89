"""Pages beside the guides: about, how we review, privacy and the like."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from review.content import ReviewedContent
from review.fields import Body, Line


class Page(ReviewedContent):
    """A single page about the site itself, signed like everything else."""

    text_fields = ("title", "body")
    structure_fields = ("slug", "position")

    slug = models.SlugField(_("address"), max_length=100, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    title = Line(_("title"))
    body = Body(_("text"))

    class Meta(ReviewedContent.Meta):
        verbose_name = _("page")
        ordering = ["position", "slug"]
