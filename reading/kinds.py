"""The kinds of items that machines may ask for, under the names that addresses use."""

from evidence.models import KeyFigure, Source
from faq.models import FAQ, DoctorQuestion, Situation
from glossary.models import Term
from review.readers import with_parent
from topics.models import Analogy, Guide, Topic

from .models import Page

# What has an address of its own, for search engines and for pictures to share.
ADDRESSED = {"guides": Guide, "topics": Topic, "faqs": FAQ, "terms": Term, "pages": Page}

# What the API answers with.
OFFERED = {
    "guides": Guide,
    "topics": Topic,
    "faqs": FAQ,
    "questions": DoctorQuestion,
    "situations": Situation,
    "terms": Term,
    "figures": KeyFigure,
    "analogies": Analogy,
    "sources": Source,
}


def name_of(model):
    """ "topics" for Topic."""
    return next(name for name, each in {**OFFERED, **ADDRESSED}.items() if each is model)


def signed(queryset, language, rows=slice(None)):
    """Items signed in that language, of those rows; a topic only where its guide has a page, with
    that guide in place: a query more."""
    items = list(queryset.signed(language)[rows])
    if queryset.model is not Topic:
        return items
    wanted = {item.guide_id for item in items}
    guides = list(Guide.objects.public(language).filter(pk__in=wanted))
    return list(with_parent(items, "guide", guides))
