"""Parts of a PDF in another language say so in its tags, or screen readers read English as Arabic.

WeasyPrint 70 writes the language of the whole document only. Its own builder of the tags is wrapped
here; where a later version has no such builder, PDFs are made without, and a test tells.
"""

from functools import wraps


def tell():
    """Have every PDF made from now on tell the language of each element that has one of its own."""
    from weasyprint.pdf import tags

    build = getattr(tags, "_build_box_tree", None)
    if build is not None and not hasattr(build, "__wrapped__"):
        tags._build_box_tree = _telling(build)


def _telling(build):
    from pydyf import String

    @wraps(build)
    def tree(box, *args, **kwargs):
        element = getattr(box, "element", None)
        language = element.get("lang") if element is not None else None
        for tag in build(box, *args, **kwargs):
            if language:
                tag.setdefault("Lang", String(language))
            yield tag

    return tree
